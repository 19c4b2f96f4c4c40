import assert from 'node:assert/strict';
import test from 'node:test';
import { standingAbove } from './clamp.js';

const standing = (offset: bigint, partition = 0) => ({ group: 'g', partition, offset, metadata: '' });

test('above: at the end is not above it [8 (4)]', () => {
  assert.deepEqual(standingAbove([standing(10n), standing(9n)], [10n], [11n]), []);
  assert.deepEqual(standingAbove([standing(11n)], [10n], [10n]), [{ ...standing(11n), end: 10n, beyondLog: true }]);
});

test('above: right behind the barrier nothing is skipped, but only where the barrier is all there is [8 (4)]', () => {
  assert.deepEqual(standingAbove([standing(11n)], [10n], [11n]), []);
  assert.deepEqual(standingAbove([standing(12n)], [10n], [11n]), [{ ...standing(12n), end: 10n, beyondLog: true }]);
  assert.deepEqual(standingAbove([standing(11n)], [10n], [15n]), [{ ...standing(11n), end: 10n, beyondLog: false }]);
});

test('above: an unknown log end counts as passed [8 (4)]', () => {
  assert.deepEqual(standingAbove([standing(11n)], [10n], [undefined]), [
    { ...standing(11n), end: 10n, beyondLog: true },
  ]);
});

test('above: each partition has its own end, and those without one are none of ours [8 (4)]', () => {
  const found = standingAbove([standing(5n, 0), standing(5n, 1), standing(5n, 2)], [9n, 3n], [10n, 6n]);
  assert.deepEqual(found, [{ ...standing(5n, 1), end: 3n, beyondLog: false }]);
});
