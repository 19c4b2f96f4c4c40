import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCode } from '../../protocol/errors.js';
import { decodeTransaction, encodeTransaction, type TransactionRecord } from './journal.js';
import { completed, decided, fresh, identityAfter, judgeEnd, mayRaise, raised } from './transitions.js';

const ID = 7n;
const SPARE = 99n;

function open(producerEpoch: number): TransactionRecord {
  const partitions = [{ topic: 't', partition: 0 }];
  return { ...fresh('x', ID, 1000, 5), producerEpoch, status: 'Ongoing', partitions, startedMs: 6, updatedMs: 6 };
}

/** Over by the rules of version 2 unless said otherwise. */
function over(record: TransactionRecord, commit: boolean, raises = true): TransactionRecord {
  return completed(decided(record, { commit, raises, nothing: false, spareId: SPARE, nowMs: 7 }), 8);
}

const claim = (producerEpoch: number, producerId = ID) => ({ transactionalId: 'x', producerId, producerEpoch });

/** In words: a code, or what happens. */
function judged(record: TransactionRecord, epoch: number, commit: boolean, raises = true): string | number {
  const verdict = judgeEnd(record, claim(epoch), commit, raises);
  return verdict.kind === 'refused' ? verdict.code : verdict.kind;
}

test('an end of version 1 keeps the epoch, one of version 2 raises it, before its markers are written [broker 5.2]', () => {
  assert.equal(over(open(3), true, false).producerEpoch, 3);
  const ending = decided(open(3), { commit: true, raises: true, nothing: false, spareId: -1n, nowMs: 7 });
  assert.deepEqual([ending.status, ending.producerEpoch], ['PrepareCommit', 4]);
  assert.deepEqual(identityAfter(ending), { producerId: ID, producerEpoch: 4 });
  assert.deepEqual(completed(ending, 8).partitions, []);
});

test('an end is confirmed at the epoch before, and is another one at the raised epoch [broker 5.2]', () => {
  const committed = over(open(3), true);
  const aborted = over(open(3), false);
  const { INVALID_TXN_STATE: OTHER, PRODUCER_FENCED: FENCED } = errorCode;
  const asked = (record: TransactionRecord) =>
    [2, 3, 4, 5].map((epoch) => [judged(record, epoch, true), judged(record, epoch, false)]);
  assert.deepEqual(asked(committed), [
    [FENCED, FENCED],
    ['ended', OTHER],
    [OTHER, 'end'],
    [FENCED, FENCED],
  ]);
  assert.deepEqual(asked(aborted), [
    [FENCED, FENCED],
    [OTHER, 'ended'],
    [OTHER, 'end'],
    [FENCED, FENCED],
  ]);
  const idle = fresh('x', ID, 1000, 5);
  assert.deepEqual([judged(idle, 0, true), judged(idle, 0, false), judged(idle, -1, false)], [OTHER, 'end', FENCED]);
});

test('while markers are being written an end waits, at the epoch before [broker 5.2]', () => {
  const ending = decided(open(3), { commit: true, raises: true, nothing: false, spareId: -1n, nowMs: 7 });
  assert.equal(judged(ending, 3, true), errorCode.CONCURRENT_TRANSACTIONS);
  assert.equal(judged(ending, 3, false), errorCode.INVALID_TXN_STATE);
  assert.equal(judged(ending, 4, true), errorCode.PRODUCER_FENCED);
});

test('where epochs are used up, the marker has the last one and the producer a new id [broker 5.2]', () => {
  const ending = decided(open(32_766), { commit: true, raises: true, nothing: false, spareId: SPARE, nowMs: 7 });
  assert.deepEqual([ending.producerId, ending.producerEpoch], [ID, 32_767]);
  assert.deepEqual(identityAfter(ending), { producerId: SPARE, producerEpoch: 0 });
  const ended = completed(ending, 8);
  assert.deepEqual([ended.producerId, ended.producerEpoch, ended.nextProducerId], [SPARE, 0, -1n]);
  assert.equal(judged(ended, 32_766, true), 'ended');
  assert.equal(judged(ended, 32_765, true), errorCode.INVALID_PRODUCER_ID_MAPPING);
  const lost = claim(32_766);
  assert.ok(mayRaise(ended, lost));
  const again = raised(ended, lost, { spareId: -1n, timeoutMs: 1000, nowMs: 9 });
  assert.deepEqual([again?.producerId, again?.producerEpoch], [SPARE, 0]);
});

test('the journal keeps what a retry after a start is judged by, and reads what was written before version 2 [broker 5.2]', () => {
  const ending = decided(open(32_766), { commit: true, raises: true, nothing: false, spareId: SPARE, nowMs: 7 });
  const { record } = decodeTransaction(encodeTransaction(ending));
  assert.deepEqual(record, { ...ending, lastProducerEpoch: -1 });
  assert.ok(record);
  assert.deepEqual(identityAfter(record), { producerId: SPARE, producerEpoch: 0 });
  const key = Buffer.from('0000000178', 'hex');
  const value = Buffer.from(
    '0000000000000000000700030000ea600300000000000000000000000500000000000000 06'.replace(' ', ''),
    'hex',
  );
  const older = decodeTransaction({ key, value }).record;
  assert.deepEqual([older?.producerId, older?.producerEpoch, older?.status], [ID, 3, 'PrepareAbort']);
  assert.deepEqual([older?.previousProducerId, older?.nextProducerId, older?.clientVersion], [-1n, -1n, 0]);
});
