import assert from 'node:assert/strict';
import test from 'node:test';
import { Alarm } from './alarm.js';
import { judgeOvertaking } from './overtaken.js';
import { afterSurprise, surpriseOfGap } from './surprise.js';

test('surprise: one is settled at once, a row of them slows down, and answers of the log are no bad luck for ever [3.3]', () => {
  const moved = { kind: 'settle', reason: 'NOT_LEADER_OR_FOLLOWER' } as const;
  assert.equal(afterSurprise(moved, 1).kind, 'again');
  assert.equal(afterSurprise(moved, 2).kind, 'again-later');
  assert.equal(afterSurprise(moved, 100).kind, 'again-later');
  const wrong = { kind: 'settle', reason: 'OUT_OF_ORDER_SEQUENCE_NUMBER' } as const;
  assert.equal(afterSurprise(wrong, 12).kind, 'again-later');
  assert.equal(afterSurprise(wrong, 13).kind, 'give-up');
});

test('surprise: a refusal is tried again ever more slowly, a damaged batch twice [2.6]', () => {
  const large = { kind: 'refused', code: 10, reason: 'MESSAGE_TOO_LARGE' } as const;
  assert.equal(afterSurprise(large, 50).kind, 'refused-later');
  const damaged = { kind: 'refused', code: 2, reason: 'CORRUPT_MESSAGE' } as const;
  assert.equal(afterSurprise(damaged, 2).kind, 'refused-later');
  assert.deepEqual(
    [afterSurprise(damaged, 3)].map((each) => each.kind === 'give-up' && each.reason),
    ['UNSUPPORTED_BATCH'],
  );
});

test('surprise: a foreign batch inside a gap ends the partition there; too many markers are judged by the source [4.4]', () => {
  const foreign = surpriseOfGap({ kind: 'foreign', offset: 7n, producerId: 3n });
  assert.ok(foreign?.kind === 'failed');
  assert.deepEqual([foreign.finding.reason, foreign.finding.offset], ['FOREIGN_WRITE', 7n]);
  assert.equal(surpriseOfGap({ kind: 'overshot', offset: 9n })?.kind, 'settle');
  assert.equal(surpriseOfGap({ kind: 'filled' }), undefined);
});

test('alarm: the first reason stays, a failure outweighs it, a change of mode yields', () => {
  const alarm = new Alarm(() => {});
  alarm.raise({ kind: 'mode' });
  alarm.unsettle('one');
  alarm.unsettle('two');
  assert.deepEqual(alarm.surprise, { kind: 'settle', reason: 'one' });
  alarm.raise({ kind: 'mode' });
  assert.equal(alarm.surprise?.kind, 'settle');
  const finding = { reason: 'SETTINGS_CHANGED', offset: 3n, detail: '' } as const;
  alarm.raise({ kind: 'failed', finding });
  alarm.unsettle('three');
  alarm.clear();
  assert.equal(alarm.surprise?.kind, 'failed', 'settling answers everything but a failure');
});

test('overtaken: a gap within bounds, RANGE_LOST beyond, and a beginning above 0 is not copied yet [2.5] [2.6]', () => {
  const given = { sourceLogStart: 30n, mirrorEnd: 10n, nothingMirrored: false, offsetsMax: 20 };
  assert.equal(judgeOvertaking({ ...given, sourceLogStart: 10n }).kind, 'none');
  assert.deepEqual(judgeOvertaking(given), { kind: 'gap', gap: { kind: 'gap', from: 10n, to: 30n, sourceEpoch: -1 } });
  const reason = (more: Partial<typeof given>) => {
    const judged = judgeOvertaking({ ...given, ...more });
    return judged.kind === 'failed' ? [judged.finding.reason, judged.finding.offset] : judged.kind;
  };
  assert.deepEqual(reason({ offsetsMax: 19 }), ['RANGE_LOST', 10n]);
  assert.deepEqual(reason({ nothingMirrored: true }), ['UNSUPPORTED_BATCH', 10n]);
});
