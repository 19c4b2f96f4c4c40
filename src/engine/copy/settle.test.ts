import assert from 'node:assert/strict';
import test from 'node:test';
import { dataBatch, markerBatch, viewOf } from '../../../test/harness/engine-batches.js';
import { ScriptedPartition } from '../../../test/harness/engine-scripted.js';
import type { PartitionMemory, ProvenPoint } from '../../model/assignment.js';
import { noMemory } from './prove-partition.js';
import { rewriteBatch } from './rewrite.js';
import { type SettleOutcome, settle } from './settle.js';
import type { Subject } from './subject.js';
import { Topology } from './topology.js';

const D = (1n << 62n) + 7n;
const M = (1n << 62n) + 9n;

/** Source and mirror with `batches` of two records each, copied as klink does. */
class Pair {
  readonly source = new ScriptedPartition();
  readonly mirror = new ScriptedPartition();
  memory: PartitionMemory = noMemory;
  lineageStart = 0n;
  acknowledged = -1n;
  historyEnd = -1n;
  sourceIsAsked = true;

  constructor(batches: number, epochs: { source?: number; mirror?: number } = {}) {
    this.source.topicId = 'source-id';
    this.mirror.topicId = 'mirror-id';
    this.source.leaderEpoch = epochs.source ?? 0;
    this.mirror.leaderEpoch = epochs.mirror ?? 0;
    this.source.batches = Array.from({ length: batches }, (_, i) => this.original(i, epochs.source ?? 0));
    this.mirror.batches = Array.from({ length: batches }, (_, i) => this.copy(i, epochs.mirror ?? 0));
  }

  original(i: number, epoch: number, what = 'v'): Buffer {
    return dataBatch({ at: BigInt(2 * i), values: [`${what}${2 * i}`, `${what}${2 * i + 1}`], epoch });
  }

  copy(i: number, epoch: number, what = 'v'): Buffer {
    const batch = viewOf(this.original(i, 0, what));
    rewriteBatch(batch, D, 2 * i);
    batch.baseOffset = BigInt(2 * i);
    batch.partitionLeaderEpoch = epoch;
    return batch.bytes;
  }

  remember(points: readonly Partial<ProvenPoint>[], more: Partial<PartitionMemory> = {}): this {
    const provenPoints = points.map((point) => ({
      offset: 0n,
      nextSequence: Number(point.offset ?? 0n),
      destinationLogStart: 0n,
      destinationEpoch: 0,
      sourceEpoch: 0,
      ...point,
    }));
    this.memory = { ...noMemory, provenPoints, ...more };
    return this;
  }

  settle(): Promise<SettleOutcome> {
    const [source, destination] = [this.source.cluster(), this.mirror.cluster()];
    const topologies = [new Topology(source), new Topology(destination)] as const;
    topologies[0].want([{ name: 't', topicId: 'source-id' }]);
    topologies[1].want([{ name: 't', topicId: 'mirror-id' }]);
    const subject: Subject = {
      mirrorTopic: 't',
      destinationTopicId: 'mirror-id',
      sourceTopic: 't',
      sourceTopicId: 'source-id',
      partition: 0,
      lineageStart: this.lineageStart,
      ids: { data: D, markers: new Set([M]) },
      memory: this.memory,
      acknowledged: this.acknowledged,
      historyEnd: this.historyEnd,
    };
    return settle(
      {
        destination,
        destinationTopology: topologies[1],
        source: this.sourceIsAsked ? source : undefined,
        sourceTopology: this.sourceIsAsked ? topologies[0] : undefined,
      },
      subject,
    );
  }

  async found(): Promise<string> {
    const outcome = await this.settle();
    if (outcome.kind === 'settled') return `settled at ${outcome.logEnd}, next ${outcome.nextSequence}`;
    return outcome.kind === 'waiting'
      ? `waiting: ${outcome.reason}`
      : `${outcome.finding.reason} ${outcome.finding.offset}`;
  }
}

