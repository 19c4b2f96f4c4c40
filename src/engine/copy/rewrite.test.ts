import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch, viewOf } from '../../../test/harness/engine-batches.js';
import { seededRandom } from '../../base/random.js';
import { decodeBatch } from '../../protocol/records/decode.js';
import { restOfBatch, rewriteBatch } from './rewrite.js';

const D = (1n << 62n) + 12_345n;

test('rewrite: patched checksum equals a full one, for every codec and size (E2, seed printed) [P1]', () => {
  const seed = Number(process.env.KLINK_SEED ?? 7);
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const values = Array.from({ length: 1 + Math.floor(random.next() * 20) }, () =>
      random.bytes(round).toString('hex'),
    );
    const codec = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[round % 5] ?? 'none';
    const batch = viewOf(
      dataBatch({ at: BigInt(round), values, codec, producerId: 9n, transactional: round % 2 === 0 }),
    );
    rewriteBatch(batch, D, round * 1000);
    assert.ok(batch.crcMatches(), `seed ${seed}, round ${round}`);
  }
});

test('rewrite: changes the writer, and nothing that a reader sees [P1]', () => {
  const bytes = dataBatch({
    at: 70n,
    values: ['a', 'b'],
    codec: 'gzip',
    producerId: 9n,
    sequence: 4,
    transactional: true,
  });
  const before = decodeBatch(viewOf(Buffer.from(bytes)));
  const batch = viewOf(bytes);
  rewriteBatch(batch, D, 17);
  assert.equal(batch.baseOffset, 0n);
  assert.equal(batch.partitionLeaderEpoch, -1);
  assert.equal(batch.attributes, 1);
  assert.deepEqual([batch.producerId, batch.producerEpoch, batch.baseSequence], [D, 0, 17]);
  const after = decodeBatch(batch).map((record) => ({ ...record, offset: record.offset + 70n }));
  assert.deepEqual(after, before);
});

test('rewrite: a damaged payload is still refused by the checksum [P1]', () => {
  const batch = viewOf(dataBatch({ at: 0n, values: ['payload'] }));
  batch.buffer[batch.size - 3] = (batch.buffer[batch.size - 3] ?? 0) ^ 1;
  rewriteBatch(batch, D, 0);
  assert.ok(!batch.crcMatches());
});

test('rest of a batch: the records from the position on, with their timestamps and headers [P1]', () => {
  const whole = viewOf(dataBatch({ at: 10n, values: ['a', 'b', 'c'], codec: 'lz4', epoch: 3 }));
  const rest = restOfBatch(whole, 11n);
  assert.ok(rest.crcMatches());
  assert.deepEqual(decodeBatch(rest), decodeBatch(whole).slice(1));
  assert.deepEqual([rest.codec, rest.partitionLeaderEpoch, rest.recordCount], [whole.codec, 3, 2]);
});
