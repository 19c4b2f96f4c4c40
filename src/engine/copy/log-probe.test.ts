import assert from 'node:assert/strict';
import test from 'node:test';
import { endOf } from './log-probe.js';

test('log end: only an answer for the very epoch that was asked is one (E14) [2.1]', () => {
  assert.deepEqual(endOf({ errorCode: 0, epoch: 3, end: 9n }, 3), { code: 0, end: 9n });
  assert.notEqual(endOf({ errorCode: 0, epoch: -1, end: -1n }, 3).code, 0);
  assert.notEqual(endOf({ errorCode: 0, epoch: 2, end: 9n }, 3).code, 0);
  assert.equal(endOf({ errorCode: 74, epoch: 3, end: 9n }, 3).code, 74);
  assert.notEqual(endOf(undefined, 3).code, 0);
});
