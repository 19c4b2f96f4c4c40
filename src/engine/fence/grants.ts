/**
 * Makes ACLs without opening a fence: before a grant reaches a topic whose fence is made of lines for one principal each, the
 * line against it stands on every broker; a grant to everybody is held back as an entry for nobody. Where fences are made
 * of lines for everybody, and where there are none, it just makes them. Spec: docs/spec/fence.md 6.6.
 */
import { sleep } from '../../base/clock.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { type AclBinding, aclText, addAcls, findAcls } from '../../client/admin/acls.js';
import type { AdminOptions } from '../../client/admin/patience.js';
import { type KafkaCluster, NotSent } from '../../client/types.js';
import { enginesOf, isGrant, linesAgainst, reaches, unique } from './by-principal.js';
import { EVERYBODY, engineOfMark, heldOf, tokenOf } from './lines.js';
import { denials, readEverywhere } from './shown.js';

const SHOWN_WITHIN_MS = 15_000;
const PAUSE: Backoff = { firstMs: 10, capMs: 500 };

export interface GrantOptions extends AdminOptions {
  /** Decision 7, of a link's own grants: asked again before each request, since lines may take their time. */
  readonly holds?: () => boolean;
}

/**
 * Rejects as `addAcls` does; NotSent too where a line is not on every broker in time or the lease ran out meanwhile, and
 * then the grants are not made.
 */
export async function grantAcls(
  cluster: KafkaCluster,
  acls: readonly AclBinding[],
  options: GrantOptions = {},
): Promise<void> {
  const risky = acls.filter(isGrant);
  if (risky.length === 0) return addAcls(cluster, acls, options);
  const denied = await findAcls(cluster, denials, options);
  const fenced = [...new Set(denied.filter((acl) => engineOfMark(acl) !== undefined).map((acl) => acl.resourceName))];
  const against = risky.flatMap((grant) => fenced.flatMap((topic) => linesFor(grant, topic, denied)));
  if (against.length > 0) await raiseLines(cluster, unique(against), options);
  const held = (acl: AclBinding) =>
    isGrant(acl) && acl.principal === EVERYBODY && fenced.some((topic) => reaches(acl, topic));
  demandLease(options);
  return addAcls(
    cluster,
    acls.map((acl) => (held(acl) ? heldOf(acl) : acl)),
    options,
  );
}

function linesFor(grant: AclBinding, topic: string, denied: readonly AclBinding[]): readonly AclBinding[] {
  if (grant.principal === EVERYBODY || !reaches(grant, topic)) return [];
  return enginesOf(topic, denied).includes(grant.principal) ? [] : linesAgainst(topic, grant);
}

/** Lines that stand already are an operator's or the fence's: neither gets a token from here. */
async function raiseLines(cluster: KafkaCluster, lines: readonly AclBinding[], options: GrantOptions): Promise<void> {
  const endMs = cluster.clock.monotonicMs() + SHOWN_WITHIN_MS;
  for (let attempt = 0; ; attempt++) {
    const shown = await readEverywhere(cluster, denials);
    const missing = lines.filter((line) => shown.some(({ acls }) => !has(acls, line)));
    if (missing.length === 0) return;
    if (cluster.clock.monotonicMs() >= endMs)
      throw new NotSent('the fence of a mirror does not stand on every broker yet');
    const ours = missing.filter(
      (line) => shown.every(({ acls }) => !has(acls, line)) || shown.some(({ acls }) => has(acls, tokenOf(line))),
    );
    demandLease(options);
    await addAcls(cluster, [...ours.map(tokenOf), ...ours], options);
    await sleep(cluster.clock, backoffMs(PAUSE, attempt, cluster.random));
  }
}

function has(acls: readonly AclBinding[], wanted: AclBinding): boolean {
  return acls.some((acl) => aclText(acl) === aclText(wanted));
}

function demandLease({ holds }: GrantOptions): void {
  if (holds?.() === false) throw new NotSent('the lease is not proven');
}
