/** Which broker is asked who coordinates: never the same one twice in a row, for it may be cut off and know nothing new. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coordinatorChannel } from '../../src/engine/ownership/member.js';
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
