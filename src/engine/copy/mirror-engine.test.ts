import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { dataBatch, viewOf } from '../../../test/harness/engine-batches.js';
import { ScriptedPartition } from '../../../test/harness/engine-scripted.js';
import { until } from '../../../test/harness/until.js';
import { silentLog } from '../../base/log.js';
import { systemClock } from '../../base/node/clock.js';
import { seededRandom } from '../../base/random.js';
import type { MirrorAssignment, PartitionObservation } from '../../model/assignment.js';
import type { Engine, EngineEvent } from './engine-types.js';
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

interface Scene {
  readonly source: ScriptedPartition;
  readonly mirror: ScriptedPartition;
  readonly engine: Engine;
  readonly clamps: readonly bigint[];
  seen(): PartitionObservation | undefined;
  truncations(): readonly (readonly [bigint, bigint])[];
}

/** Six records on both sides, and an engine that has seen that they are equal. */
async function caughtUp(t: TestContext): Promise<Scene> {
  const { source, mirror } = pair(3);
  const events: EngineEvent[] = [];
  const clamps: bigint[] = [];
  const engine = startEngine({
    source: source.cluster(),
    destination: mirror.cluster(),
    surroundings: { clock: systemClock, random: seededRandom(1), log: silentLog },
    lease: { holds: () => true, mayWriteMarkers: () => true, term: () => 1, exclusive: () => true },
    marker: { journalled: () => ({ number: 1, epoch: 0 }), nextEpoch: async () => ({ number: 1, epoch: 1 }) },
    onEvent: (event) => events.push(event),
    clampGroups: async (_topic, _partition, end) => void clamps.push(end),
    switches: { guardEveryMs: 20 },
  });
  t.after(() => engine.stop());
  engine.assign([assignment]);
  const seen = () => engine.observations()[0]?.partitions[0];
  await until('it is caught up', 5_000, () => {
    if (seen()?.activity.kind !== 'caught-up') throw new Error(JSON.stringify(seen()?.activity));
    return seen()?.mirrorEnd === 6n;
  });
  const truncations = () =>
    events.flatMap((each) => (each.kind === 'destination-truncated' ? [[each.from, each.to] as const] : []));
  return { source, mirror, engine, clamps, seen, truncations };
}

/** Nothing is written any more: neither a reply nor the guard's question to the dead broker says what happened. */
function leaderDies(mirror: ScriptedPartition, batchesLeft: number): void {
  mirror.down.add(1);
  mirror.leader = 2;
  mirror.leaderEpoch = 1;
  mirror.batches = mirror.batches.slice(0, batchesLeft);
}

test('engine: an idle partition whose leader died is settled at the next one, which may have lost what was acknowledged (R3a) [2.4, 3.4]', async (t) => {
  const { mirror, truncations } = await caughtUp(t);
  leaderDies(mirror, 2);
  await until('it is told', 5_000, () => truncations().length > 0);
  assert.deepEqual(truncations(), [[6n, 4n]]);
});

test('engine: what the destination lost is told once and lowers groups while the source is waited for, and a mirror that ends waits for nothing [2.4] [8 (1)] [P5]', async (t) => {
  const { source, mirror, engine, seen, truncations, clamps } = await caughtUp(t);
  source.down.add(1);
  const asked = mirror.metadataAsked;
  leaderDies(mirror, 2);
  await until('it waits for the source', 5_000, () => {
    const activity = seen()?.activity;
    if (activity?.kind !== 'waiting' || !/does not answer/.test(activity.reason))
      throw new Error(JSON.stringify(activity));
    return true;
  });
  await until('it has tried again', 5_000, () => mirror.metadataAsked > asked + 10);
  assert.deepEqual([truncations(), clamps], [[[6n, 4n]], [4n]]);
  engine.assign([{ ...assignment, mode: 'settle' }]);
  await until('it has settled', 5_000, () => {
    const activity = seen()?.activity;
    if (activity?.kind !== 'settled') throw new Error(JSON.stringify(activity));
    return activity.end === 4n;
  });
  assert.deepEqual([truncations(), clamps], [[[6n, 4n]], [4n]]);
});
