/** `--without-barrier` (§8): the operator's way out for a partition that can have none, and what it leaves behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlterRow } from '../../src/control/commands.js';
import { type Klink, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();

/** A topic of two partitions, the second proven up to 4 of 6 and without leader, on its way to a failover. */
async function stuck(): Promise<{ readonly scene: Scene; readonly klink: Klink }> {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [5n, 6n]);
  klink.ports.engine.proven.set('orders/1', 4n);
  await scene.world.run(5_000);
  scene.destination.group('app').offsets.set('orders/1', 6n);
  scene.destination.partition('orders', 1).hasLeader = false;
  await scene.alter(klink, 'failover', ['orders']);
  await scene.world.run(3_000);
  assert.match((await scene.view(klink, 'orders')).pending ?? '', /partition 1: no leader/);
  return { scene, klink };
}

async function waive(
  scene: Scene,
  klink: Klink,
  partitions: readonly number[],
  { dryRun = false, verb = 'failover' as 'failover' | 'promote' } = {},
): Promise<AlterRow> {
  const options = { withoutBarrier: partitions };
  const [row] = await scene.accepted(klink.control.alterMirrors('lk', verb, ['orders'], dryRun, options));
  assert.ok(row);
  if (!dryRun && row.refusal === undefined) {
    for (const partition of partitions) scene.destination.partition('orders', partition).waived = true;
  }
  return row;
}

function waivers({ destination }: Scene): number {
  return destination.audit.filter((line) => line.includes('barriers-waived')).length;
}

/** As the journal has it. */
function lineageStarts({ destination }: Scene): readonly string[] {
  const [, value] = [...destination.decisions].find(([key]) => key.startsWith('mirror/')) ?? [];
  return JSON.parse(value ?? '').state.lineage.startOffsets.map((each: { $offset: string }) => each.$offset);
}

test('a partition without leader ends without barrier when the operator says so, at its last proven end [8] [1.1]', async () => {
  const { scene, klink } = await stuck();
  const before = JSON.stringify([...scene.destination.decisions]);
  const waived = [{ partition: 1, end: 4n, reason: 'no leader' }];
  const dry = await waive(scene, klink, [1], { dryRun: true });
  assert.deepEqual(dry.withoutBarrier, waived);
  assert.deepEqual(dry.groupsAbove, ['app (partition 1: 6 → 4)']);
  assert.equal(JSON.stringify([...scene.destination.decisions]), before, 'a dry run changes nothing [P8]');
  assert.equal(scene.destination.isFenced('orders'), true);

  assert.deepEqual((await waive(scene, klink, [1])).withoutBarrier, waived);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.deepEqual(
    scene.destination.topic('orders').partitions.map(({ barriers }) => barriers),
    [1, 0],
  );
  assert.equal(scene.destination.group('app').offsets.get('orders/1'), 4n, 'groups are lowered to E');
  const view = await scene.view(klink, 'orders');
  assert.deepEqual(view.withoutBarrier, waived);
  assert.deepEqual(view.clampedGroups, ['app (partition 1: 6 → 4)']);
  assert.equal(view.partitions[1]?.mirrorEnd, 4n);
  assert.equal(waivers(scene), 1, 'it stands in the audit');
  assert.deepEqual(lineageStarts(scene), ['6', '4']);
  assert.equal(scene.destination.isFenced('orders'), false);
  scene.assertNothingBroken();
});

test('without enough replicas the end that was proven in this ending counts; a repeated waiver changes nothing [8]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [5n, 6n]);
  klink.ports.engine.proven.set('orders/1', 4n);
  for (const partition of scene.destination.topic('orders').partitions) partition.enoughReplicas = false;
  await scene.alter(klink, 'promote', ['orders']);
  await scene.world.run(10_000);
  assert.match((await scene.view(klink, 'orders')).pending ?? '', /step 3 of 6.*NOT_ENOUGH_REPLICAS/);
  const row = await waive(scene, klink, [1], { verb: 'promote' });
  assert.deepEqual(row.withoutBarrier, [{ partition: 1, end: 6n, reason: '1 replicas in sync, 2 needed' }]);
  assert.equal((await waive(scene, klink, [1])).refusal, undefined);
  assert.equal(waivers(scene), 1);
  await scene.world.run(10_000);
  assert.equal(await scene.status(klink, 'orders'), 'PENDING_STOPPED', 'the other partition is still waited for');
  scene.destination.partition('orders', 0).enoughReplicas = true;
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.deepEqual(lineageStarts(scene), ['6', '6']);
  scene.assertNothingBroken();
});

