/** The part of the broker's conformance suite about time: timestamps and their look-up, retention, compaction. */
import assert from 'node:assert/strict';
import { alterConfigs } from '../../src/protocol/api/alter-configs.js';
import { deleteRecords } from '../../src/protocol/api/delete-records.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, EARLIEST, LATEST, MAX_TIMESTAMP, type WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';
import { TransactionalWriter } from './conformance-transactions.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
}

const TOPIC = 2;
const HOUR_MS = 3_600_000;
const MIB = 1_048_576;
const WITHIN_MS = 30_000;
const P = { producerId: 2n ** 61n + 5n };
/** Kept whatever their age: the brokers under test look often for what is too old. */
const FOREVER = { 'retention.ms': '-1' };

export function logConformance(suite: Suite, bench: Bench): void {
  suite.describe('timestamps', () => {
    suite.behaviour('message.timestamp.type of a living topic holds for what comes next [3.1]', async () => {
      const t = await bench.topic(FOREVER);
      const sent = BigInt(Date.now() - HOUR_MS);
      assert.equal((await t.produce(batchOf(P, 0, 1, { timestamp: sent }))).logAppendTimeMs, -1n);
      const configs = [...Object.entries(FOREVER), ['message.timestamp.type', 'LogAppendTime']];
      await alter(bench.wire(), t.name, Object.fromEntries(configs));
      let sequence = 1;
      await until('the other type', WITHIN_MS, async () => {
        const answer = await t.produce(batchOf(P, sequence++, 1, { timestamp: sent }));
        return answer.errorCode === 0 && answer.logAppendTimeMs > sent;
      });
      const batches = await t.batches();
      assert.deepEqual([batches[0]?.timestampType, batches[0]?.maxTimestamp], ['CreateTime', sent]);
      const last = batches[batches.length - 1];
      assert.equal(last?.timestampType, 'LogAppendTime');
      assert.ok((last?.maxTimestamp ?? 0n) > sent);
    });

    suite.behaviour(
      'with LogAppendTime a batch is found by its first record, and no timestamp is refused [4.4]',
      async () => {
        const t = await bench.topic({ 'message.timestamp.type': 'LogAppendTime' });
        const first = await t.produce(batchOf(P, 0, 3, { timestamp: 5n }));
        const highest = await t.offset(MAX_TIMESTAMP);
        assert.deepEqual([highest.offset, highest.timestamp], [0n, first.logAppendTimeMs]);
        const answer = await t.produce(batchOf(P, 3, 3, { timestamp: BigInt(Date.now() + 10 * HOUR_MS) }));
        assert.equal(answer.errorCode, 0);
        assert.equal((await t.offset(5n)).offset, 0n);
        assert.equal((await t.offset(MAX_TIMESTAMP)).timestamp, answer.logAppendTimeMs);
        assert.equal((await t.offset(answer.logAppendTimeMs + 1n)).offset, -1n);
      },
    );

    suite.behaviour(
      'a look-up finds the first record at or after a time, also inside a batch and out of order [4.4]',
      async () => {
        const t = await bench.topic(FOREVER);
        const base = BigInt(Date.now() - HOUR_MS);
        const records = [5n, 1n, 9n].map((ms) => ({ timestamp: base + ms, value: Buffer.from('v') }));
        const batch = (baseSequence: number, codec: 'none' | 'gzip') =>
          encodeBatch({ records, codec, producerId: P.producerId, producerEpoch: 0, baseSequence });
        await t.append(batch(0, 'gzip'));
        await t.append(batchOf(P, 3, 1, { timestamp: base + 3n }));
        await t.append(batchOf(P, 4, 2, { timestamp: base + 20n }));
        const at = async (ms: bigint) => {
          const { offset, timestamp } = await t.offset(base + ms);
          return [offset, offset < 0n ? timestamp : timestamp - base];
        };
        assert.deepEqual(await at(0n), [0n, 5n]);
        assert.deepEqual(await at(2n), [0n, 5n]);
        assert.deepEqual(await at(6n), [2n, 9n]);
        assert.deepEqual(await at(10n), [4n, 20n]);
        assert.deepEqual(await at(21n), [-1n, -1n]);
        assert.equal((await t.offset(base)).leaderEpoch, await t.leaderEpoch());
        assert.equal((await t.offset(MAX_TIMESTAMP)).offset, 4n, 'the first of those that have it');
        await t.deleteRecords(1n);
        assert.deepEqual(await at(0n), [1n, 1n], 'nothing below the log start');
        await t.deleteRecords(6n);
        assert.deepEqual(await at(0n), [-1n, -1n]);
        assert.deepEqual([(await t.offset(EARLIEST)).offset, (await t.offset(LATEST)).offset], [6n, 6n]);
      },
    );

    suite.behaviour('a reader of committed data finds nothing by time above the last stable offset [4.4]', async () => {
      const t = await bench.topic();
      const began = BigInt(Date.now());
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await writer.add(t), 0);
      await writer.append(t, 0, 2);
      assert.equal((await t.offset(began)).offset, 0n);
      assert.equal((await t.offset(began, { committed: true })).offset, -1n);
      assert.equal(await writer.end(true), 0);
      await until('the end', WITHIN_MS, async () => (await t.offset(began, { committed: true })).offset === 0n);
    });
  });

  suite.describe('retention', () => {
    suite.behaviour('by time whole segments go, and the producer is still known [4.5]', async () => {
      const t = await bench.topic({ 'retention.ms': String(2 * HOUR_MS), 'segment.ms': '60000' });
      const now = BigInt(Date.now());
      const ages = [5, 4, 1].map((hours) => now - BigInt(hours * HOUR_MS));
      for (const [sequence, timestamp] of ages.entries()) await t.append(batchOf(P, sequence, 1, { timestamp }));
      await until('the old segments are gone', WITHIN_MS, async () => (await t.offset(EARLIEST)).offset === 2n);
      assert.equal((await t.fetch(1n)).errorCode, 1);
      assert.equal(await t.end(), 3n);
      assert.equal((await t.append(batchOf(P, 7, 1)))[0], 45);
      assert.deepEqual(await t.append(batchOf(P, 3, 1)), [0, 3n]);
    });

    suite.behaviour('by time the segment in use goes too, and offsets go on [4.5]', async () => {
      const t = await bench.topic({ 'retention.ms': String(HOUR_MS) });
      await t.append(batchOf(P, 0, 4, { timestamp: BigInt(Date.now() - 2 * HOUR_MS) }));
      await until('the segment is gone', WITHIN_MS, async () => (await t.offset(EARLIEST)).offset === 4n);
      assert.deepEqual(await t.append(batchOf(P, 4, 1)), [0, 4n]);
      assert.equal((await t.offset(EARLIEST)).offset, 4n);
    });

    suite.behaviour('by size segments go while what remains fills the limit [4.5]', async () => {
      const t = await bench.topic({ 'segment.bytes': String(MIB), 'retention.bytes': String(MIB) });
      const records = [{ timestamp: BigInt(Date.now()), value: Buffer.alloc(600 * 1024, 7) }];
      for (let baseSequence = 0; baseSequence < 4; baseSequence++) {
        const batch = encodeBatch({ records, producerId: P.producerId, producerEpoch: 0, baseSequence });
        assert.equal((await t.append(batch))[0], 0);
      }
      await until('two segments are gone', WITHIN_MS, async () => (await t.offset(EARLIEST)).offset === 2n);
      assert.equal(await t.end(), 4n);
      assert.equal((await t.fetch(2n)).errorCode, 0);
    });
  });

  suite.describe('compaction', () => {
    suite.behaviour('the last value of a key stays where it was, and a tombstone goes in the end [4.6]', async () => {
      const t = await bench.topic({
        'cleanup.policy': 'compact',
        'segment.ms': '5000',
        'min.cleanable.dirty.ratio': '0',
        'delete.retention.ms': '0',
      });
      let sequence = 0;
      let timestamp = BigInt(Date.now() - HOUR_MS);
      // Each append is so much later that it begins a segment, and those before it can be compacted.
      const put = async (key: string, value: string | null) => {
        timestamp += 10_000n;
        const records = [{ timestamp, key: Buffer.from(key), value: value === null ? null : Buffer.from(value) }];
        const baseSequence = sequence++;
        const batch = encodeBatch({ records, producerId: P.producerId, producerEpoch: 0, baseSequence });
        assert.deepEqual(await t.append(batch), [0, BigInt(baseSequence)]);
      };
      const read = async () =>
        (await t.batches())
          .flatMap((batch) => (batch.recordCount === 0 ? [] : decodeBatch(batch)))
          .map(({ offset, key, value }) => `${offset} ${key} ${value}`);
      await put('a', '1');
      await put('b', '1');
      await put('a', '2');
      await put('b', null);
      await put('end', '0');
      await until('older values are gone', WITHIN_MS, async () => {
        const found = await read();
        return !found.includes('0 a 1') && !found.includes('1 b 1');
      });
      assert.ok((await read()).includes('2 a 2'));
      assert.equal((await t.offset(EARLIEST)).offset, 0n);
      assert.equal((await t.fetch(0n)).errorCode, 0, 'an offset that is gone is read as the next one');
      let fillers = 0;
      await until('the tombstone is gone', WITHIN_MS, async () => {
        if (fillers++ % 10 === 0) await put(`filler ${fillers}`, '0');
        return !(await read()).includes('3 b null');
      });
      assert.ok((await read()).includes('2 a 2'));
    });

    /** Keys and values by age; each of them closes the one before it. */
    const fill = async (
      t: WireTopic,
      records: readonly (readonly [ageMs: number, key: string, value: string | null])[],
    ) => {
      const now = Date.now();
      for (const [ageMs, key, value] of records) {
        const timestamp = BigInt(now - ageMs);
        const record = { timestamp, key: Buffer.from(key), value: value === null ? null : Buffer.from(value) };
        assert.equal((await t.append(encodeBatch({ records: [record] })))[0], 0);
      }
    };
    const left = async (t: WireTopic) =>
      (await t.batches())
        .flatMap((batch) => (batch.recordCount === 0 ? [] : decodeBatch(batch)))
        .map(({ key, value }) => `${key} ${value}`);

    suite.behaviour(
      'what is younger than min.compaction.lag.ms stays, and so does what it replaces [4.6]',
      async () => {
        const lag = { 'min.compaction.lag.ms': `${5 * HOUR_MS}`, 'segment.ms': '5000' };
        const t = await bench.topic({ 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', ...lag });
        const old = [
          [9, 'a', '1'],
          [8, 'a', '2'],
        ] as const;
        const young = [
          [4, 'a', '3'],
          [3, 'b', '1'],
          [2, 'b', '2'],
          [1, 'end', '0'],
        ] as const;
        await fill(
          t,
          [...old, ...young].map(([hours, key, value]) => [hours * HOUR_MS, key, value]),
        );
        await until('the oldest is gone', WITHIN_MS, async () => !(await left(t)).includes('a 1'));
        assert.deepEqual(await left(t), ['a 2', 'a 3', 'b 1', 'b 2', 'end 0']);
      },
    );

    suite.behaviour('what is older than max.compaction.lag.ms is compacted whatever the ratio [4.6]', async () => {
      const lag = { 'max.compaction.lag.ms': '60000', 'min.cleanable.dirty.ratio': '1' };
      const t = await bench.topic({ 'cleanup.policy': 'compact', ...lag });
      // The same time also closes segments: nothing else does here.
      await fill(t, [
        [3 * HOUR_MS, 'a', '1'],
        [2 * HOUR_MS, 'a', '2'],
        [HOUR_MS, 'end', '0'],
      ]);
      await until('the older value is gone', WITHIN_MS, async () => !(await left(t)).includes('a 1'));
      assert.deepEqual(await left(t), ['a 2', 'end 0']);
      const t2 = await bench.topic({ 'cleanup.policy': 'compact' });
      assert.equal(
        await alterCode(bench.wire(), t2.name, { 'max.compaction.lag.ms': '5', 'min.compaction.lag.ms': '6' }),
        40,
      );
    });

    suite.behaviour(
      'a tombstone stays from the time that it is first met, and bears the time when it may go [4.6]',
      async () => {
        const stays = { 'delete.retention.ms': `${HOUR_MS}`, 'segment.ms': '5000', 'min.cleanable.dirty.ratio': '0' };
        const t = await bench.topic({ 'cleanup.policy': 'compact', ...stays });
        await fill(t, [
          [5 * HOUR_MS, 'a', '1'],
          [4 * HOUR_MS, 'a', null],
          [3 * HOUR_MS, 'end', '0'],
        ]);
        await until('what it takes away is gone', WITHIN_MS, async () => !(await left(t)).includes('a 1'));
        const marked = async () =>
          (await t.batches()).filter((batch) => batch.recordCount > 0 && batch.hasDeleteHorizon);
        await until('the tombstone is met', WITHIN_MS, async () => (await marked()).length > 0);
        const [tombstone] = await marked();
        assert.ok(tombstone !== undefined && tombstone.baseTimestamp > BigInt(Date.now()));
        assert.ok(
          (decodeBatch(tombstone)[0]?.timestamp ?? 0n) < BigInt(Date.now() - 3 * HOUR_MS),
          'its own is as it was',
        );
      },
    );

    suite.behaviour('a topic that is only compacted has neither retention nor DeleteRecords [4.5]', async () => {
      const t = await bench.topic({ 'cleanup.policy': 'compact', 'retention.ms': '1000' });
      const records = [{ timestamp: BigInt(Date.now() - HOUR_MS), key: Buffer.from('k'), value: Buffer.from('v') }];
      await t.append(encodeBatch({ records, producerId: P.producerId, producerEpoch: 0, baseSequence: 0 }));
      assert.equal((await t.deleteRecords(1n)).errorCode, 44);
      const both = await bench.topic({ 'cleanup.policy': 'compact,delete' });
      await both.append(encodeBatch({ records, producerId: P.producerId, producerEpoch: 0, baseSequence: 0 }));
      assert.deepEqual(codeAndStart(await both.deleteRecords(1n)), [0, 1n]);
      assert.equal((await t.offset(EARLIEST)).offset, 0n);
    });
  });

  suite.describe('limits of DeleteRecords', () => {
    suite.behaviour('what is not there is refused, and what is deleted already is confirmed [4.5]', async () => {
      const t = await bench.topic(FOREVER);
      await t.append(batchOf(P, 0, 10));
      assert.deepEqual(codeAndStart(await t.deleteRecords(0n)), [0, 0n]);
      assert.deepEqual(codeAndStart(await t.deleteRecords(6n)), [0, 6n]);
      assert.deepEqual(codeAndStart(await t.deleteRecords(3n)), [0, 6n], 'the start does not move back');
      assert.deepEqual(codeAndStart(await t.deleteRecords(-2n)), [1, -1n]);
      assert.deepEqual(codeAndStart(await t.deleteRecords(11n)), [1, -1n]);
      assert.deepEqual(codeAndStart(await t.deleteRecords(0n, 5)), [3, -1n]);
      assert.deepEqual(codeAndStart(await t.deleteRecords(10n)), [0, 10n]);
      const partitions = [{ partitionIndex: 0, offset: 0n }];
      const internal = { topics: [{ name: '__transaction_state', partitions }], timeoutMs: 10_000 };
      await new TransactionalWriter(bench.wire()).init();
      const { topics } = await bench.wire().ask(deleteRecords, internal);
      assert.equal(topics[0]?.partitions[0]?.errorCode, 17, 'a topic of the broker itself');
    });
  });
}

function codeAndStart(answer: { readonly errorCode: number; readonly lowWatermark: bigint }): [number, bigint] {
  return [answer.errorCode, answer.lowWatermark];
}

/** The older request, which names all that shall remain. */
async function alter(wire: Wire, name: string, values: Readonly<Record<string, string>>): Promise<void> {
  assert.equal(await alterCode(wire, name, values), 0);
}

async function alterCode(wire: Wire, name: string, values: Readonly<Record<string, string>>) {
  const configs = Object.entries(values).map(([key, value]) => ({ name: key, value }));
  const resources = [{ resourceType: TOPIC, resourceName: name, configs }];
  const { responses } = await wire.ask(alterConfigs, { resources, validateOnly: false });
  return responses[0]?.errorCode;
}
