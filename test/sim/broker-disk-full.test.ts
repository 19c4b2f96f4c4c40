/** A disk that takes no more, and then does again: clear answers, nothing damaged, and no restart needed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STANDARD_AUTHORIZER } from '../../src/broker/config/broker-configs.js';
import { alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
import { createAcls } from '../../src/protocol/api/create-acls.js';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteAcls } from '../../src/protocol/api/delete-acls.js';
import { deleteRecords } from '../../src/protocol/api/delete-records.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { describeAcls } from '../../src/protocol/api/describe-acls.js';
import { describeClientQuotas } from '../../src/protocol/api/describe-client-quotas.js';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { describeUserScramCredentials } from '../../src/protocol/api/describe-user-scram-credentials.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Wire } from '../harness/wire.js';
import type { DiskCall } from './disk.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const [STORAGE_ERROR, LOAD_IN_PROGRESS, NOT_AVAILABLE] = [56, 14, 15];
const [TOPIC, BROKER] = [2, 4];

for (const code of ['ENOSPC', 'EROFS', 'EIO', 'EFBIG']) {
  test(`appends that the disk refuses with ${code} are told so, and go on when it takes them again [broker 2.6]`, async () => {
    const world = new World(7);
    const disk = world.diskOf('broker');
    const config = { 'log.segment.bytes': '2000' };
    let wire = await openSimWire(world, await startSimBroker(world, 'broker', { config }));
    const wanted = { name: 't', numPartitions: 1, replicationFactor: 1 };
    await world.finish('topic', 1000, wire.ask(createTopics, { topics: [wanted], timeoutMs: 1000 }));
    const append = (valueBytes = 300) => world.finish('produce', 1000, appendTo(wire, valueBytes));
    for (let i = 0; i < 3; i++) assert.deepEqual(await append(), [0, BigInt(i)]);
    for (const kinds of [['write'], ['write', 'truncate'], ['create', 'write', 'rename', 'sync']]) {
      const before = await world.finish('end', 1000, endOf(wire));
      // A sync that fails is another matter: what a write refused is all that is tried here.
      disk.onCall = ({ kind, bytes }) => {
        if (kind !== 'sync' && kinds.includes(kind))
          throw Object.assign(new Error(code), { code, written: bytes >> 1 });
      };
      for (let i = 0; i < 8; i++) assert.deepEqual(await append(30), [STORAGE_ERROR, -1n], `${kinds}`);
      assert.equal(await world.finish('end', 1000, endOf(wire)), before);
      await world.run(5000);
      disk.onCall = undefined;
      for (let i = 0; i < 7; i++) assert.deepEqual(await append(), [0, before + BigInt(i)], `${kinds}`);
    }
    const end = await world.finish('end', 1000, endOf(wire));
    world.kill('broker');
    wire = await openSimWire(world, await startSimBroker(world, 'broker', { config }));
    assert.equal(await world.finish('end', 1000, endOf(wire)), end);
    assert.deepEqual(await append(), [0, end]);
  });
}

/** Each leaves something behind that a description shows; asked for again it can be done once. */
const changes: Readonly<Record<string, (wire: Wire) => Promise<readonly (number | undefined)[]>>> = {
  async createTopics(wire) {
    const topics = ['made', 'also'].map((name) => ({ name, numPartitions: 2, replicationFactor: 1 }));
    const answer = await wire.ask(createTopics, { topics, timeoutMs: 1000 });
    return answer.topics.map(({ errorCode }) => errorCode);
  },
  async deleteTopics(wire) {
    const answer = await wire.ask(deleteTopics, { topics: [{ name: 'gone' }], timeoutMs: 1000 });
    return answer.responses.map(({ errorCode }) => errorCode);
  },
  async createPartitions(wire) {
    const answer = await wire.ask(createPartitions, { topics: [{ name: 't', count: 3, assignments: null }] });
    return answer.results.map(({ errorCode }) => errorCode);
  },
  async alterConfigs(wire) {
    const set = (resourceType: number, resourceName: string) => ({
      resourceType,
      resourceName,
      configs: [
        resourceType === TOPIC
          ? { name: 'retention.ms', configOperation: 0, value: '777' }
          : { name: 'log.retention.ms', configOperation: 0, value: '888' },
      ],
    });
    const resources = [set(TOPIC, 't'), set(BROKER, ''), set(BROKER, '1')];
    return (await wire.ask(incrementalAlterConfigs, { resources })).responses.map(({ errorCode }) => errorCode);
  },
  async createAcls(wire) {
    return (await wire.ask(createAcls, { creations: [aclOf('new')] })).results.map(({ errorCode }) => errorCode);
  },
  async deleteAcls(wire) {
    const { resourcePatternType, resourceType, ...rest } = aclOf('old');
    const filter = { ...rest, resourceTypeFilter: resourceType, patternTypeFilter: resourcePatternType };
    const filters = [{ ...filter, resourceNameFilter: 'old', principalFilter: null, hostFilter: null }];
    const { filterResults } = await wire.ask(deleteAcls, { filters });
    return filterResults.flatMap(({ errorCode, matchingAcls }) => [
      errorCode,
      ...matchingAcls.map((each) => each.errorCode),
    ]);
  },
  async users(wire) {
    const salted = { mechanism: 1, iterations: 4096, salt: Buffer.from('salt'), saltedPassword: Buffer.alloc(32, 1) };
    const upsertions = [{ name: 'somebody', ...salted }];
    const answer = await wire.ask(alterUserScramCredentials, { deletions: [], upsertions });
    return answer.results.map(({ errorCode }) => errorCode);
  },
  async quotas(wire) {
    const entries = ['one', 'two'].map((name) => ({
      entity: [{ entityType: 'client-id', entityName: name }],
      ops: [{ key: 'producer_byte_rate', value: 1000, remove: false }],
    }));
    const answer = await wire.ask(alterClientQuotas, { entries, validateOnly: false });
    return answer.entries.map(({ errorCode }) => errorCode);
  },
  async deleteRecords(wire) {
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset: 2n }] }];
    const answer = await wire.ask(deleteRecords, { topics, timeoutMs: 1000 });
    return answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode));
  },
};

