/** Promotion and failover (§8): what each step decides, waits for and leaves behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../../src/base/clock.js';
import { ALL_GROUPS, newMirror, Scene, SYNC, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const FILTERS = { ...SYNC, 'consumer.offset.group.filters': ALL_GROUPS };
const HOUR_MS = 3_600_000;

test('failover of 20 mirrors from an empty disk: one has no leader, says so, and ends when it is back [8] [P5]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin(FILTERS);
  const topics = Array.from({ length: 20 }, (_, number) => `t${number}`);
  for (const topic of topics) await scene.mirror(first, topic, [4n, 2n]);
  assert.deepEqual(await scene.alter(first, 'pause', ['t3']), [undefined]);
  scene.destination.append('t7', 1, 'foreign');
  await scene.untilStatus(first, ['t7'], 'FAILED');
  scene.destination.partition('t5', 1).hasLeader = false;
  scene.destination.group('app').offsets.set('t11/0', 9n).set('t7/1', 3n);
  await scene.world.run(5_000);
  scene.source.reachable = false;
  // One of them is killed in the middle of its own failover.
  await scene.alter(first, 'failover', ['t9']);
  await scene.world.until('t9 has a barrier', 60_000, () => scene.destination.partition('t9', 0).barriers === 1);
  scene.kill(first);

  const next = scene.own(scene.start('next'));
  await scene.serves(next);
  const rows = await scene.alter(next, 'failover', topics);
  assert.deepEqual(
    rows.flatMap((message, index) => (message === undefined ? [] : [[topics[index], /stopp/.test(message)]])),
    [['t9', true]],
  );
  const others = topics.filter((topic) => topic !== 't5');
  await scene.untilStatus(next, others, 'STOPPED');
  scene.assertEnded(others);
  const held = await scene.view(next, 't5');
  assert.equal(held.status, 'PENDING_STOPPED');
  assert.match(held.pending ?? '', /partition 1: no leader/);
  assert.equal(scene.destination.isFenced('t5'), true, 'no fence is lifted before its barriers');
  assert.deepEqual((await scene.view(next, 't11')).clampedGroups, ['app (partition 0: 9 → 4)']);
  assert.deepEqual((await scene.view(next, 't7')).clampedGroups, ['app (partition 1: 3 → 2)']);
  assert.ok((await scene.view(next, 't3')).partitions.every((each) => each.sourceSeenAtMs !== undefined));

  scene.destination.partition('t5', 1).hasLeader = true;
  await scene.untilStatus(next, ['t5'], 'STOPPED');
  scene.assertEnded(topics);
});

test('records copied just before klink and source are lost count as fetched: a rescue reads none twice (P7) [8]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin();
  await scene.mirror(first, 'orders', [4n, 0n]);
  await scene.world.run(5_000);
  const [partition] = scene.source.topics.get('orders')?.partitions ?? [];
  assert.ok(partition);
  partition.end = 9n;
  await scene.copied('orders');
  scene.kill(first);
  scene.source.reachable = false;

  const next = scene.own(scene.start('next'));
  await scene.serves(next);
  const before = await scene.view(next, 'orders');
  assert.equal(before.partitions[0]?.lastSourceFetchOffset, 4n, 'what is remembered is older than the copy');
  await scene.alter(next, 'failover', ['orders']);
  await scene.untilStatus(next, ['orders'], 'STOPPED');
  const { partitions } = await scene.view(next, 'orders');
  assert.deepEqual(
    partitions.map((each) => each.lastSourceFetchOffset),
    [9n, 0n],
  );
});

test('a failed partition ends at its first bad offset, its barrier at the end of its log [8] [2.6]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [5n]);
  for (const _ of [1, 2]) scene.destination.append('orders', 0, 'foreign');
  await scene.untilStatus(klink, ['orders'], 'FAILED');
  scene.destination.group('app').offsets.set('orders/0', 7n);
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.deepEqual(scene.destination.partition('orders', 0).log.slice(5), ['foreign', 'foreign', 'barrier']);
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 5n);
  const [partition] = (await scene.view(klink, 'orders')).partitions;
  assert.equal(partition?.mirrorEnd, 5n);
  assert.equal(partition?.failure?.reason, 'FOREIGN_WRITE');
  scene.assertEnded(['orders']);
});

test('a dry run answers as the real run does, and changes nothing [P8]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  for (const topic of ['a', 'b']) await scene.mirror(klink, topic, [3n]);
  await scene.alter(klink, 'pause', ['b']);
  for (const [verb, topics] of [
    ['failover', ['a', 'b', 'none']],
    ['promote', ['a', 'b']],
    ['pause', ['a', 'b']],
    ['resume', ['b', 'a']],
  ] as const) {
    const before = picture(scene);
    const calls = klink.ports.calls.length;
    const dry = await scene.alter(klink, verb, topics, { dryRun: true });
    assert.equal(picture(scene), before, `${verb} has changed something`);
    const made = klink.ports.calls.slice(calls).filter((name) => /commit|raise|lift|create|clamp|barrier/.test(name));
    assert.deepEqual(made, []);
    const copy = new Scene(seed);
    const twin = await copy.begin();
    for (const topic of ['a', 'b']) await copy.mirror(twin, topic, [3n]);
    await copy.alter(twin, 'pause', ['b']);
    assert.deepEqual(dry, await copy.alter(twin, verb, topics), `${verb}: not the answer of the real run`);
  }
});

test('a dry run of failover names the groups that the real run lowers, and lowers none [P8] [8 (4)]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'a', [3n, 5n]);
  scene.destination.group('app').offsets.set('a/0', 9n).set('a/1', 5n);
  await scene.world.run(1_000);
  const before = picture(scene);
  const named = async (verb: 'failover' | 'promote' | 'pause', dryRun: boolean) =>
    (await scene.accepted(klink.control.alterMirrors('lk', verb, ['a'], dryRun)))[0]?.groupsAbove;
  assert.deepEqual(await named('failover', true), ['app (partition 0: 9 → 3)']);
  assert.deepEqual(await named('promote', true), ['app (partition 0: 9 → 3)']);
  assert.deepEqual(await named('pause', true), []);
  assert.equal(picture(scene), before);
  assert.deepEqual(await named('failover', false), []);
  await scene.untilStatus(klink, ['a'], 'STOPPED');
  assert.deepEqual((await scene.view(klink, 'a')).clampedGroups, ['app (partition 0: 9 → 3)']);
});

/** Everything that a dry run must leave alone. */
function picture({ destination }: Scene): string {
  const { decisions, audit, fences, groups, topics } = destination;
  const shown = [[...decisions], audit, [...fences], [...groups].map(([name, { offsets }]) => [name, [...offsets]])];
  const logs = [...topics.values()].map(({ name, partitions }) => [name, partitions.map(({ log }) => log)]);
  return JSON.stringify([...shown, logs], (_, each) => (typeof each === 'bigint' ? `${each}` : each));
}

