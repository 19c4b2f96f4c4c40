/** Makes links and changes their settings: first what needs no cluster, then the questions to the clusters, then the decision. */
import { randomUuid } from '../base/random.js';
import { ok, type Result } from '../base/result.js';
import type { Refusal } from '../model/errors.js';
import type { Link } from '../model/link.js';
import type { Answer, LinkNotes, NewLink, SettingChange } from './commands.js';
import type { Command } from './decide.js';
import { checkNewLink } from './decide-new.js';
import { checkLinkChanges } from './decide-settings.js';
import type { SecretsPort } from './ports/secrets.js';
import type { SourceAddress, SourceNeeds, SourcePort } from './ports/source.js';
import type { ControlPorts } from './ports.js';
import { sourceAddress } from './reconcile/assignments.js';
import { keepKey, type SealedSettings, sealSettings } from './seal-settings.js';
import { needsAny, needsOf, type SourceAnswer } from './source-check.js';
import { linkNamed } from './state.js';
import type { Term } from './term.js';
import type { Terms } from './terms.js';

interface Options {
  readonly validateOnly: boolean;
  readonly validateLink: boolean;
}

const UNASKED = { kind: 'unasked' } as const;

export async function createLink(
  ports: ControlPorts,
  terms: Terms,
  given: NewLink,
  { validateOnly, validateLink }: Options,
): Promise<Answer<LinkNotes>> {
  const current = terms.current();
  if (!current.ok) return current;
  const term = current.value;
  const { destination, source, random } = ports;
  const linkId = given.linkId ?? randomUuid(random);
  const sealed = sealSettings(ports.secrets, linkId, [...given.settings], given.settings);
  if (!sealed.ok) return sealed;
  const request: NewLink = { ...given, settings: new Map(sealed.value.settings.flatMap(present)) };
  const checked = checkNewLink(term.state, request);
  if (!checked.ok) return checked;
  const { name, sourceClusterId } = request;
  const address = sourceAddress({ id: linkId, name, settings: checked.value.settings, sourceClusterId });
  const [answer, fence] = await Promise.all([
    validateLink ? checkSource(source, address, needsOf(checked.value.options)) : UNASKED,
    validateOnly ? UNASKED : term.effects.run(() => destination.fence.probe(), term),
  ]);
  const destinationClusterId = destination.topics.clusterId();
  const facts = { linkId, source: answer, destinationClusterId, fence };
  const command = { kind: 'create-link', request, facts } as const;
  const decided = await decideSealed(ports.secrets, terms, term, command, { validateOnly, ...sealed.value });
  return decided.ok ? ok([...checked.value.notes, ...notesOf(answer)]) : decided;
}

export async function alterLink(
  { source, destination, secrets }: ControlPorts,
  terms: Terms,
  { name, changes: given }: { readonly name: string; readonly changes: readonly SettingChange[] },
  { validateOnly, validateLink }: Options,
): Promise<Answer<LinkNotes>> {
  const current = terms.current();
  if (!current.ok) return current;
  const term = current.value;
  const sealed = sealChanges(secrets, linkNamed(term.state, name), given);
  if (!sealed.ok) return sealed;
  const { settings: changes, anySealed } = sealed.value;
  const found = checkLinkChanges(term.state, name, changes);
  if (!found.ok) return found;
  const { link, checked, asks, needs } = found.value;
  const isAsked = asks === 'identity' || (asks === 'rights' && validateLink);
  const address = sourceAddress({ ...link, settings: checked.settings });
  const answer = isAsked ? await checkSource(source, address, needs) : UNASKED;
  const facts = { source: answer, destinationClusterId: destination.topics.clusterId() };
  const command = { kind: 'alter-link', link: name, changes, facts } as const;
  const decided = await decideSealed(secrets, terms, term, command, { validateOnly, anySealed });
  return decided.ok ? ok([...checked.notes, ...notesOf(answer)]) : decided;
}

/** The key of what was sealed is on the disk before the journal has it; what is refused leaves no key behind. */
async function decideSealed(
  secrets: SecretsPort,
  terms: Terms,
  term: Term,
  command: Command,
  { validateOnly, anySealed }: { readonly validateOnly: boolean; readonly anySealed: boolean },
): Promise<Answer<void>> {
  if (validateOnly || !anySealed) return terms.decide(term, command, validateOnly);
  const possible = await terms.decide(term, command, true);
  if (!possible.ok) return possible;
  const kept = keepKey(secrets);
  return kept.ok ? terms.decide(term, command, false) : kept;
}

/** Who it is, whether it takes us, and whether we may do what is switched on. */
async function checkSource(source: SourcePort, address: SourceAddress, needs: SourceNeeds): Promise<SourceAnswer> {
  const answer = await source.check(address);
  if (answer.kind !== 'done' || !needsAny(needs)) return answer;
  const lacks = await source.lacks(address, needs);
  if (lacks.kind !== 'done') return lacks;
  if (lacks.missing.length === 0) return answer;
  return { kind: 'refused', error: 'AUTHORIZATION_ERROR', reason: lacks.missing.join('; ') };
}

function notesOf(answer: SourceAnswer): LinkNotes {
  return answer.kind === 'done' ? answer.notes : [];
}

function sealChanges(
  secrets: SecretsPort,
  link: Link | undefined,
  changes: readonly SettingChange[],
): Result<SealedSettings<readonly SettingChange[]>, Refusal> {
  // The check that follows refuses, and names nothing but the link.
  if (link === undefined) return ok({ settings: [], anySealed: false });
  const around = new Map(Object.entries(link.settings));
  for (const { name, value } of changes) {
    if (value === undefined) around.delete(name);
    else around.set(name, value);
  }
  const given = changes.map(({ name, value }) => [name, value] as const);
  const sealed = sealSettings(secrets, link.id, given, around);
  if (!sealed.ok) return sealed;
  const settings = sealed.value.settings.map(([name, value]) => ({ name, value }));
  return ok({ settings, anySealed: sealed.value.anySealed });
}

function present([name, value]: readonly [string, string | undefined]): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}
