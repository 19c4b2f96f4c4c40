/** Links with a prefix: what mirror topics and groups are called, and that source and mirror are never taken for each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_GROUPS, type Klink, newMirror, Scene, SYNC, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const EAST = { 'cluster.link.prefix': 'east.' };
const FILTERS = { ...SYNC, 'consumer.offset.group.filters': ALL_GROUPS };

/** A source topic with so many records, mirrored to the end under its prefixed name. */
async function mirrorEast(scene: Scene, klink: Klink, topic: string, end: bigint): Promise<void> {
  scene.source.make(topic, [end]);
  await scene.accepted(klink.control.createMirror('lk', { ...newMirror(topic), mirrorTopic: `east.${topic}` }));
  await scene.world.until(
    `${topic} is copied`,
    60_000,
    () => scene.destination.partition(`east.${topic}`, 0).end === end,
  );
}

function setTo(klink: Klink, settings: Readonly<Record<string, string | undefined>>) {
  const changes = Object.entries(settings).map(([name, value]) => ({ name, value }));
  return klink.control.alterLink('lk', changes, { validateOnly: false, validateLink: true });
}

test('prefix: a mirror is called prefix and source name, and nothing else [1.3]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(EAST);
  scene.source.make('numbers', [3n]);
  const create = (mirrorTopic: string | undefined) =>
    klink.control.createMirror('lk', { ...newMirror('numbers'), mirrorTopic });
  for (const wrong of ['numbers', 'east.number', 'west.numbers', 'east.east.numbers']) {
    const answer = await scene.finish(create(wrong));
    assert.ok(!answer.ok);
    assert.deepEqual([answer.error.reason, answer.error.code], ['TOPIC_RENAMED', 40035]);
    assert.match(answer.error.message, /^Topic renaming for mirroring not yet supported.*'east\.numbers'/);
  }
  assert.deepEqual([...scene.destination.topics.keys()], []);
  await scene.accepted(create(undefined));
  assert.deepEqual([...scene.destination.topics.keys()], ['east.numbers']);
  const view = await scene.view(klink, 'east.numbers');
  assert.deepEqual([view.mirrorTopic, view.sourceTopic], ['east.numbers', 'numbers']);
  await scene.accepted(scene.createLink(klink, 'plain'));
  const renamed = klink.control.createMirror('plain', { ...newMirror('numbers'), mirrorTopic: 'east.numbers' });
  assert.equal(await scene.refused(renamed), 'TOPIC_RENAMED');
  const long = { ...newMirror('x'.repeat(245)), mirrorTopic: undefined };
  assert.equal(await scene.refused(klink.control.createMirror('lk', long)), 'TOPIC_NAME_INVALID');
});

test('prefix: what it may be, and that it is fixed while there are live mirror topics', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(EAST);
  for (const wrong of ['a'.repeat(13), 'with space', 'a/b', '__x', '_klink.']) {
    assert.equal(await scene.refused(setTo(klink, { 'cluster.link.prefix': wrong })), 'SETTING_INVALID', wrong);
  }
  await scene.accepted(setTo(klink, { 'cluster.link.prefix': 'a'.repeat(12) }));
  await scene.accepted(setTo(klink, { 'link.prefix': 'older.' }));
  const shown = await scene.accepted(klink.control.linkSettings('lk'));
  const dynamic = shown.filter(({ name, isDefault }) => name.endsWith('link.prefix') && !isDefault);
  assert.deepEqual(
    dynamic.map(({ name, value }) => [name, value]),
    [['cluster.link.prefix', 'older.']],
  );
  await scene.accepted(setTo(klink, { 'link.prefix': undefined }));
  assert.equal(await scene.refused(setTo(klink, { 'consumer.group.prefix.enable': 'true' })), 'SETTING_INVALID');
  await scene.accepted(setTo(klink, EAST));
  await mirrorEast(scene, klink, 'numbers', 3n);
  for (const prefix of ['west.', undefined, '']) {
    const refused = await scene.finish(setTo(klink, { 'cluster.link.prefix': prefix }));
    assert.ok(!refused.ok && refused.error.reason === 'SETTING_FIXED');
    assert.match(refused.error.message, /east\.numbers/);
  }
  await scene.accepted(setTo(klink, { ...EAST, 'topic.config.sync.ms': '1000' }));
  await scene.alter(klink, 'failover', ['east.numbers']);
  await scene.untilStatus(klink, ['east.numbers'], 'STOPPED');
  await scene.accepted(setTo(klink, { 'cluster.link.prefix': 'west.' }));
  await scene.accepted(klink.control.createMirror('lk', { ...newMirror('numbers'), mirrorTopic: undefined }));
  assert.ok(scene.destination.topics.has('west.numbers'));
});