/** All that an administrator can be told, and the log of `t`. */
async function described(wire: Wire): Promise<unknown> {
  const named = (resourceType: number, resourceName: string) => ({
    resourceType,
    resourceName,
    configurationKeys: null,
  });
  const everybody = { components: [], strict: false };
  const anyAcl = { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 };
  const { topics } = await wire.ask(metadata, { topics: null });
  return {
    topics: topics.map(({ name, topicId, partitions }) => [name, topicId, partitions.length]),
    configs: (await wire.ask(describeConfigs, { resources: [named(TOPIC, 't'), named(BROKER, '1')] })).results,
    acls: await wire.ask(describeAcls, {
      ...anyAcl,
      resourceNameFilter: null,
      principalFilter: null,
      hostFilter: null,
    }),
    users: (await wire.ask(describeUserScramCredentials, { users: null })).results,
    quotas: (await wire.ask(describeClientQuotas, everybody)).entries,
    end: await endOf(wire),
    start: await startOf(wire),
  };
}

const faults: Readonly<Record<string, (call: DiskCall) => boolean>> = {
  'nothing can be changed': () => true,
  'no room for bytes': ({ kind }) => kind === 'write',
  'what is written cannot be synced': ({ kind }) => kind === 'sync',
  'new names are refused': ({ kind }) => kind === 'rename',
  'names cannot be synced': ({ kind, path }) => kind === 'syncDirectory' && !path.startsWith('/data/topics/'),
};

