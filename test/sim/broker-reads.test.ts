/** What a broker tells who only reads, while what it tells is still on its way to the disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { describeGroups } from '../../src/protocol/api/describe-groups.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { syncGroup } from '../../src/protocol/api/sync-group.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Wire } from '../harness/wire.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const LATEST = -1n;
const HOST = 'broker';
const WITHIN_MS = 60_000;
const config = { 'log.flush.interval.messages': '1', 'group.initial.rebalance.delay.ms': '0' };

/** What a loss of power leaves of what was not synced is chance. */
const SEEDS = 8;

/**
 * One client changes something on a slow disk, another one reads until it is told of it; power is lost at once. Gives what
 * is read afterwards.
 */
async function readOverLoss<T>(
  seed: number,
  scene: {
    readonly prepare?: (wire: Wire) => Promise<unknown>;
    readonly change: (wire: Wire) => Promise<unknown>;
    readonly read: (wire: Wire) => Promise<T>;
    readonly isTold: (found: T) => boolean;
    readonly withinMs?: number;
  },
): Promise<T> {
  const world = new World(seed);
  const broker = await startSimBroker(world, HOST, { config });
  const writer = await openSimWire(world, broker, 'writer');
  const reader = await openSimWire(world, broker, 'reader');
  await world.finish('a coordinator', WITHIN_MS, writer.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] }));
  if (scene.prepare) await world.finish('preparation', WITHIN_MS, scene.prepare(writer));
  world.diskOf(HOST).syncTakesMs = () => 50;
  scene.change(writer).catch(() => undefined);
  const told = async () => {
    while (!scene.isTold(await scene.read(reader)));
  };
  await world.finish('that it is told', scene.withinMs ?? WITHIN_MS, told());
  world.losePower(HOST);
  world.diskOf(HOST).syncTakesMs = () => 0;
  const wire = await openSimWire(world, await startSimBroker(world, HOST, { config }));
  return world.finish('what is there', WITHIN_MS, scene.read(wire));
}

test('an offset that somebody has read is on the disk, whether its commit was answered or not [broker 2.8]', async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const partitions = [{ partitionIndex: 0, committedOffset: 7n, committedMetadata: '' }];
    const found = await readOverLoss(seed, {
      change: (wire) =>
        wire.ask(
          offsetCommit,
          { groupId: 'g', generationIdOrMemberEpoch: -1, topics: [{ name: '__consumer_offsets', partitions }] },
          8,
        ),
      read: async (wire) => {
        const groups = [{ groupId: 'g', topics: [{ name: '__consumer_offsets', partitionIndexes: [0] }] }];
        const answer = await wire.ask(offsetFetch, { groups }, 8);
        return answer.groups[0]?.topics[0]?.partitions[0]?.committedOffset;
      },
      isTold: (offset) => offset === 7n,
    });
    assert.equal(found, 7n, `seed ${seed}`);
  }
});

test('a group that somebody was told of is on the disk as it was told [broker 2.8]', async () => {
  const protocols = [{ name: 'p', metadata: Buffer.alloc(0) }];
  for (let seed = 0; seed < SEEDS; seed++) {
    let memberId = '';
    let generationId = -1;
    const found = await readOverLoss(seed, {
      prepare: async (wire) => {
        const times = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000 };
        const asked = { groupId: 'g', ...times, memberId, protocolType: 't', protocols };
        ({ memberId, generationId } = await wire.ask(joinGroup, asked, 3));
      },
      change: (wire) => {
        const assignments = [{ memberId, assignment: Buffer.from('everything') }];
        const protocol = { protocolType: 't', protocolName: 'p' };
        return wire.ask(syncGroup, { groupId: 'g', memberId, generationId, ...protocol, assignments });
      },
      read: async (wire) => (await wire.ask(describeGroups, { groups: ['g'] })).groups[0]?.groupState,
      isTold: (state) => state === 'Stable',
    });
    assert.equal(found, 'Stable', `seed ${seed}`);
  }
});

for (const acks of [-1, 0]) {
  test(`a record that somebody has read is on the disk, produced with acks ${acks} [broker 2.2]`, async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const found = await readOverLoss(seed, {
        prepare: async (wire) => {
          const topics = [{ name: 't', numPartitions: 1, replicationFactor: 1 }];
          const made = await wire.ask(createTopics, { topics, timeoutMs: 1000 });
          assert.equal(made.topics[0]?.errorCode, 0);
        },
        change: (wire) => {
          const records = encodeBatch({ records: [{ timestamp: 1n, value: Buffer.from('v') }] });
          const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
          return wire.send(produce, 9, { acks, timeoutMs: 1000, topicData });
        },
        read: async (wire) => {
          const partitions = [{ partition: 0, fetchOffset: 0n, partitionMaxBytes: 1 << 20 }];
          const request = { maxWaitMs: 100, minBytes: 1, maxBytes: 1 << 20, topics: [{ topic: 't', partitions }] };
          const answer = (await wire.send(fetch, 11, request)).responses[0]?.partitions[0];
          const asked = [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: LATEST }] }];
          const end = (await wire.ask(listOffsets, { topics: asked }, 5)).topics[0]?.partitions[0]?.offset;
          return [answer?.records?.length !== 0, answer?.highWatermark, answer?.lastStableOffset, end];
        },
        // Nobody waits for the next look of housekeeping.
        withinMs: 400,
        isTold: (told) => told[0] === true || told.slice(1).some((end) => end !== 0n),
      });
      assert.deepEqual(found, [true, 1n, 1n, 1n], `seed ${seed}`);
    }
  });
}

test('what a killed broker had not synced is on the disk before the next one serves it, whatever else fails [broker 2.2]', async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    const world = new World(seed);
    const disk = world.diskOf(HOST);
    const wire = await openSimWire(world, await startSimBroker(world, HOST, { config }));
    const topics = ['bad', 'good'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }));
    const made = await world.finish('topics', WITHIN_MS, wire.ask(createTopics, { topics, timeoutMs: 1000 }));
    const bad = made.topics.find(({ name }) => name === 'bad')?.topicId;
    assert.ok(bad);
    disk.syncTakesMs = () => WITHIN_MS;
    const records = encodeBatch({ records: [{ timestamp: 1n, value: Buffer.from('v') }] });
    const topicData = topics.map(({ name }) => ({
      name,
      partitionData: [{ index: 0, records: Buffer.from(records) }],
    }));
    wire.send(produce, 9, { acks: -1, timeoutMs: 1000, topicData }).catch(() => undefined);
    await world.run(100);
    world.kill(HOST);
    disk.syncTakesMs = () => 50;
    disk.onCall = ({ kind, path }) => {
      if (kind === 'sync' && path.includes(bad)) throw Object.assign(new Error('EIO: bad disk'), { code: 'EIO' });
    };
    const told = async () => {
      const reader = await openSimWire(world, await startSimBroker(world, HOST, { config }));
      const asked = topics.map(({ name }) => ({ name, partitions: [{ partitionIndex: 0, timestamp: LATEST }] }));
      const answer = await world.finish('ends', WITHIN_MS, reader.ask(listOffsets, { topics: asked }, 5));
      return answer.topics.map(({ partitions }) => [partitions[0]?.errorCode, partitions[0]?.offset]);
    };
    const [first, second] = await told();
    assert.deepEqual([first?.[0], second], [56, [0, 1n]], 'the bad one is offline');
    world.losePower(HOST);
    disk.onCall = undefined;
    assert.deepEqual((await told())[1], [0, 1n], `seed ${seed}`);
  }
});
