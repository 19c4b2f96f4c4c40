import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch, markerBatch } from '../../test/harness/engine-batches.js';
import { DecodeError } from '../protocol/reader.js';
import { visibleRecords } from './visible-records.js';

const OLD_HEX =
  '000000000000002a000000689d17bb06010100000000000003eaffffffff000000521f8b08000000000000ff636080037de1b54edf18a11ce617408229db00488a9725e694a62a60905095201dba1fffdf7a02d7faf23f1010d6c804c4121a0e6bd6c235be02db6904d20e001ec5d22a98000000';

const offsetsOf = (bytes: readonly Buffer[], position = 0n, aborted: Parameters<typeof visibleRecords>[2] = []) => {
  const { records, next } = visibleRecords(Buffer.concat(bytes), position, aborted);
  return { offsets: records.map(({ offset }) => Number(offset)), next };
};

test('records below the position are not seen, although their batch comes along', () => {
  const bytes = [dataBatch({ at: 0n, values: ['a', 'b', 'c'] }), dataBatch({ at: 3n, values: ['d'] })];
  assert.deepEqual(offsetsOf(bytes, 2n), { offsets: [2, 3], next: 4n });
});

test('markers and aborted data are not seen, committed data of the same producer is [client 5.4]', () => {
  const transaction = { producerId: 7n, transactional: true };
  const bytes = [
    dataBatch({ at: 0n, values: ['gone', 'gone'], ...transaction }),
    dataBatch({ at: 2n, values: ['plain'] }),
    markerBatch({ at: 3n, producerId: 7n, type: 'abort' }),
    dataBatch({ at: 4n, values: ['kept'], ...transaction, sequence: 2 }),
    markerBatch({ at: 5n, producerId: 7n, type: 'commit' }),
  ];
  assert.deepEqual(offsetsOf(bytes, 0n, [{ producerId: 7n, firstOffset: 0n }]), { offsets: [2, 4], next: 6n });
});

test('a batch that was cut off by the size of the answer is left for the next one', () => {
  const whole = dataBatch({ at: 0n });
  const cut = dataBatch({ at: 1n }).subarray(0, 40);
  assert.deepEqual(offsetsOf([whole, cut]), { offsets: [0], next: 1n });
  assert.deepEqual(offsetsOf([], 5n), { offsets: [], next: 5n });
});

test('damage and unknown formats are errors that name the offset [client 5.4]', () => {
  const damaged = dataBatch({ at: 4n });
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
  assert.throws(
    () => offsetsOf([damaged]),
    (error) => error instanceof DecodeError && /offset 4 /.test(error.message),
  );
  const later = dataBatch({ at: 9n });
  later.writeInt8(3, 16);
  assert.throws(
    () => offsetsOf([later]),
    (error) => error instanceof DecodeError && /offset 9 .* 3,/.test(error.message),
  );
});

test('messages of before Kafka 0.11 are seen beside batches, from the position on [client 5.4]', () => {
  // Format 1 with gzip, offsets 40 to 42, as Apache Kafka 3.9.1 writes it.
  const old = Buffer.from(OLD_HEX, 'hex');
  assert.deepEqual(offsetsOf([old, dataBatch({ at: 43n })], 41n), { offsets: [41, 42, 43], next: 44n });
});
