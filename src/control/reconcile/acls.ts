/**
 * ACL sync of one link: brings the chosen ACLs of the source, and deletes those it brought once the source has them no
 * longer. What it is about to bring is journalled first, so that a klink that dies in between leaves none that nobody
 * answers for. What would take much away waits, and an empty source takes nothing. Spec: docs/spec/acls.md.
 */
import { type Acl, aclLine, type LinkAcls, noLinkAcls } from '../../model/acl.js';
import { selectsAcl } from '../../model/acl-filters.js';
import type { Link } from '../../model/link.js';
import { linkOptions, NO_ACL_FILTERS } from '../../model/link-settings.js';
import type { AclsRefused } from '../ports/acls.js';
import type { Unavailable } from '../ports/outcome.js';
import { type AclPlan, aclMirrors, beyond, mayBring, mayTakeAway, planAcls } from './acl-plan.js';
import { sourceAddress } from './assignments.js';
import type { Task, Trouble } from './task.js';

/** [9.6] Changes of one round; the rest follows in the next. */
export const ACLS_PER_ROUND_MAX = 1_000;
const ACLS_PER_REQUEST = 200;
/** [9.5] More than half of what was brought, and more than this many, is much. */
export const MUCH_AT_LEAST = 20;
/** [9.5] So long the source must have shown the same before much is deleted. */
export const MUCH_WAITS_MS = 600_000;

/** By line: since when, on the monotonic clock, every answer of the source was without it. */
type Missing = Map<string, number>;

export async function syncAcls(task: Task, linkId: string): Promise<void> {
  const { log } = task.ports;
  const missing: Missing = new Map();
  for (let before: string | undefined; ; ) {
    const link = task.state().links.get(linkId);
    const options = link && linkOptions(link.settings);
    if (link === undefined || !options?.ok || options.value.aclSync === undefined) return;
    const trouble = await syncAclsOnce(task, link, missing);
    task.explain(trouble?.reason, trouble?.error);
    if (trouble !== undefined && trouble.reason !== before) {
      log.warn({ link: link.name, error: trouble.error, reason: trouble.reason }, 'ACLs could not be synced');
    } else if (trouble === undefined && before !== undefined) log.info({ link: link.name }, 'ACLs are synced again');
    before = trouble?.reason;
    await task.pause(options.value.aclSync.everyMs);
  }
}

/** One round. Gives what stood in the way of doing all of it. */
export async function syncAclsOnce(task: Task, link: Link, missing: Missing): Promise<Trouble | undefined> {
  const { source, destination, clock } = task.ports;
  const options = linkOptions(link.settings);
  if (!options.ok || options.value.aclSync === undefined) return undefined;
  const { filters } = options.value.aclSync;
  if (filters.filters.length === 0) return { error: 'MISCONFIGURATION_ERROR', reason: NO_ACL_FILTERS };
  const [there, here] = await Promise.all([source.acls(sourceAddress(link)), destination.acls.read()]);
  if (there.kind !== 'done') return troubleOf(there);
  if (here.kind !== 'done') return troubleOf(here);
  const { brought, held }: LinkAcls = task.state().acls.get(link.id) ?? noLinkAcls;
  const plan = planAcls({
    source: there.acls,
    selects: (acl) => selectsAcl(filters, acl),
    destination: here.acls,
    ofFences: here.ofFences,
    brought,
    mirrors: aclMirrors(task.state(), link.id),
  });
  const nowMs = clock.monotonicMs();
  const noted = noteMissing(missing, plan.remove, nowMs);
  const creating = await create(task, link, plan, { brought, held });
  if (creating !== undefined && creating.error !== 'ACL_LIMIT_EXCEEDED') return creating;
  if (there.acls.length === 0 && plan.remove.length > 0) {
    const reason =
      `the source shows no ACL at all, although this link has brought ${brought.length}: none is deleted. ` +
      'If that is meant, delete them at the destination.';
    return { error: 'MISCONFIGURATION_ERROR', reason };
  }
  return (await remove(task, link, plan.remove, { brought, missing, noted, nowMs })) ?? creating;
}

/** [9.5] Gives the lines that were missing in the answer before as well. */
function noteMissing(missing: Missing, gone: readonly Acl[], nowMs: number): ReadonlySet<string> {
  const lines = new Set(gone.map(aclLine));
  for (const line of [...missing.keys()]) if (!lines.has(line)) missing.delete(line);
  const before = new Set(missing.keys());
  for (const line of lines) if (!missing.has(line)) missing.set(line, nowMs);
  return before;
}

