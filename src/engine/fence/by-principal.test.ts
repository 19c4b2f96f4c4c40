/** Fences of a klink that is no super user (6.6): what holds whom off, what is held back, and what no kill may lose. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { AclCluster, type Mishap } from '../../../test/harness/acl-cluster.js';
import { silentLog } from '../../base/log.js';
import { seededRandom } from '../../base/random.js';
import type { AclBinding } from '../../client/admin/acls.js';
import { addAcls, findAcls } from '../../client/admin/acls.js';
import { createAclsPort } from '../acls/acls.js';
import { createFencePort, type Fence } from './fence.js';
import { grantAcls } from './grants.js';
import { heldOf } from './lines.js';
import { SCRATCH_PREFIX } from './probe.js';
import { unfenced } from './unfenced.js';

const ENGINE = 'User:klink';
const MODE_2 = { mode: 2, principal: ENGINE } as const;
const BY_PREFIX = { resourceType: 'TOPIC', pattern: 'PREFIXED' } as const;
const MARKS = ['WRITE User:klink-fence', `WRITE User:klink-fence-for:${ENGINE}`];

function fenceOf(cluster: AclCluster, { holds = () => true, principal = ENGINE as string | undefined } = {}): Fence {
  return createFencePort({ cluster, clock: cluster.clock, random: seededRandom(1), log: silentLog, holds, principal });
}

function acl(words: string, more: Partial<AclBinding> = {}): AclBinding {
  const [permission, operation, pattern, resourceName = '', principal = ''] = words.split(' ');
  return {
    permission: permission as AclBinding['permission'],
    operation: operation as AclBinding['operation'],
    resourceType: 'TOPIC',
    pattern: pattern as AclBinding['pattern'],
    resourceName,
    principal,
    host: '*',
    ...more,
  };
}

function open(brokers?: readonly number[]): AclCluster {
  const cluster = new AclCluster(brokers);
  cluster.superUser = false;
  return cluster;
}

const token = (line: string) => line.replace(' ', ' User:klink-fence:');

test('fence by principal: whoever is granted something is denied it, by name, prefix and *; klink is left out [6.6]', async () => {
  const cluster = open();
  await addAcls(cluster, [
    acl('ALLOW WRITE LITERAL orders User:app'),
    acl('ALLOW ALTER PREFIXED ord User:ops', { host: '10.0.0.1' }),
    acl('ALLOW ALL LITERAL * User:boss'),
    acl('ALLOW READ LITERAL orders User:reader'),
    acl('ALLOW WRITE LITERAL other User:else'),
    acl(`ALLOW ALL LITERAL * ${ENGINE}`),
  ]);
  assert.deepEqual(await fenceOf(cluster).raise('orders', MODE_2), { kind: 'done' });
  const lines = [
    'WRITE User:app',
    'ALTER User:ops',
    ...['WRITE', 'DELETE', 'ALTER', 'ALTER_CONFIGS'].map((each) => `${each} User:boss`),
  ];
  const granted = ['WRITE User:app', 'READ User:reader'];
  assert.deepEqual(cluster.aclsOf('orders'), [...granted, ...MARKS, ...lines, ...lines.map(token)].sort());
  const writers = ['User:app', 'User:boss', ENGINE].map((each) => cluster.mayWrite(each, 'orders'));
  assert.deepEqual(writers, [false, false, true]);
});

test('fence by principal: lifted, everything is as it was; an operator’s own denial of the same words stays [6.6]', async () => {
  const cluster = open([1, 2]);
  const before = [
    acl('ALLOW WRITE LITERAL orders User:app'),
    acl('ALLOW WRITE LITERAL * User:mallory'),
    acl('DENY WRITE LITERAL orders User:mallory'),
  ];
  await addAcls(cluster, before);
  const texts = cluster.aclsOf('orders');
  const fence = fenceOf(cluster);
  await fence.raise('orders', MODE_2);
  assert.equal(cluster.mayWrite('User:app', 'orders'), false);
  assert.deepEqual(await fence.lift('orders'), { kind: 'done' });
  assert.deepEqual(cluster.aclsOf('orders'), texts);
  assert.deepEqual(
    ['User:app', 'User:mallory'].map((each) => cluster.mayWrite(each, 'orders')),
    [true, false],
  );
});

test('fence by principal: not raised where everybody may write, and the grant is named; one that stands is kept [6.6]', async () => {
  const cluster = open();
  const everybody = acl('ALLOW WRITE PREFIXED ord User:*');
  await addAcls(cluster, [everybody]);
  const refused = await fenceOf(cluster).raise('orders', MODE_2);
  assert.match(refused.kind === 'refused' ? refused.reason : '', /ALLOW WRITE on TOPIC PREFIXED ord for User:\*/);
  assert.deepEqual(cluster.aclsOf('orders'), []);

  const late = open();
  const fence = fenceOf(late);
  await fence.raise('orders', MODE_2);
  await addAcls(late, [everybody, acl('ALLOW WRITE LITERAL orders User:app')]);
  assert.equal((await fence.raise('orders', MODE_2)).kind, 'refused');
  assert.ok(late.aclsOf('orders').includes('WRITE User:klink-fence:User:app'), 'the others are held off all the same');
  const found = await fence.fenced();
  assert.equal(found.kind === 'done' && found.topics[0]?.byPrincipal?.pierced.length, 1);
});

