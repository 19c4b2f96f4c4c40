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
import { batchesIn } from '../../src/protocol/records/header.js';
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
        assert.equal(log.appendProduced(batch, NOW_MS).kind, 'appended');
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
      assert.equal(log.appendProduced(encodeBatch({ records }), NOW_MS).kind, 'appended');
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
