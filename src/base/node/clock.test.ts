/** Timers of the system: longer ones than Node's own wait, too. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from './clock.js';

const LONG_MS = 2 ** 31;

test('clock: a timer of more than 24 days does not fire at once', async () => {
  const first = await new Promise((resolve) => {
    const long = systemClock.setTimer(LONG_MS, () => resolve('the long one'));
    systemClock.setTimer(20, () => {
      long.cancel();
      resolve('the short one');
    });
  });
  assert.equal(first, 'the short one');
});

test('clock: a timer of 50 days fires when they are over, and never once it was cancelled', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const fired: string[] = [];
  systemClock.setTimer(2 * LONG_MS, () => fired.push('kept'));
  const cancelled = systemClock.setTimer(2 * LONG_MS, () => fired.push('cancelled'));
  // As far as one of Node's timers reaches: mocked ones begin a later one at the end of the tick.
  t.mock.timers.tick(LONG_MS - 1);
  cancelled.cancel();
  t.mock.timers.tick(LONG_MS - 1);
  t.mock.timers.tick(1);
  assert.deepEqual(fired, []);
  t.mock.timers.tick(1);
  assert.deepEqual(fired, ['kept']);
});
