/** One step of one member towards its target. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConsumerMember, type Held, newMember, type Target } from './consumer-group.js';
import { type Owned, type Reconciliation, reconcile } from './reconcile.js';

const held = (...partitions: number[]): Held =>
  partitions.length === 0 ? new Map() : new Map([['t', new Map(partitions.map((each) => [each, 3] as const))]]);
const target = (...partitions: number[]): Target =>
  partitions.length === 0 ? new Map() : new Map([['t', new Set(partitions)]]);
const owned = (...partitions: number[]): Owned => [{ topicId: 't', partitions }];
const listed = (held: Held) => [...(held.get('t')?.keys() ?? [])];

function step(member: Partial<ConsumerMember>, more: Partial<Reconciliation>) {
  const before = { ...newMember('A'), epoch: 3, previousEpoch: 2, ...member };
  const { epoch, progress, assigned, revoking } = reconcile(before, {
    targetEpoch: 4,
    target: target(),
    owned: null,
    subscribed: undefined,
    isHeld: () => false,
    ...more,
  });
  return [epoch, progress, listed(assigned), listed(revoking)];
}

test('reconcile: what is not in the target is given back first, in the old epoch [5.4]', () => {
  const member = { assigned: held(0, 1) };
  assert.deepEqual(step(member, { target: target(1, 2) }), [3, 'unrevoked', [1], [0]], 'it may have anything');
  assert.deepEqual(step(member, { target: target(1, 2), owned: owned(0, 1) }), [3, 'unrevoked', [1], [0]]);
  assert.deepEqual(step(member, { target: target(1, 2), owned: owned(1) }), [4, 'stable', [1, 2], []]);
});

test('reconcile: it waits until it says that it has nothing of it any more [5.4]', () => {
  const member = { progress: 'unrevoked', assigned: held(1), revoking: held(0) } as const;
  assert.deepEqual(step(member, { target: target(1) }), [3, 'unrevoked', [1], [0]]);
  assert.deepEqual(step(member, { target: target(1), owned: owned(0) }), [3, 'unrevoked', [1], [0]]);
  assert.deepEqual(step(member, { target: target(1), owned: owned(1) }), [4, 'stable', [1], []]);
});

test('reconcile: what others have not given back is not given, what is free is [5.4]', () => {
  const isHeld = (_: string, partition: number) => partition === 2;
  assert.deepEqual(step({}, { target: target(1, 2), isHeld }), [4, 'unreleased', [1], []]);
  const waiting = { epoch: 4, progress: 'unreleased', assigned: held(1) } as const;
  assert.deepEqual(step(waiting, { target: target(1, 2), isHeld }), [4, 'unreleased', [1], []]);
  assert.deepEqual(step(waiting, { target: target(1, 2) }), [4, 'stable', [1, 2], []]);
});

test('reconcile: what is no longer subscribed to is given back before there is another target [5.4]', () => {
  const member = { epoch: 4, assigned: held(0, 1) };
  assert.deepEqual(step(member, { target: target(0, 1) }), [4, 'stable', [0, 1], []]);
  const subscribed = new Set(['u']);
  assert.deepEqual(step(member, { target: target(0, 1), subscribed }), [4, 'unrevoked', [], [0, 1]]);
});
