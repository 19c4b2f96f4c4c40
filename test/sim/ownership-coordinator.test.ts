/** What klink asks about its coordinator, and whom, while some brokers are cut off or silent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/base/log.js';
import { readExclusiveness } from '../../src/engine/ownership/exclusive.js';
import { coordinatorChannel } from '../../src/engine/ownership/member.js';
import { memberNote } from '../../src/engine/ownership/notes.js';
import { createOwnership } from '../../src/engine/ownership/ownership.js';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { syncGroup } from '../../src/protocol/api/sync-group.js';
import { ScriptedCluster } from './scripted-cluster.js';

const calls = { group: 'klink', answerTimeoutMs: 1_500, signal: AbortSignal.any([]) };
const note = memberNote({ url: 'http://a', sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 10_000 });

/** Broker 1 is cut off and names itself; the others name broker 3. */
async function cutOff(): Promise<ScriptedCluster> {
  const kafka = await ScriptedCluster.start(3);
  for (const [at, broker] of kafka.brokers.entries()) {
    const found = { nodeId: at === 0 ? 1 : 3, host: 'x', port: 1, errorCode: 0 };
    broker.on(findCoordinator, () => ({ ...found, coordinators: [{ key: 'klink', ...found }] }));
  }
  return kafka;
}

test('ownership: a broker that is cut off and names itself for ever does not keep klink from the new coordinator (R5d) [4.1]', async () => {
  const kafka = await cutOff();
  // The first to be asked is the first that is known.
  const client = kafka.client();
  const first = await kafka.finish(coordinatorChannel(client, calls));
  assert.equal(first.brokerId, 1);
  first.reset('no answer in time');
  assert.equal((await kafka.finish(coordinatorChannel(client, calls))).brokerId, 3);
  await kafka.finish(client.close());
});

test('ownership: a coordinator that answers each SyncGroup 27, cut off, does not keep klink from the new one (R5d) [4.1]', async () => {
  const kafka = await cutOff();
  const topic = { name: '__consumer_offsets', partitions: [{ partitionIndex: 0, leaderId: 3, replicaNodes: [3] }] };
  kafka.described = { ...kafka.described, topics: [topic] };
  const joined = { generationId: 1, leader: 'm', memberId: 'm', members: [{ memberId: 'm', metadata: note }] };
  for (const id of [1, 3]) {
    kafka.broker(id).on(joinGroup, () => joined);
    kafka.broker(id).on(syncGroup, () => ({ errorCode: id === 1 ? 27 : 0 }));
  }
  kafka.broker(3).on(offsetFetch, () => ({ groups: [{ groupId: 'klink' }] }));
  kafka.broker(3).on(heartbeat, () => ({}));
  kafka.broker(3).on(leaveGroup, () => ({}));
  kafka.broker(3).on(offsetCommit, () => ({ topics: [{ name: topic.name, partitions: [{ partitionIndex: 0 }] }] }));
  const cluster = kafka.client();
  const { clock, random } = cluster;
  const options = { cluster, clock, random, log: silentLog, url: 'http://a', prepareLeaseTopic: async () => {} };
  const ownership = createOwnership(options);
  ownership.start();
  await kafka.world.until('klink owns', 30_000, () => ownership.holds());
  assert.ok(kafka.broker(1).count(syncGroup) > 0);
  await kafka.finish(ownership.stop({ effectsSettled: true }));
  await kafka.finish(cluster.close());
});

test('ownership: whether the owner is provable is asked of the coordinator, and no silent broker costs the lease [4.1]', async () => {
  const kafka = await ScriptedCluster.start(3);
  const partitions = [{ partitionIndex: 0, leaderId: 2, replicaNodes: [1, 2, 3], isrNodes: [1, 2, 3] }];
  kafka.described = { ...kafka.described, topics: [{ name: '__consumer_offsets', partitions }] };
  kafka.broker(2).on(describeConfigs, ({ resources }) => ({
    results: resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      configs: [{ name: 'unclean.leader.election.enable', value: 'false' }],
    })),
  }));
  const client = kafka.client();
  const coordinator = await kafka.finish(client.channel(2, 'ownership'));
  kafka.world.pause('b1');
  const before = kafka.world.nowMs;
  const exclusive = await kafka.finish(readExclusiveness(client, coordinator, calls.answerTimeoutMs));
  assert.deepEqual(exclusive, { provable: true });
  assert.ok(kafka.world.nowMs - before < 2 * calls.answerTimeoutMs, `${kafka.world.nowMs - before}`);
  await kafka.finish(client.close());
});
