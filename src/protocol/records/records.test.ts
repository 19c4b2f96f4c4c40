import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CodecName } from '../compression/codec.js';
import { crc32c, patchCrc } from '../crc32c.js';
import { DecodeError } from '../reader.js';
import { controlType, coordinatorEpochOf, endMarkerKey, endMarkerValue } from './control.js';
import { decodeBatch } from './decode.js';
import { type BatchToEncode, encodeBatch } from './encode.js';
import {
  ATTRIBUTES_AT,
  BATCH_LENGTH_AT,
  type BatchView,
  batchAt,
  batchesIn,
  HEADER_BYTES,
  wholeBytes,
} from './header.js';

const buffer = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const maybeBuffer = fc.option(buffer, { nil: null });
const timestamp = fc.oneof(fc.bigInt(-1n, 2n ** 50n), fc.bigInt(-(2n ** 60n), 2n ** 60n));
const record = fc.record(
  {
    gap: fc.nat(3),
    timestamp,
    key: maybeBuffer,
    value: maybeBuffer,
    headers: fc.array(fc.record({ key: fc.string({ maxLength: 20 }), value: maybeBuffer }, { noNullPrototype: true }), {
      maxLength: 4,
    }),
  },
  { noNullPrototype: true },
);
const codec = fc.constantFrom<CodecName>('none', 'gzip', 'snappy', 'lz4', 'zstd');

function asBatch(bytes: Buffer): BatchView {
  const entry = batchAt(bytes, 0);
  assert.ok(entry?.kind === 'batch');
  return entry;
}

test('records survive encoding and decoding in every codec', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 30 }),
      codec,
      fc.bigInt(0n, 2n ** 60n),
      (given, name, base) => {
        let next = base;
        const records = given.map(({ gap, ...rest }) => {
          const offset = next + BigInt(gap);
          next = offset + 1n;
          return { offset, ...rest };
        });
        const bytes = encodeBatch({ records, codec: name, baseOffset: base });
        const batch = asBatch(bytes);
        assert.ok(batch.crcMatches());
        assert.equal(batch.nextOffset, next);
        assert.equal(batch.recordCount, records.length);
        assert.deepEqual(decodeBatch(batch), records);
      },
    ),
  );
});

test('every header field is written where the reader finds it', () => {
  const fields = {
    partitionLeaderEpoch: 7,
    producerId: 2n ** 62n + 5n,
    producerEpoch: 12,
    baseSequence: 2 ** 31 - 2,
    baseTimestamp: 1000n,
    maxTimestamp: 5000n,
    lastOffsetDelta: 3,
  } satisfies Partial<BatchToEncode>;
  const bytes = encodeBatch({
    ...fields,
    baseOffset: 100n,
    transactional: true,
    control: true,
    timestampType: 'LogAppendTime',
    records: [{ timestamp: 1n }],
  });
  const batch = asBatch(bytes);
  for (const [name, value] of Object.entries(fields)) assert.equal(batch[name as keyof BatchView], value, name);
  assert.equal(batch.baseOffset, 100n);
  assert.equal(batch.lastOffset, 103n);
  assert.equal(batch.lastSequence, 1); // 2³¹−2 + 3 wraps behind 2³¹−1.
  assert.equal(batch.isTransactional, true);
  assert.equal(batch.isControl, true);
  assert.equal(batch.hasDeleteHorizon, false);
  assert.equal(batch.size, bytes.length);
  assert.equal(decodeBatch(batch)[0]?.timestamp, 5000n);
});

test('a rewritten header with a patched checksum is as good as a computed one', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), fc.bigInt(0n, 2n ** 62n), (given, producerId) => {
      const batch = asBatch(encodeBatch({ records: given.map(({ gap: _, ...rest }) => rest) }));
      const before = Buffer.from(batch.buffer.subarray(ATTRIBUTES_AT, HEADER_BYTES));
      batch.producerId = producerId;
      batch.producerEpoch = 3;
      batch.baseSequence = 99;
      const after = batch.buffer.subarray(ATTRIBUTES_AT, HEADER_BYTES);
      batch.crc = patchCrc(batch.crc, before, after, batch.recordsLength);
      assert.ok(batch.crcMatches());
    }),
  );
});

test('batchesIn gives whole batches only, whatever the end of the answer cuts', () => {
  const one = encodeBatch({ records: [{ offset: 5n, timestamp: 1n, value: Buffer.from('one') }] });
  const other = encodeBatch({ records: [{ offset: 6n, timestamp: 1n, value: Buffer.from('other') }] });
  const both = Buffer.concat([one, other]);
  for (let length = 0; length <= both.length; length++) {
    const expected = length === both.length ? 2 : length >= one.length ? 1 : 0;
    assert.equal([...batchesIn(both.subarray(0, length))].length, expected);
    assert.equal(wholeBytes(both.subarray(0, length)), [0, one.length, both.length][expected]);
  }
  assert.deepEqual(
    [...batchesIn(both)].map((entry) => entry.baseOffset),
    [5n, 6n],
  );
});

test('formats before magic 2 are reported, not read', () => {
  const old = Buffer.alloc(40);
  old.writeBigInt64BE(77n, 0);
  old.writeInt32BE(28, 8);
  old.writeInt8(1, 16);
  const [entry] = [...batchesIn(old)];
  assert.equal(entry?.kind, 'foreign');
  assert.equal(entry?.kind === 'foreign' && entry.magic, 1);
  assert.equal(entry?.baseOffset, 77n);
});

test('a length that cannot be right is refused', () => {
  const bytes = encodeBatch({ records: [{ timestamp: 1n }] });
  for (const length of [-12, -1, 0, 4, 40]) {
    bytes.writeInt32BE(length, BATCH_LENGTH_AT);
    assert.throws(() => [...batchesIn(bytes)], DecodeError);
  }
});

test('damaged records are refused with a DecodeError and nothing else', () => {
  const bytes = encodeBatch({
    records: [1, 2, 3].map((n) => ({
      timestamp: 1n,
      key: Buffer.from(`key ${n}`),
      value: Buffer.from('value'),
      headers: [{ key: 'h', value: Buffer.from('x') }],
    })),
  });
  fc.assert(
    fc.property(fc.integer({ min: HEADER_BYTES - 4, max: bytes.length - 1 }), fc.nat(255), (at, byte) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = byte;
      try {
        decodeBatch(asBatch(damaged));
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('end markers say what they ended', () => {
  const marker = asBatch(
    encodeBatch({
      control: true,
      transactional: true,
      producerId: 9n,
      producerEpoch: 1,
      records: [{ timestamp: 1n, key: endMarkerKey('commit'), value: endMarkerValue(4) }],
    }),
  );
  const [end] = decodeBatch(marker);
  assert.equal(controlType(end?.key ?? null), 'commit');
  assert.equal(coordinatorEpochOf(end?.value ?? null), 4);
  assert.equal(controlType(endMarkerKey('abort')), 'abort');
  assert.equal(controlType(Buffer.from([0, 0, 9, 9])), 'unknown');
});

test('a batch without records keeps its offsets, as compaction leaves it', () => {
  const batch = asBatch(encodeBatch({ records: [], baseOffset: 40n, lastOffsetDelta: 9, baseTimestamp: 5n }));
  assert.equal(batch.nextOffset, 50n);
  assert.deepEqual(decodeBatch(batch), []);
  assert.equal(batch.crc, crc32c(batch.bytes.subarray(ATTRIBUTES_AT)));
});
