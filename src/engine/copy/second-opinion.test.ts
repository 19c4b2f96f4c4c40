import assert from 'node:assert/strict';
import test from 'node:test';
import { judge, type Told } from './second-opinion.js';

const say = (...words: readonly (readonly [by: number, topicId: string])[]): Told[] =>
  words.map(([by, topicId]) => ({ by, topicId }));

test('topics: the journalled id counts by one word, another id only by two brokers [1.3]', () => {
  assert.equal(judge(say([1, 'ours']), 'ours', 3), 'decided');
  assert.equal(judge(say([1, 'other']), 'ours', 3), 'undecided');
  assert.equal(judge(say([1, 'other'], [1, 'other']), 'ours', 3), 'undecided');
  assert.equal(judge(say([1, 'other'], [2, 'other']), 'ours', 3), 'decided');
  assert.equal(judge(say([1, 'other']), 'ours', 1), 'decided');
});

test('topics: a broker that is known by its address alone is nobody beside the others [1.3]', () => {
  assert.equal(judge(say([-1, 'other'], [1, 'other']), 'ours', 3), 'undecided');
  assert.equal(judge(say([-1, 'other']), 'ours', 1), 'undecided');
});

test('topics: where brokers contradict each other more of them are right, and of two neither [1.3]', () => {
  assert.equal(judge(say([1, 'other'], [2, 'ours']), 'ours', 2), 'undecided');
  assert.equal(judge(say([1, 'other'], [2, 'ours'], [3, 'ours']), 'ours', 3), 'decided');
  assert.equal(judge(say([1, 'other'], [2, 'ours'], [3, 'other']), 'ours', 3), 'decided');
  // Each broker has one voice, its latest.
  assert.equal(judge(say([1, 'other'], [2, 'ours'], [2, 'ours'], [1, 'ours']), 'ours', 2), 'decided');
});
