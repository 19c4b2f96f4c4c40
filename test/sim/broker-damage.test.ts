/** Files that do not hold what was written to them, and a disk that does not give what it holds: nobody takes it for sound. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomInt, seededRandom } from '../../src/base/random.js';
import type { Broker } from '../../src/broker/broker.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteRecords } from '../../src/protocol/api/delete-records.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { batchesIn, MAGIC_AT, PARTITION_LEADER_EPOCH_AT } from '../../src/protocol/records/header.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import type { Wire } from '../harness/wire.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const HOST = 'broker';
const WITHIN_MS = 10_000;
const SEGMENT_HEADER_BYTES = 24;
const TIMESTAMP = 1_790_000_000_000n;
const [NONE, CORRUPT_MESSAGE, NOT_COORDINATOR, STORAGE_ERROR] = [0, 2, 16, 56];

/** Two topics of one partition, in segments of a few batches. */
class Scene {
  readonly world: World;
  readonly #config: Readonly<Record<string, string>>;
  broker!: Broker;
  readonly #directories = new Map<string, string>();
  #wire!: Wire;

  constructor(seed: number, config: Readonly<Record<string, string>> = {}) {
    this.world = new World(seed);
    this.#config = { 'log.segment.bytes': '1000', 'log.cleaner.backoff.ms': '1000', ...config };
  }

  async open(configs: Readonly<Record<string, string>> = {}): Promise<this> {
    await this.start();
    const own = Object.entries(configs).map(([name, value]) => ({ name, value }));
    const topics = ['bad', 'good'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1, configs: own }));
    for (const { name, topicId } of (await this.ask(createTopics, { topics, timeoutMs: 1000 })).topics) {
      this.#directories.set(name, `/data/topics/${topicId}/0`);
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

  filesOf(topic: string): string[] {
    const directory = this.#directories.get(topic) ?? '';
    return this.world
      .diskOf(HOST)
      .fileNames()
      .filter((name) => name.startsWith(directory) && name.endsWith('.log'))
      .sort();
  }

  read(path: string): Buffer {
    return this.world.host(HOST).disk.readFile(path);
  }

  flip(path: string, position: number, bit: number): void {
    const file = this.world.host(HOST).disk.open(path);
    const [byte = 0] = file.read(position, 1);
    file.write(position, [Buffer.from([byte ^ (1 << bit)])]);
    file.close();
  }

  /** One record a batch. */
  async fill(topic: string, count: number, keys = count): Promise<string[]> {
    const values = Array.from({ length: count }, (_, at) => `value ${at} ${'x'.repeat(100)}`);
    for (const [at, value] of values.entries()) {
      const record = {
        timestamp: TIMESTAMP + BigInt(at),
        key: Buffer.from(`k${at % keys}`),
        value: Buffer.from(value),
      };
      const topicData = [{ name: topic, partitionData: [{ index: 0, records: encodeBatch({ records: [record] }) }] }];
      const answer = await this.ask(produce, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }, 12);
      assert.equal(answer.responses[0]?.partitionResponses[0]?.errorCode, NONE);
    }
    return values;
  }

  async fetch(topics: readonly string[], fetchOffset: bigint) {
    const partitions = [{ partition: 0, fetchOffset, currentLeaderEpoch: -1, partitionMaxBytes: 1 << 20 }];
    const request = { maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, sessionEpoch: -1 };
    const named = topics.map((topic) => ({ topic, partitions }));
    const answer = await this.ask(fetch, { ...request, topics: named }, 12);
    return answer.responses.map((each) => each.partitions[0]);
  }

  /** As a reader reads on: what it is given until its end, an error, or a checksum that is wrong. */
  async readOn(topic: string): Promise<{ readonly values: string[]; readonly end: 'all' | 'error' }> {
    const values: string[] = [];
    for (let fetchOffset = 0n; ; ) {
      const [found] = await this.fetch([topic], fetchOffset);
      if (found?.errorCode === CORRUPT_MESSAGE) return { values, end: 'error' };
      assert.equal(found?.errorCode, NONE);
      const before = fetchOffset;
      for (const batch of batchesIn(found?.records ?? Buffer.alloc(0))) {
        if (batch.kind !== 'batch' || !batch.crcMatches()) return { values, end: 'error' };
        assert.equal(batch.baseOffset, fetchOffset, 'no offset is left out');
        fetchOffset = batch.nextOffset;
        values.push(...decodeBatch(batch).map(({ value }) => String(value)));
      }
      if (fetchOffset > before) continue;
      assert.equal(fetchOffset, found?.highWatermark, 'a reader does not stop in front of the end without a word');
      return { values, end: 'all' };
    }
  }

  async offsetAt(topic: string, timestamp: bigint) {
    const topics = [{ name: topic, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }] }];
    const found = (await this.ask(listOffsets, { replicaId: -1, topics })).topics[0]?.partitions[0];
    return found?.errorCode === NONE ? found.offset : found?.errorCode;
  }
}

