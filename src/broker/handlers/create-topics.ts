/** CreateTopics. One broker: the replication factor is 1 and the only assignment is this broker. */

import { randomUuid } from '../../base/random.js';
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
const TWICE = { code: errorCode.INVALID_REQUEST, message: 'Duplicate topic name.' };
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
  if (validateOnly) return { ...answer, topicId: randomUuid(broker.random) };
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

function refusalOfTopic(broker: BrokerState, wanted: Wanted): Refused | undefined {
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
  return refusalOfConfigs(broker, wanted) ?? refusalOfPartitions(broker, wanted);
}

interface Refused {
  readonly code: number;
  readonly message: string;
}

function refusalOfPartitions(broker: BrokerState, wanted: Wanted): Refused | undefined {
  if (wanted.assignments.length > 0) return refusalOfAssignments(broker, wanted);
  const { replicationFactor: asked, numPartitions } = wanted;
  if (asked < -1 || asked === 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.';
    return { code: errorCode.INVALID_REPLICATION_FACTOR, message };
  }
  if (numPartitions < -1 || numPartitions === 0) {
    const message = 'Number of partitions was set to an invalid non-positive value.';
    return { code: errorCode.INVALID_PARTITIONS, message };
  }
  const replicationFactor = asked === -1 ? broker.configs.number('default.replication.factor') : asked;
  if (replicationFactor > 1) {
    const message = `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.`;
    return { code: errorCode.INVALID_REPLICATION_FACTOR, message };
  }
  if (partitionCount(broker, wanted) > PARTITIONS_MAX) {
    const message = `A topic may have at most ${PARTITIONS_MAX} partitions.`;
    return { code: errorCode.INVALID_PARTITIONS, message };
  }
  return undefined;
}

function refusalOfAssignments(broker: BrokerState, wanted: Wanted): Refused | undefined {
  const without = (what: string): Refused => ({
    code: errorCode.INVALID_REQUEST,
    message: `A manual partition assignment was specified, but ${what} was not set to -1.`,
  });
  if (wanted.replicationFactor !== -1) return without('replication factor');
  if (wanted.numPartitions !== -1) return without('numPartitions');
  const code = errorCode.INVALID_REPLICA_ASSIGNMENT;
  const assigned = new Set<number>();
  for (const { partitionIndex, brokerIds } of wanted.assignments) {
    if (assigned.has(partitionIndex)) {
      return { code, message: `Found multiple manual partition assignments for partition ${partitionIndex}` };
    }
    const message = refusalOfReplicas(broker, brokerIds);
    if (message !== undefined) return { code, message };
    assigned.add(partitionIndex);
  }
  if (wanted.assignments.every((_, index) => assigned.has(index))) return undefined;
  return { code, message: 'partitions should be a consecutive 0-based integer sequence' };
}

/** Undefined, or why a partition cannot be on these brokers: there is one. */
export function refusalOfReplicas(broker: BrokerState, brokerIds: readonly number[]): string | undefined {
  const includes = 'The manual partition assignment includes';
  if (brokerIds.length === 0) return `${includes} an empty replica list.`;
  const unknown = brokerIds.filter((id) => id !== broker.nodeId).sort((one, other) => one - other);
  const [lowest] = unknown;
  const isTwice = brokerIds.length - unknown.length > 1;
  // They are looked at by number.
  if (lowest !== undefined && !(isTwice && broker.nodeId < lowest)) {
    return `${includes} broker ${lowest}, but no such broker is registered.`;
  }
  return isTwice ? `${includes} the broker ${broker.nodeId} more than once.` : undefined;
}

function refusalOfConfigs(broker: BrokerState, wanted: Wanted): Refused | undefined {
  const refused = (message: string): Refused => ({ code: errorCode.INVALID_CONFIG, message });
  const empty = wanted.configs.filter(({ value }) => value === null).map(({ name }) => name);
  if (empty.length > 0) return refused(`Null value not supported for topic configs: ${empty.join(',')}`);
  const unknown = wanted.configs.find(({ name }) => topicConfig(name) === undefined);
  if (unknown !== undefined) return refused(`Unknown topic config name: ${unknown.name}`);
  const overrides = overridesOf(wanted);
  for (const [name, value] of overrides) {
    const definition = topicConfig(name);
    const refusal = definition && refusalOf(definition, value);
    if (refusal !== undefined) return refused(refusal);
  }
  const conflict = broker.configs.conflictIn(overrides);
  return conflict === undefined ? undefined : refused(conflict);
}

function overridesOf({ configs }: Wanted): Map<string, string> {
  return new Map(configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const])));
}
