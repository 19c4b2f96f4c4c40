import assert from 'node:assert/strict';
import test from 'node:test';
import { AclCluster } from '../../../test/harness/acl-cluster.js';
import { silentLog } from '../../base/log.js';
import { seededRandom } from '../../base/random.js';
import { errorCode } from '../../protocol/errors.js';
import { createFencePort, type Fence } from './fence.js';
import { SCRATCH_PREFIX } from './probe.js';

const WHOLE = ['ALTER User:*', 'ALTER_CONFIGS User:*', 'DELETE User:*', 'WRITE User:*', 'WRITE User:klink-fence'];
const MODE_1 = { mode: 1 } as const;

function fenceOf(cluster: AclCluster, holds = () => true): Fence {
  return createFencePort({ cluster, clock: cluster.clock, random: seededRandom(1), log: silentLog, holds });
}

function scratchOf(cluster: AclCluster): readonly string[] {
  return [...cluster.topics].filter((name) => name.startsWith(SCRATCH_PREFIX));
}

async function fencedTopics(fence: Fence) {
  const found = await fence.fenced();
  if (found.kind !== 'done') throw new Error(found.reason);
  return found.topics;
}

test('fence: four lines and the mark, in one request [6.1]', async () => {
  const cluster = new AclCluster();
  assert.deepEqual(await fenceOf(cluster).raise('orders', MODE_1), { kind: 'done' });
  assert.deepEqual(cluster.aclsOf('orders'), WHOLE);
  assert.deepEqual(cluster.commands, ['CreateAcls']);
});

test('fence: raised only once every broker shows it [6.1]', async () => {
  const cluster = new AclCluster([1, 2, 3]);
  cluster.lag(3);
  let asked = 0;
  cluster.mishap = (api, broker) => {
    if (api === 'DescribeAcls' && broker === 3 && ++asked === 4) cluster.catchUp(3);
    return undefined;
  };
  assert.deepEqual(await fenceOf(cluster).raise('orders', MODE_1), { kind: 'done' });
  assert.ok(asked >= 4, `${asked}`);
});

test('fence: lines are lifted first, the mark last, each on every broker [8 (6)]', async () => {
  const cluster = new AclCluster([1, 2]);
  const fence = fenceOf(cluster);
  await fence.raise('orders', MODE_1);
  cluster.commands.length = 0;
  cluster.lag(2);
  let asked = 0;
  cluster.mishap = (api, broker) => {
    if (api === 'DescribeAcls' && broker === 2 && ++asked === 3) {
      assert.deepEqual(cluster.aclsOf('orders'), ['WRITE User:klink-fence'], 'the mark stays while a broker has lines');
      cluster.catchUp(2);
    }
    return undefined;
  };
  assert.deepEqual(await fence.lift('orders'), { kind: 'done' });
  assert.deepEqual(cluster.aclsOf('orders'), []);
  const lines = 'DeleteAcls WRITE User:*, DELETE User:*, ALTER User:*, ALTER_CONFIGS User:*';
  assert.deepEqual([...new Set(cluster.commands)], [lines, 'DeleteAcls WRITE User:klink-fence']);
});

test('fence: a lift that is cut off between lines and mark is still seen by its mark [6.4]', async () => {
  const cluster = new AclCluster();
  const fence = fenceOf(cluster);
  await fence.raise('orders', MODE_1);
  let deletions = 0;
  cluster.mishap = (api) => (api === 'DeleteAcls' && ++deletions > 1 ? 'not-sent' : undefined);
  assert.equal((await fence.lift('orders')).kind, 'unavailable');
  assert.deepEqual(await fencedTopics(fence), [
    { topic: 'orders', complete: false, marked: true, byPrincipal: undefined },
  ]);
});

test('fence: not lifted while a broker still shows it [8 (7)]', async () => {
  const cluster = new AclCluster([1, 2]);
  const fence = fenceOf(cluster);
  await fence.raise('orders', MODE_1);
  cluster.lag(2);
  const lifted = await fence.lift('orders');
  assert.equal(lifted.kind, 'unavailable');
  assert.match(lifted.kind === 'unavailable' ? lifted.reason : '', /broker 2 has 4 lines and the mark/);
  cluster.catchUp(2);
  assert.deepEqual(await fence.lift('orders'), { kind: 'done' });
});

test('fence: lines that come back while it is lifted are lifted as well (T14) [6.4]', async () => {
  const cluster = new AclCluster();
  const fence = fenceOf(cluster);
  const stopped = fenceOf(cluster);
  await fence.raise('orders', MODE_1);
  let late: Promise<unknown> | undefined;
  cluster.mishap = (api) => {
    if (api === 'DeleteAcls') late ??= stopped.raise('orders', MODE_1);
    return undefined;
  };
  assert.deepEqual(await fence.lift('orders'), { kind: 'done' });
  await late;
  await fence.lift('orders');
  assert.deepEqual(await fencedTopics(fence), []);
});

