/** Metadata: this broker, and the topics that were asked for by name or id, or all of them. */

import type { MetadataRequest, MetadataResponse } from '../../protocol/api/metadata.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import {
  type BrokerState,
  CLUSTER_OPERATIONS,
  type Handler,
  NO_OPERATIONS,
  TOPIC_OPERATIONS,
  ZERO_UUID,
} from '../state.js';
import { ensureInternalTopic } from '../topics/internal.js';
import { refusalOfTopicName } from '../topics/topic-name.js';
import type { Topic } from '../topics/topics.js';

type Answer = Draft<MetadataResponse['topics'][number]>;

export const answerMetadata: Handler<MetadataRequest, MetadataResponse> = async (broker, request, context) => {
  const { host, port } = broker.advertised;
  const operations = request.includeTopicAuthorizedOperations ? TOPIC_OPERATIONS : NO_OPERATIONS;
  const everything = request.topics === null || (context.version === 0 && request.topics.length === 0);
  const topics: Answer[] = [];
  if (everything) topics.push(...broker.topics.all.map((topic) => described(broker, topic, operations)));
  for (const wanted of everything ? [] : (request.topics ?? [])) {
    if (wanted.name === null || (wanted.topicId !== ZERO_UUID && wanted.topicId !== '')) {
      const topic = broker.topics.byId(wanted.topicId);
      if (topic) topics.push(described(broker, topic, operations));
      else topics.push({ ...missing(errorCode.UNKNOWN_TOPIC_ID, null), topicId: wanted.topicId });
    } else {
      topics.push(await byName(broker, wanted.name, { operations, mayCreate: request.allowAutoTopicCreation }));
    }
  }
  return {
    brokers: [{ nodeId: broker.nodeId, host, port, rack: null }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : NO_OPERATIONS,
  };
};

async function byName(
  broker: BrokerState,
  name: string,
  options: { readonly operations: number; readonly mayCreate: boolean },
): Promise<Answer> {
  const topic = broker.topics.get(name);
  if (topic) return described(broker, topic, options.operations);
  if (refusalOfTopicName(name) !== undefined) return missing(errorCode.INVALID_TOPIC_EXCEPTION, name);
  if (!options.mayCreate) return missing(errorCode.UNKNOWN_TOPIC_OR_PARTITION, name);
  const internal = await ensureInternalTopic(broker, name);
  if (internal) return described(broker, internal, options.operations);
  if (!broker.configs.boolean('auto.create.topics.enable')) return missing(errorCode.UNKNOWN_TOPIC_OR_PARTITION, name);
  const partitions = broker.configs.number('num.partitions');
  const created = broker.topics.create({ name, partitions, configs: new Map() });
  await created.durable;
  return described(broker, created.topic, options.operations);
}

function missing(code: number, name: string | null): Answer {
  return { errorCode: code, name, partitions: [], topicAuthorizedOperations: NO_OPERATIONS };
}

function described(broker: BrokerState, topic: Topic, topicAuthorizedOperations: number): Answer {
  const { nodeId } = broker;
  return {
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.internal,
    topicAuthorizedOperations,
    partitions: topic.partitions.map((log, partitionIndex) => ({
      errorCode: log.isOffline ? errorCode.KAFKA_STORAGE_ERROR : errorCode.NONE,
      partitionIndex,
      leaderId: nodeId,
      leaderEpoch: log.leaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      offlineReplicas: [],
    })),
  };
}