test('settle: the log end is the position, and the last D batch gives the sequence [2.1] [3.1]', async () => {
  assert.equal(await new Pair(5).found(), 'settled at 10, next 10');
});

test('settle: waits until the high watermark is the log end (T13) [2.1]', async () => {
  const pair = new Pair(5);
  pair.mirror.highWatermark = 8n;
  assert.equal(await pair.found(), 'waiting: waiting for replicas');
});

test('settle: without a leader, or under another leader epoch, nothing is known [2.1]', async () => {
  const none = new Pair(5);
  none.mirror.leader = -1;
  assert.equal(await none.found(), 'waiting: no leader');
  const moved = new Pair(5);
  moved.mirror.onAsk = (api) => {
    if (api === 'OffsetForLeaderEpoch') moved.mirror.leaderEpoch = 3;
  };
  assert.match(await moved.found(), /^waiting: the log end could not be read: FENCED_LEADER_EPOCH/);
});

test('settle: everything is read again when the log end has moved meanwhile (R1) [2.3]', async () => {
  const pair = new Pair(5);
  pair.mirror.onAsk = (api) => {
    if (api === 'DescribeProducers' && pair.mirror.batches.length === 5) {
      pair.mirror.batches = [...pair.mirror.batches, pair.copy(5, 0)];
      pair.source.batches = [...pair.source.batches, pair.original(5, 0)];
    }
  };
  assert.equal(await pair.found(), 'waiting: the log end is moving');
  assert.equal(await pair.found(), 'settled at 12, next 12');
});

test('settle: a topic that became another one while it was read is not believed [1.3]', async () => {
  const pair = new Pair(5);
  pair.mirror.onAsk = (api) => {
    if (api === 'DescribeProducers') pair.mirror.topicId = 'another-id';
  };
  assert.equal(await pair.found(), 'DESTINATION_RECREATED 0');
});

test('settle: a truncated destination is told, and goes on where it agrees with the source (R3a) [2.4]', async () => {
  const pair = new Pair(5, { mirror: 2 }).remember([{ offset: 10n, destinationEpoch: 0 }]);
  pair.mirror.batches = [pair.copy(0, 0), pair.copy(1, 0), pair.copy(2, 0)];
  const outcome = await pair.settle();
  assert.ok(outcome.kind === 'settled', outcome.kind);
  assert.deepEqual([outcome.logEnd, outcome.nextSequence], [6n, 6]);
  assert.deepEqual(outcome.truncated, { from: 10n, to: 6n });
  assert.deepEqual(outcome.points, []);
});

test('settle: a log that fell below what was acknowledged to this process is truncated, point or not [2.4]', async () => {
  const pair = new Pair(5);
  pair.acknowledged = 14n;
  const outcome = await pair.settle();
  assert.ok(outcome.kind === 'settled', outcome.kind);
  assert.deepEqual(outcome.truncated, { from: 14n, to: 10n });
});

test('settle: truncated, then filled up by somebody else to exactly the point: found, at the right offset (R3b) [2.3]', async () => {
  const pair = new Pair(5, { mirror: 2 }).remember([{ offset: 10n, destinationEpoch: 0 }]);
  const foreign = (at: bigint) => dataBatch({ at, values: ['x', 'x'], epoch: 2 });
  pair.mirror.batches = [pair.copy(0, 0), pair.copy(1, 0), foreign(4n), foreign(6n), foreign(8n)];
  const outcome = await pair.settle();
  assert.ok(outcome.kind === 'failed', outcome.kind);
  assert.deepEqual([outcome.finding.reason, outcome.finding.offset], ['FOREIGN_WRITE', 4n]);
  assert.deepEqual(outcome.truncated, { from: 10n, to: 4n });
});

