/** Finding a mirror by the names an operator gives, and saying what state it is in, in the published words. Pure. */
import { fail, ok, type Result } from '../base/result.js';
import { type Refusal, refusal } from '../model/errors.js';
import type { Link } from '../model/link.js';
import type { Mirror } from '../model/mirror.js';
import { type ControlState, linkNamed, mirrorKey } from './state.js';

export function namedMirror(
  state: ControlState,
  { link: linkName, mirrorTopic }: { readonly link: string; readonly mirrorTopic: string },
): Result<{ readonly link: Link; readonly mirror: Mirror }, Refusal> {
  const link = linkNamed(state, linkName);
  if (link === undefined) return fail(refusal('LINK_NOT_FOUND', `Cluster link '${linkName}' does not exist.`));
  const mirror = state.mirrors.get(mirrorKey({ linkId: link.id, mirrorTopic }));
  if (mirror !== undefined) return ok({ link, mirror });
  return fail(refusal('MIRROR_NOT_FOUND', `Cluster link '${link.name}' has no mirror topic '${mirrorTopic}'.`));
}

/** Names enough of them to know what is meant. */
export function few(names: readonly string[]): string {
  return names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
}

/** What the refusal of a verb says of the state, in the published words where there are any. */
export const stateInWords: Readonly<Record<Mirror['kind'], (topic: string, link: string) => string>> = {
  CREATING: (topic) => `Topic '${topic}' is still being created.`,
  ACTIVE: (topic) => `Topic '${topic}' is being mirrored already.`,
  PAUSED: (topic) => `The mirror of topic '${topic}' is paused already.`,
  FAILED: (topic) => `The mirror of topic '${topic}' has failed partitions.`,
  PROMOTING: (topic) => `Topic '${topic}' is being promoted.`,
  STOPPING: (topic) => `Topic '${topic}' is being stopped already.`,
  STOPPED: (topic, link) => `Topic '${topic}' has already stopped its mirror from '${link}'.`,
};
