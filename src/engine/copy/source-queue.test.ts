import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch } from '../../../test/harness/engine-batches.js';
import type { FetchResponsePartitionData } from '../../protocol/api/fetch.js';
import { HeldBytes } from './held-bytes.js';
import type { Room } from './room.js';
import { SourceQueue } from './source-queue.js';
import type { FetchWish } from './source-reader.js';

function queue(room: Room = { partitionBytesMax: 1_000, left: true }, answerBytesMax = 1 << 20) {
  const held = new HeldBytes(answerBytesMax);
  const made = new SourceQueue({ room: () => room, held });
  return { made, held };
}

function answer(wish: FetchWish | undefined, records: Buffer | null, more: Partial<FetchResponsePartitionData> = {}) {
  assert.ok(wish);
  const data = {
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: 100n,
    lastStableOffset: 100n,
    logStartOffset: 0n,
    abortedTransactions: [],
    preferredReadReplica: -1,
    records,
    divergingEpoch: { epoch: -1, endOffset: -1n },
    ...more,
  } as unknown as FetchResponsePartitionData;
  return { wish, data, throttled: false };
}

const begin = { position: 10n, epoch: 4, first: undefined };

test('source queue: asks with the epoch of the batch in front, and goes on with that of what it got [3.5]', () => {
  const { made } = queue();
  made.begin(begin);
  const first = made.wish(0);
  assert.deepEqual([first?.position, first?.lastFetchedEpoch], [10n, 4]);
  made.take(answer(first, dataBatch({ at: 10n, values: ['a', 'b'], epoch: 6 })));
  const second = made.wish(0);
  assert.deepEqual([second?.position, second?.lastFetchedEpoch], [12n, 6]);
});

test('source queue: an answer to a question of an earlier reading is not taken [3.5]', () => {
  const { made } = queue();
  made.begin(begin);
  const old = made.wish(0);
  made.end();
  made.begin({ ...begin, epoch: 5 });
  assert.equal(made.take(answer(old, dataBatch({ at: 10n }))).kind, 'stale');
  assert.equal(made.head, undefined);
});

test('source queue: a diverging epoch and an offset out of range are told, not read [3.5]', () => {
  const { made } = queue();
  made.begin(begin);
  const diverging = answer(made.wish(0), null, { divergingEpoch: { epoch: 3, endOffset: 7n } } as never);
  assert.deepEqual(made.take(diverging), { kind: 'diverging', epoch: 3, end: 7n });
  assert.equal(made.take(answer(made.wish(0), null, { errorCode: 1 })).kind, 'out-of-range');
});

test('source queue: a damaged answer is fetched again, never guessed at [P1]', () => {
  const { made } = queue();
  made.begin(begin);
  const bytes = dataBatch({ at: 10n, values: ['a'] });
  // Looks like a transaction marker now: a gap would hide the record.
  bytes[22] = (bytes[22] ?? 0) | 0x30;
  assert.equal(made.take(answer(made.wish(0), bytes)).kind, 'unreadable');
});

test('source queue: three empty answers, then one alone, before it says that nothing is there [2.6]', () => {
  const { made } = queue();
  made.begin(begin);
  for (let i = 0; i < 3; i++) {
    assert.equal(made.wish(0)?.solo, false);
    made.take(answer(made.wish(0), null));
  }
  const alone = made.wish(0);
  assert.equal(alone?.solo, true);
  made.take({ ...answer(alone, null), throttled: true });
  assert.ok(made.wish(0), 'a throttled answer proves nothing');
  for (let i = 0; i < 4; i++) made.take(answer(made.wish(0), null));
  assert.equal(made.head?.kind, 'refusal');
});

test('source queue: holds its share and no more, and gives it back', () => {
  const records = dataBatch({ at: 10n, values: ['x'.repeat(600)] });
  const { made, held } = queue({ partitionBytesMax: 700, left: true });
  made.begin(begin);
  assert.equal(made.wish(0)?.bytesMax, 700);
  made.take(answer(made.wish(0), records));
  assert.equal(held.bytes, records.length);
  assert.ok(made.wish(0));
  assert.equal(made.wish(100), undefined, 'what is under way counts too');
  made.end();
  assert.equal(held.bytes, 0);
});

test('source queue: runs low below half of its share, what is under way counted', () => {
  const records = dataBatch({ at: 10n, values: ['x'.repeat(600)] });
  const { made } = queue({ partitionBytesMax: 2 * records.length + 2, left: true });
  made.begin(begin);
  assert.equal(made.wish(0)?.stock, 'none');
  assert.equal(made.wish(1)?.stock, 'low');
  made.take(answer(made.wish(0), records));
  assert.equal(made.wish(0)?.stock, 'low');
  assert.equal(made.wish(1)?.stock, 'enough');
});

test('source queue: where nothing is left, who holds nothing may still ask', () => {
  const { made } = queue({ partitionBytesMax: 700, left: false });
  made.begin(begin);
  assert.ok(made.wish(0));
  made.take(answer(made.wish(0), dataBatch({ at: 10n })));
  assert.equal(made.wish(0), undefined);
});

test('source queue: what waits does not keep more answers in memory than the bound allows', () => {
  const { made } = queue(undefined, (1 << 20) - 1);
  made.begin(begin);
  const whole = Buffer.alloc(1 << 20);
  const bytes = dataBatch({ at: 10n, values: ['a'] });
  bytes.copy(whole, 5_000);
  made.take(answer(made.wish(0), whole.subarray(5_000, 5_000 + bytes.length)));
  const { head } = made;
  assert.ok(head?.kind === 'data');
  assert.ok(head.batch.buffer.buffer.byteLength < 1 << 16);
});
