/** ACL sync under simulated time: what is brought, what is taken away, and what neither a kill nor a lost answer may break. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MUCH_AT_LEAST, MUCH_WAITS_MS } from '../../src/control/reconcile/acls.js';
import type { Fault } from '../harness/fake-control-ports.js';
import { type FaultHook, type Klink, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const FILTERS = '{"aclFilters":[{"resourceFilter":{"resourceType":"any","patternType":"any"}}]}';
const ON = { 'acl.sync.enable': 'true', 'acl.sync.ms': '1000', 'acl.filters': FILTERS };

function line(operation: string, name: string, { permission = 'ALLOW', principal = 'User:app', type = 'TOPIC' } = {}) {
  return [permission, operation, type, 'LITERAL', name, principal, '*'].join('\t');
}

const READ = line('READ', 'orders');
const WRITE = line('WRITE', 'orders');

async function task(scene: Scene, klink: Klink) {
  const link = await scene.accepted(klink.control.link('lk'));
  const found = link.tasks.find(({ task_name }) => task_name === 'AclSync');
  assert.ok(found, 'there is no AclSync');
  return { state: found.state, code: found.errors[0]?.error_code, message: found.errors[0]?.error_message ?? '' };
}

const sorted = (lines: ReadonlySet<string>) => [...lines].sort();

test('acls are brought, and those the source has no longer are taken away after two looks, never local ones [9.1]', async () => {
  const scene = new Scene(seed);
  scene.source.acls.add(READ).add(WRITE);
  scene.destination.acls.add(WRITE).add(line('READ', 'own'));
  scene.destination.ownAcls.add(WRITE).add(line('READ', 'own'));
  const klink = await scene.begin(ON);
  await scene.world.run(3_000);
  assert.deepEqual(sorted(scene.destination.acls), [READ, WRITE, line('READ', 'own')].sort());
  assert.deepEqual(await task(scene, klink), { state: 'ACTIVE', code: undefined, message: '' });
  scene.source.acls.delete(READ);
  scene.source.acls.delete(WRITE);
  scene.source.acls.add(line('READ', 'another'));
  await scene.world.run(4_000);
  assert.deepEqual(sorted(scene.destination.acls), [WRITE, line('READ', 'own'), line('READ', 'another')].sort());
  scene.assertNothingBroken();
});

test('an acl that is missing in one answer only is not deleted [9.5]', async () => {
  const scene = new Scene(seed);
  scene.source.acls.add(READ).add(WRITE);
  let deletions = 0;
  const klink = await scene.begin(ON, ({ name }) => {
    if (name === 'acls.remove') deletions++;
    return undefined;
  });
  await scene.world.run(2_500);
  assert.equal(scene.destination.acls.size, 2);
  scene.source.acls.delete(READ);
  await scene.world.run(900);
  scene.source.acls.add(READ);
  await scene.world.run(5_000);
  assert.equal(scene.destination.acls.size, 2);
  assert.equal((await task(scene, klink)).state, 'ACTIVE');
  assert.equal(deletions, 0);
});

test('every call of ACL sync killed, lost or unanswered: what is brought is answered for, and follows the source [9.2]', async () => {
  const faults: readonly Fault[] = [
    'kill-before',
    'kill-after',
    'unavailable',
    'done-unavailable',
    'unknown',
    'done-unknown',
  ];
  for (const where of ['source.acls', 'acls.read', 'journal.commit', 'acls.create', 'acls.remove']) {
    for (const fault of faults) {
      for (const time of [1, 2]) {
        const scene = new Scene(seed);
        scene.destination.acls.add(line('READ', 'own'));
        scene.destination.ownAcls.add(line('READ', 'own'));
        let armed = false;
        let met = 0;
        const hook: FaultHook = ({ name }) => (armed && name === where && ++met === time ? fault : undefined);
        let klink = await scene.begin(ON, hook);
        const restart = async () => {
          if (!klink.killed) return;
          klink = scene.own(scene.start(`b${met}`));
          await scene.serves(klink);
        };
        armed = true;
        scene.source.acls.add(READ).add(WRITE);
        await scene.world.run(4_000);
        await restart();
        await scene.world.run(40_000);
        const what = `seed ${seed}: ${fault} at ${where} ${time}`;
        assert.deepEqual(sorted(scene.destination.acls), [READ, WRITE, line('READ', 'own')].sort(), what);
        scene.source.acls.delete(READ);
        await scene.world.run(8_000);
        await restart();
        await scene.world.run(40_000);
        assert.deepEqual(sorted(scene.destination.acls), [WRITE, line('READ', 'own')].sort(), what);
        scene.assertNothingBroken();
      }
    }
  }
});

test('without filters the task says what is missing, in the published words', async () => {
  const scene = new Scene(seed);
  scene.source.acls.add(READ);
  const klink = await scene.begin({ 'acl.sync.enable': 'true', 'acl.sync.ms': '1000' });
  await scene.world.run(2_000);
  const { state, code, message } = await task(scene, klink);
  assert.deepEqual([state, code], ['IN_ERROR', 'MISCONFIGURATION_ERROR']);
  assert.equal(
    message,
    'ACL migration is enabled but acl.filters is not set. Please set acl.filters to proceed with ACL migration.',
  );
  assert.equal(scene.destination.acls.size, 0);
});

test('a source that refuses, or runs no authorizer, takes nothing away and is told; an answer mends it [9.5]', async () => {
  for (const error of ['AUTHORIZATION_ERROR', 'SECURITY_DISABLED_ERROR'] as const) {
    const scene = new Scene(seed);
    scene.source.acls.add(READ);
    const klink = await scene.begin(ON);
    await scene.world.run(2_000);
    scene.source.aclsRefused = { error, reason: `it says ${error}` };
    await scene.world.run(5_000);
    assert.deepEqual(await task(scene, klink), { state: 'IN_ERROR', code: error, message: `it says ${error}` });
    assert.deepEqual(sorted(scene.destination.acls), [READ]);
    scene.source.aclsRefused = undefined;
    await scene.world.run(2_000);
    assert.equal((await task(scene, klink)).state, 'ACTIVE');
  }
});

test('a source without any ACL takes nothing away, however long; with one it does [9.5]', async () => {
  const scene = new Scene(seed);
  scene.source.acls.add(READ).add(WRITE);
  const klink = await scene.begin(ON);
  await scene.world.run(2_000);
  scene.source.acls.clear();
  await scene.world.run(MUCH_WAITS_MS + 5_000);
  const { code, message } = await task(scene, klink);
  assert.equal(code, 'MISCONFIGURATION_ERROR');
  assert.match(message, /shows no ACL at all/);
  assert.equal(scene.destination.acls.size, 2);
  scene.source.acls.add(WRITE);
  await scene.world.run(4_000);
  assert.deepEqual(sorted(scene.destination.acls), [WRITE]);
});

test('much is deleted only after the source has shown the same for ten minutes, and said so until then [9.5]', async () => {
  const scene = new Scene(seed);
  const many = Array.from({ length: MUCH_AT_LEAST + 2 }, (_, at) => line('READ', `t${at}`));
  for (const each of many) scene.source.acls.add(each);
  const klink = await scene.begin(ON);
  await scene.world.run(2_000);
  const [kept = ''] = many;
  scene.source.acls.clear();
  scene.source.acls.add(kept);
  await scene.world.run(60_000);
  assert.equal(scene.destination.acls.size, many.length);
  assert.match((await task(scene, klink)).message, /for ten minutes/);
  await scene.world.run(MUCH_WAITS_MS);
  assert.deepEqual(sorted(scene.destination.acls), [kept]);
  assert.equal((await task(scene, klink)).state, 'ACTIVE');
});

test('what was brought stays when its topic fails over and when the link is deleted [9.3]', async () => {
  const scene = new Scene(seed);
  scene.source.acls.add(READ).add(WRITE);
  const klink = await scene.begin(ON);
  await scene.mirror(klink, 'orders', [3n]);
  await scene.world.run(2_000);
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  scene.source.acls.clear();
  scene.source.acls.add(line('WRITE', 'orders', { permission: 'DENY', principal: 'User:*' }));
  scene.source.acls.add(line('READ', 'app', { type: 'GROUP' }));
  await scene.world.run(10_000);
  assert.deepEqual(sorted(scene.destination.acls), [READ, WRITE].sort());
  await scene.accepted(klink.control.deleteLink('lk', { force: false, validateOnly: false }));
  await scene.world.run(5_000);
  assert.deepEqual(sorted(scene.destination.acls), [READ, WRITE].sort());
  assert.equal([...scene.destination.decisions].find(([key]) => key.startsWith('acls/'))?.[1], null);
});

test('without the lease no ACL is made or deleted [4.1]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(ON);
  await scene.world.run(1_000);
  klink.ports.ownership.proven = false;
  scene.source.acls.add(READ);
  await scene.world.run(10_000);
  assert.equal(scene.destination.acls.size, 0);
  scene.assertNothingBroken();
});

test('a denial of the source in the words of the fence is held, and shown once the topic has stopped [6.3]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(ON);
  await scene.mirror(klink, 'orders', [3n]);
  scene.source.acls.add(line('WRITE', 'orders', { permission: 'DENY', principal: 'User:*' })).add(READ);
  await scene.world.run(3_000);
  assert.deepEqual(sorted(scene.destination.acls), [READ]);
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  await scene.world.run(3_000);
  const { notes } = await scene.view(klink, 'orders');
  assert.ok(
    notes.includes('denied by the source and not applied here: DENY WRITE on TOPIC LITERAL orders for User:* from *'),
  );
  assert.deepEqual(sorted(scene.destination.acls), [READ]);
});