test('fence: an answer that is lost is settled by reading [6.4]', async () => {
  for (const mishap of ['lost-answer', 'lost-request'] as const) {
    const cluster = new AclCluster();
    const fence = fenceOf(cluster);
    let once: typeof mishap | undefined = mishap;
    cluster.mishap = (api) => {
      if (api !== 'CreateAcls' && api !== 'DeleteAcls') return undefined;
      const now = once;
      once = undefined;
      return now;
    };
    assert.deepEqual(await fence.raise('orders', MODE_1), { kind: 'done' });
    assert.deepEqual(cluster.aclsOf('orders'), WHOLE);
    once = mishap;
    assert.deepEqual(await fence.lift('orders'), { kind: 'done' });
    assert.deepEqual(cluster.aclsOf('orders'), []);
  }
});

test('fence: the lease is asked right before each request [decision 7]', async () => {
  const cluster = new AclCluster();
  let holds = true;
  const fence = fenceOf(cluster, () => holds);
  await fence.raise('orders', MODE_1);
  cluster.mishap = (api) => {
    if (api === 'DeleteAcls') holds = false;
    return undefined;
  };
  assert.equal((await fence.lift('orders')).kind, 'unavailable');
  assert.deepEqual(cluster.aclsOf('orders'), ['WRITE User:klink-fence'], 'the second request was not sent');
});

test('fence: where no authorizer runs nothing is fenced, and mode 1 is refused [6.1]', async () => {
  const cluster = new AclCluster();
  cluster.authorizer = false;
  const fence = fenceOf(cluster);
  assert.deepEqual(await fencedTopics(fence), []);
  assert.deepEqual(await fence.lift('orders'), { kind: 'done' });
  assert.equal((await fence.raise('orders', MODE_1)).kind, 'refused');
  assert.deepEqual(await fence.raise('orders', { mode: 3, reason: 'none' }), { kind: 'done' });
  const probed = await fence.probe();
  assert.equal(probed.kind === 'done' && probed.fence.mode, 3);
  assert.deepEqual(cluster.commands, [], 'nothing was changed');
});

test('probe: mode 1 for a super user only; nothing is left either way (X17) [6.1]', async () => {
  for (const superUser of [true, false]) {
    const cluster = new AclCluster();
    cluster.superUser = superUser;
    const probed = await fenceOf(cluster).probe();
    if (superUser) assert.deepEqual(probed, { kind: 'done', fence: MODE_1 });
    else assert.match(probed.kind === 'refused' ? probed.reason : '', /super\.users/);
    assert.deepEqual(scratchOf(cluster), []);
    assert.deepEqual(await fencedTopics(fenceOf(cluster)), []);
  }
});

test('probe: a write counts only where the leader shows the line (X17) [6.1]', async () => {
  const cluster = new AclCluster([1, 2]);
  cluster.superUser = false;
  // The leader does not know the line yet and would let anybody write.
  cluster.lag(1);
  let asked = 0;
  cluster.mishap = (api) => {
    if (api === 'DescribeAcls' && ++asked === 4) cluster.catchUp(1);
    return undefined;
  };
  assert.equal((await fenceOf(cluster).probe()).kind, 'refused');
});

test('probe: whatever request fails, topic and line are taken away [6.1]', async () => {
  const mishaps = ['lost-answer', 'lost-request', errorCode.POLICY_VIOLATION] as const;
  for (const api of ['CreateAcls', 'CreateTopics', 'Produce', 'DeleteTopics', 'DeleteAcls']) {
    for (const mishap of mishaps) {
      // A cluster that refuses to delete is a case of its own.
      if (api.startsWith('Delete') && typeof mishap === 'number') continue;
      const cluster = new AclCluster();
      let met = 0;
      cluster.mishap = (asked) => (asked === api && met++ === 0 ? mishap : undefined);
      await fenceOf(cluster).probe();
      assert.ok(met > 0, api);
      assert.deepEqual(scratchOf(cluster), [], `${api} ${mishap}`);
      assert.deepEqual(await fencedTopics(fenceOf(cluster)), [], `${api} ${mishap}`);
    }
  }
});

test('probe: what a killed probe has left, the next one takes away [6.1]', async () => {
  const cluster = new AclCluster();
  const killed = `${SCRATCH_PREFIX}killed`;
  cluster.topics.add(killed);
  cluster.topics.add('orders');
  await fenceOf(cluster).probe();
  assert.deepEqual([...cluster.topics], ['orders']);
});

test('fence: lines for one host, or without the mark, are an operator’s own [6.3] [6.4]', async () => {
  const cluster = new AclCluster();
  const line = { resourceType: 2, resourcePatternType: 3, principal: 'User:*', operation: 4, permissionType: 2 };
  cluster.add([
    { ...line, resourceName: 'one-host', host: '10.0.0.1' },
    { ...line, resourceName: 'unmarked', host: '*' },
  ]);
  assert.deepEqual(await fencedTopics(fenceOf(cluster)), [
    { topic: 'unmarked', complete: false, marked: false, byPrincipal: undefined },
  ]);
});
