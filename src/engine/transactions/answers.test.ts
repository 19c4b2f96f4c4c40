import assert from 'node:assert/strict';
import test from 'node:test';
import { allErrors, type ErrorName } from '../../protocol/errors.js';
import { type Verdict, verdictOf } from './answers.js';

function named(verdict: Verdict): string[] {
  return allErrors()
    .filter(({ code }) => verdictOf(code) === verdict)
    .map(({ name }) => name);
}

test('answers: exactly these mean that another klink has taken over, or that the id is not ours [5.3]', () => {
  const fenced: ErrorName[] = [
    'INVALID_PRODUCER_EPOCH',
    'INVALID_PRODUCER_ID_MAPPING',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'PRODUCER_FENCED',
  ];
  assert.deepEqual(named('fenced'), fenced);
});

test('answers: a coordinator that moves, loads or is busy is asked again without end [5.3]', () => {
  for (const code of [14, 15, 16, 51, 52]) assert.equal(verdictOf(code), 'again', String(code));
});

test('answers: a leader that moves or lacks replicas is asked again [5.3]', () => {
  for (const code of [3, 5, 6, 7, 13, 19, 20, 56, 74, 75]) assert.equal(verdictOf(code), 'again', String(code));
});

test('answers: a missing right or a record that is too large needs somebody to change something [5.3]', () => {
  for (const code of [10, 29, 30, 31, 50]) assert.equal(verdictOf(code), 'refused', String(code));
});

test('answers: whatever klink does not understand breaks the transaction, and nothing else [5.3]', () => {
  for (const code of [-1, 45, 48, 59, 120, 9_999]) assert.equal(verdictOf(code), 'broken', String(code));
  assert.deepEqual(named('done'), ['NONE']);
});
