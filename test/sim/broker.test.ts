/** The embedded broker under a simulated clock: what takes minutes or days, and what a client must not be able to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../src/base/random.js';
import { servedApis } from '../../src/broker/apis.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { allApis } from '../../src/protocol/api/all.js';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { syncGroup } from '../../src/protocol/api/sync-group.js';
import { encodeRequest } from '../../src/protocol/codec.js';
import { errorCode } from '../../src/protocol/errors.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import type { Wire } from '../harness/wire.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** One simulated broker and one client. */
class Scene {
  readonly world: World;
  readonly config: Readonly<Record<string, string>>;
  wire: Wire | undefined;

  constructor(seed: number, config: Readonly<Record<string, string>> = {}) {
    this.world = new World(seed);
    // Days pass between two questions.
    this.config = { 'connections.max.idle.ms': '-1', ...config };
  }

  async start(): Promise<this> {
    const broker = await startSimBroker(this.world, 'broker', { config: this.config });
    this.wire = await openSimWire(this.world, broker);
    return this;
  }

  ask<Q, S>(api: Api<Q, S>, body: Draft<Q>, max?: number): Promise<S> {
    assert.ok(this.wire);
    return this.world.finish(api.name, 120_000, this.wire.ask(api, body, max));
  }

  async topic(name: string, configs: Readonly<Record<string, string>> = {}): Promise<string> {
    const given = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
    const wanted = { name, numPartitions: 1, replicationFactor: 1, configs: given };
    const { topics } = await this.ask(createTopics, { topics: [wanted], timeoutMs: 1000 });
    assert.equal(topics[0]?.errorCode, 0, topics[0]?.errorMessage ?? '');
    return topics[0]?.topicId ?? '';
  }

  async produce(topicId: string, records: Buffer, transactionalId: string | null = null) {
    const topicData = [{ topicId, partitionData: [{ index: 0, records }] }];
    const answer = await this.ask(produce, { transactionalId, acks: -1, timeoutMs: 1000, topicData });
    return answer.responses[0]?.partitionResponses[0];
  }

  /** To the transaction of `x`, as a client of version 1 does. */
  async add(name: string, producer: { producerId: bigint; producerEpoch: number }, partitions: number[]) {
    const request = {
      v3AndBelowTransactionalId: 'x',
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: [{ name, partitions }],
    };
    const { resultsByTopicV3AndBelow } = await this.ask(addPartitionsToTxn, request, 3);
    for (const { partitionErrorCode } of resultsByTopicV3AndBelow.flatMap((each) => each.resultsByPartition)) {
      assert.equal(partitionErrorCode, 0);
    }
  }

  async offset(name: string, timestamp: bigint, isolationLevel = 0): Promise<bigint | undefined> {
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }];
    const { topics } = await this.ask(listOffsets, { replicaId: -1, isolationLevel, topics: [{ name, partitions }] });
    return topics[0]?.partitions[0]?.offset;
  }

  batch(more: Partial<Parameters<typeof encodeBatch>[0]> = {}): Buffer {
    const timestamp = BigInt(this.world.host('client').clock.nowMs());
    return encodeBatch({ records: [{ timestamp, value: Buffer.alloc(300, 7) }], ...more });
  }
}

test('retention deletes by time, and the log end stays', async () => {
  const scene = await new Scene(1).start();
  const id = await scene.topic('t', { 'retention.ms': String(DAY_MS) });
  for (let i = 0; i < 3; i++) await scene.produce(id, scene.batch());
  await scene.world.run(DAY_MS - 10 * MINUTE_MS);
  assert.equal(await scene.offset('t', -2n), 0n);
  await scene.world.run(30 * MINUTE_MS);
  assert.equal(await scene.offset('t', -2n), 3n);
  assert.equal(await scene.offset('t', -1n), 3n);
  const after = await scene.produce(id, scene.batch());
  assert.equal(after?.baseOffset, 3n);
});

test('retention deletes by size, whole segments from the oldest on', async () => {
  const scene = await new Scene(2, { 'log.segment.bytes': '2000', 'log.retention.bytes': '4000' }).start();
  const id = await scene.topic('t');
  for (let i = 0; i < 60; i++) await scene.produce(id, scene.batch());
  await scene.world.run(10 * MINUTE_MS);
  const start = (await scene.offset('t', -2n)) ?? 0n;
  assert.ok(start > 30n && start < 60n, `log start ${start}`);
  assert.equal(await scene.offset('t', -1n), 60n);
});

