/** Which committed offsets nobody needs any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsumerGroup, newMember } from './consumer-group.js';
import { expiredOffsets } from './expiry.js';
import { Group } from './group.js';
import type { CommittedOffset } from './journal.js';
import { StoredOffsets } from './stored-offsets.js';

const RETENTION_MS = 1000;

function stored(committedMs: number, expiresMs?: number) {
  const committed: CommittedOffset = { offset: 1n, leaderEpoch: -1, metadata: '', committedMs, expiresMs };
  const offsets = new StoredOffsets();
  offsets.put('t 0', committed, 0n);
  return offsets;
}

const isOver = (group: Group | ConsumerGroup, nowMs: number) => expiredOffsets(group, nowMs, RETENTION_MS).length === 1;

test('expiry: of a classic group since it became empty, where nobody ever joined since the commit [5.5]', () => {
  const left = new Group('g', 5000, stored(100));
  left.protocolType = 'consumer';
  assert.deepEqual([isOver(left, 5999), isOver(left, 6000)], [false, true]);
  left.become('PreparingRebalance', 5000);
  assert.equal(isOver(left, 9000), false, 'while somebody is there');
  const never = new Group('g', 5000, stored(100));
  assert.deepEqual([isOver(never, 1099), isOver(never, 1100)], [false, true]);
});

test('expiry: a group of the newer protocol keeps what it subscribes to, and nothing else longer than since its commit [5.5]', () => {
  const group = new ConsumerGroup('g', stored(100));
  assert.deepEqual([isOver(group, 1099), isOver(group, 1100)], [false, true]);
  group.apply({ group: 'g', kind: 'member', memberId: 'A', value: { ...newMember('A'), topics: ['t'] } });
  assert.equal(isOver(group, 9000), false);
  group.apply({ group: 'g', kind: 'member', memberId: 'A', value: { ...newMember('A'), topics: ['u'] } });
  assert.equal(isOver(group, 9000), true);
  group.offsets.putOpen(7n, 't 0', { offset: 2n, leaderEpoch: -1, metadata: '', committedMs: 100 }, 1n);
  assert.equal(isOver(group, 9000), false, 'a transaction is about to overwrite it');
});

test('expiry: at the time that the commit named, whatever the broker keeps [5.5]', () => {
  const group = new Group('g', 5000, stored(100, 9000));
  group.protocolType = 'consumer';
  assert.deepEqual([isOver(group, 8999), isOver(group, 9000)], [false, true]);
});
