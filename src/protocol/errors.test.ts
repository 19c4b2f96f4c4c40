import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allErrors, errorCode, errorEntry, errorName, isRetriable } from './errors.js';

test('every code from −1 on has one name and one meaning', () => {
  const codes = allErrors().map((entry) => entry.code);
  assert.deepEqual(
    codes,
    codes.map((_, i) => i - 1),
  );
  for (const entry of allErrors()) assert.match(entry.meaning, /\.$/);
});

test('names and codes find each other', () => {
  assert.equal(errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 45);
  assert.equal(errorName(29), 'TOPIC_AUTHORIZATION_FAILED');
  assert.equal(isRetriable(errorCode.NOT_LEADER_OR_FOLLOWER), true);
  assert.equal(isRetriable(errorCode.TOPIC_AUTHORIZATION_FAILED), false);
});

test('a code of a newer Kafka has a printable name and is not retriable', () => {
  assert.equal(errorEntry(9999), undefined);
  assert.equal(errorName(9999), 'ERROR_9999');
  assert.equal(isRetriable(9999), false);
});
