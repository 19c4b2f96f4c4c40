import assert from 'node:assert/strict';
import test from 'node:test';
import type { ProvenPoint } from '../../model/assignment.js';
import { isTestable, POINT_EPOCHS_MAX, testPoint, withPoint } from './point.js';

const point = (offset: bigint, destinationEpoch: number): ProvenPoint => ({
  offset,
  destinationEpoch,
  nextSequence: Number(offset),
  destinationLogStart: 0n,
  sourceEpoch: 0,
});

test('points: the last of each destination epoch, newest first, eight of them [2.2]', () => {
  let points: readonly ProvenPoint[] = [];
  for (let epoch = 0; epoch < 12; epoch++) {
    points = withPoint(points, point(BigInt(epoch * 10), epoch));
    points = withPoint(points, point(BigInt(epoch * 10 + 5), epoch));
  }
  assert.equal(points.length, POINT_EPOCHS_MAX);
  assert.deepEqual(points.slice(0, 2), [point(115n, 11), point(105n, 10)]);
});

test('points: the same epoch with an end at or above passes [2.3]', () => {
  assert.deepEqual(testPoint(point(30n, 2), { errorCode: 0, epoch: 2, end: 30n }), { kind: 'passed' });
});

test('points: a lower end or a lower epoch voids it, although the log is long enough (R3b) [2.3]', () => {
  assert.deepEqual(testPoint(point(30n, 2), { errorCode: 0, epoch: 2, end: 15n }), { kind: 'void', end: 15n });
  assert.deepEqual(testPoint(point(30n, 2), { errorCode: 0, epoch: 1, end: 15n }), { kind: 'void', end: 15n });
  assert.deepEqual(testPoint(point(30n, 2), { errorCode: 0, epoch: 1, end: 40n }), { kind: 'void', end: 30n });
});

test('points: 75 and (−1, −1) are no answer [2.3]', () => {
  assert.deepEqual(testPoint(point(30n, 2), { errorCode: 75, epoch: -1, end: -1n }), { kind: 'no-answer' });
  assert.deepEqual(testPoint(point(30n, 2), { errorCode: 0, epoch: -1, end: -1n }), { kind: 'no-answer' });
});

test('points: one without a batch below it proves nothing [2.3]', () => {
  assert.ok(!isTestable(point(0n, -1), 0n));
  assert.ok(!isTestable(point(5n, 3), 5n));
  assert.ok(isTestable(point(5n, 3), 0n));
});