/** File positions of the batches of a segment. */
function batchPositions(bytes: Buffer): number[] {
  const positions: number[] = [];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; at += 12 + bytes.readInt32BE(at + 8)) positions.push(at);
  return positions;
}

test('a bit that flips in a segment is an error to who reads there, and nobody is given anything else [broker 2.11]', async () => {
  for (const restarts of [false, true]) {
    const scene = await new Scene(1).open();
    const values = await scene.fill('bad', 30);
    assert.deepEqual(await scene.fill('good', 30), values);
    if (restarts) {
      await scene.world.finish('the stop', WITHIN_MS, scene.broker.stop());
      await scene.start();
    }
    const files = scene.filesOf('bad');
    assert.ok(files.length > 3);
    const random = seededRandom(7);
    let errors = 0;
    const rounds = 300;
    for (let round = 0; round < rounds; round++) {
      const path = files[randomInt(random, files.length)] ?? '';
      const starts = batchPositions(scene.read(path));
      const start = starts[randomInt(random, starts.length)] ?? 0;
      // Half of them in what no checksum covers.
      const inside = randomInt(random, random.next() < 0.5 ? MAGIC_AT + 1 : 170);
      const isEpoch = inside >= PARTITION_LEADER_EPOCH_AT && inside < MAGIC_AT;
      const position = start + inside;
      if (isEpoch || position >= scene.read(path).length) continue;
      const bit = randomInt(random, 8);
      scene.flip(path, position, bit);
      const found = await scene.readOn('bad');
      assert.deepEqual(found.values, values.slice(0, found.values.length), `round ${round}, ${path} at ${position}`);
      assert.equal(found.end, 'error', `round ${round}, bit ${bit} at ${inside} of a batch, ${path}`);
      errors++;
      scene.flip(path, position, bit);
      if (round % 20 === 0) assert.deepEqual(await scene.readOn('bad'), { values, end: 'all' });
    }
    assert.ok(errors > rounds / 2);
    assert.deepEqual(await scene.readOn('good'), { values, end: 'all' });
  }
});

test('what cannot be read of one partition is told of it alone, and can be read when the disk gives it [broker 2.11]', async () => {
  const scene = await new Scene(2).open();
  const values = await scene.fill('bad', 30);
  await scene.fill('good', 30);
  const [first = ''] = scene.filesOf('bad');
  const disk = scene.world.diskOf(HOST);
  const fail = (path: string) => {
    if (path === first) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  };
  disk.onRead = fail;
  const codes = async () => (await scene.fetch(['bad', 'good'], 0n)).map((each) => each?.errorCode);
  assert.deepEqual(await codes(), [STORAGE_ERROR, NONE]);
  assert.equal(await scene.offsetAt('bad', TIMESTAMP), STORAGE_ERROR);
  assert.equal(await scene.offsetAt('good', TIMESTAMP + 3n), 3n);
  disk.onRead = undefined;
  assert.deepEqual(await scene.readOn('bad'), { values, end: 'all' });
  // While somebody waits, too: what it waits for cannot be read when it comes.
  const partitions = [{ partition: 0, fetchOffset: 30n, currentLeaderEpoch: -1, partitionMaxBytes: 1 << 20 }];
  const request = { maxWaitMs: 1000, minBytes: 1, maxBytes: 1 << 20, sessionEpoch: -1 };
  const reader = await openSimWire(scene.world, scene.broker, 'reader');
  const waiting = reader.ask(fetch, { ...request, topics: [{ topic: 'bad', partitions }] }, 12);
  await scene.world.run(10);
  disk.onRead = (path) => {
    if (path.startsWith(first.slice(0, first.lastIndexOf('/')))) fail(first);
  };
  await scene.fill('bad', 1);
  const { responses } = await scene.world.finish('the answer', WITHIN_MS, waiting);
  assert.equal(responses[0]?.partitions[0]?.errorCode, STORAGE_ERROR);
});

