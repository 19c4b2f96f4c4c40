import assert from 'node:assert/strict';
import test from 'node:test';
import { roomFor } from './room.js';

const limits = { queueBytesMax: 256 << 20, queueBytesPerPartitionMax: 4 << 20 };

test('room: few partitions hold what one may, many share the whole', () => {
  assert.equal(roomFor(limits, { partitions: 2, bytesHeld: 0 }).partitionBytesMax, 4 << 20);
  for (const partitions of [100, 1_000, 8_000]) {
    const { partitionBytesMax } = roomFor(limits, { partitions, bytesHeld: 0 });
    assert.ok(2 * partitions * partitionBytesMax <= limits.queueBytesMax, `${partitions}: ${partitionBytesMax}`);
  }
});

test('room: none is left once the whole is held', () => {
  assert.ok(roomFor(limits, { partitions: 2, bytesHeld: (256 << 20) - 1 }).left);
  assert.ok(!roomFor(limits, { partitions: 2, bytesHeld: 256 << 20 }).left);
});