test('a repeated verb gets the published row error, all others go on [P8]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  for (const topic of ['a', 'b']) await scene.mirror(klink, topic, [1n]);
  await scene.alter(klink, 'failover', ['a']);
  await scene.untilStatus(klink, ['a'], 'STOPPED');
  const [a, b] = await scene.alter(klink, 'failover', ['a', 'b']);
  assert.match(a ?? '', /^Topic 'a' has already stopped its mirror from 'lk'/);
  assert.equal(b, undefined);
});

test('promote waits until lag is zero and the groups are synced [8]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin(FILTERS);
  await scene.mirror(klink, 'orders', [5n]);
  scene.source.write('orders', 0, 500n);
  scene.source.commit('app', 'orders', 0, 505n);
  await scene.alter(klink, 'promote', ['orders']);
  await scene.world.run(500);
  const view = await scene.view(klink, 'orders');
  assert.equal(view.status, 'PENDING_STOPPED');
  assert.match(view.pending ?? '', /records are left to copy on 1 partitions/);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.equal(scene.destination.partition('orders', 0).log.indexOf('barrier'), 505, 'nothing was left behind');
  assert.equal(scene.destination.group('app').offsets.get('orders/0'), 505n);
  scene.assertEnded(['orders']);
});

test('promote goes on copying when the source writes on after it had caught up [8]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [5n]);
  await scene.alter(klink, 'promote', ['orders']);
  const caughtUp = () => scene.destination.audit.some((line) => line.includes('promotion-caught-up'));
  await scene.world.until('caught up', 60_000, caughtUp);
  scene.source.write('orders', 0, 7n);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.ok(scene.destination.audit.some((line) => line.includes('promotion-fell-behind')));
  assert.equal(scene.destination.partition('orders', 0).log.indexOf('barrier'), 12);
  scene.assertEnded(['orders']);
});