test('a look-up by time is refused where a batch on its way is damaged [broker 2.11]', async () => {
  const scene = await new Scene(3).open();
  await scene.fill('bad', 30);
  const [first = ''] = scene.filesOf('bad');
  const [, second = 0] = batchPositions(scene.read(first));
  scene.flip(first, second + 100, 3);
  assert.equal(await scene.offsetAt('bad', TIMESTAMP + 1n), CORRUPT_MESSAGE);
  assert.equal(await scene.offsetAt('bad', TIMESTAMP + 29n), 29n);
});

for (const inside of [8, 100]) {
  test(`compaction leaves a log as it is where byte ${inside} of a batch is damaged, and goes on with others [broker 2.11]`, async () => {
    const configs = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' };
    const scene = await new Scene(4, { 'log.cleaner.enable': 'true' }).open(configs);
    await scene.fill('bad', 30, 2);
    const [first = ''] = scene.filesOf('bad');
    const [, second = 0] = batchPositions(scene.read(first));
    scene.flip(first, second + inside, 0);
    await scene.fill('good', 30, 2);
    const before = scene.filesOf('bad').map((path) => scene.read(path));
    const goodBytes = () => scene.filesOf('good').reduce((sum, path) => sum + scene.read(path).length, 0);
    const full = goodBytes();
    await scene.world.run(5_000);
    assert.deepEqual(
      scene.filesOf('bad').map((path) => scene.read(path)),
      before,
    );
    assert.ok(goodBytes() < full / 2, 'the other one is compacted');
    scene.flip(first, second + inside, 0);
    await scene.world.finish('the stop', WITHIN_MS, scene.broker.stop());
    await scene.start();
    await scene.world.run(5_000);
    assert.notDeepEqual(scene.read(first), before[0], 'a start tries again');
  });
}

test('compaction that has no room leaves nothing behind, and keeps no other log from it [broker 2.6]', async () => {
  const configs = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01' };
  const scene = await new Scene(5).open(configs);
  for (const topic of ['bad', 'good']) await scene.fill(topic, 30, 2);
  const disk = scene.world.diskOf(HOST);
  const directory = scene.filesOf('bad')[0]?.slice(0, -24) ?? '';
  const before = disk.handles;
  for (const kinds of [['write'], ['sync'], ['rename']]) {
    disk.onCall = ({ kind, path }) => {
      const isNew = kind === 'rename' ? path.endsWith('.log') : path.endsWith('.cleaned');
      if (kinds.includes(kind) && isNew && path.startsWith(directory)) {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      }
    };
    await scene.world.run(20_000);
    assert.equal(disk.handles, before, `${kinds}`);
    assert.deepEqual(
      disk.fileNames().filter((name) => name.endsWith('.cleaned')),
      [],
      `${kinds}`,
    );
  }
  const bytes = (topic: string) => scene.filesOf(topic).reduce((sum, path) => sum + scene.read(path).length, 0);
  assert.ok(bytes('good') < bytes('bad') / 2, 'the other one is compacted');
  disk.onCall = undefined;
  await scene.world.run(5_000);
  assert.equal(bytes('bad'), bytes('good'));
});

test('a segment that has lost its header, and is known to have held records, is not taken for a new one [broker 2.11]', async () => {
  const scene = await new Scene(7).open();
  const values = await scene.fill('bad', 30);
  await scene.world.finish('the stop', WITHIN_MS, scene.broker.stop());
  const files = scene.filesOf('bad');
  const [, second = ''] = files;
  const file = scene.world.host(HOST).disk.open(second);
  const header = file.read(0, SEGMENT_HEADER_BYTES);
  file.write(0, [Buffer.alloc(SEGMENT_HEADER_BYTES)]);
  await assert.rejects(scene.start(), new RegExp(`${second} has no header any more`));
  assert.deepEqual(scene.filesOf('bad'), files);
  scene.world.kill(HOST);
  scene.world.host(HOST).disk.open(second).write(0, [header]);
  await scene.start();
  assert.deepEqual(await scene.readOn('bad'), { values, end: 'all' });
});

