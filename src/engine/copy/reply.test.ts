import assert from 'node:assert/strict';
import test from 'node:test';
import { judgeReply, type ProduceAnswer } from './reply.js';

const good: ProduceAnswer = { code: 0, baseOffset: 30n, logAppendTimeMs: -1n, logStart: 0n, message: null };
const expected = { base: 30n, logStartMax: 0n };

test('reply: the expected base is the only success [3.4]', () => {
  assert.equal(judgeReply(good, expected).kind, 'appended');
  assert.equal(judgeReply({ ...good, baseOffset: 31n }, expected).kind, 'settle');
  assert.equal(judgeReply({ ...good, baseOffset: 0n }, expected).kind, 'settle');
});

test('reply: a log append time, of a stamp (T5) or a duplicate (R1), is judged by the log [3.4]', () => {
  assert.equal(judgeReply({ ...good, logAppendTimeMs: 1_790_000_000_000n }, expected).kind, 'settle');
});

test('reply: a log start that klink did not ask for is looked into [3.4]', () => {
  assert.equal(judgeReply({ ...good, logStart: 1n }, expected).kind, 'settle');
  assert.equal(judgeReply({ ...good, logStart: 5n }, { ...expected, logStartMax: 5n }).kind, 'appended');
});

test('reply: errors are read from the log, never answered by sending again [3.3]', () => {
  for (const code of [6, 7, 19, 20, 45, 46, 47, 74, 100])
    assert.equal(judgeReply({ ...good, code }, expected).kind, 'settle');
  for (const code of [2, 10, 29, 32, 87, -1]) assert.equal(judgeReply({ ...good, code }, expected).kind, 'refused');
});