test('fence by principal: a new grant is seen as a gap, and closed by raising again [6.6] [6.4]', async () => {
  const cluster = open();
  const fence = fenceOf(cluster);
  await fence.raise('orders', MODE_2);
  const complete = async () => {
    const found = await fence.fenced();
    assert.ok(found.kind === 'done');
    return found.topics.map((each) => each.byPrincipal?.complete);
  };
  assert.deepEqual(await complete(), [true]);
  await addAcls(cluster, [acl('ALLOW ALTER_CONFIGS LITERAL * User:ops')]);
  assert.deepEqual(await complete(), [false]);
  await fence.raise('orders', MODE_2);
  assert.deepEqual(await complete(), [true]);
});

test('fence by principal: a stopped owner’s late line is seen by its token alone, and lifted (T14) [6.6] [6.4]', async () => {
  const cluster = open();
  const fence = fenceOf(cluster);
  await addAcls(cluster, [acl('ALLOW WRITE LITERAL orders User:app')]);
  await addAcls(cluster, [
    acl('DENY WRITE LITERAL orders User:klink-fence:User:app'),
    acl('DENY WRITE LITERAL orders User:app'),
  ]);
  const late = await fence.fenced();
  assert.deepEqual(late.kind === 'done' && late.topics.map(({ topic, marked }) => [topic, marked]), [['orders', true]]);
  await fence.lift('orders');
  assert.equal(cluster.mayWrite('User:app', 'orders'), true);
});

test('fence by principal: lines of an earlier klink against this one go away; both are left out [6.6]', async () => {
  const cluster = open();
  await addAcls(cluster, [acl('ALLOW ALL LITERAL * User:klink'), acl('ALLOW ALL LITERAL * User:klink-b')]);
  await fenceOf(cluster, { principal: 'User:klink-b' }).raise('orders', MODE_2);
  assert.equal(cluster.mayWrite(ENGINE, 'orders'), false);
  await fenceOf(cluster).raise('orders', MODE_2);
  assert.deepEqual([cluster.mayWrite(ENGINE, 'orders'), cluster.mayWrite('User:klink-b', 'orders')], [true, true]);
});

test('grants: the line stands on every broker before the grant does; what is no grant just passes [6.6]', async () => {
  const cluster = open([1, 2]);
  await fenceOf(cluster).raise('orders', MODE_2);
  cluster.lag(2);
  let asked = 0;
  cluster.mishap = (api, broker) => {
    if (api === 'DescribeAcls' && broker === 2 && ++asked === 3) cluster.catchUp(2);
    assert.ok(api !== 'CreateAcls' || !cluster.mayWrite('User:app', 'orders'));
    return undefined;
  };
  await grantAcls(cluster, [acl('ALLOW WRITE PREFIXED ord User:app'), acl('ALLOW READ LITERAL orders User:app')]);
  assert.ok(asked >= 3, `${asked}`);
  assert.equal(cluster.mayWrite('User:app', 'orders'), false);
  assert.ok(cluster.aclsOf('ord').includes('WRITE User:app'));
  await fenceOf(cluster).lift('orders');
  assert.equal(cluster.mayWrite('User:app', 'orders'), true);
});

test('grants: a lease that runs out while lines are raised lets no grant through any more [6.6] [decision 7]', async () => {
  const cluster = open();
  await fenceOf(cluster).raise('orders', MODE_2);
  let holds = true;
  cluster.mishap = (api) => {
    if (api === 'CreateAcls') holds = false;
    return undefined;
  };
  const acls = createAclsPort({ cluster, holds: () => holds });
  const made = await acls.create([
    { ...acl('ALLOW WRITE PREFIXED ord User:app'), permission: 'ALLOW', operation: 'WRITE', ...BY_PREFIX },
  ]);
  assert.deepEqual([made.kind, holds], ['unavailable', false]);
  assert.ok(cluster.aclsOf('orders').includes('WRITE User:app'), 'the line against it');
  assert.deepEqual(cluster.aclsOf('ord'), []);
});

test('grants: to everybody they are held back, listed as given, and given by the lift before the mark goes [6.6]', async () => {
  const cluster = open();
  const fence = fenceOf(cluster);
  await fence.raise('orders', MODE_2);
  const grant = acl('ALLOW WRITE LITERAL orders User:*', { host: '10.0.0.1' });
  await grantAcls(cluster, [grant]);
  assert.deepEqual(await findAcls(cluster, { principal: 'User:*' }), []);
  const shown = unfenced(await findAcls(cluster));
  assert.deepEqual(shown.acls, [grant]);
  cluster.mishap = (api) => {
    const given = cluster.aclsOf('orders').includes('WRITE User:*');
    if (api === 'DeleteAcls') assert.ok(given, 'it is given before anything is taken away');
    return undefined;
  };
  await fence.lift('orders');
  assert.deepEqual(await findAcls(cluster), [grant]);
});

