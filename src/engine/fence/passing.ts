/**
 * Who passes by the fence of every topic because of a right on the whole cluster. Super users are not among them: Kafka
 * does not tell who they are (X7). Spec: docs/spec/fence.md 6.2.
 */
import { type AclBinding, findAcls } from '../../client/admin/acls.js';
import type { KafkaCluster } from '../../client/types.js';
import type { PassingGrant } from '../../model/link.js';

const CLUSTER_NAME = 'kafka-cluster';
/** Topics are deleted by DELETE, markers written by ALTER or CLUSTER_ACTION, fences taken away by ALTER. */
const PASSING: readonly PassingGrant['operation'][] = ['DELETE', 'ALTER', 'CLUSTER_ACTION'];

/** Rejects as the client does. */
export async function readPassingGrants(cluster: KafkaCluster): Promise<readonly PassingGrant[]> {
  // MATCH: an authorizer goes by `*` and by prefixes too.
  return passingGrants(
    await findAcls(cluster, { resourceType: 'CLUSTER', resourceName: CLUSTER_NAME, pattern: 'MATCH' }),
  );
}

/** What is allowed and not denied again to the same principal, or to everybody, from every host. */
export function passingGrants(bindings: readonly AclBinding[]): readonly PassingGrant[] {
  const denials = bindings.filter(({ permission, host }) => permission === 'DENY' && host === '*');
  const found = new Map<string, PassingGrant>();
  for (const { permission, principal, host, operation } of bindings) {
    if (permission !== 'ALLOW') continue;
    const left = PASSING.filter((each) => {
      const isDenied = denials.some(
        (denial) =>
          (denial.principal === principal || denial.principal === 'User:*') &&
          (denial.operation === each || denial.operation === 'ALL'),
      );
      return (operation === each || operation === 'ALL') && !isDenied;
    });
    const whole = operation === 'ALL' && left.length === PASSING.length;
    for (const each of whole ? (['ALL'] as const) : left) {
      found.set(`${principal} ${host} ${each}`, { principal, host, operation: each });
    }
  }
  return [...found.values()];
}
