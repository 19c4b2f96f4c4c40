import assert from 'node:assert/strict';
import test from 'node:test';
import { percentile, summarize } from './statistics.js';

test('summary: the median of an odd and of an even number of runs, and their spread', () => {
  assert.deepEqual(summarize([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.deepEqual(summarize([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 });
  assert.deepEqual(summarize([7]), { median: 7, min: 7, max: 7 });
});

test('summary: of nothing it says nothing', () => {
  assert.deepEqual(summarize([]), { median: Number.NaN, min: Number.NaN, max: Number.NaN });
});

test('percentile: counts records, not samples', () => {
  const samples = [
    { value: 50, count: 1 },
    { value: 10, count: 98 },
    { value: 90, count: 1 },
  ];
  assert.equal(percentile(samples, 0.5), 10);
  assert.equal(percentile(samples, 0.98), 10);
  assert.equal(percentile(samples, 0.99), 50);
  assert.equal(percentile(samples, 1), 90);
});
