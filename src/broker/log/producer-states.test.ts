import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCode } from '../../protocol/errors.js';
import { ProducerStates, type Verdict } from './producer-states.js';

const D = 2n ** 62n + 5n;

/** A partition's memory with a log end: what is judged well is applied. */
class Bench {
  readonly states = new ProducerStates();
  end = 0n;

  put(
    firstSequence: number,
    count: number,
    more: { epoch?: number; transactional?: boolean; at?: bigint } = {},
  ): Verdict {
    const { epoch = 0, transactional = false, at = 1000n } = more;
    const lastSequence = (firstSequence + count - 1) % 2 ** 31;
    const batch = { producerId: D, epoch, firstSequence, lastSequence, transactional };
    const verdict = this.states.judgeData(batch);
    if (verdict.kind === 'append') {
      const lastOffset = this.end + BigInt(count - 1);
      this.states.applyData({ ...batch, baseOffset: this.end, lastOffset, maxTimestamp: at });
      this.end = lastOffset + 1n;
    }
    return verdict;
  }

  mark(epoch: number, more: { coordinatorEpoch?: number; commit?: boolean } = {}) {
    const { coordinatorEpoch = 0, commit = false } = more;
    const marker = { producerId: D, epoch, coordinatorEpoch, commit, offset: this.end, timestamp: 1000n };
    const verdict = this.states.judgeMarker(marker);
    if (verdict.kind !== 'append') return verdict;
    const aborted = this.states.applyMarker(marker);
    this.end++;
    return { ...verdict, aborted };
  }
}

const codeOf = (verdict: Verdict) => (verdict.kind === 'refused' ? verdict.code : 0);

