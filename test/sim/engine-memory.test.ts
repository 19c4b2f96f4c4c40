/** How much a link holds in memory, and that many partitions of one connection pair all go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writePlain } from '../harness/engine-source.js';
import { staged } from './engine-simulate.js';

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
