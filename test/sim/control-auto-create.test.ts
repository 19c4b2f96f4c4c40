/** Mirrors that klink makes by itself: which topics get one, which never do, and how trouble with one is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkTask } from '../../src/control/commands.js';
import { CREATING_MAX } from '../../src/control/reconcile/auto-create.js';
import { type Klink, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const ENABLE = 'auto.create.mirror.topics.enable';
const FILTERS = 'auto.create.mirror.topics.filters';

function choosing(...topicFilters: readonly unknown[]) {
  return { [ENABLE]: 'true', [FILTERS]: JSON.stringify({ topicFilters }) };
}
const ALL = choosing({ name: '*', patternType: 'LITERAL', filterType: 'INCLUDE' });

function setTo(klink: Klink, settings: Readonly<Record<string, string | undefined>>) {
  const changes = Object.entries(settings).map(([name, value]) => ({ name, value }));
  return klink.control.alterLink('lk', changes, { validateOnly: false, validateLink: true });
}

async function taskOf(scene: Scene, klink: Klink): Promise<LinkTask> {
  const { tasks } = await scene.accepted(klink.control.link('lk'));
  const task = tasks.find(({ task_name }) => task_name === 'AutoCreateMirror');
  assert.ok(task);
  return task;
}

const codes = ({ errors }: LinkTask) => errors.map(({ error_code }) => error_code);
const atDestination = (scene: Scene) => [...scene.destination.topics.keys()].sort();

test('auto-create: chosen topics get a mirror, also those made later, and when the filters change', async () => {
  const scene = new Scene(seed);
  for (const topic of ['orders', 'app-a', 'app-secret', 'other', '__offsets', '_klink.state']) {
    scene.source.make(topic, [3n, 2n]);
  }
  const exclude = { name: 'app-secret', filterType: 'EXCLUDE' };
  const klink = await scene.begin(choosing({ name: 'orders' }, { name: 'app-', patternType: 'PREFIXED' }, exclude));
  await scene.world.run(2_000);
  for (const topic of ['orders', 'app-a']) await scene.copied(topic);
  assert.deepEqual(atDestination(scene), ['app-a', 'orders']);
  scene.source.make('app-b', [4n]);
  await scene.world.run(8_000);
  await scene.copied('app-b');
  assert.deepEqual([(await taskOf(scene, klink)).state, await scene.status(klink, 'app-b')], ['ACTIVE', 'ACTIVE']);
  await scene.accepted(setTo(klink, ALL));
  await scene.world.run(8_000);
  assert.deepEqual(atDestination(scene), ['app-a', 'app-b', 'app-secret', 'orders', 'other']);
  await scene.accepted(setTo(klink, { [ENABLE]: undefined }));
  assert.equal((await taskOf(scene, klink)).state, 'NOT_CONFIGURED');
  scene.source.make('late', [1n]);
  await scene.world.run(20_000);
  assert.equal(scene.destination.topics.has('late'), false);
  scene.assertNothingBroken();
});

test('auto-create: enabled without filters is said, and nothing is made', async () => {
  const scene = new Scene(seed);
  scene.source.make('orders', [3n]);
  const klink = await scene.begin({ [ENABLE]: 'true' });
  await scene.world.run(20_000);
  const { state, errors } = await taskOf(scene, klink);
  assert.deepEqual([state, errors.length, errors[0]?.error_code], ['IN_ERROR', 1, 'MISCONFIGURATION_ERROR']);
  assert.match(
    errors[0]?.error_message ?? '',
    /is enabled but auto\.create\.mirror\.topics\.filters is not set\. Please/,
  );
  assert.deepEqual(atDestination(scene), []);
});

test('auto-create: a topic that exists is named and never touched, and mirrored once it is gone', async () => {
  const scene = new Scene(seed);
  for (const topic of ['numbers', 'orders']) scene.source.make(topic, [3n]);
  const own = scene.destination.makeTopic('numbers', 1, { 'retention.ms': '5' });
  scene.destination.append('numbers', 0, 'foreign');
  const klink = await scene.begin(ALL);
  await scene.world.run(3_000);
  await scene.copied('orders');
  const task = await taskOf(scene, klink);
  assert.deepEqual([task.state, codes(task)], ['IN_ERROR', ['TOPIC_EXISTS_ERROR']]);
  assert.match(task.errors[0]?.error_message ?? '', /'numbers' already exists/);
  await scene.world.run(120_000);
  assert.equal(scene.destination.topic('numbers'), own);
  assert.deepEqual([own.partitions[0]?.log, own.settings.get('retention.ms')], [['foreign'], '5']);
  assert.equal(scene.destination.isFenced('numbers'), false);
  const asked = klink.ports.calls.filter((name) => name === 'topics.describe').length;
  await scene.world.run(120_000);
  // The one mirror is looked at every five seconds.
  const again = klink.ports.calls.filter((name) => name === 'topics.describe').length - asked - 24;
  assert.ok(again <= 4, `it was tried ${again} times in two minutes`);
  scene.destination.topics.delete('numbers');
  await scene.world.run(300_000);
  await scene.copied('numbers');
  assert.deepEqual((await taskOf(scene, klink)).errors, []);
});

test('auto-create: what was failed over is not taken back; a mirror whose topic was deleted is made again', async () => {
  const scene = new Scene(seed);
  for (const topic of ['over', 'gone']) scene.source.make(topic, [3n]);
  const klink = await scene.begin(ALL);
  await scene.world.run(3_000);
  await scene.copied('over');
  await scene.alter(klink, 'failover', ['over']);
  await scene.untilStatus(klink, ['over'], 'STOPPED');
  scene.source.write('over', 0, 5n);
  const first = scene.destination.topic('gone').topicId;
  await scene.accepted(klink.control.deleteMirror('gone'));
  // The topic is deleted a moment after its mirror was forgotten.
  await scene.world.run(7_000);
  scene.destination.topics.delete('gone');
  await scene.world.run(60_000);
  assert.equal(await scene.status(klink, 'over'), 'STOPPED');
  assert.equal(scene.destination.topic('over').partitions[0]?.end, 4n, 'three records and the barrier');
  assert.notEqual(scene.destination.topic('gone').topicId, first);
  await scene.copied('gone');
  // Deleted behind klink's back it is a stopped mirror still.
  scene.destination.topics.delete('over');
  await scene.world.run(60_000);
  assert.equal(scene.destination.topics.has('over'), false);
  assert.equal((await taskOf(scene, klink)).state, 'ACTIVE');
  await scene.accepted(klink.control.deleteMirror('over'));
  await scene.world.run(10_000);
  await scene.copied('over');
  scene.assertNothingBroken();
});

test('auto-create: with a prefix, and what is a mirror at the source', async () => {
  const scene = new Scene(seed);
  for (const topic of ['numbers', 'west.numbers', 'third', 'chosen']) scene.source.make(topic, [2n]);
  const entry = (key: string, state: unknown) => {
    return { key, value: JSON.stringify({ format: 1, stamp: { epoch: 1, number: 1 }, state }) };
  };
  const mirror = (linkId: string, mirrorTopic: string) =>
    entry(`mirror/${linkId}/${mirrorTopic}`, { kind: 'ACTIVE', linkId, mirrorTopic });
  scene.source.journal = [
    entry('link/back', { sourceClusterId: scene.destination.clusterId }),
    entry('link/far', { sourceClusterId: 'FarAway' }),
    mirror('back', 'west.numbers'),
    mirror('far', 'third'),
    mirror('far', 'chosen'),
  ];
  const named = choosing({ name: '*' }, { name: 'chosen' }, { name: 'west.numbers' });
  const klink = await scene.begin({ ...named, 'cluster.link.prefix': 'east.' });
  await scene.world.run(120_000);
  assert.deepEqual(atDestination(scene), ['east.chosen', 'east.numbers']);
  assert.equal((await taskOf(scene, klink)).state, 'ACTIVE', 'leaving them out is no trouble');
  const readings = klink.ports.calls.filter((name) => name === 'source.journal').length;
  assert.ok(readings <= 4, `the journal of the source was read ${readings} times in two minutes`);
  // The other side has promoted it: it is nobody's mirror any more.
  scene.source.journal = scene.source.journal.filter(({ key }) => !key.endsWith('/west.numbers'));
  await scene.world.run(70_000);
  assert.ok(scene.destination.topics.has('east.west.numbers'));
  scene.source.journal = 'unreadable';
  for (const topic of ['plain', 'chosen-2']) scene.source.make(topic, [1n]);
  await scene.accepted(setTo(klink, choosing({ name: '*' }, { name: 'chosen-2' })));
  await scene.world.run(20_000);
  assert.ok(scene.destination.topics.has('east.chosen-2') && !scene.destination.topics.has('east.plain'));
  assert.deepEqual(codes(await taskOf(scene, klink)), ['AUTHORIZATION_ERROR']);
  scene.assertNothingBroken();
});

test('auto-create: many topics are made a bounded number at a time, and many errors are told in a few', async () => {
  const scene = new Scene(seed);
  const count = CREATING_MAX + 40;
  for (let number = 0; number < count; number++) scene.source.make(`t${String(number).padStart(3, '0')}`, [0n]);
  for (let number = 0; number < 15; number++) scene.destination.makeTopic(`t${String(number).padStart(3, '0')}`, 1, {});
  let deaf = true;
  const klink = await scene.begin(ALL, ({ name }) => (deaf && name === 'topics.create' ? 'unavailable' : undefined));
  await scene.world.run(8_000);
  const decided = async () => (await scene.accepted(klink.control.link('lk'))).mirrorTopics.length;
  assert.equal(await decided(), CREATING_MAX, 'none of them could be made yet');
  const questions = () =>
    klink.ports.calls.filter((name) => name === 'source.topics' || name === 'source.journal').length;
  const asked = questions();
  await scene.world.run(60_000);
  assert.equal(questions(), asked, 'with no room for more the source is not asked');
  deaf = false;
  await scene.world.run(20_000);
  assert.equal(await decided(), count - 15);
  const task = await taskOf(scene, klink);
  assert.deepEqual(codes(task), [...Array(10).fill('TOPIC_EXISTS_ERROR'), 'SUPPRESSED_ERRORS']);
  assert.match(task.errors.at(-1)?.error_message ?? '', /^5 more/);
  scene.assertNothingBroken();
});

test('auto-create: what keeps failing shares its readings of the source’s journal', async () => {
  const scene = new Scene(seed);
  const names = Array.from({ length: 30 }, (_, number) => `t${number}`);
  for (const topic of names) scene.destination.makeTopic(topic, 1, {});
  const klink = await scene.begin(ALL);
  for (const topic of names) {
    scene.source.make(topic, [1n]);
    await scene.world.run(21_000);
  }
  await scene.world.run(120_000);
  const readings = () => klink.ports.calls.filter((name) => name === 'source.journal').length;
  const before = readings();
  await scene.world.run(600_000);
  assert.ok(readings() - before <= 10, `the journal was read ${readings() - before} times in ten minutes`);
  assert.equal(codes(await taskOf(scene, klink)).at(-1), 'SUPPRESSED_ERRORS');
  // What is new is looked at at once all the same.
  scene.source.make('new', [1n]);
  await scene.world.run(8_000);
  await scene.copied('new');
});

test('auto-create: one that could not be made is told and tried again later, the others go on, for the next owner too', async () => {
  const scene = new Scene(seed);
  let meddles = true;
  const meddle = ({ name }: { readonly name: string }) => {
    // Somebody makes a topic of that name between decision and deed.
    const [, linkId] =
      [...scene.destination.decisions.keys()].find((key) => key.endsWith('/contested'))?.split('/') ?? [];
    const decided = scene.destination.decisions.get(`mirror/${linkId}/contested`) != null;
    if (meddles && name === 'fence.raise' && decided && !scene.destination.topics.has('contested')) {
      scene.destination.makeTopic('contested', 1, {});
      scene.destination.append('contested', 0, 'foreign');
    }
    return undefined;
  };
  for (const topic of ['contested', 'orders']) scene.source.make(topic, [2n]);
  const klink = await scene.begin(ALL, meddle);
  await scene.world.run(3_000);
  await scene.copied('orders');
  await scene.world.run(3_000);
  const task = await taskOf(scene, klink);
  assert.deepEqual(codes(task), ['POLICY_VIOLATION_ERROR']);
  assert.match(task.errors[0]?.error_message ?? '', /'contested'.*has appeared/);
  meddles = false;
  scene.kill(klink);
  const next = scene.own(scene.start('b'));
  await scene.serves(next);
  await scene.world.run(15_000);
  assert.deepEqual(codes(await taskOf(scene, next)), ['TOPIC_EXISTS_ERROR']);
  assert.equal(
    scene.destination.isFenced('contested'),
    false,
    'what was raised before it appeared is taken away again',
  );
  scene.destination.topics.delete('contested');
  await scene.world.run(60_000);
  await scene.copied('contested');
  scene.assertNothingBroken();
});

test('auto-create: a paused link makes none, and a source that cannot be asked is said', async () => {
  const scene = new Scene(seed);
  scene.source.make('orders', [2n]);
  const klink = await scene.begin({ ...ALL, 'cluster.link.paused': 'true' });
  await scene.world.run(20_000);
  assert.deepEqual([(await taskOf(scene, klink)).state, atDestination(scene)], ['LINK_PAUSED', []]);
  scene.source.reachable = false;
  await scene.accepted(setTo(klink, { 'cluster.link.paused': 'false' }));
  await scene.world.run(10_000);
  const task = await taskOf(scene, klink);
  assert.deepEqual([task.state, codes(task)], ['IN_ERROR', ['INTERNAL_ERROR']]);
  scene.source.reachable = true;
  await scene.world.run(10_000);
  await scene.copied('orders');
  assert.equal((await taskOf(scene, klink)).state, 'ACTIVE');
});