test('promote is refused while the source does not answer; failover is not [8] [P5]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [5n]);
  scene.source.reachable = false;
  const [message] = await scene.alter(klink, 'promote', ['orders']);
  assert.match(message ?? '', /^The source does not answer.*failover needs no source\./);
  assert.equal(await scene.status(klink, 'orders'), 'ACTIVE');
});

test('a promotion whose proof finds a foreign record is off, and the fence stays [8] [P3]', async () => {
  const scene = new Scene(seed);
  let planted = false;
  const klink = await scene.begin({}, ({ name }) => {
    if (name === 'promotion.prove' && !planted) {
      planted = true;
      scene.destination.append('orders', 0, 'foreign');
    }
    return undefined;
  });
  await scene.mirror(klink, 'orders', [5n]);
  await scene.alter(klink, 'promote', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'FAILED');
  assert.equal((await scene.view(klink, 'orders')).topicError, 'ILLEGAL_STATE');
  assert.equal(scene.destination.partition('orders', 0).barriers, 0);
  assert.equal(scene.destination.isFenced('orders'), true);
  scene.assertNothingBroken();
});

test('once a barrier stands a promotion has no way back: a log that moved ends as a failed partition [8 (3)]', async () => {
  const scene = new Scene(seed);
  let planted = false;
  const klink = await scene.begin({}, ({ name }) => {
    if (name === 'promotion.barrier' && !planted) {
      planted = true;
      // Behind the proof, in front of the barrier.
      scene.destination.append('orders', 1, 'foreign');
    }
    return undefined;
  });
  await scene.mirror(klink, 'orders', [5n, 6n]);
  await scene.alter(klink, 'promote', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  const view = await scene.view(klink, 'orders');
  assert.deepEqual(
    view.partitions.map(({ mirrorEnd, failure }) => [mirrorEnd, failure?.reason]),
    [
      [5n, undefined],
      [6n, 'FOREIGN_WRITE'],
    ],
  );
  scene.assertEnded(['orders']);
});

test('settings the source wants apply at once, those that delete after a day, from the journal alone [8 (5)]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  scene.source.make('orders', [3n], { 'retention.ms': '3600000', 'segment.bytes': '1048576', flush: '1' });
  await scene.accepted(klink.control.createMirror('lk', newMirror('orders')));
  await scene.copied('orders');
  const { settings } = scene.destination.topic('orders');
  assert.equal(settings.get('retention.ms'), '-1');
  const wanted = await klink.control.wantedSettings('orders');
  assert.deepEqual(
    [...(wanted ?? [])],
    [
      ['retention.ms', '3600000'],
      ['segment.bytes', '1048576'],
    ],
  );
  scene.source.reachable = false;
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.equal(settings.get('segment.bytes'), '1048576');
  assert.equal(settings.get('message.timestamp.type'), undefined, 'back to the default');
  assert.equal(settings.get('retention.ms'), '-1', 'nothing is deleted yet');
  assert.match(
    (await scene.view(klink, 'orders')).notes.join(),
    /^settings that delete records apply from .*retention\.ms=3600000/,
  );
  scene.aheadMs += 24 * HOUR_MS;
  await scene.world.run(120_000);
  assert.equal(settings.get('retention.ms'), '3600000');
  assert.deepEqual((await scene.view(klink, 'orders')).notes, []);
});

