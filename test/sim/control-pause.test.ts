/** A whole link that is paused: what stops, what goes on all the same, and that each mirror is afterwards what it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_GROUPS, type Klink, newMirror, Scene, SYNC, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const FILTERS = { ...SYNC, 'consumer.offset.group.filters': ALL_GROUPS };

function paused(scene: Scene, klink: Klink, value: boolean) {
  const changes = [{ name: 'cluster.link.paused', value: String(value) }];
  return scene.accepted(klink.control.alterLink('lk', changes, { validateOnly: false, validateLink: true }));
}

async function states(scene: Scene, klink: Klink) {
  const { state, tasks } = await scene.accepted(klink.control.link('lk'));
  return [state, ...tasks.filter((task) => task.state !== 'NOT_CONFIGURED').map((task) => task.state)];
}

test('link pause: nothing is copied, synced or grown, for the next owner neither, and each mirror comes back as it was', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  for (const topic of ['a', 'held']) await scene.mirror(klink, topic, [3n]);
  await scene.alter(klink, 'pause', ['held']);
  // The source is not asked: a pause works also while it is away.
  scene.source.reachable = false;
  await paused(scene, klink, true);
  scene.source.reachable = true;
  assert.deepEqual(await states(scene, klink), ['PAUSED', 'LINK_PAUSED', 'LINK_PAUSED']);
  assert.deepEqual([await scene.status(klink, 'a'), await scene.status(klink, 'held')], ['LINK_PAUSED', 'PAUSED']);
  assert.deepEqual([...(await scene.accepted(klink.control.link('lk'))).partitionCounts], [['PAUSED', 2]]);
  await scene.world.run(5_000);
  scene.source.write('a', 0, 4n);
  scene.source.commit('app', 'a', 0, 2n);
  scene.source.topics.get('a')?.partitions.push({ logStart: 0n, end: 2n });
  const [linkId = ''] = klink.ports.engine.observations().map((each) => each.linkId);
  klink.ports.engine.tell({ kind: 'source-partitions', linkId, mirrorTopic: 'a', count: 2, mirrorCount: 1 });
  await scene.world.run(30_000);
  const still = () => {
    assert.deepEqual(
      scene.destination.topic('a').partitions.map(({ end }) => end),
      [3n],
    );
    assert.equal(scene.destination.groups.size, 0);
  };
  still();
  scene.kill(klink);
  const next = scene.own(scene.start('b'));
  await scene.serves(next);
  await scene.world.run(30_000);
  still();
  assert.equal(await scene.refused(next.control.createMirror('lk', newMirror('b'))), 'LINK_NOT_ACTIVE');

  await paused(scene, next, false);
  assert.deepEqual([await scene.status(next, 'a'), await scene.status(next, 'held')], ['ACTIVE', 'PAUSED']);
  scene.source.write('held', 0, 1n);
  await scene.world.run(20_000);
  await scene.copied('a');
  assert.equal(scene.destination.topic('a').partitions.length, 2);
  assert.equal(scene.destination.topic('held').partitions[0]?.end, 3n);
  assert.equal(scene.destination.group('app').offsets.get('a/0'), 2n);
  assert.deepEqual(await states(scene, next), ['ACTIVE', 'ACTIVE', 'ACTIVE']);
  scene.assertNothingBroken();
});

test('link pause: a failover works, a promotion is refused, and one under way waits and says so [P5]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  for (const topic of ['a', 'b', 'c']) await scene.mirror(klink, topic, [3n]);
  // It cannot end yet.
  klink.ports.engine.unsettled = 'in-flight requests are being settled';
  scene.source.write('c', 0, 500n);
  await scene.alter(klink, 'promote', ['c']);
  await paused(scene, klink, true);
  klink.ports.engine.unsettled = undefined;
  const [refused] = await scene.alter(klink, 'promote', ['b']);
  assert.match(refused ?? '', /'lk' is PAUSED/);
  assert.deepEqual(await scene.alter(klink, 'failover', ['a']), [undefined]);
  await scene.untilStatus(klink, ['a'], 'STOPPED');
  scene.assertEnded(['a']);
  await scene.world.run(20_000);
  const view = await scene.view(klink, 'c');
  assert.deepEqual(
    [view.status, view.pending],
    ['PENDING_STOPPED', "promotion, copying what is left: cluster link 'lk' is paused"],
  );
  // The mirror pauses too: it is held twice then.
  assert.deepEqual(await scene.alter(klink, 'pause', ['b']), [undefined]);
  await paused(scene, klink, false);
  assert.equal(await scene.status(klink, 'b'), 'PAUSED');
  await scene.untilStatus(klink, ['c'], 'STOPPED');
  assert.equal(scene.destination.topic('c').partitions[0]?.end, 504n);
  scene.assertEnded(['a', 'c']);
});

test('link pause: outlives a link that fails, and can be ended or begun while it has failed', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin({ 'cluster.link.paused': 'true' });
  assert.deepEqual((await states(scene, klink))[0], 'PAUSED');
  await paused(scene, klink, false);
  await scene.mirror(klink, 'a', [3n]);
  await paused(scene, klink, true);
  const fails = async (refuses: boolean) => {
    scene.source.refuses = refuses;
    await scene.world.run(45_000);
  };
  await fails(true);
  assert.equal(await scene.status(klink, 'a'), 'LINK_FAILED');
  scene.source.write('a', 0, 1n);
  await fails(false);
  assert.equal(await scene.status(klink, 'a'), 'LINK_PAUSED');
  assert.equal(scene.destination.topic('a').partitions[0]?.end, 3n, 'nothing was copied in between');
  await fails(true);
  await paused(scene, klink, false);
  assert.equal(await scene.status(klink, 'a'), 'LINK_FAILED');
  await paused(scene, klink, true);
  await paused(scene, klink, false);
  await fails(false);
  await scene.copied('a');
  assert.equal(await scene.status(klink, 'a'), 'ACTIVE');
  scene.assertNothingBroken();
});
