import assert from 'node:assert/strict';
import test from 'node:test';
import {
  dataProducerId,
  MARKER_EPOCH_MAX,
  markerProducerId,
  markerProducerIds,
  nextMarkerIdentity,
} from './identity.js';

const mirror = { linkId: 'link', destinationTopicId: 'topic', lineage: { number: 1, random: 'aa' } };

test('D: changes with link, topic, lineage number and lineage bits (T11) [1.1] [1.2]', () => {
  const all = [
    mirror,
    { ...mirror, linkId: 'other' },
    { ...mirror, destinationTopicId: 'other' },
    { ...mirror, lineage: { number: 2, random: 'aa' } },
    { ...mirror, lineage: { number: 1, random: 'bb' } },
  ].map(dataProducerId);
  assert.equal(new Set(all).size, all.length);
  assert.equal(dataProducerId(mirror), dataProducerId({ ...mirror }));
});

test('D and M: lie in [2⁶², 2⁶³), so never negative and never allocated [1.2]', () => {
  for (let n = 0; n < 200; n++) {
    for (const id of [markerProducerId('link', n), dataProducerId({ ...mirror, linkId: `link-${n}` })]) {
      assert.ok(id >= 1n << 62n && id < 1n << 63n);
    }
  }
});

test('M: the proof accepts every number up to the journalled one, and no more [1.2]', () => {
  const ids = markerProducerIds('link', 2);
  assert.deepEqual(
    [...ids],
    [0, 1, 2].map((number) => markerProducerId('link', number)),
  );
  assert.ok(!ids.has(markerProducerId('link', 3)) && !ids.has(markerProducerId('other', 0)));
});

test('M: at epoch 32766 the number is raised [1.2]', () => {
  assert.deepEqual(nextMarkerIdentity({ number: 1, epoch: 5 }), { number: 1, epoch: 6 });
  assert.deepEqual(nextMarkerIdentity({ number: 1, epoch: MARKER_EPOCH_MAX }), { number: 2, epoch: 0 });
});
