/** CreateTopics. One broker: the replication factor is 1 and the only assignment is this broker. */

import type { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/api/create-topics.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import { topicConfig } from '../config/configs.js';
import { refusalOf } from '../config/definition.js';
import { topicConfigs } from '../config/topic-configs.js';
import type { Mutations } from '../quotas/enforcer.js';
import { mutationsOf, OVER_QUOTA } from '../quotas/mutations.js';
import type { BrokerState, Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';
import { isInternalName } from '../topics/internal.js';
import { collides, refusalOfTopicName } from '../topics/topic-name.js';
import { twiceIn } from '../twice.js';

type Wanted = CreateTopicsRequest['topics'][number];
type Answer = Draft<CreateTopicsResponse['topics'][number]>;

export const PARTITIONS_MAX = 10_000;
/** From here on a client knows that it may be told to come again (KIP-599). */
const REFUSES_OVER_QUOTA = 6;
const TWICE = { code: errorCode.INVALID_REQUEST, message: 'Duplicate topic name' };
const UNAUTHORIZED = { code: errorCode.TOPIC_AUTHORIZATION_FAILED, message: 'Authorization failed.' };

export const answerCreateTopics: Handler<CreateTopicsRequest, CreateTopicsResponse> = async (
  broker,
  request,
  context,
) => {
  const { rights } = context;
  const mutations = mutationsOf(broker, context, REFUSES_OVER_QUOTA);
  const topics: Answer[] = [];
  const twice = twiceIn(request.topics.map(({ name }) => name));
  const mayAll = rights.mayOnCluster('CREATE');
  for (const wanted of request.topics) {
    const { name } = wanted;
    const may = mayAll || rights.may('CREATE', 'TOPIC', name);
    const refusal = twice.has(name) ? TWICE : may ? refusalOfTopic(broker, wanted) : UNAUTHORIZED;
    if (refusal) {
      topics.push({ ...failed(name), errorCode: refusal.code, errorMessage: refusal.message });
      continue;
    }
    const created = await create(broker, wanted, { validateOnly: request.validateOnly, mutations });
    if (created.errorCode) {
      topics.push(created);
      continue;
    }
    // Who may not read its settings is not told those that it got.
    const tells = rights.may('DESCRIBE_CONFIGS', 'TOPIC', name);
    topics.push(tells ? created : { ...created, ...failed(name), topicConfigErrorCode: UNAUTHORIZED.code });
  }
  return { topics, throttleTimeMs: mutations.throttleMs() };
};

async function create(
  broker: BrokerState,
  wanted: Wanted,
  { validateOnly, mutations }: { readonly validateOnly: boolean; readonly mutations: Mutations },
): Promise<Answer> {
  const count = partitionCount(broker, wanted);
  if (!mutations.take(count)) return { ...failed(wanted.name), ...OVER_QUOTA };
  const configs = overridesOf(wanted);
  const answer: Answer = {
    name: wanted.name,
    errorMessage: null,
    numPartitions: count,
    replicationFactor: 1,
    configs: topicConfigs.map(({ name }) => {
      const { value, source } = broker.configs.topicValues(name, configs)[0] ?? { value: null, source: 5 };
      return { name, value, readOnly: false, configSource: source, isSensitive: false };
    }),
  };
  if (validateOnly) return answer;
  return unlessRefused<Answer>(
    broker.log,
    async () => ({
      ...answer,
      topicId: (await broker.topics.create({ name: wanted.name, partitions: count, configs })).id,
    }),
    (errorMessage) => ({ ...failed(wanted.name), errorCode: errorCode.KAFKA_STORAGE_ERROR, errorMessage }),
  );
}

function failed(name: string): Answer {
  return { name, numPartitions: -1, replicationFactor: -1, configs: [] };
}

function partitionCount(broker: BrokerState, wanted: Wanted): number {
  if (wanted.assignments.length > 0) return wanted.assignments.length;
  return wanted.numPartitions === -1 ? broker.configs.number('num.partitions') : wanted.numPartitions;
}

function refusalOfTopic(broker: BrokerState, wanted: Wanted): { code: number; message: string } | undefined {
  const { name } = wanted;
  const refusedName = refusalOfTopicName(name);
  if (refusedName !== undefined) return { code: errorCode.INVALID_TOPIC_EXCEPTION, message: refusedName };
  const { names } = broker.topics;
  if (names.includes(name)) {
    return { code: errorCode.TOPIC_ALREADY_EXISTS, message: `Topic '${name}' already exists.` };
  }
  if (isInternalName(name))
    return { code: errorCode.INVALID_TOPIC_EXCEPTION, message: `'${name}' is an internal topic.` };
  const near = names.find((each) => collides(each, name));
  if (near) {
    return {
      code: errorCode.INVALID_TOPIC_EXCEPTION,
      message: `Topic '${name}' collides with existing topic: ${near}`,
    };
  }
  return refusalOfPartitions(broker, wanted) ?? refusalOfConfigs(broker, wanted);
}

function refusalOfPartitions(broker: BrokerState, wanted: Wanted): { code: number; message: string } | undefined {
  if (wanted.assignments.length > 0) {
    if (wanted.numPartitions !== -1 || wanted.replicationFactor !== -1) {
      const message = 'A manual partition assignment excludes numPartitions and replicationFactor.';
      return { code: errorCode.INVALID_REQUEST, message };
    }
    const fits = wanted.assignments.every(({ brokerIds }) => brokerIds.length === 1 && brokerIds[0] === broker.nodeId);
    const indexes = new Set(wanted.assignments.map(({ partitionIndex }) => partitionIndex));
    const complete = wanted.assignments.every((_, index) => indexes.has(index));
    if (fits && complete) return undefined;
    return {
      code: errorCode.INVALID_REPLICA_ASSIGNMENT,
      message: `Each partition from 0 on must be assigned to broker ${broker.nodeId} alone.`,
    };
  }
  if (wanted.replicationFactor !== -1 && wanted.replicationFactor !== 1) {
    const message =
      wanted.replicationFactor < 1
        ? 'Replication factor must be larger than 0, or -1 to use the default value.'
        : `Unable to replicate the partition ${wanted.replicationFactor} time(s): The target replication factor of ${wanted.replicationFactor} cannot be reached because only 1 broker(s) are registered.`;
    return { code: errorCode.INVALID_REPLICATION_FACTOR, message };
  }
  const count = partitionCount(broker, wanted);
  if (count < 1 || count > PARTITIONS_MAX) {
    const message = `Number of partitions must be between 1 and ${PARTITIONS_MAX}, or -1 to use the default value.`;
    return { code: errorCode.INVALID_PARTITIONS, message };
  }
  return undefined;
}

function refusalOfConfigs(broker: BrokerState, wanted: Wanted): { code: number; message: string } | undefined {
  for (const { name, value } of wanted.configs) {
    const definition = topicConfig(name);
    if (definition === undefined) {
      return { code: errorCode.INVALID_CONFIG, message: `Unknown topic config name: ${name}` };
    }
    if (value === null) {
      return { code: errorCode.INVALID_CONFIG, message: `Null value not supported for topic configs: ${name}` };
    }
    const refusal = refusalOf(definition, value);
    if (refusal !== undefined) return { code: errorCode.INVALID_CONFIG, message: refusal };
  }
  const conflict = broker.configs.conflictIn(overridesOf(wanted));
  return conflict === undefined ? undefined : { code: errorCode.INVALID_CONFIG, message: conflict };
}

function overridesOf({ configs }: Wanted): Map<string, string> {
  return new Map(configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const])));
}
