import assert from 'node:assert/strict';
import test from 'node:test';
import { StallWatch } from './stall-watch.js';

test('stall watch: a second without a turn of the loop is told once, and can be seen before it is told [3.6]', () => {
  let nowMs = 0;
  let due: (() => void) | undefined;
  const clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer: (_: number, fire: () => void) => {
      due = fire;
      const cancel = () => {
        due = undefined;
      };
      return { cancel };
    },
  };
  const stalls: number[] = [];
  const watch = new StallWatch(clock, (ms) => stalls.push(ms));
  nowMs = 1_000;
  due?.();
  assert.deepEqual(stalls, []);
  nowMs = 2_500;
  assert.ok(watch.pending, 'a socket may be served before the timer');
  due?.();
  assert.deepEqual(stalls, [1_300]);
  assert.ok(!watch.pending);
  watch.end();
  assert.equal(due, undefined);
});
