/** What a start has to read: nothing of a log that was closed, and after kill -9 what lies behind the youngest snapshot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Disk } from '../../src/base/disk.js';
import { silentLog } from '../../src/base/log.js';
import { type Broker, createBroker } from '../../src/broker/broker.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { openSimWire } from './sim-broker.js';
import { World } from './world.js';

const BATCH_BYTES = 1_000_000;
const MIB = 1 << 20;
/** Of the disk, for each partition that a start opens. */
const OPERATIONS_MAX = 16;

/** The disk, how many bytes of segments were read from it, and how often it was asked for anything. */
function counted(real: Disk): { readonly disk: Disk; bytes: number; operations: number } {
  const disk = counting(real, () => count.operations++);
  const count = {
    bytes: 0,
    operations: 0,
    disk: {
      ...disk,
      open(path: string) {
        const file = counting(disk.open(path), () => count.operations++);
        if (!path.endsWith('.log')) return file;
        const read: typeof file.read = (...what) => {
          const bytes = file.read(...what);
          count.bytes += bytes.length;
          return bytes;
        };
        return { ...file, read };
      },
    },
  };
  return count;
}

/** The same methods; `called` with each call. */
function counting<T extends object>(methods: T, called: () => void): T {
  const entries = Object.entries(methods).map(([name, method]) => {
    const counted = (...args: unknown[]) => {
      called();
      return method.apply(methods, args);
    };
    return [name, counted];
  });
  return Object.fromEntries(entries);
}

interface Started {
  readonly broker: Broker;
  readonly read: () => number;
  /** Of the disk, so far. */
  readonly operations: () => number;
}

async function start(world: World): Promise<Started> {
  const { disk, ...surroundings } = world.host('broker');
  const count = counted(disk);
  const listeners = [{ protocol: 'PLAINTEXT' as const, listen: { host: 'broker', port: 9092 } }];
  const options = { ...surroundings, disk: count.disk, log: silentLog, directory: '/data', listeners };
  const broker = await world.finish('a broker', 60_000, createBroker(options));
  return { broker, read: () => count.bytes, operations: () => count.operations };
}

/** A world with a topic of some batches of a megabyte. */
async function filled(seed: number, batches: number) {
  const world = new World(seed);
  const { broker } = await start(world);
  const wire = await openSimWire(world, broker);
  const topics = [{ name: 't', numPartitions: 1, replicationFactor: 1, configs: [] }];
  await world.finish('a topic', 60_000, wire.ask(createTopics, { topics, timeoutMs: 1000 }));
  const produceMore = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const timestamp = BigInt(world.host('client').clock.nowMs());
      const records = encodeBatch({ records: [{ timestamp, value: Buffer.alloc(BATCH_BYTES, i) }], codec: 'none' });
      const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
      const asked = wire.ask(produce, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }, 12);
      const { responses } = await world.finish('an append', 60_000, asked);
      assert.equal(responses[0]?.partitionResponses[0]?.errorCode, 0);
    }
  };
  await produceMore(batches);
  return { world, broker, produceMore };
}

/** The whole partition is there, and its first batch is found without reading it. */
async function checkFirst(world: World, broker: Broker, read: () => number): Promise<void> {
  const wire = await openSimWire(world, broker);
  const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: MIB }];
  const request = { maxWaitMs: 0, minBytes: 1, maxBytes: MIB, topics: [{ topic: 't', partitions }] };
  const before = read();
  const { responses } = await world.finish('a fetch', 60_000, wire.ask(fetch, request, 12));
  assert.ok((responses[0]?.partitions[0]?.records?.length ?? 0) >= BATCH_BYTES);
  assert.ok(read() - before < 2 * MIB, `${read() - before} bytes read for the first batch`);
}

test('start: after a stop only headers of the log are read [broker 2.4]', async () => {
  const { world, broker } = await filled(1, 12);
  await world.finish('the stop', 60_000, broker.stop());
  const again = await start(world);
  assert.ok(again.read() < 10_000, `${again.read()} bytes read`);
  await checkFirst(world, again.broker, again.read);
});

test('start: after kill -9 only what lies behind the youngest snapshot is read [broker 2.4]', async () => {
  const { world, produceMore } = await filled(2, 20);
  await world.run(3_000);
  await produceMore(2);
  world.kill('broker');
  const again = await start(world);
  assert.ok(again.read() > 2 * BATCH_BYTES, 'what no snapshot covers was not read');
  // Once to look at it, and once to write it again.
  assert.ok(again.read() < 2 * 2 * BATCH_BYTES + MIB, `${again.read()} bytes read`);
  await checkFirst(world, again.broker, again.read);
});

test('start: what was recovered after kill -9 is not read again after the next one [broker 2.4]', async () => {
  const { world } = await filled(3, 3);
  world.kill('broker');
  const second = await start(world);
  assert.ok(second.read() > 3 * BATCH_BYTES);
  await world.run(61_000);
  world.kill('broker');
  const third = await start(world);
  assert.ok(third.read() < 10_000, `${third.read()} bytes read`);
});

/** What the disk is asked in a start with so many partitions of one batch each, after a stop and after kill -9. */
async function operationsOfStarts(seed: number, numPartitions: number): Promise<readonly [number, number]> {
  const world = new World(seed);
  const { broker } = await start(world);
  const wire = await openSimWire(world, broker);
  const topics = [{ name: 't', numPartitions, replicationFactor: 1, configs: [] }];
  await world.finish('a topic', 60_000, wire.ask(createTopics, { topics, timeoutMs: 1000 }));
  const timestamp = BigInt(world.host('client').clock.nowMs());
  const records = encodeBatch({ records: [{ timestamp, value: Buffer.from('x') }], codec: 'none' });
  const partitionData = Array.from({ length: numPartitions }, (_, index) => ({ index, records }));
  const topicData = [{ name: 't', partitionData }];
  await world.finish(
    'a batch in each',
    60_000,
    wire.ask(produce, { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }, 12),
  );
  await world.finish('the stop', 60_000, broker.stop());
  const afterStop = (await start(world)).operations();
  world.kill('broker');
  return [afterStop, (await start(world)).operations()];
}

test('start: a partition costs the disk the same few operations, however many there are [broker 7.1]', async () => {
  const [few, more, most] = [
    await operationsOfStarts(4, 10),
    await operationsOfStarts(5, 40),
    await operationsOfStarts(6, 160),
  ];
  for (const way of [0, 1] as const) {
    const perPartition = (most[way] - more[way]) / 120;
    assert.equal((more[way] - few[way]) / 30, perPartition, 'it grows with the partitions, and no faster');
    assert.ok(perPartition <= OPERATIONS_MAX, `${perPartition} operations for a partition`);
  }
});
