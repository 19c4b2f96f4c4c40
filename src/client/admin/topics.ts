/** Topics are made, grown and deleted. One topic per call: its outcome is the call's. */
import { createPartitions } from '../../protocol/api/create-partitions.js';
import { createTopics } from '../../protocol/api/create-topics.js';
import { deleteTopics } from '../../protocol/api/delete-topics.js';
import { errorCode } from '../../protocol/errors.js';
import type { KafkaCluster } from '../types.js';
import { command, demandDone } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';

export interface TopicToCreate {
  readonly name: string;
  /** −1: as the cluster is set up. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
}

export interface ValidateOptions extends AdminOptions {
  readonly validateOnly?: boolean;
}

/**
 * Rejects with KafkaError (36 TOPIC_ALREADY_EXISTS …), NotSent or OutcomeUnknown. Gives the new topic's id, all zeros
 * where the broker is too old to tell or was only asked to check.
 */
export async function createTopic(
  cluster: KafkaCluster,
  topic: TopicToCreate,
  options: ValidateOptions = {},
): Promise<{ readonly topicId: string }> {
  const patience = new Patience(cluster, options);
  const configs = topic.configs instanceof Map ? [...topic.configs] : Object.entries(topic.configs ?? {});
  const request = {
    timeoutMs: patience.brokerMs,
    validateOnly: options.validateOnly ?? false,
    topics: [
      {
        name: topic.name,
        numPartitions: topic.partitions,
        replicationFactor: topic.replicationFactor,
        configs: configs.map(([name, value]: readonly [string, string]) => ({ name, value })),
      },
    ],
  };
  const answer = await command(cluster, patience, createTopics, request, ({ topics }) =>
    topics.map((each) => each.errorCode),
  );
  const result = answer.topics[0];
  const code = result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  demandDone(code, `creating topic "${topic.name}" at ${cluster.name}`, result?.errorMessage);
  return { topicId: result?.topicId ?? '' };
}

/** To `count` partitions in all. Rejects with KafkaError (37 INVALID_PARTITIONS when it has as many …), NotSent or OutcomeUnknown. */
export async function growTopic(
  cluster: KafkaCluster,
  topic: { readonly name: string; readonly count: number },
  options: ValidateOptions = {},
): Promise<void> {
  const patience = new Patience(cluster, options);
  const request = {
    timeoutMs: patience.brokerMs,
    validateOnly: options.validateOnly ?? false,
    topics: [{ name: topic.name, count: topic.count, assignments: null }],
  };
  const answer = await command(cluster, patience, createPartitions, request, ({ results }) =>
    results.map((each) => each.errorCode),
  );
  const result = answer.results[0];
  const code = result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  demandDone(
    code,
    `growing topic "${topic.name}" of ${cluster.name} to ${topic.count} partitions`,
    result?.errorMessage,
  );
}

/** Rejects with KafkaError (3 UNKNOWN_TOPIC_OR_PARTITION …), NotSent or OutcomeUnknown. */
export async function deleteTopic(cluster: KafkaCluster, name: string, options: AdminOptions = {}): Promise<void> {
  const patience = new Patience(cluster, options);
  const request = { timeoutMs: patience.brokerMs, topics: [{ name }], topicNames: [name] };
  const answer = await command(cluster, patience, deleteTopics, request, ({ responses }) =>
    responses.map((each) => each.errorCode),
  );
  const result = answer.responses[0];
  const code = result?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  demandDone(code, `deleting topic "${name}" at ${cluster.name}`, result?.errorMessage);
}
