/** Settings of a link that change while it runs: what is refused, what is asked of the source, and that they count at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SettingChange } from '../../src/control/commands.js';
import { ALL_GROUPS, type Klink, Scene, SYNC, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const sasl = (password: string) => ({
  'security.protocol': 'SASL_SSL',
  username: 'link',
  password: ['$', `{env:${password}}`].join(''),
});
const DAY = '86400000';

function alter(klink: Klink, settings: Readonly<Record<string, string | undefined>>, options = {}) {
  const changes = Object.entries(settings).map(([name, value]): SettingChange => ({ name, value }));
  return klink.control.alterLink('lk', changes, { validateOnly: false, validateLink: true, ...options });
}

test('link settings: bad changes are refused with a reason and change nothing [P10]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'a', [3n]);
  const before = scene.destination.audit.length;
  for (const [reason, settings] of [
    ['SETTING_UNKNOWN', { 'bootstrap.server': 'a:1' }],
    ['SETTING_UNKNOWN', { 'bootstrap.server': undefined }],
    ['SETTING_INVALID', { 'bootstrap.servers': undefined }],
    ['SETTING_INVALID', { 'consumer.offset.sync.ms': '5' }],
    ['SETTING_INVALID', { username: 'me' }],
    ['SETTING_UNSUPPORTED', { 'link.mode': 'BIDIRECTIONAL' }],
    ['SETTING_INVALID', { ...sasl('PW'), password: '' }],
  ] as const) {
    assert.equal(await scene.refused(alter(klink, settings)), reason, JSON.stringify(settings));
  }
  const elsewhere = klink.control.alterLink('nope', [], { validateOnly: false, validateLink: true });
  assert.equal(await scene.refused(elsewhere), 'LINK_NOT_FOUND');
  await scene.accepted(alter(klink, { 'consumer.offset.sync.ms': '1000' }, { validateOnly: true }));
  await scene.accepted(alter(klink, { 'consumer.offset.sync.ms': undefined, 'mirror.start.offset.spec': 'earliest' }));
  assert.equal(scene.destination.audit.length, before, 'neither a dry run nor what changes nothing is recorded');
});

test('link settings: a change counts at once, however long the pause it meets, and for the next owner [decision 9]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin({
    ...SYNC,
    'consumer.offset.group.filters': ALL_GROUPS,
    'consumer.offset.sync.ms': DAY,
  });
  await scene.mirror(klink, 'a', [9n]);
  await scene.world.run(5_000);
  scene.source.commit('app', 'a', 0, 4n);
  await scene.world.run(60_000);
  assert.equal(scene.destination.groups.get('app')?.offsets.get('a/0'), undefined);
  await scene.accepted(alter(klink, { 'consumer.offset.sync.ms': '1000' }));
  await scene.world.run(3_000);
  assert.equal(scene.destination.group('app').offsets.get('a/0'), 4n);

  scene.source.commit('app', 'a', 0, 6n);
  await scene.accepted(alter(klink, { 'consumer.offset.sync.enable': 'false' }));
  await scene.world.run(60_000);
  assert.equal(scene.destination.group('app').offsets.get('a/0'), 4n, 'nothing is synced any more');
  scene.kill(klink);
  const next = scene.own(scene.start('b'));
  await scene.serves(next);
  const settings = await scene.accepted(next.control.linkSettings('lk'));
  const shown = (name: string) => settings.find((each) => each.name === name)?.value;
  assert.deepEqual([shown('consumer.offset.sync.ms'), shown('consumer.offset.sync.enable')], ['1000', 'false']);
  scene.assertNothingBroken();
});

test('link settings: new addresses are asked for who they are, whatever the caller wants [1.3]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'a', [3n]);
  const own = scene.source.clusterId;
  const move = (options = {}) => alter(klink, { 'bootstrap.servers': 'other:9092' }, options);
  scene.source.clusterId = 'SomebodyElsesClusterId';
  assert.equal(await scene.refused(move({ validateLink: false })), 'SOURCE_IS_ANOTHER');
  scene.source.clusterId = own;
  scene.source.reachable = false;
  assert.equal(await scene.refused(move({ validateLink: false })), 'SOURCE_UNREACHABLE');
  await scene.accepted(alter(klink, { 'topic.config.sync.ms': '1000' }));
  scene.source.reachable = true;
  await scene.accepted(move());
  assert.equal(klink.ports.engine.assigned.at(-1)?.[0]?.source.bootstrapServers, 'other:9092');
  scene.source.write('a', 0, 4n);
  await scene.copied('a');
});

test('link settings: turning offset sync off clears its filters, as published, unless they are given with it', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin({ ...SYNC, 'consumer.offset.group.filters': ALL_GROUPS });
  const filters = async () => {
    const settings = await scene.accepted(klink.control.linkSettings('lk'));
    return settings.find(({ name }) => name === 'consumer.offset.group.filters')?.value;
  };
  const off = { 'consumer.offset.sync.enable': 'false' };
  await scene.accepted(alter(klink, off));
  assert.equal(await filters(), '');
  const on = await scene.accepted(alter(klink, { 'consumer.offset.sync.enable': 'true' }));
  assert.match(on.join(), /consumer\.offset\.group\.filters is not set/);
  const { tasks } = await scene.accepted(klink.control.link('lk'));
  const [task] = tasks.filter(({ task_name }) => task_name === 'ConsumerOffsetSync');
  assert.deepEqual([task?.state, task?.errors[0]?.error_code], ['IN_ERROR', 'MISCONFIGURATION_ERROR']);
  await scene.accepted(alter(klink, { ...off, 'consumer.offset.group.filters': ALL_GROUPS }));
  assert.equal(await filters(), ALL_GROUPS);
});

test('link settings: a sync that is switched on asks for its rights as a new link does, and for no others', async () => {
  const scene = new Scene(seed);
  const groups = (...names: readonly string[]) => ({
    'consumer.offset.sync.enable': 'true',
    'consumer.offset.group.filters': JSON.stringify({ groupFilters: names.map((name) => ({ name })) }),
  });
  const klink = await scene.begin(groups('app', '*'));
  await scene.mirror(klink, 'a', [3n]);
  scene.source.needs.length = 0;
  scene.source.missing = ['User:me lacks DESCRIBE on the CLUSTER'];
  const before = scene.destination.audit.length;
  const acls = { 'acl.sync.enable': 'true' };
  assert.equal(await scene.refused(alter(klink, acls)), 'SOURCE_REFUSED');
  assert.equal(await scene.refused(alter(klink, acls, { validateOnly: true })), 'SOURCE_REFUSED');
  assert.equal(await scene.refused(alter(klink, groups('app', 'web'))), 'SOURCE_REFUSED');
  assert.equal(scene.destination.audit.length, before);
  assert.deepEqual(scene.source.needs, [
    { acls: true, groups: [] },
    { acls: true, groups: [] },
    { acls: false, groups: ['web'] },
  ]);
  scene.source.reachable = false;
  assert.equal(await scene.refused(alter(klink, acls)), 'SOURCE_UNREACHABLE');
  await scene.accepted(alter(klink, groups('app')));
  await scene.accepted(alter(klink, acls, { validateLink: false }));
  await scene.accepted(alter(klink, { 'acl.sync.enable': 'false', 'acl.sync.ms': '1000' }));
  assert.equal(scene.source.needs.length, 3, 'nothing else asks');
  scene.source.reachable = true;
  scene.source.missing = [];
  await scene.accepted(alter(klink, acls));
});

test('link settings: new credentials are tried first, and a link that had failed for the old ones goes on at once', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(sasl('OLD'));
  await scene.mirror(klink, 'a', [3n]);
  scene.source.refuses = ({ security: { login } }) =>
    login.kind !== 'password' || !login.passwordReference.includes('NEW');
  await scene.untilStatus(klink, ['a'], 'LINK_FAILED', 60_000);
  assert.equal(await scene.refused(alter(klink, sasl('WRONG'))), 'SOURCE_REFUSED');
  await scene.accepted(alter(klink, sasl('NEW')));
  await scene.untilStatus(klink, ['a'], 'ACTIVE', 2_000);
  await scene.accepted(alter(klink, sasl('LATER'), { validateLink: false }));
  await scene.untilStatus(klink, ['a'], 'LINK_FAILED', 60_000);
});
