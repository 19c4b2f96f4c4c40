/**
 * The broker's log over crashes of chance: after kill -9 everything is there, after a power loss a prefix that reaches at
 * least as far as the last flush; and what is remembered of producers is what the remaining batches say.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/base/log.js';
import { type Random, randomInt, seededRandom } from '../../src/base/random.js';
import { Configs } from '../../src/broker/config/configs.js';
import { openLog } from '../../src/broker/log/open-log.js';
import type { PartitionLog } from '../../src/broker/log/partition-log.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import { produced } from './produced.js';
import { World } from './world.js';

const NOW_MS = 1_790_000_000_000;
const EXPIRY_MS = 86_400_000;

function open(world: World, options: { readonly epoch: number; readonly segmentBytes: number }): PartitionLog {
  const configs = new Configs({ 'log.segment.bytes': String(options.segmentBytes) });
  const settings = configs.logSettings(new Map());
  const { disk } = world.host('b');
  const placed = async () => {
    await disk.syncDirectory('/t');
    await disk.syncDirectory('/');
  };
  const around = { disk, log: silentLog, directory: '/t/0', placed, settings: () => settings };
  return openLog(around, { leaderEpoch: options.epoch, nowMs: NOW_MS, producerExpirationMs: EXPIRY_MS });
}

/** What a log holds, in a form that can be compared. */
function contents(log: PartitionLog): string[] {
  const lines: string[] = [];
  for (let offset = log.logStartOffset; offset < log.logEndOffset; ) {
    const bytes = log.read(offset, { bytesMax: 500, atLeastOne: true, upTo: log.logEndOffset });
    assert.ok(bytes.length > 0, `nothing at ${offset}`);
    for (const batch of batchesIn(bytes)) {
      assert.ok(batch.kind === 'batch' && batch.crcMatches());
      lines.push(
        `${batch.baseOffset}+${batch.lastOffsetDelta} ${batch.producerId}/${batch.producerEpoch} ${batch.baseSequence} ${batch.attributes}`,
      );
      offset = batch.nextOffset;
    }
  }
  return lines;
}