test('a partition that is added twice is part of its transaction once, and gets one marker', async () => {
  const scene = await new Scene(36).start();
  await scene.topic('t');
  await scene.ask(findCoordinator, { keyType: 1, coordinatorKeys: ['x'] });
  const request = { transactionalId: 'x', transactionTimeoutMs: 30_000, producerId: -1n, producerEpoch: -1 };
  const { producerId, producerEpoch } = await scene.ask(initProducerId, request);
  for (const partitions of [[0, 0], [0]]) {
    await scene.add('t', { producerId, producerEpoch }, partitions);
  }
  const end = await scene.ask(endTxn, { transactionalId: 'x', producerId, producerEpoch, committed: true }, 4);
  assert.equal(end.errorCode, 0);
  assert.equal(await scene.offset('t', -1n), 1n);
});

test('a transaction that times out is aborted, and its producer fenced', async () => {
  const scene = await new Scene(3).start();
  const id = await scene.topic('t');
  await scene.ask(findCoordinator, { keyType: 1, coordinatorKeys: ['x'] });
  const request = { transactionalId: 'x', transactionTimeoutMs: 30_000, producerId: -1n, producerEpoch: -1 };
  const { producerId, producerEpoch } = await scene.ask(initProducerId, request);
  await scene.add('t', { producerId, producerEpoch }, [0]);
  const mine = { producerId, producerEpoch, transactional: true };
  assert.equal((await scene.produce(id, scene.batch({ ...mine, baseSequence: 0 }), 'x'))?.errorCode, 0);
  assert.equal(await scene.offset('t', -1n, 1), 0n);
  await scene.world.run(45_000);
  assert.equal(await scene.offset('t', -1n, 1), 2n);
  assert.equal((await scene.produce(id, scene.batch({ ...mine, baseSequence: 1 }), 'x'))?.errorCode, 47);
  const end = await scene.ask(endTxn, { transactionalId: 'x', producerId, producerEpoch, committed: true }, 4);
  assert.equal(end.errorCode, 90);
});

test('a raise of the epoch is answered again as before, until a takeover or a start (KIP-360)', async () => {
  const scene = await new Scene(5).start();
  await scene.ask(findCoordinator, { keyType: 1, coordinatorKeys: ['x'] });
  const init = async (producerId: bigint, expected: number) => {
    const request = { transactionalId: 'x', transactionTimeoutMs: 30_000, producerId, producerEpoch: expected };
    const answer = await scene.ask(initProducerId, request);
    return { id: answer.producerId, told: [answer.errorCode, answer.producerEpoch] };
  };
  const { id, told } = await init(-1n, -1);
  assert.deepEqual(told, [0, 0]);
  const raise = async (expected: number) => (await init(id, expected)).told;
  assert.deepEqual(await raise(0), [0, 1]);
  assert.deepEqual(await raise(0), [0, 1]);
  assert.deepEqual((await init(id + 1n, 0)).told, [90, -1]);
  assert.deepEqual((await init(-1n, -1)).told, [0, 2]);
  assert.deepEqual(await raise(1), [90, -1]);
  assert.deepEqual(await raise(2), [0, 3]);
  scene.world.kill('broker');
  await scene.start();
  assert.deepEqual(await raise(2), [90, -1], 'the coordinator that remembered is gone');
  assert.deepEqual(await raise(3), [0, 4]);
});

