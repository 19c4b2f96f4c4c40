/** Administrators who ask in odd ways are answered as by Apache Kafka 4.3.0; test/differential found each of these. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consumerGroupHeartbeat } from '../../src/protocol/api/consumer-group-heartbeat.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { describeCluster } from '../../src/protocol/api/describe-cluster.js';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { describeTopicPartitions } from '../../src/protocol/api/describe-topic-partitions.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const [TOPIC, BROKER, GROUP] = [2, 4, 32];
const [SET, APPEND, SUBTRACT] = [0, 2, 3];
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
const ALL_OPERATIONS = 3576;

async function started() {
  const world = new World(1);
  const wire = await openSimWire(world, await startSimBroker(world, 'broker'));
  const ask = <Q, S>(api: Api<Q, S>, body: Draft<Q>, max?: number): Promise<S> =>
    world.finish(api.name, 120_000, wire.ask(api, body, max));
  const topics = ['a', 'b'].map((name) => ({ name, numPartitions: 2, replicationFactor: 1 }));
  await ask(createTopics, { topics, timeoutMs: 1000 });
  return { ask };
}

test('a topic that is asked for twice is told once, by ids alone where there is one [4.2]', async () => {
  const { ask } = await started();
  const told = async (topics: { name: string | null; topicId?: string }[], max?: number) =>
    (await ask(metadata, { topics, includeTopicAuthorizedOperations: true }, max)).topics;
  const [a] = await told([{ name: 'a' }, { name: 'a' }]);
  assert.deepEqual(
    (await told([{ name: 'a' }, { name: 'b' }, { name: 'a' }])).map(({ name }) => name),
    ['a', 'b'],
  );
  assert.deepEqual(
    (await told([{ name: 'b' }, { name: null, topicId: a?.topicId ?? '' }])).map(({ name }) => name),
    ['a'],
  );
  assert.equal((await told([{ name: 'none' }]))[0]?.topicAuthorizedOperations, ALL_OPERATIONS);
  const refused = await ask(metadata, { topics: [{ name: null, topicId: a?.topicId ?? '' }] }, 11);
  assert.deepEqual([refused.brokers, refused.clusterId, refused.controllerId], [[], null, -1]);
});

test('Metadata of a topic with neither name nor id is refused as a whole, unless another has an id [1.2]', async () => {
  const { ask } = await started();
  const nobody = { name: null };
  const refused = await ask(metadata, { topics: [nobody, { name: 'a' }] });
  assert.deepEqual([refused.errorCode, refused.brokers, refused.clusterId, refused.controllerId], [-1, [], null, -1]);
  assert.deepEqual(
    refused.topics.map(({ name, errorCode }) => [name, errorCode]),
    [
      ['', -1],
      ['a', -1],
    ],
  );
  const [a] = (await ask(metadata, { topics: [{ name: 'a' }] })).topics;
  const { errorCode, topics } = await ask(metadata, { topics: [nobody, { name: null, topicId: a?.topicId ?? '' }] });
  assert.deepEqual([errorCode, topics.map(({ name }) => name)], [0, ['a']]);
});

test('partitions are described from where the cursor is, and a cursor that is nowhere is refused [10.1]', async () => {
  const { ask } = await started();
  const described = async (
    names: string[],
    cursor: { topicName: string; partitionIndex: number } | null,
    limit = 9,
  ) => {
    const request = { topics: names.map((name) => ({ name })), cursor, responsePartitionLimit: limit };
    const { topics, nextCursor } = await ask(describeTopicPartitions, request);
    return { codes: topics.map(({ name, errorCode }) => [name, errorCode]), nextCursor };
  };
  for (const cursor of [
    { topicName: 'c', partitionIndex: 0 },
    { topicName: 'a', partitionIndex: -1 },
  ]) {
    assert.deepEqual((await described(['a', 'b'], cursor)).codes, [
      ['a', 42],
      ['b', 42],
    ]);
  }
  assert.deepEqual((await described(['a', ''], null)).codes, [
    ['a', -1],
    ['', -1],
  ]);
  const next = { topicName: 'none', partitionIndex: 0 };
  assert.deepEqual(await described(['a', 'none'], null, 2), { codes: [['a', 0]], nextCursor: next });
  assert.deepEqual((await described(['a b', 'none'], null)).codes, [
    ['a b', 17],
    ['none', 3],
  ]);
});

test('the cluster of another kind of endpoint is refused with the reason [10.2]', async () => {
  const { ask } = await started();
  const codeOf = async (endpointType: number) => (await ask(describeCluster, { endpointType })).errorCode;
  assert.deepEqual(await Promise.all([1, 2, 7].map(codeOf)), [0, 114, 115]);
});

test('settings that cannot be changed are refused in the order in which Kafka looks [6]', async () => {
  const { ask } = await started();
  type Change = readonly [name: string, value: string | null, operation?: number];
  const altered = async (resources: { type: number; name: string; changes: readonly Change[] }[]) => {
    const { responses } = await ask(incrementalAlterConfigs, {
      resources: resources.map(({ type, name, changes }) => ({
        resourceType: type,
        resourceName: name,
        configs: changes.map(([setting, value, configOperation = SET]) => ({ name: setting, value, configOperation })),
      })),
      validateOnly: false,
    });
    return responses.map(({ errorCode, errorMessage }) => [errorCode, errorMessage]);
  };
  const one = async (type: number, name: string, ...changes: Change[]) => (await altered([{ type, name, changes }]))[0];
  const sound = { type: TOPIC, name: 'a', changes: [['retention.ms', '1']] as const };
  const twice = [42, 'Each resource must appear at most once.'];
  assert.deepEqual(await altered([sound, sound]), [twice, twice]);
  assert.deepEqual(await one(99, 'x', ['y', null]), [42, 'Null value not supported for : y']);
  assert.deepEqual(await one(99, 'x'), [42, 'Unknown resource type 99']);
  assert.deepEqual(await one(TOPIC, ''), [42, 'Default topic resources are not allowed.']);
  assert.equal((await one(TOPIC, 'a b'))?.[0], 17);
  assert.equal((await one(TOPIC, '', ['retention.ms', '1', APPEND]))?.[0], 40);
  assert.equal((await one(BROKER, '1', ['log.index.interval.bytes', '-1']))?.[0], 42);
  assert.equal((await one(TOPIC, 'none', ['retention.ms', 'soon']))?.[0], 40);
  assert.equal((await one(TOPIC, 'none', ['retention.ms', '1']))?.[0], 3);
  const unknown = [40, 'Unknown topic config name: none'];
  assert.deepEqual(await one(TOPIC, 'a', ['retention.ms', 'soon'], ['none', '1']), unknown);
  const noList = [40, "Can't APPEND to key retention.ms because its type is not LIST."];
  assert.deepEqual(await one(TOPIC, 'a', ['none', '1'], ['retention.ms', '1', APPEND]), noList);
  for (const [value, code] of Object.entries({
    '*': 0,
    '0:1, 1:1': 0,
    '': 0,
    '0:': 40,
    bad: 40,
    '*,0:1': 40,
    '-1:1': 40,
  })) {
    assert.equal((await one(TOPIC, 'a', ['leader.replication.throttled.replicas', value]))?.[0], code, value);
  }
  const odd = { type: TOPIC, name: 'b', changes: [['retention.ms', '1', 9]] as const };
  assert.deepEqual(await altered([sound, odd]), [
    [-1, null],
    [-1, null],
  ]);
  const ofBroker = { type: BROKER, name: '1', changes: [['log.index.interval.bytes', '-1']] as const };
  const negative = 'Invalid value -1 for configuration log.index.interval.bytes: Value must be at least 0';
  assert.deepEqual(await altered([ofBroker, odd]), [
    [42, negative],
    [-1, null],
  ]);
  const [heartbeat, session, pause] = ['heartbeat.interval', 'session.timeout', 'assignment.interval'].map(
    (each) => `consumer.${each}.ms`,
  ) as [string, string, string];
  const told = async (...changes: Change[]) => String((await one(GROUP, 'g', ...changes))?.[1]).split(' ')[0];
  assert.equal(await told([pause, '99999'], [session, '1'], [heartbeat, '1']), heartbeat);
  assert.equal(await told([pause, '99999'], [session, '1']), session);
  assert.deepEqual(await one(BROKER, 'one'), [42, 'Node id must be an integer, but it is: one']);
  assert.deepEqual(await one(BROKER, '7'), [42, 'Unexpected broker id, expected 1, but received 7']);
  const fixed = 'Cannot update these configs dynamically: [node.id]';
  assert.deepEqual(await one(BROKER, '1', ['node.id', '1']), [42, fixed]);
  const number = 'Config value append is not allowed for config key: log.index.interval.bytes';
  assert.deepEqual(await one(BROKER, '1', ['log.index.interval.bytes', '1', APPEND]), [40, number]);
  const list = 'Config value append is not allowed for config key: node.id';
  assert.deepEqual(await one(BROKER, '1', ['node.id', '1', APPEND]), [40, list]);
  assert.deepEqual(await one(BROKER, '1', ['none', '1', SUBTRACT]), [40, 'Unknown config name: none']);
});

test('parts of a list are taken as they stand, and empty ones refused [6]', async () => {
  const { ask } = await started();
  const resource = { resourceType: TOPIC, resourceName: 'a' };
  const change = async (name: string, value: string, configOperation = SET) => {
    const { responses } = await ask(incrementalAlterConfigs, {
      resources: [{ ...resource, configs: [{ name, value, configOperation }] }],
    });
    return responses[0]?.errorMessage;
  };
  const shown = async (name: string) => {
    const { results } = await ask(describeConfigs, { resources: [{ ...resource, configurationKeys: [name] }] });
    return results[0]?.configs[0]?.value;
  };
  const [policy, replicas] = ['cleanup.policy', 'leader.replication.throttled.replicas'];
  const empty = "Configuration 'cleanup.policy' values must not be empty.";
  for (const value of ['delete,', ',', 'delete,,compact']) assert.equal(await change(policy, value), empty, value);
  const burn = 'Invalid value burn for configuration cleanup.policy: String must be one of: compact, delete';
  for (const value of ['burn', 'compact,burn,']) assert.equal(await change(policy, value), burn, value);
  assert.equal(await change(policy, '', APPEND), empty);
  assert.equal(await change(policy, 'burn', APPEND), burn);
  assert.equal(await change(policy, 'compact,compact'), null);
  assert.equal(await shown(policy), 'compact', 'once is enough');
  assert.equal(await change(policy, ',', APPEND), null, 'nothing at all');
  assert.equal(await change(policy, 'delete,', APPEND), null);
  assert.equal(await change(policy, ' delete', SUBTRACT), null);
  assert.equal(await shown(policy), 'compact,delete', 'with its blank it is not there');
  assert.equal(await change(policy, 'compact', SUBTRACT), null);
  assert.equal(await shown(policy), 'compact,delete', 'it was there twice, and one is left');
  assert.equal(await change(replicas, '0:1,'), null);
  assert.equal(await shown(replicas), '0:1,');
  assert.equal(await change(replicas, '*,'), null);
  assert.equal(await change(replicas, '0:1'), null);
  assert.equal(await change(replicas, ' 0:1', APPEND), null);
  assert.equal(await shown(replicas), '0:1,0:1');
});

test('numbers with a fraction and names are read and shown as Java does [6]', async () => {
  const { ask } = await started();
  const resource = { resourceType: TOPIC, resourceName: 'a' };
  const kept = async (name: string, value: string) => {
    const configs = [{ name, value, configOperation: SET }];
    const { responses } = await ask(incrementalAlterConfigs, { resources: [{ ...resource, configs }] });
    if (responses[0]?.errorCode !== 0) return responses[0]?.errorMessage;
    const { results } = await ask(describeConfigs, { resources: [{ ...resource, configurationKeys: [name] }] });
    return results[0]?.configs[0]?.value;
  };
  const ratio = 'min.cleanable.dirty.ratio';
  const refused = (value: string, why: string) => `Invalid value ${value} for configuration ${ratio}: ${why}`;
  for (const [value, read] of Object.entries({
    NaN: 'NaN',
    '-NaN': 'NaN',
    '0.3f': '0.3',
    ' 1. ': '1.0',
    '-0': '-0.0',
    '0.00001': '1.0E-5',
    '1.5e-10': '1.5E-10',
    '0.001': '0.001',
    Infinity: refused('Infinity', 'Value must be no more than 1'),
    '1e9': refused('1.0E9', 'Value must be no more than 1'),
    '-Infinity': refused('-Infinity', 'Value must be at least 0'),
    nan: refused('nan', 'Not a number of type DOUBLE'),
    '': refused('', 'Not a number of type DOUBLE'),
  })) {
    assert.equal(await kept(ratio, value), read, value);
  }
  assert.equal(await kept('compression.type', ' gzip '), 'gzip');
  const codecs = 'uncompressed, zstd, lz4, snappy, gzip, producer';
  const unknown = `Invalid value zip for configuration compression.type: String must be one of: ${codecs}`;
  assert.equal(await kept('compression.type', ' zip'), unknown);
});

test('a setting is shown as it is read, with the synonyms that have a value [6]', async () => {
  const { ask } = await started();
  const value = (name: string, text: string) => ({ name, value: text, configOperation: SET });
  const configs = [value('retention.ms', ' 1000 '), value('preallocate', 'TRUE')];
  const resource = { resourceType: TOPIC, resourceName: 'a' };
  await ask(incrementalAlterConfigs, { resources: [{ ...resource, configs }] });
  const request = { resources: [{ ...resource, configurationKeys: [] }], includeSynonyms: true };
  const shown = new Map((await ask(describeConfigs, request)).results[0]?.configs.map((each) => [each.name, each]));
  assert.equal(shown.get('retention.ms')?.value, '1000');
  assert.deepEqual(shown.get('retention.ms')?.synonyms, [{ name: 'retention.ms', value: '1000', source: 1 }]);
  assert.equal(shown.get('preallocate')?.value, 'true');
  assert.equal(shown.get('min.cleanable.dirty.ratio')?.value, '0.5');
  assert.deepEqual(shown.get('segment.ms')?.synonyms, []);
  assert.equal(shown.get('segment.bytes')?.synonyms.length, 1);
  const strange = [
    { ...resource, configurationKeys: null },
    { resourceType: 99, resourceName: 'x', configurationKeys: null },
  ];
  const { results } = await ask(describeConfigs, { resources: strange });
  assert.deepEqual(
    results.map(({ errorCode }) => errorCode),
    [42, 42],
  );
  const none = [{ resourceType: TOPIC, resourceName: NO_ID, configurationKeys: null }];
  assert.equal((await ask(describeConfigs, { resources: none })).results[0]?.errorCode, 3);
});

test('ids of groups and members that are blank are refused as empty ones are [5.4]', async () => {
  const { ask } = await started();
  const sound = { groupId: 'g', memberId: 'm', memberEpoch: 0, rebalanceTimeoutMs: 1000 };
  const first = { ...sound, subscribedTopicNames: ['a'], topicPartitions: [] };
  for (const [field, name] of [
    ['groupId', 'GroupId'],
    ['memberId', 'MemberId'],
    ['instanceId', 'InstanceId'],
    ['rackId', 'RackId'],
  ] as const) {
    const { errorCode, errorMessage } = await ask(consumerGroupHeartbeat, { ...first, [field]: ' ' });
    assert.deepEqual([errorCode, errorMessage], [42, `${name} can't be empty.`]);
  }
});