test('grants: held back of a prefix they are given once no fenced topic is reached any more [6.6]', async () => {
  const cluster = open();
  const fence = fenceOf(cluster);
  await fence.raise('orders', MODE_2);
  const grant = acl('ALLOW ALL PREFIXED ord User:*');
  await grantAcls(cluster, [grant]);
  assert.deepEqual(await fence.giveBack(['orders']), { kind: 'done' });
  assert.deepEqual(await findAcls(cluster, { permission: 'ALLOW' }), [heldOf(grant)]);
  await fence.lift('orders');
  assert.deepEqual(await fence.giveBack([]), { kind: 'done' });
  assert.deepEqual(await findAcls(cluster), [grant]);
});

test('fence by principal: killed, unsent or lost at every single call, raising and lifting end exactly [6.6] [6.4]', async () => {
  const held = acl('ALLOW WRITE LITERAL orders User:*');
  const before = [acl('ALLOW WRITE LITERAL orders User:app'), acl('DENY WRITE LITERAL orders User:mallory')];
  for (const what of ['kill-before', 'kill-after', 'lost-answer', 'lost-request'] as const) {
    for (let nth = 1; ; nth++) {
      const cluster = open([1, 2]);
      await addAcls(cluster, before);
      const texts = [...cluster.aclsOf('orders'), 'WRITE User:*'].sort();
      let calls = 0;
      let dead = false;
      const arm = () => {
        cluster.mishap = (): Mishap | undefined => {
          if (dead) return 'not-sent';
          if (++calls !== nth) return undefined;
          dead = what.startsWith('kill');
          return what === 'kill-before' ? 'not-sent' : what === 'kill-after' ? 'lost-answer' : what;
        };
      };
      arm();
      const until = async (work: (fence: Fence) => Promise<{ readonly kind: string }>) => {
        for (let attempt = 0; attempt < 5; attempt++) {
          const { kind } = await work(fenceOf(cluster));
          if (kind === 'done') return;
          // The next klink.
          if (dead) cluster.mishap = () => undefined;
        }
        assert.fail(`${what} ${nth}: it never ends`);
      };
      await until((fence) => fence.raise('orders', MODE_2));
      assert.equal(cluster.mayWrite('User:app', 'orders'), false, `${what} ${nth}`);
      const raised = calls;
      cluster.mishap = () => undefined;
      await grantAcls(cluster, [held]);
      if (!dead) arm();
      await until(async (fence) => {
        const outcome = await fence.lift('orders');
        // [6.6] At every moment the grant stands, or the entry that says it is owed.
        const shown = unfenced(await findAllNow(cluster)).acls;
        assert.ok(
          shown.some(({ principal }) => principal === 'User:*'),
          `${what} ${nth}: the grant is lost`,
        );
        return outcome;
      });
      assert.deepEqual(cluster.aclsOf('orders'), texts, `${what} ${nth}`);
      if (calls < nth) {
        assert.ok(nth > raised && nth > 10, `${nth}`);
        break;
      }
    }
  }
});

/** Past all mishaps. */
async function findAllNow(cluster: AclCluster): Promise<readonly AclBinding[]> {
  const { mishap } = cluster;
  cluster.mishap = () => undefined;
  const found = await findAcls(cluster);
  cluster.mishap = mishap;
  return found;
}

test('probe: mode 2 for a principal that Kafka knows by its name; nothing is left [6.6]', async () => {
  const cluster = open();
  assert.deepEqual(await fenceOf(cluster).probe(), { kind: 'done', fence: MODE_2 });
  assert.deepEqual(
    [...cluster.topics].filter((name) => name.startsWith(SCRATCH_PREFIX)),
    [],
  );
  assert.deepEqual(await findAcls(cluster), []);
});

test('probe: refused with the reason where klink has another name, none, or lacks a right [6.6] [10.2]', async () => {
  const reasonOf = async (cluster: AclCluster, principal: string | undefined = ENGINE) => {
    const probed = await fenceOf(cluster, { principal }).probe();
    assert.deepEqual(await findAcls(cluster), []);
    return probed.kind === 'refused' ? probed.reason : probed.kind;
  };
  const other = open();
  other.principal = 'User:CN=klink';
  assert.match(await reasonOf(other), /knows it by another name than User:klink/);
  const nameless = open();
  const probed = await createFencePort({
    cluster: nameless,
    clock: nameless.clock,
    random: seededRandom(1),
    log: silentLog,
    holds: () => true,
  }).probe();
  assert.match(probed.kind === 'refused' ? probed.reason : '', /without a name/);
  const byDefault = open();
  byDefault.letInByDefault = true;
  assert.match(await reasonOf(byDefault), /lacks WRITE on TOPIC/);
  for (const right of ['ALTER_CONFIGS', 'READ', 'WRITE', 'ALTER', 'DESCRIBE_CONFIGS', 'CLUSTER_ACTION']) {
    const lacking = open();
    lacking.lacks.add(right);
    assert.match(await reasonOf(lacking), new RegExp(`lacks .*${right} on `), right);
  }
});
