import assert from 'node:assert/strict';
import test from 'node:test';
import { ReadingGate } from './reading-gate.js';

test('reading gate: so many at once, the others in line, and a failed one makes room as well', async () => {
  const gate = new ReadingGate(2);
  let at = 0;
  let most = 0;
  const work = async (i: number) => {
    most = Math.max(most, ++at);
    await new Promise((resolve) => setImmediate(resolve));
    at--;
    if (i === 1) throw new Error('one');
    return i;
  };
  const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map((i) => gate.pass(() => work(i))));
  assert.equal(most, 2);
  assert.deepEqual(
    outcomes.map((each) => each.status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
  );
});
