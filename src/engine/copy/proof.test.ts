import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch, markerBatch, viewOf } from '../../../test/harness/engine-batches.js';
import { batchesIn } from '../../protocol/records/header.js';
import { compareChunk, DestinationFold, type Finding, SourceFold } from './proof.js';
import { rewriteBatch } from './rewrite.js';

const D = (1n << 62n) + 5n;
const M = (1n << 62n) + 9n;
const ids = { data: D, markers: new Set([M, M + 1n]) };
const P = 77n;

/** A source batch as it stands at the destination after it was copied. */
function copied(source: Buffer, sequence: number, at = viewOf(source).baseOffset): Buffer {
  const batch = viewOf(Buffer.from(source));
  rewriteBatch(batch, D, sequence);
  batch.baseOffset = at;
  batch.partitionLeaderEpoch = 3;
  return batch.bytes;
}

function fold(batches: readonly Buffer[], from = 0n, expected: number | undefined = 0) {
  const folded = new DestinationFold(ids, from, expected);
  let finding: Finding | undefined;
  for (const batch of batchesIn(Buffer.concat(batches))) finding ??= folded.add(batch);
  return { folded, finding, found: finding && `${finding.reason} ${finding.offset}` };
}

function compare(
  destination: readonly Buffer[],
  source: readonly Buffer[],
  aborted: [bigint, bigint][] = [],
  skip = 0n,
) {
  const { folded, finding } = fold(destination);
  assert.equal(finding, undefined);
  const chunk = folded.take();
  const other = new SourceFold(chunk);
  other.skipTo(skip);
  other.add({
    records: Buffer.concat(source),
    abortedTransactions: aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset })),
    lastStableOffset: 1_000n,
  });
  assert.ok(other.done);
  const result = compareChunk(chunk, other);
  return result && `${result.reason} ${result.offset}`;
}

const one = dataBatch({ at: 0n, values: ['a', 'b'], producerId: P, transactional: true });
const commit = markerBatch({ at: 2n, type: 'commit', producerId: P });
const two = dataBatch({ at: 3n, values: ['c'] });
const ours = [copied(one, 0), markerBatch({ at: 2n, producerId: M }), copied(two, 2)];

test('proof: D data with contiguous sequences and markers of M are ours [2.3]', () => {
  const { folded, finding } = fold(ours);
  assert.equal(finding, undefined);
  assert.deepEqual([folded.position, folded.dataRecords, folded.lastSequence, folded.lastEpoch], [4n, 3, 2, 3]);
});

test('proof: every M up to the journalled number is ours, another is not [2.3]', () => {
  assert.equal(fold([markerBatch({ at: 0n, producerId: M + 1n, producerEpoch: 9 })]).finding, undefined);
  assert.equal(fold([markerBatch({ at: 0n, producerId: M + 2n })]).found, 'FOREIGN_WRITE 0');
});

test('proof: a foreign record before the last D batch is found (T3) [2.3]', () => {
  const stranger = dataBatch({ at: 2n, values: ['x'] });
  assert.equal(fold([copied(one, 0), stranger, copied(two, 2)]).found, 'FOREIGN_WRITE 2');
  const plain = dataBatch({ at: 2n, values: ['x'], producerId: 5n });
  assert.equal(fold([copied(one, 0), plain, copied(two, 2)]).found, 'FOREIGN_WRITE 2');
});

test('proof: transactional data under D, or data under M, is foreign [2.3]', () => {
  assert.equal(fold([dataBatch({ at: 0n, producerId: D, transactional: true })]).found, 'FOREIGN_WRITE 0');
  assert.equal(fold([dataBatch({ at: 0n, producerId: M })]).found, 'FOREIGN_WRITE 0');
});

test('proof: a sequence that does not follow is DIVERGED where it stands (X3b) [2.3] [3.1]', () => {
  assert.equal(fold([copied(one, 0), copied(two, 3, 2n)]).found, 'DIVERGED 2');
  assert.equal(fold([copied(one, 1)]).found, 'DIVERGED 0');
  assert.equal(fold([copied(one, 1)], 0n, 1).found, undefined);
});

