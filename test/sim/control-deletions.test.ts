/** What deletes after a promotion is announced while it waits: when, how much, and who has not read it (T6) [8 (5)]. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeletionForecast } from '../../src/control/commands.js';
import { type FaultHook, type Klink, newMirror, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const DAY_MS = 24 * 3_600_000;

async function stopped(settings: Record<string, string>, fault?: FaultHook) {
  const scene = new Scene(seed);
  const klink = await scene.begin({}, fault);
  scene.source.make('orders', [10n, 10n, 10n], settings);
  await scene.accepted(klink.control.createMirror('lk', newMirror('orders')));
  await scene.copied('orders');
  assert.equal(await forecast(scene, klink), undefined, 'nothing is deferred before it has stopped');
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  return { scene, klink };
}

function forecast(scene: Scene, klink: Klink): Promise<DeletionForecast | undefined> {
  return scene.accepted(klink.control.deletions('lk', 'orders'));
}

test('deferred deletions are announced with their time, records and the groups that have not read them (T6) [8 (5)]', async () => {
  const { scene, klink } = await stopped({ 'retention.ms': '3600000' });
  const [aged, untouched, silent] = scene.destination.topic('orders').partitions;
  assert.ok(aged && untouched && silent);
  aged.aged = 8n;
  silent.aged = undefined;
  scene.destination.group('slow').offsets.set('orders/0', 3n).set('orders/1', 1n);
  scene.destination.group('done').offsets.set('orders/0', 8n);
  const before = scene.destination.audit.length;
  const found = await forecast(scene, klink);
  assert.ok(found);
  assert.deepEqual(found.settings, { 'cleanup.policy': null, 'retention.bytes': null, 'retention.ms': '3600000' });
  const dueInMs = found.dueAtMs - klink.ports.clock.nowMs();
  assert.ok(dueInMs > DAY_MS - 60_000 && dueInMs <= DAY_MS, `${dueInMs}`);
  assert.deepEqual(found.partitions, [{ partition: 0, logStart: 0n, below: 8n }]);
  assert.deepEqual(found.unread, [{ group: 'slow', partition: 0, offset: 3n, records: 5n }]);
  assert.deepEqual(found.unknown, ['what retention.ms deletes on partition 2: its leader does not say']);
  assert.match(found.remarks.join(), /^retention\.bytes and cleanup\.policy: back to what the cluster sets/);
  assert.equal(scene.destination.audit.length, before, 'a look changes nothing');
  scene.aheadMs += DAY_MS;
  await scene.world.run(120_000);
  assert.equal(await forecast(scene, klink), undefined);
});

test('what cannot be found out is said, not left out (T6) [8 (5)]', async () => {
  let silent = 'topics.aged';
  const { scene, klink } = await stopped({}, ({ name }) => (name === silent ? 'unavailable' : undefined));
  for (const partition of scene.destination.topic('orders').partitions) partition.aged = 4n;
  const unaged = await forecast(scene, klink);
  assert.deepEqual(unaged?.unknown, ['what retention.ms deletes: topics.aged: no answer']);
  silent = 'groups.standings';
  const unread = await forecast(scene, klink);
  assert.equal(unread?.partitions.length, 3);
  assert.deepEqual(unread?.unknown, ['which groups have not read them: groups.standings: no answer']);
});