/** [9.2] Recorded first. */
async function create(task: Task, link: Link, plan: AclPlan, known: LinkAcls): Promise<Trouble | undefined> {
  const brought = new Set(known.brought);
  const forget = new Set(plan.forget);
  const left = [...brought].filter((line) => !forget.has(line));
  const due = plan.create.slice(0, ACLS_PER_ROUND_MAX);
  const added = due.map(aclLine).filter((line) => !brought.has(line));
  const tooMany = beyond(left, added);
  const over: Trouble | undefined =
    tooMany === undefined ? undefined : { error: 'ACL_LIMIT_EXCEEDED', reason: tooMany };
  // [9.6] None of them: half of what somebody was granted is worse to understand than nothing.
  const wanted = over === undefined ? due : due.filter((acl) => brought.has(aclLine(acl)));
  const recorded = await record(task, link, {
    added: over === undefined ? added : [],
    dropped: plan.forget,
    held: plan.held.join('\n') === known.held.join('\n') ? undefined : plan.held,
  });
  if (recorded !== undefined) return recorded;
  for (let at = 0; at < wanted.length; at += ACLS_PER_REQUEST) {
    const outcome = await task.effect(async () => {
      // State is asked right before: a topic may be on its way out of the source's reach by now.
      const mirrors = aclMirrors(task.state(), link.id);
      const some = wanted.slice(at, at + ACLS_PER_REQUEST).filter((acl) => mayBring(acl, mirrors));
      return task.ports.destination.acls.create(some);
    });
    if (outcome.kind !== 'done') return troubleOf(outcome);
  }
  return over;
}

interface Removal {
  readonly brought: readonly string[];
  readonly missing: Missing;
  /** Missing in the answer before as well. */
  readonly noted: ReadonlySet<string>;
  readonly nowMs: number;
}

async function remove(task: Task, link: Link, gone: readonly Acl[], removal: Removal): Promise<Trouble | undefined> {
  const { brought, missing, noted, nowMs } = removal;
  // [9.5] One answer is one broker's, who may have started a moment ago.
  const sure = gone.filter((acl) => noted.has(aclLine(acl)));
  const much = gone.length > MUCH_AT_LEAST && gone.length * 2 > brought.length;
  const due = sure.filter((acl) => !much || nowMs - (missing.get(aclLine(acl)) ?? nowMs) >= MUCH_WAITS_MS);
  const some = due.slice(0, ACLS_PER_ROUND_MAX);
  for (let at = 0; at < some.length; at += ACLS_PER_REQUEST) {
    let removed: readonly Acl[] = [];
    const outcome = await task.effect(async () => {
      const mirrors = aclMirrors(task.state(), link.id);
      removed = some.slice(at, at + ACLS_PER_REQUEST).filter((acl) => mayTakeAway(acl, mirrors));
      return task.ports.destination.acls.remove(removed);
    });
    if (outcome.kind !== 'done') return troubleOf(outcome);
    const recorded = await record(task, link, { added: [], dropped: removed.map(aclLine), held: undefined });
    if (recorded !== undefined) return recorded;
  }
  if (!much || due.length === gone.length) return undefined;
  const reason =
    `the source shows ${gone.length} of the ${brought.length} ACLs no longer that this link has brought: they are ` +
    'deleted once it has shown the same for ten minutes.';
  return { error: 'POLICY_VIOLATION_ERROR', reason };
}

interface Changes {
  readonly added: readonly string[];
  readonly dropped: readonly string[];
  readonly held: readonly string[] | undefined;
}

async function record(task: Task, link: Link, changes: Changes): Promise<Trouble | undefined> {
  const { added, dropped, held } = changes;
  if (added.length === 0 && dropped.length === 0 && held === undefined) return undefined;
  const event = { kind: 'acls-recorded', linkId: link.id, added, dropped, held } as const;
  const submitted = await task.submit({ kind: 'record-acls', event });
  if (submitted.kind === 'done') return undefined;
  return { error: 'INTERNAL_ERROR', reason: submitted.refusal.message };
}

function troubleOf(outcome: AclsRefused | Unavailable): Trouble {
  return { error: outcome.kind === 'refused' ? outcome.error : 'INTERNAL_ERROR', reason: outcome.reason };
}
