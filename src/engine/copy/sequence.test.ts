import assert from 'node:assert/strict';
import test from 'node:test';
import { addToSequence, nextSequence, type SequenceEvidence, sequenceDistance } from './sequence.js';

const nothing: SequenceEvidence = {
  lastInLog: undefined,
  lastAtLeader: undefined,
  point: undefined,
  passedPoint: undefined,
  offsetsSince: undefined,
};
const known = (next: number) => ({ kind: 'known', next }) as const;

test('sequence: last of the last D batch in the log + 1 [3.1]', () => {
  assert.deepEqual(nextSequence({ ...nothing, lastInLog: 49 }), known(50));
  assert.deepEqual(nextSequence({ ...nothing, lastInLog: 49, lastAtLeader: 49 }), known(50));
});

test('sequence: a leader that shows another is asked again, never believed [3.1]', () => {
  assert.equal(nextSequence({ ...nothing, lastInLog: 49, lastAtLeader: 48 }).kind, 'read-again');
  assert.equal(nextSequence({ ...nothing, lastAtLeader: 4 }).kind, 'read-again');
  const point = { nextSequence: 30, recordsSince: 0 };
  assert.equal(nextSequence({ ...nothing, lastAtLeader: 31, point }).kind, 'read-again');
});

test('sequence: an empty log of a new lineage begins at 0 [3.1]', () => {
  assert.deepEqual(nextSequence(nothing), known(0));
});

test('sequence: behind the log start the leader knows it, else the point, else 0 (T1) [3.1]', () => {
  const passed = { ...nothing, passedPoint: { nextSequence: 20 }, offsetsSince: 30n };
  assert.deepEqual(nextSequence({ ...passed, lastAtLeader: 29 }), known(30));
  assert.deepEqual(nextSequence(passed), known(20));
  assert.deepEqual(nextSequence({ ...nothing, offsetsSince: 30n, lastAtLeader: 29 }), known(30));
  assert.deepEqual(nextSequence({ ...nothing, offsetsSince: 30n }), known(0));
});

test('sequence: more records than offsets behind the log start is DIVERGED [3.1]', () => {
  const passed = { ...nothing, passedPoint: { nextSequence: 20 }, offsetsSince: 5n };
  assert.equal(nextSequence({ ...passed, lastAtLeader: 25 }).kind, 'diverged');
  assert.equal(nextSequence({ ...passed, lastInLog: 10 }).kind, 'diverged');
});

test('sequence: from a point it is the point plus the records since, also when lower DIVERGED (R3) [3.1]', () => {
  const point = { nextSequence: 30, recordsSince: 5 };
  assert.deepEqual(nextSequence({ ...nothing, lastInLog: 34, point }), known(35));
  assert.equal(nextSequence({ ...nothing, lastInLog: 35, point }).kind, 'diverged');
  assert.equal(nextSequence({ ...nothing, lastInLog: 14, point }).kind, 'diverged');
  assert.deepEqual(nextSequence({ ...nothing, point: { nextSequence: 30, recordsSince: 0 } }), known(30));
});

test('sequence: wraps 2³¹−1 → 0 [3.1]', () => {
  assert.equal(addToSequence(2 ** 31 - 1, 1), 0);
  assert.equal(addToSequence(2 ** 31 - 3, 5), 2);
  assert.equal(sequenceDistance(2 ** 31 - 3, 2), 5);
  assert.deepEqual(nextSequence({ ...nothing, lastInLog: 2 ** 31 - 1, lastAtLeader: 2 ** 31 - 1 }), known(0));
});