test('with --retention now everything applies at promotion [8 (5)]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  scene.source.make('orders', [3n], { 'retention.ms': '3600000' });
  await scene.accepted(klink.control.createMirror('lk', newMirror('orders')));
  await scene.copied('orders');
  await scene.alter(klink, 'promote', ['orders'], { retention: 'now' });
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.equal(scene.destination.topic('orders').settings.get('retention.ms'), '3600000');
});

test('a setting that the destination refuses is named and keeps nobody out [8 (5)]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  scene.source.make('orders', [3n], { 'segment.bytes': 'forbidden', 'segment.jitter.ms': '7' });
  await scene.accepted(klink.control.createMirror('lk', newMirror('orders')));
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.match((await scene.view(klink, 'orders')).notes.join(), /setting segment\.bytes was refused/);
  assert.equal(scene.destination.topic('orders').settings.get('segment.jitter.ms'), '7');
});

test('a link whose engine cannot run fails over all the same [8 (1)] [P5]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  scene.kill(klink);
  const next = scene.start('next');
  // Its secret cannot be resolved on the new host.
  const [linkKey = ''] = [...scene.destination.decisions.keys()].filter((key) => key.startsWith('link/'));
  next.ports.engine.without.add(linkKey.slice('link/'.length));
  await scene.serves(scene.own(next));
  await scene.alter(next, 'failover', ['orders']);
  await scene.untilStatus(next, ['orders'], 'STOPPED');
  scene.assertEnded(['orders']);
});

test('no effect of a promotion is sent without the lease; it waits and goes on [4.1]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  klink.ports.ownership.proven = false;
  await scene.alter(klink, 'failover', ['orders']);
  await scene.world.run(10_000);
  assert.equal(scene.destination.partition('orders', 0).barriers, 0);
  assert.match((await scene.view(klink, 'orders')).pending ?? '', /lease of this klink is not proven/);
  klink.ports.ownership.proven = true;
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  scene.assertEnded(['orders']);
});

test('an effect of a term that ended is answered before the next term of this klink acts: one barrier [8 (3)]', async () => {
  // Ownership goes and comes back while a barrier is under way.
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  let held = 0;
  scene.amidBarrier = async () => {
    if (held++ > 0) return;
    scene.lose(klink);
    scene.own(klink);
    await sleep(scene.world.host('elsewhere').clock, 5_000);
  };
  await scene.alter(klink, 'failover', ['orders']);
  await scene.world.run(1_000);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.equal(held, 1);
  scene.assertEnded(['orders']);
});

test('failover while the source writes on: nothing is copied once the mirror has settled [3.6] [8 (1)]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n, 3n]);
  scene.source.write('orders', 0, 10_000n);
  await scene.alter(klink, 'failover', ['orders']);
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  assert.ok(!scene.destination.audit.some((line) => line.includes('proof-outdated')));
  const [partition] = (await scene.view(klink, 'orders')).partitions;
  assert.ok(partition && partition.lag > 9_000n, 'what is left behind is known [P7]');
  scene.assertEnded(['orders']);
});

test('a failover that settles does not say that it waits for the source, which it does not ask [8 (1)] [P5]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  klink.ports.engine.unsettled = 'source unreachable: no route';
  await scene.alter(klink, 'failover', ['orders']);
  const pending = async () => {
    await scene.world.run(6_000);
    return (await scene.view(klink, 'orders')).pending ?? '';
  };
  const settling = 'partition 0: in-flight requests are being settled';
  assert.ok((await pending()).endsWith(`${settling} (the engine's last word: source unreachable: no route)`));
  klink.ports.engine.unsettled = 'waiting for replicas';
  assert.match(await pending(), /partition 0: waiting for replicas$/);
  klink.ports.engine.unsettled = undefined;
  await scene.untilStatus(klink, ['orders'], 'STOPPED');
  scene.assertEnded(['orders']);
});