test('settle: an older point that passes its test is taken, the younger ones are void [2.3]', async () => {
  const pair = new Pair(5, { mirror: 4 }).remember([
    { offset: 10n, destinationEpoch: 2 },
    { offset: 4n, destinationEpoch: 0 },
  ]);
  pair.mirror.batches = [pair.copy(0, 0), pair.copy(1, 0), pair.copy(2, 2)];
  const outcome = await pair.settle();
  assert.ok(outcome.kind === 'settled', outcome.kind);
  assert.deepEqual(
    outcome.points.map((each) => each.offset),
    [4n],
  );
  assert.deepEqual(outcome.truncated, { from: 10n, to: 6n });
});

test('settle: a leader that does not know its epochs has not answered the test of a point [2.3]', async () => {
  const pair = new Pair(5).remember([{ offset: 10n, destinationEpoch: 0 }]);
  pair.mirror.leaderEpoch = 1;
  pair.mirror.epochEnds.set(0, 'unknown');
  assert.equal(await pair.found(), 'waiting: the leader does not know its epochs yet');
});

test('settle: what the destination lost and the source has no more is RANGE_LOST [2.4]', async () => {
  const pair = new Pair(5, { mirror: 2 }).remember([{ offset: 10n, destinationEpoch: 0 }]);
  pair.mirror.batches = [pair.copy(0, 0), pair.copy(1, 0)];
  pair.source.logStart = 6n;
  assert.equal(await pair.found(), 'RANGE_LOST 4');
});

test('settle: what the destination lost waits for a source that cannot be reached [2.4]', async () => {
  const pair = new Pair(5, { mirror: 2 }).remember([{ offset: 10n, destinationEpoch: 0 }]);
  pair.mirror.batches = [pair.copy(0, 0), pair.copy(1, 0)];
  pair.source.leader = -1;
  assert.equal(await pair.found(), 'waiting: the source partition has no leader');
});

test('settle: the number of records since the point must give the sequence, also when it is lower [3.1]', async () => {
  const pair = new Pair(5).remember([{ offset: 4n, nextSequence: 6 }]);
  assert.equal(await pair.found(), 'DIVERGED 4');
});

test('settle: the first D batch of a lineage has its first sequence [3.1]', async () => {
  const pair = new Pair(5);
  const shifted = viewOf(pair.original(0, 0));
  rewriteBatch(shifted, D, 5);
  pair.mirror.batches = [shifted.bytes];
  assert.equal(await pair.found(), 'DIVERGED 0');
});

test('settle: producer state that disagrees with the log is waited for, never taken [3.1]', async () => {
  const pair = new Pair(5);
  pair.mirror.producers = [{ producerId: D, lastSequence: 12 }];
  assert.match(await pair.found(), /^waiting: .*sequence 9.*12/);
  pair.mirror.producers = [{ producerId: D, lastSequence: 9 }];
  assert.equal(await pair.found(), 'settled at 10, next 10');
});

test('settle: a log start above what klink asked for is RANGE_LOST from there [2.5]', async () => {
  const pair = new Pair(5);
  pair.mirror.logStart = 4n;
  pair.mirror.batches = pair.mirror.batches.slice(2);
  assert.equal(await pair.found(), 'RANGE_LOST 0');
  pair.source.logStart = 4n;
  assert.equal(await pair.found(), 'settled at 10, next 10');
});

test('settle: a source that ends below the mirror is TRUNCATED there, never "cannot be read" [2.3]', async () => {
  const pair = new Pair(5);
  pair.source.batches = pair.source.batches.slice(0, 3);
  assert.equal(await pair.found(), 'TRUNCATED 6');
});

test('settle: markers above the source end are an overshoot, not its truncation [2.6] [4.4]', async () => {
  const pair = new Pair(5);
  pair.mirror.batches = [...pair.mirror.batches, markerBatch({ at: 10n, producerId: M })];
  assert.equal(await pair.found(), 'OVERSHOOT 10');
});

test('settle: a source that was made again ends the mirror at its end, behind the look for foreign writes [1.3] [2.6]', async () => {
  const pair = new Pair(5);
  pair.source.topicId = 'another-id';
  assert.equal(await pair.found(), 'SOURCE_RECREATED 10');
  pair.mirror.batches = [...pair.mirror.batches, dataBatch({ at: 10n })];
  assert.equal(await pair.found(), 'FOREIGN_WRITE 10');
});

