/** Fences in presence and in absence (6.4): what belongs there comes back, what does not goes away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();

test('a fence that somebody takes away from a live mirror comes back within ten seconds of a takeover [6.4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  scene.destination.fenceOf('orders').lines = false;
  await scene.world.run(11_000);
  assert.deepEqual(scene.destination.fenceOf('orders'), { mark: true, lines: true });
});

test("a stopped owner's late CreateAcls is taken away again, however often it comes (T14) [6.4]", async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  for (let time = 0; time < 3; time++) {
    Object.assign(scene.destination.fenceOf('orders'), { mark: true, lines: true });
    await scene.world.run(11_000);
    assert.equal(scene.destination.isFenced('orders'), false, `time ${time}`);
  }
  // After ten minutes it is looked at once a minute.
  await scene.world.run(700_000);
  Object.assign(scene.destination.fenceOf('orders'), { mark: false, lines: true });
  await scene.world.run(62_000);
  assert.equal(scene.destination.isFenced('orders'), false, 'lines alone, of a topic that was a mirror');
});

test('a marked topic that no journal entry names loses its fence; lines that are an operator’s own stay [6.4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  scene.destination.makeTopic('left', 1, {});
  Object.assign(scene.destination.fenceOf('left'), { mark: true, lines: true });
  scene.destination.makeTopic('own', 1, {});
  scene.destination.fenceOf('own').lines = true;
  Object.assign(scene.destination.fenceOf('_klink.state'), { mark: true, lines: true });
  await scene.world.run(15_000);
  assert.equal(scene.destination.isFenced('left'), false);
  assert.equal(scene.destination.fenceOf('own').lines, true);
  assert.equal(scene.destination.isFenced('_klink.state'), true, "klink's own topics are left alone");
});

test('no fence is touched without the lease [4.1]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  klink.ports.ownership.proven = false;
  scene.destination.fenceOf('orders').lines = false;
  await scene.world.run(30_000);
  assert.equal(scene.destination.fenceOf('orders').lines, false);
  scene.assertNothingBroken();
});

test('without an authorizer nothing is fenced and describe says that klink only detects [6.1]', async () => {
  const scene = new Scene(seed);
  const klink = scene.own(scene.start('a'));
  klink.ports.fenceMode = { mode: 3, reason: 'no authorizer runs' };
  await scene.serves(klink);
  await scene.accepted(scene.createLink(klink, 'lk'));
  await scene.mirror(klink, 'orders', [3n]);
  assert.equal(scene.destination.isFenced('orders'), false);
  assert.match((await scene.view(klink, 'orders')).fence, /only detects.*no authorizer runs/);
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  scene.assertEnded(['orders']);
});

test('fenced topics and no journal: it was lost, and nothing is decided anew [5.4]', async () => {
  const scene = new Scene(seed);
  scene.destination.makeTopic('orders', 1, {});
  Object.assign(scene.destination.fenceOf('orders'), { mark: true, lines: true });
  const klink = scene.own(scene.start('a'));
  await scene.world.run(5_000);
  assert.match(klink.control.ownership(), /blocked: The journal is gone, but orders bear/);
  assert.equal(await scene.refused(scene.createLink(klink, 'lk')), 'JOURNAL_LOST');
  assert.equal(scene.destination.isFenced('orders'), true);
});

test('rights on the cluster that pass the fence are shown with every fenced mirror, and what is not known [6.2]', async () => {
  const scene = new Scene(seed);
  let answers = false;
  const klink = await scene.begin({}, ({ name }) => (name === 'fence.passing' && !answers ? 'unavailable' : undefined));
  await scene.mirror(klink, 'orders', [3n]);
  await scene.world.run(11_000);
  assert.deepEqual((await scene.view(klink, 'orders')).passing, { grants: [], unknown: 'fence.passing: no answer' });
  const grant = { principal: 'User:ops', host: '*', operation: 'DELETE' } as const;
  scene.destination.passing.push(grant);
  answers = true;
  await scene.world.run(11_000);
  const { passing, fence } = await scene.view(klink, 'orders');
  assert.deepEqual(passing, { grants: [grant], unknown: undefined });
  assert.match(fence, /super users; Kafka does not tell who those are$/);
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.deepEqual((await scene.view(klink, 'orders')).passing, { grants: [], unknown: undefined });
});