test('a waiver is refused with its reason where a barrier can be had or nothing is ending, and changes nothing [8] [P10]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [5n, 6n]);
  const refused = async (partitions: readonly number[], why: RegExp) => {
    assert.match((await waive(scene, klink, partitions, { dryRun: true })).refusal?.message ?? 'accepted', why);
    assert.match((await waive(scene, klink, partitions)).refusal?.message ?? 'accepted', why);
    assert.equal(waivers(scene), 0);
  };
  scene.destination.partition('orders', 1).hasLeader = false;
  await refused([1], /^Topic 'orders' is not being stopped\. Begin with/);
  await scene.alter(klink, 'pause', ['orders']);
  await refused([1], /is not being stopped/);
  await scene.alter(klink, 'resume', ['orders']);
  scene.source.write('orders', 1, 1n);
  await scene.alter(klink, 'promote', ['orders']);
  await refused([1], /is being promoted\. Wait until nothing is left to copy, or fail it over/);
  await scene.alter(klink, 'failover', ['orders']);
  await refused([0], /^Partition 0 of topic 'orders' can have its barrier/);
  await refused([1, 0], /^Partition 0/);
  await refused([2], /^Partition 2 of topic 'orders' does not exist: there are 2/);
  scene.destination.partition('orders', 1).hasLeader = true;
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  await refused([1], /has already stopped its mirror/);
  scene.assertEnded(['orders']);
});

test('what nobody can say is no reason to leave a barrier out [8]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin({}, ({ name }) => (name === 'promotion.obstacle' ? 'unavailable' : undefined));
  await scene.mirror(klink, 'orders', [5n]);
  scene.destination.partition('orders', 0).hasLeader = false;
  await scene.alter(klink, 'failover', ['orders']);
  const { refusal } = await waive(scene, klink, [0]);
  assert.match(refusal?.message ?? '', /^Partition 0 of topic 'orders': whether it can have its barrier is not known/);
  assert.equal(waivers(scene), 0);
});

test('a waived partition stays without barrier after a takeover, though its leader is back [8] [P5]', async () => {
  const { scene, klink } = await stuck();
  scene.destination.partition('orders', 0).hasLeader = false;
  await waive(scene, klink, [1]);
  await scene.world.run(5_000);
  assert.match((await scene.view(klink, 'orders')).pending ?? '', /partition 0: no leader/);
  scene.kill(klink);
  for (const partition of scene.destination.topic('orders').partitions) partition.hasLeader = true;
  const next = scene.own(scene.start('next'));
  await scene.serves(next);
  await scene.untilStatus(next, ['orders'], 'STOPPED');
  assert.deepEqual(
    scene.destination.topic('orders').partitions.map(({ barriers }) => barriers),
    [1, 0],
  );
  assert.deepEqual((await scene.view(next, 'orders')).withoutBarrier, [{ partition: 1, end: 4n, reason: 'no leader' }]);
  assert.equal(scene.destination.group('app').offsets.get('orders/1'), 4n);
  scene.assertNothingBroken();
});

test('a failed partition without leader ends at its first bad offset, with barrier or without [8] [2.6]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [5n, 6n]);
  for (const partition of [0, 1]) klink.ports.engine.proven.set(`orders/${partition}`, 2n);
  scene.destination.append('orders', 0, 'foreign');
  await scene.untilStatus(klink, ['orders'], 'FAILED');
  for (const partition of scene.destination.topic('orders').partitions) partition.hasLeader = false;
  await scene.alter(klink, 'failover', ['orders']);
  await scene.world.run(5_000);
  assert.deepEqual((await waive(scene, klink, [0, 1])).withoutBarrier, [
    { partition: 0, end: 5n, reason: 'no leader' },
    { partition: 1, end: 2n, reason: 'no leader' },
  ]);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.deepEqual(
    (await scene.view(klink, 'orders')).partitions.map(({ mirrorEnd }) => mirrorEnd),
    [5n, 2n],
  );
  scene.assertNothingBroken();
});