test('proof: a hole in the mirror is RANGE_LOST [2.6]', () => {
  assert.equal(fold([copied(one, 0), copied(two, 2)]).found, 'RANGE_LOST 2');
});

test('proof: the barrier is seen, and data behind it refused [8]', () => {
  const barrier = markerBatch({ at: 2n, producerId: D, producerEpoch: 32_767 });
  assert.equal(fold([copied(one, 0), barrier]).folded.barrier, 2n);
  assert.equal(fold([copied(one, 0), barrier, copied(two, 2)]).found, 'DIVERGED 3');
  assert.equal(fold([markerBatch({ at: 0n, producerId: D, producerEpoch: 0 })]).found, 'FOREIGN_WRITE 0');
});

test('proof: equals the source, gap for gap [2.3]', () => {
  assert.equal(compare(ours, [one, commit, two]), undefined);
});

test('proof: data where the source has a gap is DIVERGED, a marker where it has data OVERSHOOT [2.3]', () => {
  const shifted = [copied(one, 0), copied(two, 2, 2n)];
  assert.equal(compare(shifted, [one, commit, two]), 'DIVERGED 2');
  const overshot = [copied(one, 0), markerBatch({ at: 2n, producerId: M }), markerBatch({ at: 3n, producerId: M })];
  assert.equal(compare(overshot, [one, commit, two]), 'OVERSHOOT 3');
});

test('proof: aborted data that was copied is DIVERGED [2.3]', () => {
  const abort = markerBatch({ at: 2n, type: 'abort', producerId: P });
  assert.equal(compare(ours, [one, abort, two], [[P, 0n]]), 'DIVERGED 0');
});

test('proof: the last D batch equals in records, headers and timestamps [2.3]', () => {
  const other = dataBatch({ at: 3n, values: ['d'] });
  assert.equal(compare(ours, [one, commit, other]), 'DIVERGED 3');
  const later = dataBatch({ at: 3n, values: ['c'], timestamp: 1_001n });
  assert.equal(compare(ours, [one, commit, later]), 'DIVERGED 3');
  // Other bytes, same records: the source was compressed anew.
  const packed = dataBatch({ at: 3n, values: ['c'], codec: 'gzip' });
  assert.equal(compare(ours, [one, commit, packed]), undefined);
});

test('proof: what compaction took from the source is no difference (T10) [2.3]', () => {
  const whole = dataBatch({ at: 0n, values: ['a', 'b', 'c'] });
  const holes = dataBatch({ at: 0n, values: ['a', 'c'], deltas: [0, 2] });
  const kept = viewOf(holes);
  assert.equal(kept.recordCount, 2);
  // Keys follow the place in the batch: give the survivor the record it had.
  const mirror = [
    copied(dataBatch({ at: 0n, values: ['a', 'b'] }), 0),
    copied(dataBatch({ at: 2n, values: ['c'] }), 2),
  ];
  assert.equal(compare(mirror, [dataBatch({ at: 2n, values: ['c'] })]), undefined);
  assert.equal(compare([copied(whole, 0)], [dataBatch({ at: 2n, values: ['other'] })]), 'DIVERGED 2');
});

test('proof: what lies below the source log start is no difference [2.3]', () => {
  assert.equal(compare(ours, [two], [], 3n), undefined);
});

test('proof: source epochs are met at the offsets where they begin [3.5]', () => {
  const source = new SourceFold({ from: 0n, to: 4n });
  const records = Buffer.concat([
    dataBatch({ at: 0n, values: ['a', 'b'], epoch: 2 }),
    dataBatch({ at: 2n, values: ['c', 'd', 'e'], epoch: 5 }),
  ]);
  source.add({ records, abortedTransactions: [], lastStableOffset: 5n });
  assert.deepEqual(source.epochs, [
    { epoch: 2, offset: 0n },
    { epoch: 5, offset: 2n },
  ]);
  assert.equal(source.position, 4n);
});