test('a bit that flips in a small file is refused by its name, and a snapshot is passed over [broker 2.12]', async () => {
  const scene = await new Scene(8).open();
  const values = await scene.fill('bad', 30);
  const topics = [{ name: 'bad', partitions: [{ partitionIndex: 0, offset: 2n }] }];
  await scene.ask(deleteRecords, { topics, timeoutMs: 1000 });
  await scene.fill('good', 30);
  await scene.world.finish('the stop', WITHIN_MS, scene.broker.stop());
  const { disk } = scene.world.host(HOST);
  const random = seededRandom(3);
  const files = scene.world.diskOf(HOST).fileNames();
  const directories = ['bad', 'good'].map((topic) => scene.filesOf(topic)[0]?.slice(0, -24) ?? '');
  const isOurs = (path: string) => directories.some((directory) => path.startsWith(directory));
  let refusals = 0;
  for (const path of files.filter((each) => /\.json$|\.snapshot$/.test(each))) {
    const before = disk.readFile(path);
    // Another digit would be believed. Where the name of the checksum is another one, all else is what it was.
    const text = before.toString().replace('crc32c', 'crc__c');
    // A snapshot says how far the last segment was read.
    const from = path.endsWith('.snapshot') ? text.lastIndexOf('"end":') : 0;
    const digits = [...text].flatMap((char, at) => (at >= from && /\d/.test(char) ? [at] : []));
    for (let round = 0; round < 6; round++) {
      scene.flip(path, digits[randomInt(random, digits.length)] ?? 0, 0);
      const logs = scene.world
        .diskOf(HOST)
        .fileNames()
        .filter((each) => each.endsWith('.log'));
      if (path.endsWith('.json')) {
        await assert.rejects(scene.start(), new RegExp(`${path} (is damaged|has format)`), before.toString());
        refusals++;
      } else if (isOurs(path)) {
        await scene.start();
        const [start, end] = [await scene.offsetAt('bad', -2n), await scene.offsetAt('bad', -1n)];
        assert.deepEqual([start, end], [2n, 30n], path);
        assert.deepEqual(await scene.readOn('good'), { values, end: 'all' }, path);
        await scene.world.finish('the stop', WITHIN_MS, scene.broker.stop());
      }
      scene.world.kill(HOST);
      assert.deepEqual(
        scene.world
          .diskOf(HOST)
          .fileNames()
          .filter((each) => each.endsWith('.log')),
        logs,
        path,
      );
      const file = scene.world.host(HOST).disk.open(path);
      file.truncate(0);
      file.write(0, [before]);
    }
  }
  assert.ok(refusals >= 12);
});

test('a group whose journal is damaged has no coordinator, all else is served [broker 2.11]', async () => {
  const scene = await new Scene(6, { 'offsets.topic.num.partitions': '8' }).open();
  const values = await scene.fill('good', 5);
  await scene.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] });
  const commit = async (groupId: string) => {
    const partitions = [{ partitionIndex: 0, committedOffset: 3n, committedMetadata: 'm'.repeat(100) }];
    const request = { groupId, generationIdOrMemberEpoch: -1, topics: [{ name: 'good', partitions }] };
    return (await scene.ask(offsetCommit, request, 8)).topics[0]?.partitions[0]?.errorCode;
  };
  const committed = async (groupId: string) => {
    const groups = [{ groupId, topics: [{ name: 'good', partitionIndexes: [0] }] }];
    const [found] = (await scene.ask(offsetFetch, { groups }, 8)).groups;
    return found?.errorCode === NONE ? found.topics[0]?.partitions[0]?.committedOffset : found?.errorCode;
  };
  for (let i = 0; i < 20; i++) assert.equal(await commit('one'), NONE);
  assert.equal(await commit('another'), NONE);
  await scene.world.finish('the stop', WITHIN_MS, scene.broker.stop());
  const own = new Set([...scene.filesOf('bad'), ...scene.filesOf('good')]);
  const files = scene.world.diskOf(HOST).fileNames();
  // The one that has most to say is that of the first group.
  const [journal = ''] = files
    .filter((name) => name.endsWith('.log') && !own.has(name))
    .sort((one, other) => scene.read(other).length - scene.read(one).length);
  scene.flip(journal, SEGMENT_HEADER_BYTES + 90, 4);
  await scene.start();
  assert.equal(await committed('one'), NOT_COORDINATOR);
  assert.equal(await commit('one'), NOT_COORDINATOR);
  assert.equal(await committed('another'), 3n);
  assert.deepEqual(await scene.readOn('good'), { values, end: 'all' });
});
