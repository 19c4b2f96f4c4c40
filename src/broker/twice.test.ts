/** Names that come twice, among as many as one request can hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { twiceIn } from './twice.js';

test('twice: each name that comes again once, in that order, and none that stands alone', () => {
  assert.deepEqual([...twiceIn(['a', 'b', 'c', 'b', 'a', 'b'])], ['b', 'a']);
  assert.deepEqual([...twiceIn(['a', '__proto__', 'b'])], []);
});

test('twice: a request full of names does not hold up the broker', { timeout: 10_000 }, () => {
  const names = Array.from({ length: 500_000 }, (_, at) => `topic-${at}`);
  assert.deepEqual([...twiceIn([...names, 'topic-7'])], ['topic-7']);
});
