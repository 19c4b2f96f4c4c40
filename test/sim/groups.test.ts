/** Group offsets that arrive late, under a simulated clock: in the middle of the next transaction, to the millisecond. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { silentLog } from '../../src/base/log.js';
import { createTopic } from '../../src/client/admin/topics.js';
import { openCluster } from '../../src/client/cluster.js';
import { createGroups, groupsProducer } from '../../src/engine/groups/groups.js';
import { createJournal } from '../../src/engine/journal/journal.js';
import { describeGroups } from '../../src/protocol/api/describe-groups.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { FaultyNetwork } from '../harness/faulty-network.js';
import { stored } from '../harness/group-members.js';
import { openedBy } from '../harness/journal-fight.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const HOUR_MS = 3_600_000;
/** Both are sent long before, and the late one arrives between the two. */
const LATE_MS = 1_000;
const HELD_MS = 3_000;

test('groups: offsets that arrive in the middle of the next transaction are not committed with it (T15) [7.1]', async () => {
  const world = new World(1);
  const broker = await startSimBroker(world, 'broker');
  const host = world.host('klink');
  const network = new FaultyNetwork(host.network, host.clock);
  const around = { clock: host.clock, random: host.random, log: silentLog };
  const cluster = openCluster({
    ...around,
    network,
    name: 'sim',
    bootstrap: [broker.address],
    security: {},
    clientId: 'klink',
  });
  const producer = groupsProducer({ ...around, cluster });
  const journal = createJournal({ ...around, cluster, groups: producer });
  const groups = createGroups({ ...around, cluster, producer });
  const finish = <T>(what: string, work: Promise<T>) => world.finish(what, HOUR_MS, work);
  await finish('opening', openedBy(host, journal));
  await finish('a journal', journal.commit([{ key: 'x', value: 'x' }], ['x']));
  await finish('a topic', createTopic(cluster, { name: 'mirror', partitions: 1, replicationFactor: 1 }));
  const wire = await openSimWire(world, broker);
  const at = (offset: bigint) => [{ topic: 'mirror', partition: 0, offset }];

  network.plan(txnOffsetCommit, { kind: 'deliver-late', ms: LATE_MS });
  assert.deepEqual(await finish('a first commit', groups.commit('app', at(1n))), { kind: 'done' });
  const lateFrom = world.nowMs;
  assert.equal(network.faults, 1);

  // The second stands open, its offsets written: the look right before its end is held.
  network.plan(describeGroups, { kind: 'hold', ms: HELD_MS }, 1);
  const committing = groups.commit('app', at(2n));
  await world.until('the second stands open', HOUR_MS, () => network.faults === 2);
  assert.ok(world.nowMs < lateFrom + LATE_MS / 2, 'the late offsets have arrived too early');
  assert.deepEqual(await finish('the second commit', committing), { kind: 'done' });
  assert.ok(world.nowMs > lateFrom + LATE_MS, 'the late offsets have not arrived yet');
  assert.equal((await finish('the group', stored(wire, 'app', 'mirror')))?.offset, 2n);
  wire.close();
});
