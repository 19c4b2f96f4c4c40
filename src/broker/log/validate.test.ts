/** What a broker finds in a batch, case by case; the same is asked of Apache Kafka by test/kafka/conformance-records.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type RawBatch, type RawRecord, rawBatch } from '../../../test/harness/raw-batch.js';
import { compress } from '../../protocol/compression/codec.js';
import { DecodeError } from '../../protocol/reader.js';
import { recordsOf } from '../../protocol/records/decode.js';
import { BatchView } from '../../protocol/records/header.js';
import { Configs } from '../config/configs.js';
import { producedEntry } from './produced-entry.js';
import { validateProduced } from './validate.js';

const NOW_MS = 1_790_000_000_000;
const HOUR_MS = 3_600_000;

function judged(raw: RawBatch, configs: Readonly<Record<string, string>> = {}) {
  const bytes = rawBatch({ baseTimestamp: BigInt(NOW_MS), ...raw });
  const settings = new Configs({}).logSettings(new Map(Object.entries(configs)));
  return validateProduced(new BatchView(bytes, 0, bytes.length), { settings, nowMs: NOW_MS, place: 't-0' });
}

function codeOf(raw: RawBatch, configs: Readonly<Record<string, string>> = {}): number {
  const outcome = judged(raw, configs);
  return outcome.kind === 'refused' ? outcome.code : 0;
}

const second = (record: RawRecord): RawBatch => ({ records: [{}, { offsetDelta: 1, ...record }, { offsetDelta: 2 }] });

test('a batch that is broken inside is refused, with and without compression [broker 3.7]', () => {
  for (const codec of ['none', 'gzip'] as const) {
    assert.equal(codeOf({ codec }), 0);
    assert.equal(codeOf({ codec, trailing: Buffer.from('x') }), 87, 'bytes behind');
    assert.equal(codeOf({ codec, count: 4, lastOffsetDelta: 3 }), 87, 'a record less');
    assert.equal(codeOf({ codec, ...second({ headers: [[-1, Buffer.from('v')]] }) }), 87, 'a header without a key');
    assert.equal(codeOf({ codec, ...second({ headerCount: -1 }) }), 87);
    assert.equal(codeOf({ codec, ...second({ value: 1000 }) }), 87);
  }
});

test('lengths of records bind where records are read whole, order of offsets where they are only skipped [broker 3.7]', () => {
  const [short, long] = [second({ length: 3 }), second({ length: 12 })];
  assert.equal(codeOf(long), 87);
  assert.equal(codeOf({ ...long, codec: 'lz4' }), 0);
  assert.equal(codeOf(short), 87);
  assert.equal(codeOf({ ...short, codec: 'lz4' }), 0);
  assert.equal(codeOf({ ...short, codec: 'lz4' }, { 'compression.type': 'zstd' }), 87);
  const unordered: RawBatch = { records: [{}, { offsetDelta: 2 }, { offsetDelta: 1 }] };
  assert.equal(codeOf(unordered), 0);
  assert.equal(codeOf({ ...unordered, codec: 'lz4' }), -1);
  assert.equal(codeOf({ ...unordered, codec: 'lz4' }, { 'compression.type': 'zstd' }), 0);
});

test('what does not unpack, or has a length without end, is refused without a code of its own [broker 3.7]', () => {
  const endless = Buffer.from('ffffffffffffff01', 'hex');
  assert.equal(codeOf({ payload: endless, attributes: 1 }), -1);
  assert.equal(codeOf({ payload: endless }), -1);
  assert.equal(codeOf({ payload: compress('gzip', endless), attributes: 1 }), 87);
  assert.equal(codeOf({ attributes: 7 }), -1);
  const bomb = compress('gzip', Buffer.alloc(101 * 1024 * 1024));
  assert.equal(codeOf({ payload: bomb, attributes: 1 }), -1, 'more than 100 MiB');
  assert.equal(codeOf({ count: 2 ** 21 + 1, lastOffsetDelta: 2 ** 21 }), -1, 'more records than are taken');
});

test('the highest timestamp is that of the records, however far they are apart [broker 3.7]', () => {
  const highest = (raw: RawBatch) => {
    const outcome = judged(raw, { 'message.timestamp.after.max.ms': `${2n ** 63n - 1n}` });
    assert.ok(outcome.kind === 'sound' && outcome.batch.crcMatches());
    return outcome.batch.maxTimestamp;
  };
  assert.equal(highest({ maxTimestamp: 5n }), BigInt(NOW_MS));
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 61n), max: 2n ** 61n }),
      fc.bigInt({ min: -(2n ** 61n), max: 2n ** 61n }),
      (base, delta) => {
        const times = [base, base + delta, base];
        const expected = times.reduce((max, each) => (each > max ? each : max), -1n);
        assert.equal(highest({ ...second({ timestampDelta: delta }), baseTimestamp: base }), expected);
      },
    ),
    { numRuns: 200 },
  );
});

test('every record without a key or of a wrong time is named, within a bound [broker 3.1]', () => {
  const records = Array.from({ length: 10_500 }, (_, offsetDelta) => ({ offsetDelta, key: -1 }));
  const keyless = judged({ records }, { 'cleanup.policy': 'compact' });
  assert.ok(keyless.kind === 'refused' && keyless.code === 87);
  assert.equal(keyless.recordErrors?.length, 10_000);
  assert.match(keyless.message, /due to 10500 record errors in total/);
  const late = judged(second({ timestampDelta: BigInt(5 * HOUR_MS) }));
  assert.ok(late.kind === 'refused' && late.code === 32);
  assert.deepEqual(
    late.recordErrors?.map(({ batchIndex }) => batchIndex),
    [1],
  );
  const before = { 'message.timestamp.before.max.ms': `${HOUR_MS}` };
  const hidden = [{}, { offsetDelta: 1, timestampDelta: 6n }, { offsetDelta: 2, timestampDelta: BigInt(NOW_MS) }];
  assert.equal(codeOf({ records: hidden, baseTimestamp: -1n }, before), 32, 'between none and a sound one');
  assert.equal(codeOf({ baseTimestamp: -1n }, before), 0, 'no timestamp is no wrong one');
});

test('whatever bytes come, a batch is taken or refused, and what is taken uncompressed can be read [broker 3.7]', () => {
  const sound = rawBatch({ records: [{ headers: [[Buffer.from('h'), Buffer.from('v')]] }, { offsetDelta: 1 }] });
  const payload = sound.subarray(61);
  fc.assert(
    fc.property(fc.nat(payload.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(payload);
      changed[at] = byte;
      const outcome = judged({ payload: changed, count: 2, lastOffsetDelta: 1 });
      if (outcome.kind === 'refused') assert.ok([87, 32, -1].includes(outcome.code));
      else assert.doesNotThrow(() => [...recordsOf(outcome.batch)], DecodeError);
    }),
    { numRuns: 500 },
  );
});

test('one whole batch is what a partition is sent, and the begin of another is passed over [broker 3.1]', () => {
  const kind = (bytes: Buffer | null, version = 9) => {
    const entry = producedEntry(bytes, version);
    return entry.kind === 'refused' ? entry.code : entry.kind;
  };
  const batch = rawBatch();
  assert.equal(kind(batch), 'batch');
  assert.equal(kind(Buffer.concat([batch, batch.subarray(0, 30)])), 'batch');
  assert.equal(kind(Buffer.concat([batch, batch])), 87);
  assert.equal(kind(Buffer.concat([batch, Buffer.alloc(20)])), 2);
  assert.equal(kind(null), 87);
  assert.equal(kind(batch.subarray(0, 70)), 87);
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(batch);
    change(bytes);
    return kind(bytes);
  };
  assert.equal(
    changed((bytes) => bytes.writeInt8(1, 16)),
    87,
  );
  assert.equal(
    changed((bytes) => bytes.writeInt8(3, 16)),
    'senseless',
  );
  assert.equal(
    changed((bytes) => bytes.writeInt32BE(13, 8)),
    'senseless',
  );
  const shortened = (size: number) => {
    const bytes = Buffer.from(batch.subarray(0, size));
    bytes.writeInt32BE(size - 12, 8);
    return kind(bytes);
  };
  assert.equal(shortened(50), 'unreadable');
  assert.equal(shortened(60), 'batch', 'refused when it is appended');
  assert.equal(kind(rawBatch({ codec: 'zstd' }), 6), 76);
});