test('an unknown producer begins with any sequence, a known one goes on where it was', () => {
  const bench = new Bench();
  assert.equal(bench.put(1_234_567, 10).kind, 'append');
  assert.equal(bench.put(1_234_577, 5).kind, 'append');
  assert.equal(codeOf(bench.put(1_234_590, 5)), errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
});

test('in a transaction of version 2 an unknown producer begins with 0, and one of whom only a marker is known [3.2]', () => {
  const states = new ProducerStates();
  const judged = (firstSequence: number, epoch = 0) =>
    codeOf(states.judgeData({ producerId: D, epoch, firstSequence, lastSequence: firstSequence, transactional: true }));
  const ask = (epoch: number, beginsAtZero: boolean) =>
    states.askedAbout({ producerId: D, epoch, sequence: 9, beginsAtZero }, 0);
  ask(0, true);
  assert.deepEqual([judged(5), judged(0)], [errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 0]);
  states.applyMarker({ producerId: D, epoch: 1, coordinatorEpoch: 0, commit: true, offset: 0n, timestamp: 1n });
  ask(1, true);
  assert.deepEqual([judged(1, 1), judged(0, 1)], [errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 0]);
});

test('whether an unknown producer begins with 0 is said by who asked first for its transaction [3.2]', () => {
  const { states } = new Bench();
  states.askedAbout({ producerId: D, epoch: 0, sequence: 9, beginsAtZero: false }, 0);
  states.askedAbout({ producerId: D, epoch: 1, sequence: 3, beginsAtZero: true }, 0);
  const batch = { producerId: D, epoch: 1, firstSequence: 3, lastSequence: 3, transactional: true };
  assert.equal(codeOf(states.judgeData(batch)), 0);
});

test('behind what the coordinator is asked about nothing is taken until a transaction begins or ends [3.2]', () => {
  const bench = new Bench();
  const ask = (sequence: number, epoch = 0) =>
    bench.states.askedAbout({ producerId: D, epoch, sequence, beginsAtZero: false }, 0);
  ask(4);
  ask(7);
  assert.equal(codeOf(bench.put(5, 1)), errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 'the lowest one counts');
  assert.equal(bench.put(4, 1, { transactional: true }).kind, 'append');
  assert.equal(bench.put(5, 1, { transactional: true }).kind, 'append', 'begun');
  ask(-1);
  bench.mark(1);
  assert.equal(bench.put(0, 1, { epoch: 1 }).kind, 'append', 'ended');
  ask(-1, 1);
  bench.states.forgetExpired(1000, 1000);
  assert.equal(bench.put(1, 1, { epoch: 1 }).kind, 'append', 'forgotten');
});

test('five batches are known as duplicates, the sixth last is not', () => {
  const bench = new Bench();
  for (let i = 0; i < 6; i++) bench.put(i * 2, 2);
  assert.equal(codeOf(bench.put(0, 2)), errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert.deepEqual(bench.put(2, 2), { kind: 'duplicate', baseOffset: 2n, lastOffset: 3n, timestamp: 1000n });
  assert.equal(bench.put(10, 2).kind, 'duplicate');
  assert.equal(codeOf(bench.put(10, 1)), errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 'another cut is no duplicate');
});

test('sequences wrap, and a batch over the wrap is known again', () => {
  const bench = new Bench();
  assert.equal(bench.put(2 ** 31 - 3, 5).kind, 'append');
  assert.equal(bench.put(2 ** 31 - 3, 5).kind, 'duplicate');
  assert.equal(bench.put(2, 1).kind, 'append');
});

test('a new epoch begins at 0 and fences the old one', () => {
  const bench = new Bench();
  bench.put(0, 3);
  assert.equal(codeOf(bench.put(3, 1, { epoch: 1 })), errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert.equal(bench.put(0, 1, { epoch: 1 }).kind, 'append');
  assert.equal(codeOf(bench.put(3, 1)), errorCode.INVALID_PRODUCER_EPOCH);
});

test('an open transaction holds the last stable offset until its marker, and only an abort is remembered', () => {
  const bench = new Bench();
  bench.put(0, 2);
  bench.put(2, 2, { transactional: true });
  assert.equal(bench.states.firstOpenOffset, 2n);
  assert.equal(codeOf(bench.put(4, 1)), errorCode.INVALID_TXN_STATE);
  const aborted = bench.mark(0);
  assert.deepEqual(aborted, { kind: 'append', aborted: { producerId: D, firstOffset: 2n, lastOffset: 4n } });
  assert.equal(bench.states.firstOpenOffset, undefined);
  bench.put(4, 1, { transactional: true });
  assert.equal((bench.mark(0, { commit: true }) as { aborted?: unknown }).aborted, undefined);
  assert.equal((bench.mark(0) as { aborted?: unknown }).aborted, undefined, 'nothing was open');
});

test('markers: equal epochs pass, lower ones do not, and a raised one clears what was known', () => {
  const bench = new Bench();
  bench.put(0, 2);
  assert.equal(bench.mark(0, { coordinatorEpoch: 4 }).kind, 'append');
  assert.equal(bench.mark(0, { coordinatorEpoch: 4 }).kind, 'append');
  assert.equal(codeOf(bench.mark(0, { coordinatorEpoch: 3 })), errorCode.TRANSACTION_COORDINATOR_FENCED);
  assert.equal(bench.mark(32767, { coordinatorEpoch: 4 }).kind, 'append');
  assert.equal(codeOf(bench.put(0, 2)), errorCode.INVALID_PRODUCER_EPOCH, 'a known duplicate too');
  assert.equal(codeOf(bench.mark(1, { coordinatorEpoch: 9 })), errorCode.INVALID_PRODUCER_EPOCH);
});

test('expiry goes by the time of the records, and never by day over an open transaction', () => {
  const bench = new Bench();
  bench.put(0, 1, { at: 5_000n });
  bench.states.forgetExpired(5_999, 1_000);
  assert.notEqual(bench.states.get(D), undefined);
  bench.states.forgetExpired(6_000, 1_000);
  assert.equal(bench.states.get(D), undefined);
  bench.put(9, 1, { at: 5_000n, transactional: true });
  bench.states.forgetExpired(60_000, 1_000);
  assert.notEqual(bench.states.get(D), undefined);
});
