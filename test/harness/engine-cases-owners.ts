/** Two klinks on one mirror: data is safe whoever writes it, markers need one owner, and what two of them break is found. */
import assert from 'node:assert/strict';
import { markerProducerIds } from '../../src/engine/copy/identity.js';
import { Cases, type Scene } from './engine-cases.js';
import { ownedLease, type TestLink } from './engine-link.js';
import { judge } from './engine-oracle.js';
import { writePlain } from './engine-source.js';

export const ownerCases = new Cases();

/** Every commit leaves a gap of one offset. */
async function transactional(link: TestLink, rounds: number): Promise<void> {
  const transactions = await link.transactions('owners-tx');
  for (let i = 0; i < rounds; i++) {
    await transactions.write(link.source, 1 + (i % 3), { partition: i % 2 });
    await transactions.write(link.source, 1, { partition: (i + 1) % 2 });
    await transactions.end(i % 4 !== 3);
  }
  for (const partition of [0, 1]) await link.sourceStable(partition);
}

async function judged(link: TestLink, partition: number) {
  const markers = markerProducerIds('link-1', link.remembered.marker.number);
  const ids = { data: link.dataId, isMarker: (id: bigint) => markers.has(id) };
  return judge(link.source, link.mirror, partition, ids);
}

ownerCases.add(
  'two klinks, one owner: both write data, one writes markers, every offset is right (X4) [4.1] [P2]',
  async (scene) => {
    const link = await scene.link('x4', { partitions: 2 });
    for (let i = 0; i < 10; i++) for (const partition of [0, 1]) await writePlain(link.source, 3, { partition });
    link.start();
    const other = link.startOne(
      { lease: { ...ownedLease, mayWriteMarkers: () => false, holds: () => false } },
      'klink-2',
    );
    await transactional(link, 40);
    await link.caughtUp(60_000);
    await other.stop();
    for (const partition of [0, 1]) assert.equal((await judged(link, partition)).bad, undefined);
  },
);

ownerCases.add(
  'two klinks that both believe to own: what they break is FAILED at the first bad offset (X4) [2.6] [P3]',
  async (scene) => {
    const link = await scene.link('x4-forced', { partitions: 2 });
    await writePlain(link.source, 3);
    await writePlain(link.source, 3, { partition: 1 });
    link.start();
    const other = link.startOne({ lease: { ...ownedLease, term: () => 2 } }, 'klink-2');
    await transactional(link, 40);
    await settledOrFailed(scene, link);
    await other.stop();
    // What the other did last is found by the guards.
    await link.stopEngine();
    link.start();
    await settledOrFailed(scene, link);
    for (const partition of [0, 1]) {
      const { activity } = link.observed(partition);
      const { bad } = await judged(link, partition);
      if (activity.kind === 'failed') assert.equal(activity.failure.offset, bad?.offset, JSON.stringify(bad?.what));
      else assert.equal(bad, undefined, JSON.stringify(bad?.what));
    }
  },
);

async function settledOrFailed(scene: Scene, link: TestLink): Promise<void> {
  for (const partition of [0, 1]) {
    const end = await link.source.known(-1n, { committed: true, partition });
    await scene.until(`partition ${partition} is at its end or failed`, 60_000, () => {
      const { activity, mirrorHighWatermark } = link.observed(partition);
      return activity.kind === 'failed' || mirrorHighWatermark === end;
    });
  }
}