test('settle: without the source identity alone is proven, and said so [2.3]', async () => {
  const pair = new Pair(5);
  pair.sourceIsAsked = false;
  const outcome = await pair.settle();
  assert.ok(outcome.kind === 'settled');
  assert.equal(outcome.sourceUnread, 'the source is not asked');
});

test('settle: a batch in the middle that differs from the source is found, at its first different record [2.3] [2.6]', async () => {
  const pair = new Pair(5);
  pair.mirror.batches = [0, 1, 2, 3, 4].map((i) => pair.copy(i, 0, i === 1 ? 'w' : 'v'));
  assert.equal(await pair.found(), 'DIVERGED 2');
});

test('settle: the source is read with the epoch of the batch before, and its diverging answer ends the mirror (R4) [3.5]', async () => {
  const pair = new Pair(5, { source: 3 }).remember([{ offset: 6n, sourceEpoch: 1 }], {
    sourceEpochs: [{ epoch: 1, offset: 0n }],
  });
  pair.source.diverging = { epoch: 1, endOffset: 4n };
  assert.equal(await pair.found(), 'TRUNCATED 4');
  assert.equal(pair.source.fetchedWith[0], 1);
});

test('settle: a history that changed behind the point is told by what this process mirrored (R4) [3.5]', async () => {
  const pair = new Pair(5, { source: 3 }).remember([{ offset: 4n, sourceEpoch: 1 }], {
    sourceEpochs: [{ epoch: 1, offset: 0n }],
  });
  pair.acknowledged = 10n;
  pair.historyEnd = 10n;
  pair.source.epochEnds.set(1, { epoch: 1, end: 8n });
  assert.equal(await pair.found(), 'TRUNCATED 8');
});

test('settle: what was proven by identity alone may be of an epoch that is not remembered yet [3.5]', async () => {
  // A klink was killed behind its last point, where the source had a new epoch; the next one met the log while the source
  // was away, and settled by identity alone.
  const pair = new Pair(5, { source: 3 }).remember([{ offset: 2n }], { sourceEpochs: [{ epoch: 0, offset: 0n }] });
  pair.source.batches = Array.from({ length: 5 }, (_, i) => pair.original(i, i < 2 ? 0 : 3));
  pair.source.epochEnds.set(0, { epoch: 0, end: 4n });
  pair.acknowledged = 10n;
  pair.historyEnd = -1n;
  const settled = await pair.settle();
  assert.equal(
    settled.kind,
    'settled',
    JSON.stringify(settled, (_, value) => String(value)),
  );
});

test('settle: a source that lost the end of a transaction shows its data no more: the first bad offset [2.6]', async () => {
  const pair = new Pair(5).remember([{ offset: 10n }], { sourceEpochs: [{ epoch: 0, offset: 0n }] });
  pair.source.leaderEpoch = 1;
  pair.source.epochEnds.set(0, { epoch: 0, end: 8n });
  // The records at 4 and 5 were committed by a marker behind 8, and are aborted now.
  const aborted = dataBatch({ at: 4n, values: ['v4', 'v5'], producerId: 5n, transactional: true });
  const rest = [0, 1, 3, 4].map((i) => pair.original(i, 0));
  pair.source.batches = [...rest.slice(0, 2), aborted, ...rest.slice(2)];
  pair.source.aborted = [{ producerId: 5n, firstOffset: 4n }];
  assert.equal(await pair.found(), 'TRUNCATED 4');
});

test('settle: the epoch of the last mirrored source batch is what copying goes on with [3.5]', async () => {
  const pair = new Pair(5, { source: 3 });
  const outcome = await pair.settle();
  assert.ok(outcome.kind === 'settled');
  assert.deepEqual([outcome.sourceEpoch, outcome.sourceEpochs], [3, [{ epoch: 3, offset: 0n }]]);
});
