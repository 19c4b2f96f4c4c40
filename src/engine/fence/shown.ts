/**
 * What brokers show of fences: one of them, or every one. A broker answers from what it knows itself, and learns of ACLs in
 * its own time. Spec: docs/spec/fence.md §6.
 */
import { type AclBinding, type AclFilter, findAclsAt } from '../../client/admin/acls.js';
import { type KafkaCluster, KafkaError, NotSent } from '../../client/types.js';
import { errorCode } from '../../protocol/errors.js';
import { EVERYBODY, heldPrincipal } from './lines.js';

const ANSWER_TIMEOUT_MS = 15_000;
const HOW = { purpose: 'fence', timeoutMs: ANSWER_TIMEOUT_MS };

/** Lines and marks of all topics, or of one. */
export const denials: AclFilter = { resourceType: 'TOPIC', pattern: 'LITERAL', permission: 'DENY' };
/** What is granted on topics. */
export const grants: AclFilter = { resourceType: 'TOPIC', permission: 'ALLOW' };

/** What fences hold back, of whichever topic: only what is granted to everybody. */
export const heldGrants: AclFilter = { ...grants, principal: heldPrincipal(EVERYBODY) };

/** Everything that names the topic. */
export function naming(topic: string): AclFilter {
  return { resourceType: 'TOPIC', resourceName: topic, pattern: 'LITERAL' };
}

/** Everything that reaches the topic, by `*` and by prefixes too. */
export function reaching(topic: string): AclFilter {
  return { resourceType: 'TOPIC', resourceName: topic, pattern: 'MATCH' };
}

export interface ShownByBroker {
  readonly broker: number;
  readonly acls: readonly AclBinding[];
}

/** No authorizer runs: there are no ACLs to read or to change. */
export function saysDisabled(error: unknown): boolean {
  return error instanceof KafkaError && error.code === errorCode.SECURITY_DISABLED;
}

/** Rejects as the client does. */
export function readAt(
  cluster: KafkaCluster,
  broker: number | 'any',
  filter: AclFilter,
): Promise<readonly AclBinding[]> {
  return findAclsAt(cluster, broker, filter, HOW);
}

export async function readEverywhere(cluster: KafkaCluster, filter: AclFilter): Promise<readonly ShownByBroker[]> {
  const { brokers } = await cluster.metadata([], { timeoutMs: ANSWER_TIMEOUT_MS });
  if (brokers.length === 0) throw new NotSent(`${cluster.name} names no brokers now`);
  return Promise.all(brokers.map(async ({ id }) => ({ broker: id, acls: await readAt(cluster, id, filter) })));
}
