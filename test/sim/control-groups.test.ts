/** Consumer groups: what is copied, how far, when a group may move (§7), and what a fallen end does to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/base/log.js';
import { ALL_GROUPS, newMirror, Scene, SYNC, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const FILTERS = { ...SYNC, 'consumer.offset.group.filters': ALL_GROUPS };

test('group offsets follow the source for the chosen groups and mirrored topics only [7.1]', async () => {
  const scene = new Scene(seed);
  const filters = JSON.stringify({
    groupFilters: [
      { name: 'app-', patternType: 'PREFIXED', filterType: 'INCLUDE' },
      { name: 'app-secret', patternType: 'LITERAL', filterType: 'EXCLUDE' },
    ],
  });
  const klink = await scene.begin({ ...SYNC, 'consumer.offset.group.filters': filters });
  await scene.mirror(klink, 'orders', [9n]);
  for (const group of ['app-a', 'app-secret', 'other']) scene.source.commit(group, 'orders', 0, 4n);
  scene.source.commit('app-a', 'unmirrored', 0, 3n);
  await scene.world.run(5_000);
  assert.deepEqual([...scene.destination.groups.keys()], ['app-a']);
  assert.deepEqual([...scene.destination.group('app-a').offsets], [['orders/0', 4n]]);
  scene.source.commit('app-a', 'orders', 0, 8n);
  await scene.world.run(5_000);
  assert.equal(scene.destination.group('app-a').offsets.get('orders/0'), 8n);
});

test('an offset above the mirror is written as far as the mirror goes, then follows it [7.2] [P4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [5n]);
  await scene.alter(klink, 'pause', ['orders']);
  scene.source.write('orders', 0, 10n);
  scene.source.commit('app', 'orders', 0, 15n);
  await scene.world.run(5_000);
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 5n);
  await scene.alter(klink, 'resume', ['orders']);
  await scene.copied('orders');
  await scene.world.run(5_000);
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 15n);
  scene.assertNothingBroken();
});

test('never above the first bad offset of a failed partition [7.2] [2.6]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [9n]);
  const [linkKey = ''] = [...scene.destination.decisions.keys()].filter((key) => key.startsWith('link/'));
  const failure = { partition: 0, reason: 'DIVERGED', offset: 6n, detail: '' } as const;
  klink.ports.engine.fail(linkKey.slice('link/'.length), 'orders', failure);
  await scene.untilStatus(klink, ['orders'], 'FAILED');
  scene.source.commit('app', 'orders', 0, 9n);
  await scene.world.run(5_000);
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 6n);
});

test('a group with live members at the destination is left alone and named [7.1]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [9n]);
  scene.destination.group('app').live = true;
  scene.source.commit('app', 'orders', 0, 4n);
  await scene.world.run(5_000);
  assert.equal(scene.destination.group('app').offsets.size, 0);
  const [task] = (await scene.accepted(klink.control.link('lk'))).tasks;
  assert.deepEqual(
    [task?.task_name, task?.state, task?.errors[0]?.error_code],
    ['ConsumerOffsetSync', 'IN_ERROR', 'CONSUMER_GROUP_IN_USE_ERROR'],
  );
  // It decides for itself, so a promotion does not wait for it.
  await scene.alter(klink, 'promote', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
});

test('a promotion waits for a group that could not be written yet [8] [P4]', async () => {
  const scene = new Scene(seed);
  let deaf = true;
  const klink = await scene.begin(FILTERS, ({ name }) =>
    deaf && name === 'groups.commit' ? 'unavailable' : undefined,
  );
  await scene.mirror(klink, 'orders', [9n]);
  scene.source.commit('app', 'orders', 0, 4n);
  await scene.alter(klink, 'promote', ['orders']);
  await scene.world.run(10_000);
  const view = await scene.view(klink, 'orders');
  assert.equal(view.status, 'PENDING_STOPPED');
  assert.match(view.pending ?? '', /consumer group offsets: groups\.commit: no answer/);
  deaf = false;
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 4n);
});

test('a promotion does not take a sync for done that the lease forbade [8] [4.1]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [9n]);
  klink.ports.ownership.proven = false;
  scene.source.commit('app', 'orders', 0, 4n);
  await scene.alter(klink, 'promote', ['orders']);
  await scene.world.run(5_000);
  assert.ok(!scene.destination.audit.some((line) => line.includes('promotion-caught-up')));
  klink.ports.ownership.proven = true;
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 4n);
  scene.assertEnded(['orders']);
});

test('an idle group is written again once a day, because its offsets expire at the destination [7.2]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [9n]);
  scene.source.commit('app', 'orders', 0, 4n);
  await scene.world.run(5_000);
  const commits = () => klink.ports.calls.filter((name) => name === 'groups.commit').length;
  assert.equal(commits(), 1, 'what stands there already is not written again');
  scene.destination.group('app').offsets.clear();
  scene.aheadMs += 24 * 3_600_000;
  await scene.world.run(5_000);
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 4n);
  assert.equal(commits(), 2);
});

test('an end that has fallen lowers its groups before the engine goes on [2.4] [7.2]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [9n, 9n]);
  scene.destination.group('app').offsets.set('orders/0', 9n).set('orders/1', 9n);
  await scene.finish(klink.control.clampGroups('orders', 0, 6n));
  assert.deepEqual([...scene.destination.group('app').offsets.values()], [6n, 9n]);
  klink.ports.ownership.proven = false;
  const clamped = scene.finish(klink.control.clampGroups('orders', 1, 2n));
  await assert.rejects(clamped, { name: 'NotSent' }, 'the engine must not take it for done');
  await scene.finish(klink.control.clampGroups('no-mirror', 0, 0n));
});

test('a group that a fallen end lowered follows again once the mirror has its records back [2.4] [7.2]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [9n, 9n]);
  for (const partition of [0, 1]) scene.source.commit('app', 'orders', partition, 8n);
  await scene.world.run(5_000);
  const commits = () => klink.ports.calls.filter((name) => name === 'groups.commit').length;
  const before = commits();
  // The records come back before anybody looks at the groups: nothing at the source says that one stands too low.
  await scene.finish(klink.control.clampGroups('orders', 0, 6n));
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 6n);
  assert.equal((await scene.accepted(klink.control.ready('app', 'lk'))).ready, false);
  await scene.world.run(5_000);
  assert.deepEqual([...scene.destination.group('app').offsets.values()], [8n, 8n]);
  assert.equal(commits(), before + 1);
});

test('ready says no with every reason, then yes [7]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  const ready = (group = 'app', link: string | undefined = 'lk') => scene.accepted(klink.control.ready(group, link));
  assert.match((await ready()).reasons.join(), /has no live mirror topic/);
  await scene.mirror(klink, 'orders', [9n]);
  assert.match((await ready()).reasons.join(), /has no offsets at the source/);
  scene.source.commit('app', 'orders', 0, 4n);
  assert.match((await ready()).reasons.join(), /are not synced yet: partition 0 at 4/);
  await scene.world.run(3_000);
  const yes = await ready();
  assert.deepEqual([yes.ready, yes.reasons, yes.mirrorLag], [true, [], 0n]);
  assert.ok(yes.offsetSyncAgeMs !== undefined && yes.offsetSyncAgeMs < 5_000);
  assert.equal((await ready('app', undefined)).ready, true, 'whichever link it is');
  await scene.alter(klink, 'pause', ['orders']);
  scene.source.write('orders', 0, 5n);
  const behind = await ready();
  assert.deepEqual([behind.ready, behind.mirrorLag], [false, 5n]);
  assert.match(behind.reasons.join(), /lags 5 records/);
  scene.destination.group('app').live = true;
  scene.source.commit('app', 'orders', 0, 5n);
  await scene.world.run(3_000);
  assert.match((await ready()).reasons.join(), /has live members at the destination/);
  scene.source.reachable = false;
  assert.match((await ready()).reasons.join(), /does not say where the group stands: no route/);
  assert.equal(await scene.refused(klink.control.ready('app', 'none')), 'LINK_NOT_FOUND');
});

test('ready of a link without sync, or of a group its filters leave out, says so', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  assert.match((await scene.accepted(klink.control.ready('app', 'lk'))).reasons.join(), /does not sync/);
  const filters = '{"groupFilters":[{"name":"b"}]}';
  await scene.accepted(scene.createLink(klink, 'l2', { ...SYNC, 'consumer.offset.group.filters': filters }));
  assert.match((await scene.accepted(klink.control.ready('app', 'l2'))).reasons.join(), /do not include/);
  assert.equal(await scene.refused(klink.control.ready('app', undefined)), 'LINK_NOT_FOUND');
});

test('a mirror that was made anew has its groups written anew [5.2]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [9n]);
  scene.source.commit('app', 'orders', 0, 4n);
  await scene.world.run(5_000);
  await scene.accepted(klink.control.deleteMirror('orders'));
  scene.destination.topics.delete('orders');
  scene.destination.groups.clear();
  await scene.accepted(klink.control.createMirror('lk', newMirror('orders')));
  await scene.copied('orders');
  await scene.world.run(5_000);
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 4n);
});

test('a source that is away is logged when that begins, then once a minute, and when it has ended [7.1] [P3]', async () => {
  const scene = new Scene(seed);
  const lines: string[] = [];
  const note = (_: unknown, message: string) => void (message.startsWith('group offsets') && lines.push(message));
  scene.log = { ...silentLog, info: note, warn: note };
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [5n]);
  scene.source.reachable = false;
  await scene.world.run(10_000);
  const away = 'group offsets could not be synced';
  assert.deepEqual(lines, [away], 'rounds are a second apart');
  await scene.world.run(170_000);
  assert.deepEqual(lines, [away, away, away]);
  scene.source.reachable = true;
  await scene.world.run(5_000);
  scene.source.reachable = false;
  await scene.world.run(5_000);
  assert.deepEqual(lines.slice(3), ['group offsets are synced again', away]);
});