test('a silent member is put out after its session, and an idle group loses its offsets after the retention', async () => {
  const scene = await new Scene(4, { 'offsets.retention.minutes': '60' }).start();
  await scene.topic('t');
  await scene.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] });
  const join = {
    groupId: 'g',
    sessionTimeoutMs: 6000,
    rebalanceTimeoutMs: 6000,
    protocolType: 'klink',
    protocols: [{ name: 'p', metadata: Buffer.from('m') }],
  };
  const { memberId } = await scene.ask(joinGroup, { ...join, memberId: '' });
  const { generationId } = await scene.ask(joinGroup, { ...join, memberId });
  await scene.ask(syncGroup, { groupId: 'g', generationId, memberId, protocolType: 'klink', protocolName: 'p' });
  const partitions = [{ partitionIndex: 0, committedOffset: 7n, committedLeaderEpoch: -1, committedMetadata: '' }];
  const commit = {
    groupId: 'g',
    generationIdOrMemberEpoch: generationId,
    memberId,
    topics: [{ name: 't', partitions }],
  };
  assert.equal((await scene.ask(offsetCommit, commit, 8)).topics[0]?.partitions[0]?.errorCode, 0);
  for (let i = 0; i < 5; i++) {
    await scene.world.run(5000);
    assert.equal((await scene.ask(heartbeat, { groupId: 'g', generationId, memberId })).errorCode, 0);
  }
  await scene.world.run(6100);
  assert.equal((await scene.ask(heartbeat, { groupId: 'g', generationId, memberId })).errorCode, 25);
  const committed = async () => {
    const topics = [{ name: 't', partitionIndexes: [0] }];
    const { groups } = await scene.ask(offsetFetch, { groups: [{ groupId: 'g', topics }] }, 8);
    return groups[0]?.topics[0]?.partitions[0]?.committedOffset;
  };
  await scene.world.run(30 * MINUTE_MS);
  assert.equal(await committed(), 7n);
  await scene.world.run(60 * MINUTE_MS);
  assert.equal(await committed(), -1n);
});

test('nobody makes or grows a topic beyond ten thousand partitions: each is an open file', async () => {
  const scene = await new Scene(1).start();
  await scene.topic('t');
  const wanted = [{ name: 't', count: 10_001, assignments: null }];
  const grown = await scene.ask(createPartitions, { topics: wanted, timeoutMs: 1000 });
  assert.equal(grown.results[0]?.errorCode, errorCode.INVALID_PARTITIONS);
  const made = await scene.ask(createTopics, {
    topics: [{ name: 'u', numPartitions: 10_001, replicationFactor: 1 }],
    timeoutMs: 1000,
  });
  assert.equal(made.topics[0]?.errorCode, errorCode.INVALID_PARTITIONS);
  const { topics } = await scene.ask(metadata, { topics: [{ name: 't' }] });
  assert.equal(topics[0]?.partitions.length, 1);
});

test('a topic of the default number of replicas is not made where that is more than one [4.2]', async () => {
  const scene = await new Scene(1, { 'default.replication.factor': '3', 'auto.create.topics.enable': 'true' }).start();
  const made = async (name: string, replicationFactor: number) => {
    const topic = { name, numPartitions: 1, replicationFactor };
    const { topics } = await scene.ask(createTopics, { topics: [topic], timeoutMs: 1000 });
    return [topics[0]?.errorCode, topics[0]?.errorMessage?.slice(0, 41)];
  };
  assert.deepEqual(await made('t', -1), [38, 'Unable to replicate the partition 3 time(']);
  assert.deepEqual(await made('u', 1), [0, undefined]);
  const { topics } = await scene.ask(metadata, { topics: [{ name: 'v' }], allowAutoTopicCreation: true });
  assert.equal(topics[0]?.errorCode, errorCode.UNKNOWN_TOPIC_OR_PARTITION);
});

test('a topic that is named twice is not grown, the others are [4.2]', async () => {
  const scene = await new Scene(1).start();
  for (const name of ['t', 'u']) await scene.topic(name);
  const wanted = ['t', 'u', 't'].map((name) => ({ name, count: 3, assignments: null }));
  const { results } = await scene.ask(createPartitions, { topics: wanted, timeoutMs: 1000 });
  assert.deepEqual(Object.fromEntries(results.map((each) => [each.name, each.errorCode])), { t: 42, u: 0 });
  const { topics } = await scene.ask(metadata, { topics: [{ name: 't' }, { name: 'u' }] });
  assert.deepEqual(
    topics.map(({ partitions }) => partitions.length),
    [1, 3],
  );
});

test('topics, settings and groups survive a power loss; what was acknowledged durable stays', async () => {
  for (let seed = 10; seed < 30; seed++) {
    const scene = await new Scene(seed, { 'log.flush.interval.messages': '1' }).start();
    const id = await scene.topic('t', { 'retention.ms': '-1' });
    for (let i = 0; i < 5; i++) assert.equal((await scene.produce(id, scene.batch()))?.baseOffset, BigInt(i));
    scene.world.losePower('broker');
    await scene.start();
    const { topics } = await scene.ask(metadata, { topics: [{ name: 't' }] });
    assert.equal(topics[0]?.topicId, id, `seed ${seed}`);
    assert.equal(topics[0]?.partitions[0]?.leaderEpoch, 1);
    assert.equal(await scene.offset('t', -1n), 5n, `seed ${seed}`);
  }
});

