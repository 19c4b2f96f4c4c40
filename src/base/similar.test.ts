import assert from 'node:assert/strict';
import { test } from 'node:test';
import { similar } from './similar.js';

test('what was meant is the nearest word, and nothing where all are far', () => {
  const known = ['create', 'list', 'describe', 'delete', 'failover'];
  assert.deepEqual(similar('lsit', known), ['list']);
  assert.deepEqual(similar('fail', known), ['failover']);
  assert.deepEqual(similar('DELETE', known), ['delete']);
  assert.deepEqual(similar('dscribe', known), ['describe']);
  assert.deepEqual(similar('zzz', known), []);
  assert.deepEqual(similar('', known), []);
});