test('prefix: offsets of the source topic go to the mirror, a namesake of the source topic is left alone [7.1] [8]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin({ ...EAST, ...FILTERS });
  // An ordinary topic of the source topic's name, with a group of its own on it.
  scene.destination.makeTopic('numbers', 1, {});
  scene.destination.group('app').offsets.set('numbers/0', 77n);
  await mirrorEast(scene, klink, 'numbers', 5n);
  await scene.alter(klink, 'pause', ['east.numbers']);
  scene.source.write('numbers', 0, 4n);
  scene.source.commit('app', 'numbers', 0, 8n);
  await scene.world.run(5_000);
  const offsets = () => Object.fromEntries(scene.destination.group('app').offsets);
  assert.deepEqual(offsets(), { 'numbers/0': 77n, 'east.numbers/0': 5n }, 'as far as the mirror goes');
  await scene.alter(klink, 'resume', ['east.numbers']);
  await scene.world.run(8_000);
  assert.deepEqual(offsets(), { 'numbers/0': 77n, 'east.numbers/0': 8n });
  assert.equal((await scene.accepted(klink.control.ready('app', 'lk'))).ready, true);
  // Ahead of the mirror at its end: lowered, under the name that it has here.
  await scene.alter(klink, 'pause', ['east.numbers']);
  scene.destination.group('app').offsets.set('east.numbers/0', 20n);
  scene.source.reachable = false;
  await scene.alter(klink, 'failover', ['east.numbers']);
  await scene.untilStatus(klink, ['east.numbers'], 'STOPPED');
  assert.deepEqual(offsets(), { 'numbers/0': 77n, 'east.numbers/0': 9n });
  assert.deepEqual((await scene.view(klink, 'east.numbers')).clampedGroups, ['app (partition 0: 20 → 9)']);
  assert.equal(scene.destination.topic('numbers').partitions[0]?.end, 0n);
  scene.assertEnded(['east.numbers']);
});

test('prefix: with consumer.group.prefix.enable the groups have it too, filters and questions name those of the source', async () => {
  const scene = new Scene(seed);
  const filters = JSON.stringify({ groupFilters: [{ name: 'app', patternType: 'PREFIXED' }] });
  const settings = { ...EAST, ...SYNC, 'consumer.offset.group.filters': filters };
  const klink = await scene.begin({ ...settings, 'consumer.group.prefix.enable': 'true' });
  await mirrorEast(scene, klink, 'numbers', 5n);
  scene.source.commit('app', 'numbers', 0, 4n);
  scene.source.commit('east.app', 'numbers', 0, 4n);
  scene.destination.group('app').live = true;
  await scene.world.run(5_000);
  assert.deepEqual([...scene.destination.group('east.app').offsets], [['east.numbers/0', 4n]]);
  assert.equal(scene.destination.group('app').offsets.size, 0);
  assert.equal(scene.destination.groups.has('east.east.app'), false);
  assert.equal((await scene.accepted(klink.control.ready('app', 'lk'))).ready, true);
  scene.destination.group('east.app').live = true;
  scene.source.commit('app', 'numbers', 0, 5n);
  await scene.world.run(5_000);
  assert.match((await scene.accepted(klink.control.ready('app', 'lk'))).reasons.join(), /'east\.app' has live members/);
  scene.assertNothingBroken();
});
