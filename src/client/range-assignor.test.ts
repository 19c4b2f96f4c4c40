import assert from 'node:assert/strict';
import test from 'node:test';
import { assignmentIn, assignRanges, encodeAssignment, encodeSubscription, subscriptionIn } from './range-assignor.js';

const shown = (assigned: ReturnType<typeof assignRanges>) =>
  Object.fromEntries(
    [...assigned].map(([member, places]) => [member, places.map((at) => `${at.topic}${at.partition}`)]),
  );

test('runs of partitions go to members in the order of their ids, the first ones get one more [client 5.8]', () => {
  const members = ['c', 'a', 'b'].map((memberId) => ({ memberId, topics: ['t'] }));
  assert.deepEqual(shown(assignRanges(members, new Map([['t', 7]]))), {
    a: ['t0', 't1', 't2'],
    b: ['t3', 't4'],
    c: ['t5', 't6'],
  });
});

test('only subscribers get a topic, and everybody is told, also who gets nothing', () => {
  const members = [
    { memberId: 'a', topics: ['t', 'u'] },
    { memberId: 'b', topics: ['u'] },
    { memberId: 'c', topics: ['missing'] },
  ];
  const partitions = new Map([
    ['t', 2],
    ['u', 1],
  ]);
  assert.deepEqual(shown(assignRanges(members, partitions)), { a: ['t0', 't1', 'u0'], b: [], c: [] });
});

test('messages are read as they were written; no bytes are no partitions', () => {
  assert.deepEqual(subscriptionIn(encodeSubscription(['b', 'a'])), ['a', 'b']);
  const places = [0, 2].map((partition) => ({ topic: 't', partition }));
  assert.deepEqual(assignmentIn(encodeAssignment(places)), places);
  assert.deepEqual(assignmentIn(Buffer.alloc(0)), []);
});
