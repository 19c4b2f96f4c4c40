import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch } from '../../../test/harness/engine-batches.js';
import { ScriptedPartition } from '../../../test/harness/engine-scripted.js';
import { MemoryTeller, type Remembering } from './memory-teller.js';
import { noMemory } from './prove-partition.js';
import type { PointCandidate } from './standing.js';
import { Topology } from './topology.js';

const candidate: PointCandidate = {
  leader: { broker: 1, epoch: 0 },
  point: { offset: 1n, nextSequence: 1, destinationLogStart: 0n, destinationEpoch: 0, sourceEpoch: 0 },
  settling: 1,
};

function scene() {
  const partition = new ScriptedPartition();
  partition.batches = [dataBatch({ at: 0n })];
  const cluster = partition.cluster();
  const topology = new Topology(cluster);
  topology.want([{ name: 't', topicId: 'topic-id' }]);
  const seen: { code: number; logEnd: bigint }[] = [];
  const told: unknown[] = [];
  const mirror: Remembering = {
    mirrorTopic: 't',
    destinationTopicId: 'topic-id',
    partition: 0,
    memory: noMemory,
    candidate,
    candidateSeen: (_, found) => void seen.push(found),
  };
  const teller = new MemoryTeller<Remembering>(cluster, topology, (_, memory) => void told.push(memory));
  return { partition, seen, told, tell: () => teller.tell([mirror]) };
}

test('memory: a point is shown to the leader under the epoch it was made under [2.2]', async () => {
  const { partition, seen, tell } = scene();
  await tell();
  assert.deepEqual(seen, [{ code: 0, logEnd: 1n }]);
  // The leader went and came back: Produce would not have said so.
  partition.leaderEpoch = 2;
  await tell();
  assert.equal(seen[1]?.code, 74);
});

test('memory: nothing is told of a topic that is not the journalled one any more [1.3]', async () => {
  const { partition, told, tell } = scene();
  partition.topicId = 'another-id';
  await tell();
  assert.deepEqual(told, []);
  partition.topicId = 'topic-id';
  await tell();
  assert.deepEqual(told, [noMemory]);
  await tell();
  assert.equal(told.length, 1, 'once');
});
