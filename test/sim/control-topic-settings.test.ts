/** Which settings of a source topic its mirror follows, which are its own, and partitions that are added at the source. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Klink, newMirror, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const INCLUDE = 'topic.config.sync.include';
const AT_SOURCE = { 'retention.ms': '3600000', 'min.insync.replicas': '2', 'max.message.bytes': '7000' };

async function set(scene: Scene, klink: Klink, name: string, value: string | undefined): Promise<void> {
  await scene.accepted(klink.control.alterLink('lk', [{ name, value }], { validateOnly: false, validateLink: true }));
  await scene.world.run(1_000);
}

async function wanted(klink: Klink, topic = 'orders') {
  return Object.fromEntries((await klink.control.wantedSettings(topic)) ?? []);
}

test('topic settings: the list says what follows, counts at once, and is what the topic is set to in the end [8 (5)]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  scene.source.make('orders', [3n], { ...AT_SOURCE });
  await scene.accepted(klink.control.createMirror('lk', newMirror('orders')));
  await scene.copied('orders');
  assert.deepEqual(await wanted(klink), { 'retention.ms': '3600000', 'max.message.bytes': '7000' });
  await set(scene, klink, INCLUDE, 'min.insync.replicas');
  assert.deepEqual(await wanted(klink), { 'min.insync.replicas': '2', 'max.message.bytes': '7000' });
  scene.source.topics.set('orders', {
    ...(scene.source.topics.get('orders') ?? assert.fail()),
    settings: { ...AT_SOURCE, 'min.insync.replicas': '1' },
  });
  await scene.world.run(6_000);
  assert.deepEqual(await wanted(klink), { 'min.insync.replicas': '1', 'max.message.bytes': '7000' });
  const refused = await scene.finish(
    klink.control.alterLink('lk', [{ name: INCLUDE, value: 'retention' }], { validateOnly: false, validateLink: true }),
  );
  assert.ok(!refused.ok && refused.error.reason === 'SETTING_INVALID');
  const { settings } = scene.destination.topic('orders');
  assert.deepEqual([settings.get('max.message.bytes'), settings.has('min.insync.replicas')], ['2147483647', false]);
  await scene.alter(klink, 'failover', ['orders'], { retention: 'now' });
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.deepEqual(Object.fromEntries(settings), { 'min.insync.replicas': '1', 'max.message.bytes': '7000' });
});

test('topic settings: what follows or is needed cannot be given or altered, all else can, and what waits comes in the end', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin({ [INCLUDE]: 'segment.ms' });
  scene.source.make('orders', [3n], { ...AT_SOURCE });
  const create = (settings: Readonly<Record<string, string>>, replicationFactor?: number) =>
    klink.control.createMirror('lk', {
      ...newMirror('orders'),
      replicationFactor,
      settings: new Map(Object.entries(settings)),
    });
  for (const name of ['segment.ms', 'cleanup.policy', 'message.timestamp.type']) {
    assert.equal(await scene.refused(create({ [name]: '1' })), 'SETTING_UNSUPPORTED', name);
  }
  await scene.accepted(create({ 'retention.ms': '60000', 'min.insync.replicas': '1', 'flush.ms': '9' }, 2));
  await scene.copied('orders');
  const { settings } = scene.destination.topic('orders');
  assert.deepEqual([settings.get('retention.ms'), settings.get('flush.ms')], ['-1', '9']);
  assert.deepEqual(await wanted(klink), { 'retention.ms': '60000', 'max.message.bytes': '7000' });
  const refused = (...names: string[]) => klink.control.refusedSettings('orders', names);
  assert.match((await refused('flush.ms', 'segment.ms')) ?? '', /'segment\.ms' follows its source/);
  assert.match((await refused('retention.ms')) ?? '', /klink sets 'retention\.ms' itself/);
  assert.equal(await refused('flush.ms', 'min.insync.replicas'), undefined);
  // Altered by an operator meanwhile: it stays as it is.
  settings.set('flush.ms', '10');
  await scene.alter(klink, 'failover', ['orders'], { retention: 'now' });
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.deepEqual(Object.fromEntries(settings), {
    'retention.ms': '60000',
    'max.message.bytes': '7000',
    'min.insync.replicas': '1',
    'flush.ms': '10',
  });
  assert.equal(await refused('segment.ms'), undefined, 'it is an ordinary topic now');
});

test('partitions: a paused mirror grows with its source, a stopped one never', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  for (const topic of ['held', 'over']) await scene.mirror(klink, topic, [3n]);
  await scene.alter(klink, 'pause', ['held']);
  await scene.alter(klink, 'failover', ['over']);
  await scene.untilStatus(klink, ['over'], 'STOPPED');
  for (const topic of ['held', 'over']) scene.source.topics.get(topic)?.partitions.push({ logStart: 0n, end: 2n });
  await scene.world.run(15_000);
  const ends = (topic: string) => scene.destination.topic(topic).partitions.map(({ end }) => end);
  assert.deepEqual([ends('held'), ends('over')], [[3n, 0n], [4n]]);
  await scene.alter(klink, 'resume', ['held']);
  await scene.copied('held');
  scene.assertNothingBroken();
});
