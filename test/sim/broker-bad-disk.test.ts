/** Disks of which a part fails: one partition of many, or one sync that the next one does not make good. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Broker } from '../../src/broker/broker.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { describeTransactions } from '../../src/protocol/api/describe-transactions.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import type { Wire } from '../harness/wire.js';
import type { DiskCall } from './disk.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const HOST = 'broker';
const WITHIN_MS = 10_000;
const [NONE, NOT_COORDINATOR, NOT_ENOUGH_REPLICAS, STORAGE_ERROR] = [0, 16, 19, 56];
const GROUP = 'g';
const ID = 'transactional';
const FLUSHES = { 'log.flush.interval.messages': '1' };

/** One topic of three partitions, on a disk that may fail. */
class Scene {
  readonly world: World;
  readonly #config: Readonly<Record<string, string>>;
  broker!: Broker;
  topicId = '';
  #wire!: Wire;

  constructor(seed: number, config: Readonly<Record<string, string>>) {
    this.world = new World(seed);
    this.#config = { 'offsets.topic.num.partitions': '4', 'transaction.state.log.num.partitions': '4', ...config };
  }

  async open(): Promise<this> {
    await this.start();
    const wanted = { name: 't', numPartitions: 3, replicationFactor: 1 };
    const { topics } = await this.ask(createTopics, { topics: [wanted], timeoutMs: 1000 });
    this.topicId = topics[0]?.topicId ?? '';
    for (const [keyType, key] of [GROUP, ID].entries()) {
      await this.ask(findCoordinator, { keyType, coordinatorKeys: [key] });
    }
    return this;
  }

