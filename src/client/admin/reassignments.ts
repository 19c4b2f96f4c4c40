/** Partitions whose replicas are being moved from one broker to another right now. */
import { listPartitionReassignments } from '../../protocol/api/list-partition-reassignments.js';
import type { KafkaCluster } from '../types.js';
import { ADMIN_PURPOSE, command, demand } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';

export interface Reassignment {
  readonly topic: string;
  readonly partition: number;
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** Of all topics. Rejects with KafkaError (31 …), NotSent or OutcomeUnknown. Brokers without the request move nothing. */
export async function listReassignments(
  cluster: KafkaCluster,
  options: AdminOptions = {},
): Promise<readonly Reassignment[]> {
  const channel = await cluster.channel('any', ADMIN_PURPOSE);
  if (channel.versionOf(listPartitionReassignments) === undefined) return [];
  const patience = new Patience(cluster, options);
  // It changes nothing, but only the controller answers it.
  const request = { timeoutMs: patience.brokerMs, topics: null };
  const answer = await command(cluster, patience, listPartitionReassignments, request, (each) => [each.errorCode]);
  demand(answer.errorCode, `listing what is moved between the brokers of ${cluster.name}`, answer.errorMessage);
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => {
      return { topic: name, partition: partitionIndex, adding: addingReplicas, removing: removingReplicas };
    }),
  );
}
