/** What the destination lost is counted for good, and shown: count and last, by partition. Rule 2.4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Klink, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();

function lose(klink: Klink, partition: number, from: bigint, to: bigint): void {
  const [linkId = ''] = (klink.ports.engine.assigned.at(-1) ?? []).map(({ source }) => source.linkId);
  klink.ports.engine.tell({ kind: 'destination-truncated', linkId, mirrorTopic: 'orders', partition, from, to });
}

async function shown(scene: Scene, klink: Klink) {
  const { partitions } = await scene.view(klink, 'orders');
  return partitions.map(({ truncations }) => truncations && [truncations.count, truncations.from, truncations.to]);
}

test('DESTINATION_TRUNCATED is counted by partition with its last range and time, audited, and outlives a takeover [2.4]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [9n, 9n]);
  assert.deepEqual(await shown(scene, klink), [undefined, undefined]);
  lose(klink, 1, 9n, 5n);
  await scene.world.run(2_000);
  const firstMs = (await scene.view(klink, 'orders')).partitions[1]?.truncations?.atMs ?? 0;
  lose(klink, 1, 8n, 2n);
  await scene.world.run(2_000);
  assert.deepEqual(await shown(scene, klink), [undefined, [2, 8n, 2n]]);
  const last = (await scene.view(klink, 'orders')).partitions[1]?.truncations?.atMs ?? 0;
  assert.ok(firstMs > 0 && last > firstMs);
  assert.equal(scene.destination.audit.filter((line) => line.includes('destination-truncated')).length, 2);
  scene.kill(klink);
  const next = scene.own(scene.start('next'));
  await scene.serves(next);
  assert.deepEqual(await shown(scene, next), [undefined, [2, 8n, 2n]]);
  await scene.alter(next, 'failover', ['orders']);
  await scene.untilStatus(next, ['orders'], 'STOPPED');
  assert.deepEqual(await shown(scene, next), [undefined, [2, 8n, 2n]], 'an ordinary topic has lost them all the same');
});

test('a loss that the journal does not take at once is counted once it does, each once [2.4]', async () => {
  const scene = new Scene(seed);
  let away = false;
  const klink = await scene.begin({}, ({ name }) => (away && name === 'journal.commit' ? 'unavailable' : undefined));
  await scene.mirror(klink, 'orders', [9n]);
  away = true;
  lose(klink, 0, 9n, 5n);
  lose(klink, 0, 6n, 3n);
  await scene.world.run(5_000);
  assert.deepEqual(await shown(scene, klink), [undefined]);
  away = false;
  await scene.world.run(2_000);
  assert.deepEqual(await shown(scene, klink), [[2, 6n, 3n]]);
});
