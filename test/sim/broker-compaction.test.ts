/** Compaction keeps the last record of each key at its offset, whatever was there before, and over crashes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/base/log.js';
import { randomInt, seededRandom } from '../../src/base/random.js';
import { Configs } from '../../src/broker/config/configs.js';
import { compact } from '../../src/broker/log/compact.js';
import { openLog } from '../../src/broker/log/open-log.js';
import type { PartitionLog } from '../../src/broker/log/partition-log.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { type BatchView, batchesIn } from '../../src/protocol/records/header.js';
import { rawBatch } from '../harness/raw-batch.js';
import { produced } from './produced.js';
import { World } from './world.js';

const NOW_MS = 1_790_000_000_000;

function open(world: World, epoch: number): PartitionLog {
  const configs = new Configs({ 'log.segment.bytes': '1500', 'log.cleanup.policy': 'compact' });
  const settings = configs.logSettings(new Map());
  const { disk } = world.host('b');
  const placed = async () => {
    await disk.syncDirectory('/t');
    await disk.syncDirectory('/');
  };
  const around = { disk, log: silentLog, directory: '/t/0', placed, settings: () => settings };
  return openLog(around, { leaderEpoch: epoch, nowMs: NOW_MS, producerExpirationMs: 86_400_000 });
}

/** What a read_committed reader makes of the log: key → value and offset. */
function table(log: PartitionLog): Map<string, string> {
  const found = new Map<string, string>();
  const aborted = log.abortedBetween(0n, 2n ** 62n);
  for (let offset = log.logStartOffset; offset < log.lastStableOffset; ) {
    const bytes = log.read(offset, { bytesMax: 700, atLeastOne: true, upTo: log.lastStableOffset });
    for (const batch of batchesIn(bytes)) {
      assert.ok(batch.kind === 'batch' && batch.crcMatches());
      assert.ok(batch.baseOffset >= offset, 'offsets rise');
      offset = batch.nextOffset;
      if (batch.isControl) continue;
      const { producerId, baseOffset } = batch;
      const isAborted = aborted.some(
        (each) => each.producerId === producerId && each.firstOffset <= baseOffset && baseOffset < each.lastOffset,
      );
      if (batch.isTransactional && isAborted) continue;
      for (const record of decodeBatch(batch)) {
        found.set(String(record.key), `${record.value} at ${record.offset}`);
      }
    }
  }
  return found;
}

test('compaction changes nothing for a reader of the last values, over kills and power losses', async () => {
  for (let seed = 0; seed < 25; seed++) {
    const world = new World(seed);
    const random = seededRandom(seed);
    let log = open(world, 0);
    let sequence = 0;
    for (let round = 1; round <= 4; round++) {
      for (let i = 0; i < 60; i++) {
        const transactional = random.next() < 0.2;
        const count = 1 + randomInt(random, 3);
        const records = Array.from({ length: count }, () => ({
          timestamp: BigInt(NOW_MS),
          key: Buffer.from(`k${randomInt(random, 12)}`),
          value: Buffer.from(`${seed}-${round}-${i}`),
        }));
        const batch = encodeBatch({ records, producerId: 7n, producerEpoch: 0, baseSequence: sequence, transactional });
        assert.equal(produced(log, batch, NOW_MS).kind, 'appended');
        sequence += count;
        if (transactional) {
          log.appendMarker({ producerId: 7n, epoch: 0, coordinatorEpoch: 0, commit: random.next() < 0.6 }, NOW_MS);
        }
      }
      await log.flushed();
      const before = { table: table(log), end: log.logEndOffset, bytes: log.bytes };
      const tools = { clock: world.host('b').clock, disk: world.host('b').disk };
      await world.finish('compaction', 60_000, compact(log, tools));
      const what = `seed ${seed}, round ${round}`;
      assert.deepEqual(table(log), before.table, what);
      assert.ok(log.bytes < before.bytes, `${what}: ${log.bytes} of ${before.bytes} bytes`);
      if (random.next() < 0.5) world.kill('b');
      else world.losePower('b');
      if (random.next() < 0.5) {
        // As if the crash had come before the snapshot: everything must be found in the log itself.
        const { disk } = world.host('b');
        for (const name of disk.list('/t/0')) if (name.endsWith('.snapshot')) disk.removeFile(`/t/0/${name}`);
      }
      log = open(world, round);
      assert.equal(log.logEndOffset, before.end, what);
      assert.deepEqual(table(log), before.table, `${what}, opened again`);
      const state = log.producers.get(7n);
      assert.equal(state?.batches[state.batches.length - 1]?.lastSequence, sequence - 1, what);
    }
  }
});

