/**
 * What brokers show of fences: one of them, or every one. A broker answers from what it knows itself, and learns of ACLs in
 * its own time. Spec: docs/spec/fence.md §6.
 */

import { refusal } from '../../client/admin/ask.js';
import { type KafkaCluster, KafkaError, NotSent } from '../../client/types.js';
import { codeOf, nameOf, operations, patterns, permissions, resources } from '../../protocol/acl-codes.js';
import { describeAcls } from '../../protocol/api/describe-acls.js';
import { errorCode } from '../../protocol/errors.js';
import { bare, type ShownFence, shownFences } from './lines.js';

const PURPOSE = 'fence';
const ANSWER_TIMEOUT_MS = 15_000;
/** As a filter. */
const ANY = 1;

export interface ShownByBroker {
  readonly broker: number;
  readonly fence: ShownFence;
}

/** No authorizer runs: there are no ACLs to read or to change. */
export function saysDisabled(error: unknown): boolean {
  return error instanceof KafkaError && error.code === errorCode.SECURITY_DISABLED;
}

/** By topic: of all topics, or of one. Rejects as the client does. */
export async function readFences(
  cluster: KafkaCluster,
  broker: number | 'any',
  topic?: string,
): Promise<ReadonlyMap<string, ShownFence>> {
  const channel = await cluster.channel(broker, PURPOSE);
  const answer = await channel.send(
    describeAcls,
    {
      resourceTypeFilter: codeOf(resources, 'TOPIC'),
      resourceNameFilter: topic ?? null,
      patternTypeFilter: codeOf(patterns, 'LITERAL'),
      principalFilter: null,
      hostFilter: null,
      operation: ANY,
      permissionType: codeOf(permissions, 'DENY'),
    },
    { timeoutMs: ANSWER_TIMEOUT_MS },
  );
  if (answer.errorCode !== 0)
    throw refusal(answer.errorCode, `reading the ACLs of ${cluster.name}`, answer.errorMessage);
  return shownFences(
    answer.resources.flatMap(({ resourceName, acls }) =>
      acls.map((acl) => ({ ...acl, resourceName, operation: nameOf(operations, acl.operation) })),
    ),
  );
}

export async function readEverywhere(cluster: KafkaCluster, topic: string): Promise<readonly ShownByBroker[]> {
  const { brokers } = await cluster.metadata([], { timeoutMs: ANSWER_TIMEOUT_MS });
  if (brokers.length === 0) throw new NotSent(`${cluster.name} names no brokers now`);
  return Promise.all(
    brokers.map(async ({ id }) => ({ broker: id, fence: (await readFences(cluster, id, topic)).get(topic) ?? bare })),
  );
}
