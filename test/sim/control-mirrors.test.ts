/** Mirror topics: creating, refusing, pausing, failing, following their source. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartitionFailure } from '../../src/model/assignment.js';
import { newMirror, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();

test('mirror create: the fence first, then the topic with working settings, then it is copied [6.1] [3.4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [5n, 0n, 9n]);
  const order = klink.ports.calls.filter((name) => name === 'fence.raise' || name === 'topics.create');
  assert.deepEqual(order.slice(0, 2), ['fence.raise', 'topics.create']);
  const { settings, topicId } = scene.destination.topic('orders');
  assert.equal(settings.get('message.timestamp.type'), 'CreateTime');
  assert.equal(settings.get('retention.ms'), '-1');
  assert.equal(scene.destination.isFenced('orders'), true);
  const [assignment] = klink.ports.engine.assigned.at(-1)?.[0]?.mirrors ?? [];
  assert.equal(assignment?.destinationTopicId, topicId, 'journalled [1.3]');
  assert.equal(assignment?.lineage.number, 1);
  assert.match(assignment?.lineage.random ?? '', /^[0-9a-f]{32}$/);
  const view = await scene.view(klink, 'orders');
  assert.deepEqual([view.status, view.topicError], ['ACTIVE', 'NO_ERROR']);
  assert.deepEqual(
    view.partitions.map(({ partition, lag }) => [partition, lag]),
    [
      [0, 0n],
      [1, 0n],
      [2, 0n],
    ],
  );
  scene.assertNothingBroken();
});

test('mirror create refuses what cannot be kept exact, and changes nothing [P10] [P3]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  scene.source.make('late', [5n, 5n]).partitions[1] = { logStart: 2n, end: 5n };
  scene.source.make('compacted', [5n], { 'cleanup.policy': 'compact,delete' });
  scene.source.make('stamped', [5n], { 'message.timestamp.type': 'LogAppendTime' });
  scene.source.make('old', [5n], { 'message.format.version': '0.10.2-IV0' });
  scene.source.make('taken', [5n]);
  scene.destination.makeTopic('taken', 1, {});
  scene.source.make('free', [1n]);
  const before = [scene.destination.audit.length, scene.destination.fences.size, scene.destination.topics.size];
  for (const [topic, reason] of [
    ['late', 'SOURCE_LOG_START'],
    ['compacted', 'SOURCE_UNSUPPORTED'],
    ['stamped', 'SOURCE_UNSUPPORTED'],
    ['old', 'SOURCE_UNSUPPORTED'],
    ['taken', 'TOPIC_EXISTS'],
    ['missing', 'SOURCE_TOPIC_NOT_FOUND'],
    ['no/slash', 'TOPIC_NAME_INVALID'],
    ['__consumer_offsets', 'TOPIC_RESERVED'],
    ['_klink.state', 'TOPIC_RESERVED'],
  ] as const) {
    assert.equal(await scene.refused(klink.control.createMirror('lk', newMirror(topic))), reason, topic);
  }
  const renamed = { ...newMirror('free'), mirrorTopic: 'other' };
  assert.equal(await scene.refused(klink.control.createMirror('lk', renamed)), 'TOPIC_RENAMED');
  const following = { ...newMirror('free'), settings: new Map([['retention.ms', '1']]) };
  assert.equal(await scene.refused(klink.control.createMirror('lk', following)), 'SETTING_UNSUPPORTED');
  assert.equal(await scene.refused(klink.control.createMirror('none', newMirror('free'))), 'LINK_NOT_FOUND');
  scene.source.reachable = false;
  assert.equal(await scene.refused(klink.control.createMirror('lk', newMirror('free'))), 'SOURCE_UNREACHABLE');
  const { audit, fences, topics } = scene.destination;
  assert.deepEqual([audit.length, fences.size, topics.size], before);
});

test('mirror create twice, and of a mirror that another link has', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [1n]);
  await scene.accepted(scene.createLink(klink, 'lk2'));
  for (const link of ['lk', 'lk2']) {
    assert.equal(await scene.refused(klink.control.createMirror(link, newMirror('orders'))), 'MIRROR_EXISTS');
  }
});

test('a topic that appears in between is not taken over: the mirror is given up, its fence goes [6.4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin({}, ({ name }) => {
    if (name === 'topics.create' && !scene.destination.topics.has('orders')) {
      scene.destination.makeTopic('orders', 1, {}).partitions[0]?.log.push('foreign');
    }
    return undefined;
  });
  scene.source.make('orders', [3n]);
  assert.equal(await scene.refused(klink.control.createMirror('lk', newMirror('orders'))), 'DESTINATION_REFUSED');
  assert.equal(await scene.status(klink, 'orders'), 'MIRROR_NOT_FOUND');
  await scene.world.run(30_000);
  assert.equal(scene.destination.isFenced('orders'), false);
});

test('an empty topic that appears in between is set right before it is copied to [3.4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin({}, ({ name }) => {
    if (name === 'topics.create' && !scene.destination.topics.has('orders')) {
      scene.destination.makeTopic('orders', 1, { 'message.timestamp.type': 'LogAppendTime' });
    }
    return undefined;
  });
  scene.source.make('orders', [3n]);
  const made = klink.control.createMirror('lk', newMirror('orders'));
  await scene.world.until('the first record', 60_000, () => {
    return (scene.destination.topics.get('orders')?.partitions[0]?.log.length ?? 0) > 0;
  });
  assert.equal(scene.destination.topic('orders').settings.get('message.timestamp.type'), 'CreateTime');
  await scene.accepted(made);
});

test('killed at any call of mirror create: a decided mirror is made, an undecided one leaves nothing [P8]', async () => {
  for (const fault of ['kill-before', 'kill-after'] as const) {
    for (let at = 1; at <= 12; at++) {
      const scene = new Scene(seed);
      let before: number | undefined;
      const first = await scene.begin({}, ({ number }) =>
        before !== undefined && number - before === at ? fault : undefined,
      );
      scene.source.make('orders', [3n]);
      before = first.ports.calls.length;
      first.control.createMirror('lk', newMirror('orders')).catch(() => undefined);
      await scene.world.run(20_000);
      const klink = first.killed ? scene.own(scene.start('b')) : first;
      await scene.serves(klink);
      await scene.world.run(20_000);
      const status = await scene.status(klink, 'orders');
      if (status === 'MIRROR_NOT_FOUND') {
        assert.equal(scene.destination.topics.has('orders'), false, `call ${at}`);
        assert.equal(scene.destination.isFenced('orders'), false, `call ${at}`);
      } else {
        assert.equal(status, 'ACTIVE', `call ${at}`);
        await scene.copied('orders');
        assert.equal(scene.destination.isFenced('orders'), true, `call ${at}`);
      }
      scene.assertNothingBroken();
    }
  }
});

test('pause holds, resume goes on; each twice is refused with a reason', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  assert.deepEqual(await scene.alter(klink, 'pause', ['orders']), [undefined]);
  assert.equal(await scene.status(klink, 'orders'), 'PAUSED');
  scene.source.write('orders', 0, 5n);
  await scene.world.run(5_000);
  assert.equal(scene.destination.partition('orders', 0).end, 3n);
  const [partition] = (await scene.view(klink, 'orders')).partitions;
  assert.deepEqual(
    [partition?.lag, partition?.sourceEnd, partition?.activity],
    [5n, 8n, 'held'],
    'it goes on observing',
  );
  assert.match((await scene.alter(klink, 'pause', ['orders']))[0] ?? '', /paused already/);
  assert.deepEqual(await scene.alter(klink, 'resume', ['orders']), [undefined]);
  await scene.copied('orders');
  assert.match((await scene.alter(klink, 'resume', ['orders']))[0] ?? '', /mirrored already/);
});

test('a failed partition makes its mirror FAILED with the published error; the others go on [2.6] [P3]', async () => {
  for (const [reason, published] of [
    ['FOREIGN_WRITE', 'ILLEGAL_STATE'],
    ['SOURCE_RECREATED', 'SOURCE_TOPIC_ID_CHANGED'],
    ['TRUNCATED', 'UNEXPECTED_TRUNCATION'],
    ['UNSUPPORTED_BATCH', 'UNSUPPORTED_MESSAGE_FORMAT'],
  ] as const) {
    const scene = new Scene(seed);
    const klink = await scene.begin();
    await scene.mirror(klink, 'orders', [3n, 3n]);
    const failure: PartitionFailure = { partition: 1, reason, offset: 2n, detail: 'seen' };
    klink.ports.engine.fail(linkId(scene), 'orders', failure);
    await scene.untilStatus(klink, ['orders'], 'FAILED');
    const view = await scene.view(klink, 'orders');
    assert.equal(view.topicError, published);
    assert.deepEqual(view.partitions[1]?.failure, { reason, offset: 2n, detail: 'seen' });
    scene.source.write('orders', 0, 4n);
    scene.source.write('orders', 1, 4n);
    await scene.world.run(5_000);
    assert.deepEqual(
      scene.destination.topic('orders').partitions.map(({ end }) => end),
      [7n, 3n],
    );
    const { partitionCounts } = await scene.accepted(klink.control.link('lk'));
    assert.deepEqual([...partitionCounts].sort(), [
      ['ACTIVE', 1],
      ['IN_ERROR', 1],
    ]);
  }
});

test('a failure that the journal could not take at that moment is not lost [2.6] [P3]', async () => {
  const scene = new Scene(seed);
  let deaf = false;
  const klink = await scene.begin({}, ({ name }) => (deaf && name === 'journal.commit' ? 'unavailable' : undefined));
  await scene.mirror(klink, 'orders', [3n]);
  deaf = true;
  klink.ports.engine.fail(linkId(scene), 'orders', { partition: 0, reason: 'DIVERGED', offset: 1n, detail: '' });
  await scene.world.run(10_000);
  assert.equal(await scene.status(klink, 'orders'), 'ACTIVE');
  deaf = false;
  await scene.untilStatus(klink, ['orders'], 'FAILED', 10_000);
});

test('a failed mirror is made anew once its topic is deleted, under a lineage of its own [1.1] [5.2]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  const first = klink.ports.engine.assigned.at(-1)?.[0]?.mirrors[0]?.lineage;
  klink.ports.engine.fail(linkId(scene), 'orders', { partition: 0, reason: 'DIVERGED', offset: 1n, detail: '' });
  await scene.untilStatus(klink, ['orders'], 'FAILED');
  await scene.world.run(5_000);
  assert.equal(await scene.refused(klink.control.createMirror('lk', newMirror('orders'))), 'TOPIC_EXISTS');
  scene.destination.topics.delete('orders');
  scene.kill(klink);
  // Another process: the fake engine would remember the failure.
  const next = scene.own(scene.start('b'));
  await scene.serves(next);
  await scene.accepted(next.control.createMirror('lk', newMirror('orders')));
  await scene.copied('orders');
  const second = next.ports.engine.assigned.at(-1)?.[0]?.mirrors[0];
  assert.equal(second?.lineage.number, 2);
  assert.notEqual(second?.lineage.random, first?.random);
  assert.equal(second?.memory[0]?.lastSourceFetchOffset, -1n, 'nothing is remembered of the earlier one');
});

test('partitions added at the source appear at the mirror, and start at 0', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  scene.source.topics.get('orders')?.partitions.push({ logStart: 0n, end: 4n });
  await scene.world.until(
    'a second partition',
    60_000,
    () => scene.destination.topic('orders').partitions.length === 2,
  );
  await scene.copied('orders');
  const [assignment] = klink.ports.engine.assigned.at(-1)?.[0]?.mirrors ?? [];
  assert.deepEqual(assignment?.lineage.startOffsets, [0n, 0n]);
  assert.equal((await scene.view(klink, 'orders')).partitions.length, 2);
});

test('working settings that somebody has changed are put right within a minute [3.4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  scene.destination.topic('orders').settings.set('retention.ms', '1');
  await scene.world.run(70_000);
  assert.equal(scene.destination.topic('orders').settings.get('retention.ms'), '-1');
  scene.destination.topic('orders').settings.set('cleanup.policy', 'compact');
  await scene.finish(klink.control.correctSettings('orders', ['cleanup.policy']));
  assert.equal(
    scene.destination.topic('orders').settings.get('cleanup.policy'),
    'delete',
    'at once, when the engine asks',
  );
});

test('deleting a mirror topic forgets the mirror and takes its fence away [6.4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  assert.equal(await scene.accepted(klink.control.deleteMirror('other')), false);
  assert.equal(await scene.accepted(klink.control.deleteMirror('orders')), true);
  assert.equal(await scene.status(klink, 'orders'), 'MIRROR_NOT_FOUND');
  assert.equal(await klink.control.wantedSettings('orders'), undefined);
  await scene.world.run(15_000);
  assert.equal(scene.destination.isFenced('orders'), false);
});

test('every mirror of every link, one link, one that does not exist', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.accepted(scene.createLink(klink, 'lk2'));
  await scene.mirror(klink, 'b', [1n]);
  await scene.mirror(klink, 'a', [1n]);
  await scene.mirror(klink, 'c', [1n], 'lk2');
  const names = async (link: string | undefined) =>
    (await scene.accepted(klink.control.mirrors(link))).map(({ mirrorTopic }) => mirrorTopic);
  assert.deepEqual(await names(undefined), ['a', 'b', 'c']);
  assert.deepEqual(await names('lk2'), ['c']);
  assert.equal(await scene.refused(klink.control.mirrors('none')), 'LINK_NOT_FOUND');
  assert.equal(await scene.refused(klink.control.mirror('lk', 'c')), 'MIRROR_NOT_FOUND');
});

function linkId(scene: Scene): string {
  const key = [...scene.destination.decisions.keys()].find((each) => each.startsWith('link/'));
  assert.ok(key);
  return key.slice('link/'.length);
}