test('a fetch that waits does not outlive its connection, and a stop answers to nobody', async () => {
  const scene = new Scene(31);
  const broker = await startSimBroker(scene.world, 'broker');
  scene.wire = await openSimWire(scene.world, broker);
  const topicId = await scene.topic('t');
  const partitions = [
    { partition: 0, currentLeaderEpoch: -1, lastFetchedEpoch: -1, fetchOffset: 0n, partitionMaxBytes: 1000 },
  ];
  const request = {
    maxWaitMs: 60_000,
    minBytes: 1,
    maxBytes: 1000,
    sessionEpoch: -1,
    topics: [{ topicId, partitions }],
  };
  const waiting = scene.wire.ask(fetch, request);
  const refused = assert.rejects(waiting);
  await scene.world.run(100);
  await scene.world.finish('stop', 1000, broker.stop());
  await scene.world.finish('the refusal', 1000, refused);
});

test('malformed requests end their own connection and nothing else', async () => {
  const scene = new Scene(32, { 'socket.request.max.bytes': '100000' });
  const broker = await startSimBroker(scene.world, 'broker', { config: scene.config });
  scene.wire = await openSimWire(scene.world, broker);
  const steady = scene.wire;
  await scene.topic('t');
  const seed = 4711;
  const random = seededRandom(seed);
  const served = servedApis.flatMap(({ key, min, max }) => {
    const api = allApis.find((each) => each.key === key);
    return api ? [{ api, min, max }] : [];
  });
  let ended = 0;
  const rounds = 1500;
  for (let round = 0; round < rounds; round++) {
    const wire = await openSimWire(scene.world, broker, `attacker${round % 7}`);
    const chosen = served[randomInt(random, served.length)];
    assert.ok(chosen);
    const version = chosen.min + randomInt(random, chosen.max - chosen.min + 1);
    const header = { correlationId: round, clientId: 'attacker' };
    const frame = Buffer.concat(encodeRequest(chosen.api as Api<unknown, unknown>, version, header, {} as never));
    const garbled = garble(frame, random.next(), () => randomInt(random, frame.length), random.bytes(16));
    wire.sendRaw([garbled]).catch(() => undefined);
    await scene.world.run(20);
    if (wire.isEnded) ended++;
    wire.close();
    assert.equal(steady.isEnded, false, `seed ${seed}, round ${round}: ${chosen.api.name} ${version}`);
  }
  assert.ok(ended > rounds / 20, `${ended} of ${rounds} connections were ended`);
  const { topics } = await scene.ask(metadata, { topics: [{ name: 't' }] });
  assert.equal(topics[0]?.errorCode, 0, 'the broker still answers');
});

/** Damages a frame behind its API key: flips, cuts, grows, or claims another length. */
function garble(frame: Buffer, kind: number, place: () => number, noise: Buffer): Buffer {
  const copy = Buffer.from(frame);
  if (kind < 0.5) {
    for (let i = 0; i < 3; i++) copy[Math.max(8, place())] = noise[i] ?? 0;
    return copy;
  }
  if (kind < 0.7) {
    const cut = copy.subarray(0, Math.max(12, place()));
    cut.writeInt32BE(cut.length - 4, 0);
    return cut;
  }
  if (kind < 0.9) {
    const grown = Buffer.concat([copy, noise, noise]);
    grown.writeInt32BE(grown.length - 4, 0);
    return grown;
  }
  copy.writeInt32BE(kind < 0.95 ? 100_001 : -5, 0);
  return copy;
}

test('topics: a name that every object has is one like any other', async () => {
  const scene = await new Scene(35).start();
  for (const name of ['constructor', 'toString', '__proto__']) {
    const asked = { topics: [{ name }], allowAutoTopicCreation: true };
    assert.equal((await scene.ask(metadata, asked)).topics[0]?.errorCode, 3, `${name} is not there`);
    await scene.topic(name);
    const [topic] = (await scene.ask(metadata, asked)).topics;
    assert.deepEqual([topic?.errorCode, topic?.isInternal], [0, false], name);
  }
});