  async start(): Promise<void> {
    this.broker = await startSimBroker(this.world, HOST, { config: this.#config });
    this.#wire = await openSimWire(this.world, this.broker);
  }

  ask<Q, S>(api: Api<Q, S>, request: Draft<Q>, version?: number): Promise<S> {
    return this.world.finish(api.name, WITHIN_MS, this.#wire.ask(api, request, version));
  }

  /** Calls to the disk that fail from now on, and as Linux has it what a sync could not write is forgotten. */
  fail(fails: (call: DiskCall) => boolean, written = 0): void {
    this.world.diskOf(HOST).onCall = (call) => {
      if (!fails(call)) return;
      throw Object.assign(new Error('EIO: bad disk'), { code: 'EIO', forgets: true, written });
    };
  }

  mend(): void {
    this.world.diskOf(HOST).onCall = undefined;
  }

  isOf(call: DiskCall, partition: number, topicId = this.topicId): boolean {
    return call.path.startsWith(`/data/topics/${topicId}/${partition}`);
  }

  async losePowerAndStart(): Promise<void> {
    this.world.losePower(HOST);
    await this.start();
  }

  /** One record to each of these partitions, in one request. */
  async produceTo(partitions: readonly number[], value: string): Promise<(number | undefined)[]> {
    const partitionData = partitions.map((index) => ({ index, records: batchOf(value) }));
    const topicData = [{ name: 't', partitionData }];
    const answer = await this.ask(produce, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }, 12);
    return answer.responses[0]?.partitionResponses.map(({ errorCode }) => errorCode) ?? [];
  }

  async end(partitionIndex: number): Promise<bigint | number | undefined> {
    const partitions = [{ partitionIndex, currentLeaderEpoch: -1, timestamp: -1n }];
    const answer = await this.ask(listOffsets, { replicaId: -1, topics: [{ name: 't', partitions }] });
    const found = answer.topics[0]?.partitions[0];
    return found?.errorCode === NONE ? found.offset : found?.errorCode;
  }

  /** All that a reader is given of a partition, from the beginning on. */
  async values(partition: number): Promise<string[]> {
    const values: string[] = [];
    for (let fetchOffset = 0n; ; ) {
      const partitions = [{ partition, fetchOffset, currentLeaderEpoch: -1, partitionMaxBytes: 1 << 20 }];
      const request = { maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, sessionEpoch: -1 };
      const answer = await this.ask(fetch, { ...request, topics: [{ topic: 't', partitions }] }, 12);
      const found = answer.responses[0]?.partitions[0];
      assert.equal(found?.errorCode, NONE, `partition ${partition} at ${fetchOffset}`);
      const before = fetchOffset;
      for (const batch of batchesIn(found?.records ?? Buffer.alloc(0))) {
        assert.ok(batch.kind === 'batch' && batch.crcMatches());
        fetchOffset = batch.nextOffset;
        if (!batch.isControl) values.push(...decodeBatch(batch).map(({ value }) => String(value)));
      }
      if (fetchOffset > before) continue;
      assert.equal(fetchOffset, found?.lastStableOffset, `partition ${partition} can be read to its end`);
      return values;
    }
  }

  async commit(offset: bigint): Promise<number | undefined> {
    const partitions = [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }];
    const request = { groupId: GROUP, generationIdOrMemberEpoch: -1, topics: [{ name: 't', partitions }] };
    return (await this.ask(offsetCommit, request, 8)).topics[0]?.partitions[0]?.errorCode;
  }

  async committed(): Promise<readonly [number | undefined, bigint | undefined]> {
    const topics = [{ name: 't', partitionIndexes: [0] }];
    const { groups } = await this.ask(offsetFetch, { groups: [{ groupId: GROUP, topics }] }, 8);
    return [groups[0]?.errorCode, groups[0]?.topics[0]?.partitions[0]?.committedOffset];
  }
}

function batchOf(value: string): Buffer {
  return encodeBatch({ records: [{ timestamp: 1_790_000_000_000n, value: Buffer.from(value) }] });
}

for (const kind of ['write', 'sync'] as const) {
  test(`one partition of a request whose ${kind} fails is told so alone, the others are taken [broker 2.6]`, async () => {
    const scene = await new Scene(1, FLUSHES).open();
    assert.deepEqual(await scene.produceTo([0, 1, 2], 'a'), [NONE, NONE, NONE]);
    scene.fail((call) => call.kind === kind && scene.isOf(call, 1));
    assert.deepEqual(await scene.produceTo([0, 1, 2], 'b'), [NONE, STORAGE_ERROR, NONE]);
    assert.deepEqual(await scene.produceTo([0, 1, 2], 'c'), [NONE, STORAGE_ERROR, NONE]);
    scene.mend();
    // Where a sync failed nobody knows what is on the disk.
    const isBack = kind === 'write';
    assert.deepEqual(await scene.produceTo([0, 1, 2], 'd'), [NONE, isBack ? NONE : STORAGE_ERROR, NONE]);
    await scene.losePowerAndStart();
    assert.deepEqual(await scene.values(0), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await scene.values(2), ['a', 'b', 'c', 'd']);
    const there = await scene.values(1);
    if (isBack) assert.deepEqual(there, ['a', 'd']);
    else assert.equal(there[0], 'a');
  });
}

test('a batch that was refused is not there after kill -9, though all of it got through [broker 2.6]', async () => {
  const scene = await new Scene(7, {}).open();
  await scene.produceTo([1], 'a');
  scene.fail((call) => call.kind === 'write' && scene.isOf(call, 1), Number.POSITIVE_INFINITY);
  assert.deepEqual(await scene.produceTo([1], 'b'), [STORAGE_ERROR]);
  scene.mend();
  scene.world.kill(HOST);
  await scene.start();
  assert.deepEqual(await scene.values(1), ['a']);
});

for (const stops of [true, false]) {
  const how = stops ? 'stops' : 'is killed';
  test(`what a failed sync forgot is on the disk before the next broker goes on, where the first one ${how} [broker 2.6]`, async () => {
    const scene = await new Scene(2, FLUSHES).open();
    await scene.produceTo([1], 'a');
    let left = 1;
    scene.fail((call) => call.kind === 'sync' && scene.isOf(call, 1) && left-- > 0);
    assert.deepEqual(await scene.produceTo([1], 'b'), [STORAGE_ERROR]);
    // The next sync would succeed, and say nothing of what was forgotten.
    assert.deepEqual(await scene.produceTo([1], 'c'), [STORAGE_ERROR]);
    await scene.world.run(3_000);
    assert.equal(await scene.end(1), STORAGE_ERROR, 'it stays offline');
    if (stops) await scene.world.finish('the stop', WITHIN_MS, scene.broker.stop());
    else scene.world.kill(HOST);
    await scene.start();
    assert.deepEqual(await scene.produceTo([1], 'd'), [NONE]);
    const before = await scene.values(1);
    assert.deepEqual([before[0], before.at(-1)], ['a', 'd']);
    await scene.losePowerAndStart();
    assert.deepEqual(await scene.values(1), before);
    assert.deepEqual(await scene.produceTo([1], 'e'), [NONE]);
  });
}

test('a commit whose sync fails is refused, and nobody is told of its offset [broker 2.8]', async () => {
  const scene = await new Scene(3, FLUSHES).open();
  assert.equal(await scene.commit(7n), NONE);
  scene.fail(({ kind, path }) => kind === 'sync' && !path.includes(scene.topicId) && path.endsWith('.log'));
  assert.equal(await scene.commit(8n), NOT_COORDINATOR);
  scene.mend();
  assert.deepEqual(await scene.committed(), [NOT_COORDINATOR, undefined]);
  assert.equal(await scene.commit(9n), NOT_COORDINATOR);
  assert.deepEqual(await scene.produceTo([0], 'a'), [NONE], 'records of others are taken');
  scene.world.losePower(HOST);
  await scene.start();
  const [code, offset] = await scene.committed();
  assert.equal(code, NONE);
  assert.ok(offset === 7n || offset === 8n, `${offset}`);
});

/** A transaction with a record in each of these partitions. */
async function begun(scene: Scene, partitions: readonly number[]) {
  const own = { transactionalId: ID, transactionTimeoutMs: 60_000, producerId: -1n, producerEpoch: -1 };
  const { producerId, producerEpoch } = await scene.ask(initProducerId, own, 5);
  const claim = { transactionalId: ID, producerId, producerEpoch };
  assert.deepEqual(
    await write(scene, claim, partitions),
    partitions.map(() => NONE),
  );
  return claim;
}

interface Claim {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

async function write(scene: Scene, claim: Claim, partitions: readonly number[], version = 12) {
  const { producerId, producerEpoch } = claim;
  const of = { producerId, producerEpoch, baseSequence: 0, transactional: true };
  const records = encodeBatch({ records: [{ timestamp: 1n, value: Buffer.from('in it') }], ...of });
  const partitionData = partitions.map((index) => ({ index, records: Buffer.from(records) }));
  const topicData = [{ name: 't', partitionData }];
  const { responses } = await scene.ask(
    produce,
    { transactionalId: ID, acks: -1, timeoutMs: 1000, topicData },
    version,
  );
  return responses[0]?.partitionResponses.map(({ errorCode }) => errorCode);
}

const isOfJournals = ({ path }: DiskCall, scene: Scene) => !path.includes(scene.topicId) && path.endsWith('.log');

test('a decision whose sync fails is not told as made [broker 2.8]', async () => {
  const scene = await new Scene(4, FLUSHES).open();
  const claim = await begun(scene, [0]);
  scene.fail((call) => call.kind === 'sync' && isOfJournals(call, scene));
  const end = { ...claim, committed: true };
  assert.equal((await scene.ask(endTxn, end, 5)).errorCode, NOT_COORDINATOR);
  scene.mend();
  assert.equal((await scene.ask(endTxn, end, 5)).errorCode, NOT_COORDINATOR);
  assert.deepEqual(await write(scene, claim, [1]), [NOT_ENOUGH_REPLICAS]);
  const { transactionStates } = await scene.ask(describeTransactions, { transactionalIds: [ID] });
  assert.equal(transactionStates[0]?.errorCode, NOT_COORDINATOR);
  await scene.losePowerAndStart();
  assert.equal((await scene.ask(endTxn, end, 5)).errorCode, NONE);
  await scene.world.run(1_000);
  assert.deepEqual(await scene.values(0), ['in it']);
});

test('a transaction ends where the disk takes its marker, and stays open where it does not [broker 2.8]', async () => {
  const scene = await new Scene(5, FLUSHES).open();
  const claim = await begun(scene, [0, 1, 2]);
  scene.fail((call) => call.kind === 'sync' && scene.isOf(call, 1));
  assert.equal((await scene.ask(endTxn, { ...claim, committed: true }, 5)).errorCode, NONE);
  await scene.world.run(30_000);
  assert.deepEqual([await scene.end(0), await scene.end(1), await scene.end(2)], [2n, STORAGE_ERROR, 2n]);
  scene.mend();
  await scene.losePowerAndStart();
  await scene.world.run(1_000);
  for (const partition of [0, 1, 2]) assert.deepEqual(await scene.values(partition), ['in it']);
});

test('of markers that another broker writes, those are refused that the disk does not take [broker 2.6]', async () => {
  const scene = await new Scene(6, FLUSHES).open();
  const claim = await begun(scene, [0, 1, 2]);
  scene.fail((call) => call.kind === 'sync' && scene.isOf(call, 1));
  const { producerId, producerEpoch } = claim;
  const marker = { producerId, producerEpoch, transactionResult: false, coordinatorEpoch: 0 };
  const markers = [{ ...marker, topics: [{ name: 't', partitionIndexes: [0, 1, 2] }] }];
  const answer = await scene.ask(writeTxnMarkers, { markers });
  const codes = answer.markers[0]?.topics[0]?.partitions.map(({ errorCode }) => errorCode);
  assert.deepEqual(codes, [NONE, STORAGE_ERROR, NONE]);
});
