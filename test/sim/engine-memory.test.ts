/** What a link holds in memory and how much of it, and that many partitions of one connection pair all go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markerProducerIds } from '../../src/engine/copy/identity.js';
import { judge } from '../harness/engine-oracle.js';
import { writePlain } from '../harness/engine-source.js';
import { poisonGivenBack } from '../harness/poison.js';
import { staged } from './engine-simulate.js';

test('memory: answers that were given back are read over, and nobody looked at them any more [Bounds] [P1]', async () => {
  const poisoned = poisonGivenBack();
  await staged(1, async (scene, world) => {
    const link = await scene.link('reused', { partitions: 2 });
    link.start();
    const writeLarge = async () => {
      for (let i = 0; i < 20; i++) await writePlain(link.source, 1 + (i % 4), { partition: i % 2, valueBytes: 60_000 });
    };
    await writeLarge();
    // What was under way is lost, and is read again over another connection.
    world.world.net.cut('klink', 'destination');
    await writeLarge();
    world.world.net.heal('klink', 'destination');
    await writeLarge();
    const markers = markerProducerIds('link-1', link.remembered.marker.number);
    for (const partition of [0, 1]) {
      const end = await link.source.known(-1n, { partition });
      await world.until('everything is copied', 120_000, () => {
        return link.engine?.observations()[0]?.partitions[partition]?.mirrorEnd === end;
      });
      const ids = { data: link.dataId, isMarker: (id: bigint) => markers.has(id) };
      assert.equal((await judge(link.source, link.mirror, partition, ids)).bad, undefined);
    }
  });
  assert.ok(poisoned.times > 5, `given back ${poisoned.times} times`);
});

test('memory: a thousand partitions of one connection pair hold no more than the bound, and all of them go on', async () => {
  const partitions = 1_000;
  const queueBytesMax = 12 << 20;
  await staged(1, async (scene, world) => {
    const made = await scene.link('many', { partitions, engine: { limits: { queueBytesMax } } });
    made.start();
    const seen = () => made.engine?.observations()[0]?.partitions ?? [];
    await world.until('all are settled', 120_000, () => {
      return seen().length === partitions && seen().every((each) => each.activity.kind === 'caught-up');
    });
    world.world.pause('destination');
    world.world.net.cut('klink', 'source');
    for (let partition = 0; partition < partitions; partition++) {
      for (let i = 0; i < 3; i++) await writePlain(made.source, 1, { partition, valueBytes: 9_000 });
    }
    world.world.net.heal('klink', 'source');
    let most = 0;
    const startMs = world.clock.monotonicMs();
    await world.until('memory is full', 20_000, () => {
      most = Math.max(most, made.engine?.bytesHeld ?? 0);
      return world.clock.monotonicMs() - startMs > 5_000;
    });
    world.world.resume('destination');
    await world.until('everything is copied', 120_000, () => seen().every((each) => each.mirrorEnd === 3n));
    // 27 MB are there to be had.
    assert.ok(most > queueBytesMax / 2 && most <= queueBytesMax * 1.5, `${most} bytes of ${queueBytesMax}`);
    assert.equal(made.engine?.bytesHeld, 0);
  });
});
