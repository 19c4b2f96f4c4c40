import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch, markerBatch, viewOf } from '../../../test/harness/engine-batches.js';
import { decodeBatch } from '../../protocol/records/decode.js';
import { type Slice, sliceFetched } from './slices.js';

const P = 11n;
const Q = 12n;

function slice(
  batches: readonly Buffer[],
  given: { from?: bigint; aborted?: [bigint, bigint][]; stable?: bigint } = {},
) {
  return sliceFetched(
    {
      records: Buffer.concat(batches),
      abortedTransactions: (given.aborted ?? []).map(([producerId, firstOffset]) => ({ producerId, firstOffset })),
      lastStableOffset: given.stable ?? 1_000_000n,
    },
    given.from ?? 0n,
  );
}

function shape(slices: readonly Slice[]): string[] {
  return slices.map((each) =>
    each.kind === 'refusal' ? `refusal ${each.from}` : `${each.kind} ${each.from}-${each.to}`,
  );
}

test('slices: plain batches are data in order, cut nowhere [P1]', () => {
  const { slices, position } = slice([dataBatch({ at: 0n, values: ['a', 'b'] }), dataBatch({ at: 2n })]);
  assert.deepEqual(shape(slices), ['data 0-2', 'data 2-3']);
  assert.equal(position, 3n);
});

test('slices: a committed transaction is data and its marker a gap [4]', () => {
  const { slices } = slice([
    dataBatch({ at: 0n, values: ['a', 'b'], producerId: P, transactional: true }),
    markerBatch({ at: 2n, type: 'commit', producerId: P }),
    dataBatch({ at: 3n }),
  ]);
  assert.deepEqual(shape(slices), ['data 0-2', 'gap 2-3', 'data 3-4']);
});

test('slices: an aborted transaction and its marker are one gap, an interleaved one is data [4]', () => {
  const { slices } = slice(
    [
      dataBatch({ at: 0n, values: ['x', 'x'], producerId: P, transactional: true }),
      dataBatch({ at: 2n, values: ['y'], producerId: Q, transactional: true }),
      dataBatch({ at: 3n, values: ['x'], producerId: P, transactional: true, sequence: 2 }),
      markerBatch({ at: 4n, type: 'abort', producerId: P }),
      markerBatch({ at: 5n, type: 'commit', producerId: Q }),
      dataBatch({ at: 6n, values: ['z'], producerId: P, transactional: true, sequence: 3 }),
      markerBatch({ at: 7n, type: 'commit', producerId: P }),
    ],
    { aborted: [[P, 0n]] },
  );
  assert.deepEqual(shape(slices), ['gap 0-2', 'data 2-3', 'gap 3-6', 'data 6-7', 'gap 7-8']);
});

test('slices: a fetch that starts inside an aborted transaction knows it by the list (T12) [4]', () => {
  const { slices } = slice(
    [
      dataBatch({ at: 5n, values: ['x'], producerId: P, transactional: true, sequence: 3 }),
      markerBatch({ at: 6n, type: 'abort', producerId: P }),
    ],
    { from: 5n, aborted: [[P, 1n]] },
  );
  assert.deepEqual(shape(slices), ['gap 5-7']);
});

test('slices: goes on inside a gap and inside a batch by position [P2]', () => {
  const batches = [
    dataBatch({ at: 0n, values: ['x', 'x', 'x', 'x'], producerId: P, transactional: true }),
    markerBatch({ at: 4n, type: 'abort', producerId: P }),
    dataBatch({ at: 5n, values: ['a', 'b', 'c'] }),
  ];
  assert.deepEqual(shape(slice(batches, { from: 2n, aborted: [[P, 0n]] }).slices), ['gap 2-5', 'data 5-8']);
  const { slices } = slice(batches, { from: 6n, aborted: [[P, 0n]] });
  assert.deepEqual(shape(slices), ['data 6-8']);
  const [rest] = slices;
  assert.ok(rest?.kind === 'data');
  assert.deepEqual(decodeBatch(rest.batch), decodeBatch(viewOf(batches[2] ?? Buffer.alloc(0))).slice(1));
});

test('slices: a batch cut off at the end of the answer is left for the next fetch', () => {
  const second = dataBatch({ at: 1n, values: ['a long value that is cut off'] });
  const { slices, position } = slice([dataBatch({ at: 0n }), second.subarray(0, second.length - 5)]);
  assert.deepEqual(shape(slices), ['data 0-1']);
  assert.equal(position, 1n);
});

test('slices: nothing at or above the last stable offset [P1]', () => {
  const { slices } = slice([dataBatch({ at: 0n }), dataBatch({ at: 1n, values: ['a', 'b'] })], { stable: 2n });
  assert.deepEqual(shape(slices), ['data 0-1']);
});

test('slices: every source epoch stays visible, also inside a gap [3.5]', () => {
  const { slices } = slice(
    [
      dataBatch({ at: 0n, values: ['x'], producerId: P, transactional: true, epoch: 1 }),
      markerBatch({ at: 1n, type: 'abort', producerId: P, epoch: 4 }),
      dataBatch({ at: 2n, epoch: 4 }),
    ],
    { aborted: [[P, 0n]] },
  );
  assert.deepEqual(shape(slices), ['gap 0-1', 'gap 1-2', 'data 2-3']);
  assert.deepEqual(
    slices.map((each) => (each.kind === 'refusal' ? -1 : each.sourceEpoch)),
    [1, 4, 4],
  );
});

test('slices: a batch with holes is refused with its offset [2.6]', () => {
  const { slices, position } = slice([
    dataBatch({ at: 0n }),
    dataBatch({ at: 1n, values: ['a', 'c'], deltas: [0, 2] }),
  ]);
  assert.deepEqual(shape(slices), ['data 0-1', 'refusal 1']);
  assert.equal(position, 1n);
});

test('slices: a jump between batches is refused with its offset [2.6]', () => {
  assert.deepEqual(shape(slice([dataBatch({ at: 0n }), dataBatch({ at: 3n })]).slices), ['data 0-1', 'refusal 1']);
});

test('slices: LogAppendTime is refused, but not where nobody sees it [2.6]', () => {
  assert.deepEqual(shape(slice([dataBatch({ at: 0n, logAppendTime: true })]).slices), ['refusal 0']);
  const aborted = dataBatch({ at: 0n, logAppendTime: true, producerId: P, transactional: true });
  assert.deepEqual(shape(slice([aborted], { aborted: [[P, 0n]] }).slices), ['gap 0-1']);
});

test('slices: formats below 2 are refused [2.6]', () => {
  const old = dataBatch({ at: 0n });
  old.writeInt8(1, 16);
  assert.deepEqual(shape(slice([old]).slices), ['refusal 0']);
});
