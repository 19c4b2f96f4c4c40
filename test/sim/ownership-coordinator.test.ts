/** What klink asks about its coordinator, and whom, while some brokers are cut off or silent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExclusiveness } from '../../src/engine/ownership/exclusive.js';
import { coordinatorChannel } from '../../src/engine/ownership/member.js';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { ScriptedCluster } from './scripted-cluster.js';

const calls = { group: 'klink', answerTimeoutMs: 1_500, signal: AbortSignal.any([]) };

test('ownership: a broker that is cut off and names itself for ever does not keep klink from the new coordinator (R5d) [4.1]', async () => {
  const kafka = await ScriptedCluster.start(3);
  const named = (nodeId: number) => ({ nodeId, host: 'x', port: 1, errorCode: 0 });
  for (const [at, broker] of kafka.brokers.entries()) {
    const found = named(at === 0 ? 1 : 3);
    broker.on(findCoordinator, () => ({ ...found, coordinators: [{ key: 'klink', ...found }] }));
  }
  // The first to be asked is the first that is known.
  const client = kafka.client();
  const first = await kafka.finish(coordinatorChannel(client, calls));
  assert.equal(first.brokerId, 1);
  first.reset('no answer in time');
  assert.equal((await kafka.finish(coordinatorChannel(client, calls))).brokerId, 3);
  await kafka.finish(client.close());
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
