import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch, viewOf } from '../../../test/harness/engine-batches.js';
import { ScriptedPartition } from '../../../test/harness/engine-scripted.js';
import { until } from '../../../test/harness/until.js';
import { silentLog } from '../../base/log.js';
import { systemClock } from '../../base/node/clock.js';
import { seededRandom } from '../../base/random.js';
import type { MirrorAssignment } from '../../model/assignment.js';
import type { EngineEvent } from './engine-types.js';
import { dataProducerId } from './identity.js';
import { startEngine } from './mirror-engine.js';
import { noMemory } from './prove-partition.js';
import { rewriteBatch } from './rewrite.js';

const assignment: MirrorAssignment = {
  linkId: 'link-1',
  linkName: 'link',
  mirrorTopic: 't',
  destinationTopicId: 'mirror-id',
  sourceTopic: 't',
  sourceTopicId: 'source-id',
  lineage: { number: 1, random: '00112233445566778899aabbccddeeff', startOffsets: [] },
  mode: 'copy',
  failed: [],
  memory: [noMemory],
};

/** Two records each, copied as klink does. */
function pair(batches: number): { readonly source: ScriptedPartition; readonly mirror: ScriptedPartition } {
  const source = new ScriptedPartition();
  const mirror = new ScriptedPartition();
  source.topicId = 'source-id';
  mirror.topicId = 'mirror-id';
  const original = (i: number) => dataBatch({ at: BigInt(2 * i), values: [`v${2 * i}`, `v${2 * i + 1}`] });
  source.batches = Array.from({ length: batches }, (_, i) => original(i));
  mirror.batches = Array.from({ length: batches }, (_, i) => {
    const copy = viewOf(original(i));
    rewriteBatch(copy, dataProducerId(assignment), 2 * i);
    copy.baseOffset = BigInt(2 * i);
    return copy.bytes;
  });
  return { source, mirror };
}

test('engine: an idle partition whose leader died is settled at the next one, which may have lost what was acknowledged (R3a) [2.4, 3.4]', async (t) => {
  const { source, mirror } = pair(3);
  const events: EngineEvent[] = [];
  const engine = startEngine({
    source: source.cluster(),
    destination: mirror.cluster(),
    surroundings: { clock: systemClock, random: seededRandom(1), log: silentLog },
    lease: { holds: () => true, mayWriteMarkers: () => true, term: () => 1, exclusive: () => true },
    marker: { journalled: () => ({ number: 1, epoch: 0 }), nextEpoch: async () => ({ number: 1, epoch: 1 }) },
    onEvent: (event) => events.push(event),
    switches: { guardEveryMs: 20 },
  });
  t.after(() => engine.stop());
  engine.assign([assignment]);
  const seen = () => engine.observations()[0]?.partitions[0];
  await until('it is caught up', 5_000, () => {
    if (seen()?.activity.kind !== 'caught-up') throw new Error(JSON.stringify(seen()?.activity));
    return seen()?.mirrorEnd === 6n;
  });

  // Nothing is written any more: neither a reply nor the guard's question to the dead broker says what happened.
  mirror.down.add(1);
  mirror.leader = 2;
  mirror.leaderEpoch = 1;
  mirror.batches = mirror.batches.slice(0, 2);
  await until('it is told', 5_000, () => events.some((each) => each.kind === 'destination-truncated'));
  const [told] = events.filter((each) => each.kind === 'destination-truncated');
  assert.deepEqual([told?.from, told?.to], [6n, 4n]);
});
