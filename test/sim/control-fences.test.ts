/** Fences in presence and in absence (6.4): what belongs there comes back, what does not goes away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultHook, type Klink, newMirror, Scene, seedOfRun } from './control-scene.js';

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

const MODE_2 = { mode: 2, principal: 'User:klink' } as const;

async function beginMode2(scene: Scene, hook?: FaultHook): Promise<Klink> {
  const klink = scene.own(scene.start('a', hook));
  klink.ports.fenceMode = MODE_2;
  await scene.serves(klink);
  await scene.accepted(scene.createLink(klink, 'lk'));
  return klink;
}

test('mode 2: a gap is closed within seconds, and what everybody may do all the same is shown with the mirror [6.6]', async () => {
  const scene = new Scene(seed);
  const klink = await beginMode2(scene);
  await scene.mirror(klink, 'orders', [3n]);
  await scene.world.run(700_000);
  scene.destination.fenceOf('orders').lines = false;
  await scene.world.run(2_500);
  assert.equal(scene.destination.fenceOf('orders').lines, true);
  scene.destination.pierced.push('ALLOW WRITE on TOPIC LITERAL * for User:* from *');
  await scene.world.run(2_500);
  const { fence } = await scene.view(klink, 'orders');
  assert.match(fence, /User:klink.*everybody passes by ALLOW WRITE on TOPIC LITERAL \* for User:\*/);
});

test('mode 2: killed or unanswered at every call of the fence, a mirror is made behind it, ends, and what was held back is given [6.6]', async () => {
  const faults = ['kill-before', 'kill-after', 'unavailable', 'done-unavailable'] as const;
  for (const where of ['fence.raise', 'fence.lift', 'fence.fenced', 'fence.give-back', 'journal.commit']) {
    for (const fault of faults) {
      const scene = new Scene(seed);
      let armed = false;
      let met = 0;
      const hook: FaultHook = ({ name }) => (armed && name === where && ++met === 2 ? fault : undefined);
      let klink = await beginMode2(scene, hook);
      const what = `seed ${seed}: ${fault} at ${where}`;
      const goOn = async () => {
        if (!klink.killed) return;
        klink = scene.own(scene.start(`b${met}`));
        klink.ports.fenceMode = MODE_2;
        await scene.serves(klink);
      };
      armed = true;
      scene.source.make('orders', [3n]);
      scene.source.make('others', [3n]);
      for (const topic of ['orders', 'others']) {
        const made = klink.control.createMirror('lk', newMirror(topic));
        made.catch(() => undefined);
        await scene.world.run(3_000);
        await goOn();
        const known = await scene.status(klink, topic);
        if (known === 'MIRROR_NOT_FOUND') await scene.accepted(klink.control.createMirror('lk', newMirror(topic)));
        await scene.untilStatus(klink, [topic], 'ACTIVE');
      }
      scene.destination.held.add('orders').add('others');
      await scene.world.run(5_000);
      await goOn();
      assert.equal(scene.destination.given.length, 0, what);
      await scene.alter(klink, 'failover', ['orders']);
      await scene.world.run(5_000);
      await goOn();
      // A decision that was never recorded is asked for again.
      if ((await scene.status(klink, 'orders')) === 'ACTIVE') await scene.alter(klink, 'failover', ['orders']);
      await scene.untilStatus(klink, ['orders'], 'STOPPED');
      await scene.world.run(12_000);
      await goOn();
      await scene.world.run(12_000);
      assert.deepEqual(scene.destination.given, ['orders'], what);
      assert.equal(scene.destination.isFenced('others'), true, what);
      scene.assertEnded(['orders']);
    }
  }
});