for (const [what, isRefused] of Object.entries(faults)) {
  test(`changes that the disk refuses are told so, change nothing, and go on: ${what} [broker 2.10]`, async () => {
    const world = new World(9);
    const disk = world.diskOf('broker');
    const config = { 'authorizer.class.name': STANDARD_AUTHORIZER, 'super.users': 'User:ANONYMOUS' };
    const finish = <T>(work: Promise<T>) => world.finish(what, 5_000, work);
    let wire = await openSimWire(world, await startSimBroker(world, 'broker', { config }));
    const wanted = ['t', 'gone'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }));
    await finish(wire.ask(createTopics, { topics: wanted, timeoutMs: 1000 }));
    await finish(wire.ask(createAcls, { creations: [aclOf('old')] }));
    for (let i = 0; i < 3; i++) await finish(appendTo(wire, 300));
    await world.run(2_000);
    const before = await finish(described(wire));
    const fault = (call: DiskCall) => {
      if (isRefused(call)) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', written: call.bytes >> 1 });
    };
    const asked = Object.entries(changes).filter(
      ([name]) => what !== 'names cannot be synced' || name !== 'deleteRecords',
    );
    disk.onCall = fault;
    for (const [name, ask] of asked) {
      const codes = await finish(ask(wire));
      assert.deepEqual(new Set(codes), new Set([STORAGE_ERROR]), name);
    }
    // Together, so that several wait for one write.
    await finish(Promise.all(asked.map(([, ask]) => ask(wire))));
    assert.deepEqual(await finish(described(wire)), before);
    await world.run(2_000);
    disk.onCall = undefined;
    assert.deepEqual(await finish(appendTo(wire, 300)), [0, 3n], 'no partition is offline');
    world.kill('broker');
    wire = await openSimWire(world, await startSimBroker(world, 'broker', { config }));
    assert.deepEqual(
      await finish(described(wire)),
      { ...(before as object), end: 4n },
      'nor does a start find anything',
    );
    for (const [name, ask] of asked) assert.deepEqual(new Set(await finish(ask(wire))), new Set([0]), name);
    const after = await finish(described(wire));
    world.kill('broker');
    wire = await openSimWire(world, await startSimBroker(world, 'broker', { config }));
    assert.deepEqual(await finish(described(wire)), after);
  });
}

test('what others wait for on a full disk is said to be there later, and then is [broker 2.10]', async () => {
  const world = new World(8);
  const wire = await openSimWire(world, await startSimBroker(world, 'broker'));
  const finish = <T>(work: Promise<T>) => world.finish('an answer', 5_000, work);
  const own = { transactionTimeoutMs: 1000, producerId: -1n, producerEpoch: -1 };
  const codes = async () => [
    (await finish(wire.ask(initProducerId, { ...own, transactionalId: null }))).errorCode,
    (await finish(wire.ask(initProducerId, { ...own, transactionalId: 'mine' }))).errorCode,
    (await finish(wire.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['group'] }))).coordinators[0]?.errorCode,
  ];
  world.diskOf('broker').onCall = () => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  assert.deepEqual(await codes(), [LOAD_IN_PROGRESS, LOAD_IN_PROGRESS, NOT_AVAILABLE]);
  world.diskOf('broker').onCall = undefined;
  assert.deepEqual(await codes(), [0, 0, 0]);
});

function aclOf(resourceName: string) {
  const allow = { operation: 3, permissionType: 3, host: '*', principal: 'User:app' };
  return { resourceType: TOPIC, resourceName, resourcePatternType: 3, ...allow };
}

async function appendTo(wire: Wire, valueBytes: number): Promise<[number | undefined, bigint | undefined]> {
  const records = encodeBatch({ records: [{ timestamp: 1_790_000_000_000n, value: Buffer.alloc(valueBytes, 7) }] });
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
  const answer = await wire.ask(produce, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }, 11);
  const partition = answer.responses[0]?.partitionResponses[0];
  return [partition?.errorCode, partition?.baseOffset];
}

const endOf = (wire: Wire) => offsetOf(wire, -1n);
const startOf = (wire: Wire) => offsetOf(wire, -2n);

async function offsetOf(wire: Wire, timestamp: bigint): Promise<bigint> {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }];
  const answer = await wire.ask(listOffsets, { replicaId: -1, isolationLevel: 0, topics: [{ name: 't', partitions }] });
  return answer.topics[0]?.partitions[0]?.offset ?? -1n;
}
