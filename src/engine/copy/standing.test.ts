import assert from 'node:assert/strict';
import test from 'node:test';
import { noMemory } from './prove-partition.js';
import type { Settled } from './settle.js';
import { Standing } from './standing.js';

let nowMs = 0;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, setTimer: () => ({ cancel() {} }) };

const settled: Settled = {
  kind: 'settled',
  leader: { broker: 1, epoch: 4 },
  logEnd: 10n,
  logStart: 0n,
  nextSequence: 8,
  points: [],
  destinationEpoch: 3,
  sourceEpochs: [],
  sourceEpoch: 7,
  sourceLogStart: 0n,
  sourceUnread: undefined,
  truncated: undefined,
  barrier: undefined,
};

function standing(more: Partial<Settled> = {}): Standing {
  const made = new Standing(clock, noMemory, 0n);
  made.adopt({ ...settled, ...more });
  return made;
}

const offsets = (of: Standing) => of.memory.provenPoints.map((each) => [each.offset, each.destinationEpoch]);

test('standing: a settled position is a proven point, under the epoch of its last batch [2.2]', () => {
  assert.deepEqual(standing().memory.provenPoints, [
    { offset: 10n, nextSequence: 8, destinationLogStart: 0n, destinationEpoch: 3, sourceEpoch: 7 },
  ]);
});

test('standing: identity alone makes no point [2.3]', () => {
  const alone = standing({ sourceUnread: 'source unreachable' });
  alone.advance(12n, 10, 7, 10n);
  assert.equal(alone.candidate, undefined);
  assert.deepEqual(offsets(alone), []);
});

test('standing: the history of the source is known as far as was compared, never by identity alone [3.5]', () => {
  const alone = standing({ sourceUnread: 'source unreachable' });
  assert.equal(alone.historyEnd, -1n);
  const compared = standing();
  assert.equal(compared.historyEnd, 10n);
  compared.advance(12n, 10, 7, 10n);
  assert.equal(compared.historyEnd, 12n);
});

test('standing: what was acknowledged becomes a point once its leader is confirmed, not before [2.2]', () => {
  const made = standing();
  made.advance(12n, 10, 7, 10n);
  assert.deepEqual(offsets(made), [[10n, 3]]);
  const { candidate } = made;
  assert.ok(candidate);
  assert.deepEqual([candidate.point.offset, candidate.point.destinationEpoch], [12n, 4]);
  made.advance(14n, 12, 7, 12n);
  made.confirm(candidate);
  assert.deepEqual(offsets(made), [
    [12n, 4],
    [10n, 3],
  ]);
  assert.equal(made.candidate?.point.offset, 14n);
});

test('standing: what was acknowledged before a surprise can still be confirmed, but not behind the next settling [2.2]', () => {
  const made = standing();
  made.advance(12n, 10, 7, 10n);
  made.forget();
  const { candidate } = made;
  assert.ok(candidate);
  made.adopt({ ...settled, logEnd: 11n, nextSequence: 9 });
  made.confirm(candidate);
  assert.deepEqual(offsets(made), [[11n, 3]]);
});

test('standing: an idle log must be as it was left, under the same leader [3.4]', () => {
  const made = standing();
  const expected = made.expectation(0);
  assert.ok(expected);
  const found = { version: expected.version, code: 0, logEnd: 10n, logStart: 0n };
  assert.equal(made.judge(found), undefined);
  assert.match(made.judge({ ...found, logEnd: 11n }) ?? '', /moved from 10 to 11/);
  assert.match(made.judge({ ...found, logStart: 1n }) ?? '', /log start rose to 1/);
  assert.match(made.judge({ ...found, code: 74 }) ?? '', /FENCED_LEADER_EPOCH/);
  made.changed();
  assert.equal(made.judge({ ...found, logEnd: 11n }), undefined, 'an answer that spans a change says nothing');
});

test('standing: is not idle right after a change [3.4]', () => {
  const made = standing();
  nowMs += 100;
  assert.equal(made.expectation(2_500), undefined);
  nowMs += 2_500;
  assert.ok(made.expectation(2_500));
});

test('standing: a log start that klink asks for is remembered before it is asked, and never above what is copied [2.5]', () => {
  const made = standing();
  made.sourceSeen({ end: 30n, logStart: 20n, fetchOffset: undefined });
  assert.deepEqual(made.wantedLogStart()?.offset, 10n);
  assert.equal(made.askedLogStart, 10n);
  made.logStartRaised(10n);
  assert.equal(made.wantedLogStart(), undefined);
});

test('standing: the source epochs of what was mirrored are kept with their first offsets [3.5]', () => {
  const made = standing();
  made.advance(12n, 10, 7, 10n);
  made.advance(14n, 12, 9, 12n);
  assert.deepEqual(made.memory.sourceEpochs, [{ epoch: 9, offset: 12n }]);
  assert.equal(made.sourceEpoch, 9);
});

test('standing: a newer leader epoch, or no leader, ends what is known; the same or an older one says nothing [2.3, 3.4]', () => {
  const made = standing();
  assert.equal(made.ledBy({ broker: 1, epoch: 4 }), undefined);
  assert.equal(made.ledBy({ broker: 2, epoch: 3 }), undefined);
  assert.equal(made.ledBy({ broker: 2, epoch: 5 }), 'broker 2 leads, epoch 5');
  assert.equal(made.ledBy({ broker: 1, epoch: 5 }), 'broker 1 leads, epoch 5');
  assert.equal(made.ledBy(undefined), 'no leader');
  made.forget();
  assert.equal(made.ledBy({ broker: 2, epoch: 5 }), undefined);
});
