/**
 * Which topics of the source get a mirror by themselves. Pure. Leaves out what is mirrored or was, what nobody mirrors, and
 * what would come back to where it came from. Spec: docs/spec/control.md, "Mirrors that klink makes by itself".
 */
import type { Link } from '../model/link.js';
import type { LinkPrefix } from '../model/link-prefix.js';
import { isLive } from '../model/mirror.js';
import { selectsTopic, selectsTopicByName, type TopicFilters } from '../model/topic-filters.js';
import { isReservedTopic } from '../model/topic-names.js';
import { readState } from './journal-format.js';
import type { JournalRecord } from './ports/journal.js';
import { type ControlState, mirrorsOf } from './state.js';

export interface ListedTopic {
  readonly name: string;
  readonly isInternal: boolean;
}

/** Every mirror of the link counts, a stopped one too: what was failed over is not taken back by a filter. */
export function unmirroredTopics(
  state: ControlState,
  link: Pick<Link, 'id'>,
  filters: TopicFilters,
  listed: readonly ListedTopic[],
): string[] {
  const mirrored = new Set(mirrorsOf(state, link.id).map(({ sourceTopic }) => sourceTopic));
  return listed
    .filter(({ name, isInternal }) => !isInternal && !isReservedTopic(name) && !mirrored.has(name))
    .map(({ name }) => name)
    .filter((name) => selectsTopic(filters, name))
    .sort();
}

/** Topics of the source that are mirrors themselves, each with the cluster it is a mirror of. */
export type SourceMirrors =
  | { readonly kind: 'known'; readonly mirrors: ReadonlyMap<string, string | undefined> }
  | { readonly kind: 'unknown'; readonly reason: string };

/** From the journal of the klink that serves the source as a destination; undefined: there is none to be seen. */
export function mirrorsAtSource(entries: readonly JournalRecord[] | undefined): SourceMirrors {
  const read = readState(entries ?? []);
  if (!read.ok) return { kind: 'unknown', reason: read.error };
  const { mirrors, links } = read.value;
  const live = [...mirrors.values()].filter(isLive);
  return {
    kind: 'known',
    mirrors: new Map(live.map(({ mirrorTopic, linkId }) => [mirrorTopic, links.get(linkId)?.sourceClusterId])),
  };
}

export interface LoopRule {
  readonly filters: TopicFilters;
  readonly prefix: Pick<LinkPrefix, 'topics'>;
  readonly destinationClusterId: string;
  readonly atSource: SourceMirrors;
}

/**
 * Why a chosen topic is left out all the same; undefined: it is not. A mirror of our own destination never comes back. Any
 * other mirror may be mirrored on, but where names grow by a prefix only if a filter names it: every circle in which they
 * could grow for ever has a link with a prefix in it, and stops there.
 */
export function leftOut(
  topic: string,
  { filters, prefix, destinationClusterId, atSource }: LoopRule,
): string | undefined {
  const named = selectsTopicByName(filters, topic);
  if (atSource.kind === 'unknown') return named ? undefined : 'whether it is a mirror itself is not known';
  if (!atSource.mirrors.has(topic)) return undefined;
  const origin = atSource.mirrors.get(topic);
  if (origin === destinationClusterId) return 'it is a mirror of this cluster';
  if (origin === undefined) return 'it is a mirror of a cluster that is not known yet';
  if (prefix.topics === '' || named) return undefined;
  return 'it is a mirror itself, and on a link with a prefix only a filter with its very name takes it';
}
