/** Metadata: this broker, and the topics that were asked for by name or id, or all of them. */

import type { MetadataRequest, MetadataResponse } from '../../protocol/api/metadata.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import { type BrokerState, type Handler, NO_OPERATIONS, type RequestContext, ZERO_UUID } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { ensureInternalTopic, isInternalName } from '../topics/internal.js';
import { refusalOfTopicName } from '../topics/topic-name.js';
import type { Topic } from '../topics/topics.js';

type Answer = Draft<MetadataResponse['topics'][number]>;

/** Versions 10 and 11 have the field, but serve names only (KIP-516). */
const BY_TOPIC_ID = 12;

export const answerMetadata: Handler<MetadataRequest, MetadataResponse> = async (broker, request, context) => {
  const { rights } = context;
  const { host, port } = context.advertised;
  const tell = { rights, operations: request.includeTopicAuthorizedOperations };
  const maySee = (name: string) => rights.may('DESCRIBE', 'TOPIC', name);
  const nameless = request.topics?.some(({ name, topicId }) => name === null || isId(topicId)) ?? false;
  if (nameless && context.version < BY_TOPIC_ID) return refused(request, errorCode.INVALID_REQUEST);
  if (isOfNothing(request)) return refused(request, errorCode.UNKNOWN_SERVER_ERROR);
  const everything = request.topics === null || (context.version === 0 && request.topics.length === 0);
  const topics: Answer[] = [];
  const visible = everything ? broker.topics.all.filter(({ name }) => maySee(name)) : [];
  topics.push(...visible.map((topic) => described(broker, topic, tell)));
  for (const wanted of everything ? [] : once(request.topics ?? [])) {
    if (wanted.name === null || isId(wanted.topicId)) {
      const topic = broker.topics.byId(wanted.topicId);
      if (topic && maySee(topic.name)) topics.push(described(broker, topic, tell));
      else if (topic) topics.push({ ...missing(errorCode.TOPIC_AUTHORIZATION_FAILED, null), topicId: topic.id });
      else topics.push({ ...missing(errorCode.UNKNOWN_TOPIC_ID, null), topicId: wanted.topicId });
    } else {
      topics.push(await byName(broker, wanted.name, { ...tell, mayCreate: request.allowAutoTopicCreation }));
    }
  }
  return {
    brokers: [{ nodeId: broker.nodeId, host, port, rack: null }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? rights.clusterOperations()
      : NO_OPERATIONS,
  };
};

/** As a whole: its answer could not say a topic without a name. */
function refused({ topics }: MetadataRequest, code: number): Draft<MetadataResponse> {
  const told = (topics ?? []).map(({ name, topicId }) => ({ ...missing(code, name ?? ''), topicId }));
  // Versions below 13 have no code of the whole.
  return { brokers: [], clusterId: null, controllerId: -1, topics: told, errorCode: code };
}

/** A topic without name or id, where none has an id. */
function isOfNothing({ topics }: MetadataRequest): boolean {
  return topics?.every(({ topicId }) => !isId(topicId)) === true && topics.some(({ name }) => name === null);
}

/** Who asks for one twice is told once, and who asks by ids by ids alone. */
function once(wanted: NonNullable<MetadataRequest['topics']>): NonNullable<MetadataRequest['topics']> {
  const byId = wanted.filter(({ topicId }) => isId(topicId));
  if (byId.length > 0) return [...new Map(byId.map((each) => [each.topicId, each])).values()];
  return [...new Map(wanted.map((each) => [each.name, each])).values()];
}

function isId(topicId: string): boolean {
  return topicId !== ZERO_UUID && topicId !== '';
}

interface Telling {
  readonly rights: RequestContext['rights'];
  readonly operations: boolean;
}

async function byName(
  broker: BrokerState,
  name: string,
  options: Telling & { readonly mayCreate: boolean },
): Promise<Answer> {
  const { rights } = options;
  // Whether it is there is not told to who may not see it.
  if (!rights.may('DESCRIBE', 'TOPIC', name)) return missing(errorCode.TOPIC_AUTHORIZATION_FAILED, name);
  const topic = broker.topics.get(name);
  if (topic) return described(broker, topic, options);
  const operations = options.operations ? rights.operations('TOPIC', name) : NO_OPERATIONS;
  const none = (code: number) => ({ ...missing(code, name), topicAuthorizedOperations: operations });
  if (refusalOfTopicName(name) !== undefined) return none(errorCode.INVALID_TOPIC_EXCEPTION);
  if (!options.mayCreate) return none(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (!isMadeByItself(broker, name)) return none(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (!rights.mayOnCluster('CREATE') && !rights.may('CREATE', 'TOPIC', name)) {
    return missing(errorCode.TOPIC_AUTHORIZATION_FAILED, name);
  }
  return unlessRefused<Answer>(
    broker.log,
    async () => described(broker, await make(broker, name), options),
    () => missing(errorCode.KAFKA_STORAGE_ERROR, name),
  );
}

function isMadeByItself({ configs }: BrokerState, name: string): boolean {
  if (!configs.boolean('auto.create.topics.enable')) return false;
  // Internal ones are made with what there is.
  return isInternalName(name) || configs.number('default.replication.factor') === 1;
}

async function make(broker: BrokerState, name: string): Promise<Topic> {
  const internal = await ensureInternalTopic(broker, name);
  if (internal) return internal;
  const partitions = broker.configs.number('num.partitions');
  return broker.topics.making(name) ?? broker.topics.create({ name, partitions, configs: new Map() });
}

function missing(code: number, name: string | null): Answer {
  return { errorCode: code, name, partitions: [], topicAuthorizedOperations: NO_OPERATIONS };
}

function described(broker: BrokerState, topic: Topic, { rights, operations }: Telling): Answer {
  const { nodeId } = broker;
  return {
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.internal,
    topicAuthorizedOperations: operations ? rights.operations('TOPIC', topic.name) : NO_OPERATIONS,
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