function memory(log: PartitionLog): string {
  const states = [...log.producers.all]
    .filter((state) => state.producerId >= 0n)
    .map(({ transactionStart, batches, ...rest }) => ({ ...rest, transactionStart: transactionStart ?? null, batches }))
    .sort((one, other) => (one.producerId < other.producerId ? -1 : 1));
  const facts = { states, stable: log.lastStableOffset, aborted: log.abortedBetween(0n, 2n ** 62n) };
  return JSON.stringify(facts, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
}

/** Appends data, transactions and markers of a few producers. */
class Load {
  readonly #random: Random;
  readonly #next = new Map<number, number>();
  readonly #open = new Set<number>();

  constructor(random: Random) {
    this.#random = random;
  }

  step(log: PartitionLog): void {
    const who = randomInt(this.#random, 4);
    const producerId = BigInt(who + 1);
    if (this.#open.has(who) && this.#random.next() < 0.4) {
      this.#open.delete(who);
      const commit = this.#random.next() < 0.5;
      log.appendMarker({ producerId, epoch: 0, coordinatorEpoch: 0, commit }, NOW_MS);
      return;
    }
    const transactional = this.#open.has(who) || this.#random.next() < 0.3;
    const count = 1 + randomInt(this.#random, 5);
    const sequence = this.#next.get(who) ?? 0;
    const batch = encodeBatch({
      records: Array.from({ length: count }, () => ({
        timestamp: BigInt(NOW_MS),
        value: this.#random.bytes(randomInt(this.#random, 60)),
      })),
      producerId,
      producerEpoch: 0,
      baseSequence: sequence,
      transactional,
    });
    const outcome = produced(log, batch, NOW_MS);
    assert.equal(
      outcome.kind,
      'appended',
      JSON.stringify(outcome, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
    );
    if (transactional) this.#open.add(who);
    this.#next.set(who, sequence + count);
  }

  /** After a power loss producers go on from what the log remembers of them. */
  resume(log: PartitionLog): void {
    this.#open.clear();
    for (let who = 0; who < 4; who++) {
      const state = log.producers.get(BigInt(who + 1));
      this.#next.set(who, (state?.batches[state.batches.length - 1]?.lastSequence ?? -1) + 1);
      if (state?.transactionStart !== undefined) this.#open.add(who);
    }
  }
}

const SEEDS = 60;

test('a log over kills and power losses of chance', async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const world = new World(seed);
    const random = seededRandom(seed + 1000);
    const segmentBytes = 400 + randomInt(random, 3000);
    const load = new Load(random);
    let log = open(world, { epoch: 0, segmentBytes });
    for (let start = 1; start <= 6; start++) {
      for (let i = randomInt(random, 40); i > 0; i--) load.step(log);
      if (random.next() < 0.3 && log.logEndOffset > log.logStartOffset) {
        const room = Number(log.logEndOffset - log.logStartOffset);
        await log.deleteRecordsBefore(log.logStartOffset + BigInt(randomInt(random, room)));
      }
      await log.flushed();
      const flushedEnd = log.logEndOffset;
      for (let i = randomInt(random, 20); i > 0; i--) load.step(log);
      const before = { contents: contents(log), memory: memory(log), end: log.logEndOffset, start: log.logStartOffset };
      const power = random.next() < 0.5;
      const clean = !power && random.next() < 0.5;
      if (clean) await log.close();
      if (power) world.losePower('b');
      else world.kill('b');
      log = open(world, { epoch: start, segmentBytes });
      const what = `seed ${seed}, start ${start}, ${power ? 'power loss' : clean ? 'stop' : 'kill'}`;
      assert.equal(log.logStartOffset, before.start, what);
      const after = contents(log);
      if (power) {
        assert.ok(log.logEndOffset >= flushedEnd, `${what}: ${log.logEndOffset} < ${flushedEnd}`);
        assert.deepEqual(after, before.contents.slice(0, after.length), what);
      } else {
        assert.equal(log.logEndOffset, before.end, what);
        assert.deepEqual(after, before.contents, what);
        // Deleted records take what only they told about their producers with them, as in Kafka.
        if (before.start === 0n) assert.equal(memory(log), before.memory, what);
      }
      // A second opening, from a clean stop, knows the same as the first, which had to read the log.
      const known = memory(log);
      const read = contents(log);
      await log.close();
      log = open(world, { epoch: start, segmentBytes });
      assert.deepEqual(contents(log), read, what);
      if (log.logEndOffset > log.logStartOffset) assert.equal(memory(log), known, what);
      load.resume(log);
    }
  }
});

test('a log end below the log start begins anew at the log start', async () => {
  const world = new World(1);
  const load = new Load(seededRandom(2));
  let log = open(world, { epoch: 0, segmentBytes: 100_000 });
  for (let i = 0; i < 10; i++) load.step(log);
  const end = log.logEndOffset;
  await log.deleteRecordsBefore(end);
  world.losePower('b');
  log = open(world, { epoch: 1, segmentBytes: 100_000 });
  assert.equal(log.logStartOffset, end);
  assert.equal(log.logEndOffset, end);
  assert.deepEqual(log.epochs.endOf(1, log.logEndOffset), { epoch: 1, endOffset: end });
});

test('a batch that waits for its flush is on the disk when that is answered, also when a segment was begun meanwhile [broker 2.2]', async () => {
  // What a loss of power leaves of a file and of its name is chance.
  for (let seed = 0; seed < 20; seed++) {
    const world = new World(seed);
    const log = open(world, { epoch: 0, segmentBytes: 1200 });
    const append = (bytes: number) => {
      const records = [{ timestamp: BigInt(NOW_MS), value: Buffer.alloc(bytes, 'x') }];
      assert.equal(produced(log, encodeBatch({ records }), NOW_MS).kind, 'appended');
    };
    await log.flushed();
    append(600);
    const flushing = log.flushed();
    append(1000);
    assert.equal(log.segments.length, 2);
    await flushing;
    world.losePower('b');
    assert.equal(open(world, { epoch: 1, segmentBytes: 1200 }).logEndOffset, 2n);
  }
});

for (const how of ['DeleteRecords', 'retention'] as const) {
  test(`what is left of segments that ${how} removed makes no hole in the log [broker 2.4]`, async () => {
    // Which of the names that were removed comes back is chance, and so is how far it got.
    for (let seed = 0; seed < 60; seed++) {
      const world = new World(seed);
      const log = open(world, { epoch: 0, segmentBytes: 1200 });
      const records = [{ timestamp: BigInt(NOW_MS), value: Buffer.alloc(700, 'x') }];
      for (let i = 0; i < 5; i++) assert.equal(produced(log, encodeBatch({ records }), NOW_MS).kind, 'appended');
      await log.flushed();
      assert.equal(log.segments.length, 5);
      const disk = world.diskOf('b');
      let calls = 1 + (seed % 12);
      disk.onCall = () => {
        if (--calls === 0) world.losePower('b');
      };
      if (how === 'retention') for (let i = 0; i < 3; i++) log.deleteOldestSegment();
      else await log.deleteRecordsBefore(3n).catch(() => undefined);
      await log.flushed().catch(() => undefined);
      disk.onCall = undefined;
      world.losePower('b');
      // A start without them looks at every segment.
      const { disk: left } = world.host('b');
      for (const name of left.list('/t/0')) if (name.endsWith('.snapshot')) left.removeFile(`/t/0/${name}`);
      const { logStartOffset, logEndOffset } = open(world, { epoch: 1, segmentBytes: 1200 });
      assert.equal(logEndOffset, 5n, `seed ${seed}, log start ${logStartOffset}`);
      assert.ok(logStartOffset <= 3n);
    }
  });
}

test('a log whose only segment retention takes, before it was flushed, goes on where it ended', async () => {
  const world = new World(1);
  const load = new Load(seededRandom(3));
  const log = open(world, { epoch: 0, segmentBytes: 100_000 });
  for (let i = 0; i < 10; i++) load.step(log);
  const end = log.logEndOffset;
  const flushing = log.flushed();
  log.deleteOldestSegment();
  await flushing;
  await log.flushed();
  assert.equal(log.isOffline, false);
  assert.deepEqual([log.logStartOffset, log.logEndOffset], [end, end]);
  load.step(log);
  assert.ok(log.logEndOffset > end);
});

test('retention takes segments that a flush has yet to come to, and the log goes on [broker 2.2]', async () => {
  const world = new World(1);
  const log = open(world, { epoch: 0, segmentBytes: 1200 });
  await log.flushed();
  const disk = world.diskOf('b');
  const records = [{ timestamp: BigInt(NOW_MS), value: Buffer.alloc(700, 'x') }];
  const append = () => assert.equal(produced(log, encodeBatch({ records }), NOW_MS).kind, 'appended');
  disk.syncTakesMs = () => 5;
  let begun = 0;
  disk.onCall = ({ kind }) => {
    if (kind === 'sync') begun++;
  };
  for (let i = 0; i < 5; i++) append();
  await world.until('a sync of the first segment', 1000, () => begun > 0);
  for (let i = 0; i < 3; i++) log.deleteOldestSegment();
  await world.finish('a flush', 1000, log.flushed());
  append();
  assert.deepEqual([log.isOffline, log.logStartOffset, log.logEndOffset], [false, 3n, 6n]);
});

test('retention on a disk that takes no new files begins nothing anew, also after a power loss [broker 2.10]', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const world = new World(seed);
    const load = new Load(seededRandom(seed));
    const log = open(world, { epoch: 0, segmentBytes: 100_000 });
    for (let i = 0; i < 10; i++) load.step(log);
    await log.flushed();
    const end = log.logEndOffset;
    world.diskOf('b').onCall = ({ kind, path }) => {
      if (kind === 'write' && path.endsWith('.new')) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    log.deleteOldestSegment();
    await log.flushed();
    assert.deepEqual([log.isOffline, log.logStartOffset], [false, end]);
    world.losePower('b');
    world.diskOf('b').onCall = undefined;
    assert.equal(open(world, { epoch: 1, segmentBytes: 100_000 }).logEndOffset, end, `seed ${seed}`);
  }
});

test('the last stable offset is where the first batch begins, though an open transaction began before the log start [broker 3.5]', async () => {
  const log = open(new World(1), { epoch: 0, segmentBytes: 100_000 });
  const records = [1, 2, 3].map(() => ({ timestamp: BigInt(NOW_MS), value: Buffer.from('x') }));
  const batch = encodeBatch({ records, producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: true });
  produced(log, batch, NOW_MS);
  await log.deleteRecordsBefore(2n);
  assert.equal(log.lastStableOffset, 0n);
  await log.deleteRecordsBefore(3n);
  assert.equal(log.lastStableOffset, 3n);
});