test('a kill between a compaction and the next snapshot loses nothing, though syncs are slow [broker 2.2, 4.6]', async () => {
  for (let killedAtMs = 500; killedAtMs <= 15_000; killedAtMs += 500) {
    const world = new World(killedAtMs);
    const append = (log: PartitionLog, key: string) => {
      const records = [
        { timestamp: BigInt(NOW_MS), key: Buffer.from(key), value: Buffer.alloc(60 + 7 * Number(log.logEndOffset)) },
      ];
      assert.equal(produced(log, encodeBatch({ records }), NOW_MS).kind, 'appended');
    };
    let log = open(world, 0);
    for (let i = 0; i < 3; i++) append(log, `a${i}`);
    // Leaves a snapshot that ends within the first segment.
    await log.close();
    log = open(world, 1);
    world.diskOf('b').syncTakesMs = () => 1000;
    append(log, 'a0');
    for (let i = 0; i < 12; i++) append(log, `b${i}`);
    const end = log.logEndOffset;
    const compacting = compact(log, { clock: world.host('b').clock, disk: world.host('b').disk });
    compacting.catch(() => undefined);
    await world.run(killedAtMs);
    world.kill('b');
    world.diskOf('b').syncTakesMs = undefined;
    log = open(world, 2);
    assert.equal(log.logEndOffset, end, `killed after ${killedAtMs} ms`);
    assert.equal(table(log).size, 15, `killed after ${killedAtMs} ms`);
  }
});

const HOUR_MS = 3_600_000;

/** A log whose batches each begin a segment, with a clock that the test turns. */
function lagged(settings: Readonly<Record<string, string>>) {
  const world = new World(1);
  const { disk, clock } = world.host('b');
  const around = {
    disk,
    log: silentLog,
    directory: '/t/0',
    placed: async () => undefined,
    // 60 ms hold one batch each: they are an hour apart.
    settings: () => new Configs({}).logSettings(new Map(Object.entries({ 'segment.ms': '60', ...settings }))),
  };
  const log = openLog(around, { leaderEpoch: 0, nowMs: NOW_MS, producerExpirationMs: 86_400_000 });
  const now = { ms: NOW_MS };
  return {
    log,
    now,
    put(ageHours: number, key: string, value: string | null) {
      const timestamp = BigInt(now.ms - ageHours * HOUR_MS);
      const records = [{ timestamp, key: Buffer.from(key), value: value === null ? null : Buffer.from(value) }];
      assert.equal(produced(log, encodeBatch({ records }), now.ms).kind, 'appended');
    },
    async compact() {
      const tools = { disk, clock: { ...clock, nowMs: () => now.ms } };
      return world.finish('compaction', 60_000, compact(log, tools));
    },
    /** What is left, with the timestamps that a reader sees. */
    left() {
      return batchesOf(log).flatMap((batch) =>
        decodeBatch(batch).map(
          ({ key, value, timestamp }) => `${key} ${value} ${(NOW_MS - Number(timestamp)) / HOUR_MS}`,
        ),
      );
    },
  };
}

function batchesOf(log: PartitionLog): BatchView[] {
  const found: BatchView[] = [];
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    for (const batch of batchesIn(log.read(offset, { bytesMax: 1, atLeastOne: true, upTo: log.logEndOffset }))) {
      assert.ok(batch.kind === 'batch' && batch.crcMatches());
      found.push(batch);
      offset = batch.nextOffset;
    }
  }
  return found;
}

