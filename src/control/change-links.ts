/** Makes links and changes their settings: first what needs no cluster, then the questions to the clusters, then the decision. */
import { randomUuid } from '../base/random.js';
import { ok } from '../base/result.js';
import type { Answer, LinkNotes, NewLink, SettingChange } from './commands.js';
import { checkNewLink } from './decide-new.js';
import { checkLinkChanges } from './decide-settings.js';
import type { ControlPorts } from './ports.js';
import { sourceAddress } from './reconcile/assignments.js';
import type { Terms } from './terms.js';

interface Options {
  readonly validateOnly: boolean;
  readonly validateLink: boolean;
}

const UNASKED = { kind: 'unasked' } as const;

export async function createLink(
  ports: ControlPorts,
  terms: Terms,
  request: NewLink,
  { validateOnly, validateLink }: Options,
): Promise<Answer<LinkNotes>> {
  const current = terms.current();
  if (!current.ok) return current;
  const term = current.value;
  const checked = checkNewLink(term.state, request);
  if (!checked.ok) return checked;
  const { destination, source, random } = ports;
  const linkId = request.linkId ?? randomUuid(random);
  const address = sourceAddress({ id: linkId, name: request.name, settings: checked.value.settings });
  const [answer, fence] = await Promise.all([
    validateLink ? source.check(address) : UNASKED,
    validateOnly ? UNASKED : term.effects.run(() => destination.fence.probe(), term),
  ]);
  const destinationClusterId = destination.topics.clusterId();
  const facts = { linkId, source: answer, destinationClusterId, fence };
  const decided = await terms.decide(term, { kind: 'create-link', request, facts }, validateOnly);
  return decided.ok ? ok(checked.value.notes) : decided;
}

export async function alterLink(
  { source, destination }: ControlPorts,
  terms: Terms,
  { name, changes }: { readonly name: string; readonly changes: readonly SettingChange[] },
  { validateOnly, validateLink }: Options,
): Promise<Answer<LinkNotes>> {
  const current = terms.current();
  if (!current.ok) return current;
  const term = current.value;
  const found = checkLinkChanges(term.state, name, changes);
  if (!found.ok) return found;
  const { link, checked, reconnects } = found.value;
  const asks = reconnects === 'elsewhere' || (reconnects === 'there' && validateLink);
  const answer = asks ? await source.check(sourceAddress({ ...link, settings: checked.settings })) : UNASKED;
  const facts = { source: answer, destinationClusterId: destination.topics.clusterId() };
  const decided = await terms.decide(term, { kind: 'alter-link', link: name, changes, facts }, validateOnly);
  return decided.ok ? ok(checked.notes) : decided;
}