test('what is younger than min.compaction.lag.ms stays, and so does what it replaces [broker 4.6]', async () => {
  const settings = { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': `${5 * HOUR_MS}` };
  const { put, compact: run, left, now } = lagged(settings);
  put(9, 'a', '1');
  put(8, 'a', '2');
  put(4, 'a', '3');
  put(3, 'b', '1');
  put(2, 'b', '2');
  put(0, 'end', '0');
  assert.equal(await run(), true);
  assert.deepEqual(left(), ['a 2 8', 'a 3 4', 'b 1 3', 'b 2 2', 'end 0 0']);
  now.ms += 2 * HOUR_MS + 1;
  assert.equal(await run(), true);
  assert.deepEqual(left(), ['a 3 4', 'b 1 3', 'b 2 2', 'end 0 0'], 'the first that is too young ends it');
});

test('what is older than max.compaction.lag.ms is compacted whatever the ratio, and closed in time [broker 4.6]', async () => {
  const ratio = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '1', 'segment.ms': `${1000 * HOUR_MS}` };
  const { put, compact: run, left, now } = lagged({ ...ratio, 'max.compaction.lag.ms': `${5 * HOUR_MS}` });
  put(21, 'a', '1');
  put(14, 'b', '1');
  put(7, 'c', '1');
  put(0, 'a', '2');
  assert.equal(await run(), false, 'nothing takes the place of anything that is closed');
  now.ms += 6 * HOUR_MS;
  put(0, 'end', '1');
  assert.equal(await run(), true);
  assert.deepEqual(left(), ['b 1 14', 'c 1 7', 'a 2 0', 'end 1 -6']);
  const never = lagged(ratio);
  for (const [at, key] of ['a', 'b', 'end'].entries()) never.put(21 - 7 * at, key, '1');
  assert.equal(never.log.segments.length, 1, 'without it nothing closes the segment');
});

test('a tombstone stays for delete.retention.ms from the time it is first met, with its own timestamp [broker 4.6]', async () => {
  const settings = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' };
  const { put, compact: run, left, now } = lagged({ ...settings, 'delete.retention.ms': `${2 * HOUR_MS}` });
  put(30, 'a', '1');
  put(20, 'a', null);
  put(10, 'x', '1');
  put(0, 'end', '0');
  assert.equal(await run(), true);
  assert.deepEqual(left(), ['a null 20', 'x 1 10', 'end 0 0'], 'however old it is');
  now.ms += 2 * HOUR_MS - 1;
  put(0, 'end', '1');
  await run();
  assert.equal(left()[0], 'a null 20');
  now.ms += 1;
  put(-1, 'end', '2');
  assert.equal(await run(), true);
  assert.equal(left()[0], 'x 1 10');
});

test('a batch whose records cannot be read is left as it is by compaction, byte for byte [broker 4.4]', async () => {
  const world = new World(2);
  const { disk, clock } = world.host('b');
  let policy = 'delete';
  const around = {
    disk,
    log: silentLog,
    directory: '/t/0',
    placed: async () => undefined,
    settings: () =>
      new Configs({}).logSettings(
        new Map([
          ['segment.ms', '60'],
          ['cleanup.policy', policy],
        ]),
      ),
  };
  const log = openLog(around, { leaderEpoch: 0, nowMs: NOW_MS, producerExpirationMs: 86_400_000 });
  const batches: Buffer[] = [];
  const append = (batch: Buffer) => {
    batches.push(batch);
    assert.equal(produced(log, batch, NOW_MS).kind, 'appended');
  };
  const of = (hours: number, codec: 'none' | 'gzip' = 'none') => {
    const record = { timestamp: BigInt(NOW_MS - hours * HOUR_MS), key: Buffer.from('k'), value: Buffer.alloc(50) };
    return encodeBatch({ records: [record], codec });
  };
  append(of(9));
  // Kafka does not look at the length of a record that is only skipped through.
  const baseTimestamp = BigInt(NOW_MS - 8 * HOUR_MS);
  append(rawBatch({ records: [{ length: 3 }], codec: 'gzip', baseTimestamp }));
  append(of(7));
  // Nor at the offsets of uncompressed ones.
  append(rawBatch({ records: [{ offsetDelta: 1 }, { offsetDelta: 0, value: -1 }], baseTimestamp }));
  append(of(0));
  policy = 'compact';
  assert.equal(await world.finish('compaction', 60_000, compact(log, { clock, disk })), true);
  const [first, unreadable, , unordered, ...others] = batchesOf(log);
  assert.equal(others.length, 1);
  assert.equal(first?.recordCount, 0, 'it is emptied, since it is alone in its segment');
  assert.ok(unreadable?.bytes.equals(batches[1] ?? Buffer.alloc(0)));
  assert.ok(unordered?.bytes.equals(batches[3] ?? Buffer.alloc(0)));
});
