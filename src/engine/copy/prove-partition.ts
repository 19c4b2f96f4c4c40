/**
 * One look at one partition for promotion: high watermark = log end, tail proof, barrier or not. Appends nothing. With a
 * source the tail is compared, without one identity alone is proven, and the answer says which. Spec: docs/spec/engine.md
 * 2.3, docs/spec/promotion.md 8.
 */
import type { KafkaCluster } from '../../client/types.js';
import type { MirrorAssignment, PartitionFailure } from '../../model/assignment.js';
import { dataProducerId, markerProducerIds } from './identity.js';
import { settle } from './settle.js';
import { mirrorOf, sourceOf, Topology } from './topology.js';

export interface ProveOptions {
  readonly destination: KafkaCluster;
  /** Undefined: the source is gone or not to be asked (failover). */
  readonly source: KafkaCluster | undefined;
  readonly assignment: MirrorAssignment;
  readonly partition: number;
  /** Highest journalled number of M. */
  readonly markerNumber: number;
}

export type ProveOutcome =
  | {
      readonly kind: 'proven';
      /** Log end = high watermark; with a barrier in the log, the offset of the barrier. */
      readonly end: bigint;
      /** [8] The barrier is there already: it is not written again. */
      readonly hasBarrier: boolean;
      readonly leader: { readonly broker: number; readonly epoch: number };
      /** Undefined: compared with the source. Else why not: identity alone. */
      readonly sourceUnread: string | undefined;
    }
  /** Not now: no leader, replicas behind, the log end moves. Ask again. */
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'failed'; readonly failure: PartitionFailure };

/** Rejects as the client does (NotSent, OutcomeUnknown) when the destination does not answer. */
export async function provePartition(options: ProveOptions): Promise<ProveOutcome> {
  const { destination, source, assignment, partition } = options;
  const destinationTopology = new Topology(destination);
  destinationTopology.want([mirrorOf(assignment)]);
  const sourceTopology = source && new Topology(source);
  sourceTopology?.want([sourceOf(assignment)]);
  const outcome = await settle(
    { destination, destinationTopology, source, sourceTopology },
    {
      mirrorTopic: assignment.mirrorTopic,
      destinationTopicId: assignment.destinationTopicId,
      sourceTopic: assignment.sourceTopic,
      sourceTopicId: assignment.sourceTopicId,
      partition,
      lineageStart: assignment.lineage.startOffsets[partition] ?? 0n,
      ids: { data: dataProducerId(assignment), markers: markerProducerIds(assignment.linkId, options.markerNumber) },
      memory: assignment.memory[partition] ?? noMemory,
      acknowledged: -1n,
      historyEnd: -1n,
    },
  );
  switch (outcome.kind) {
    case 'settled':
      return {
        kind: 'proven',
        end: outcome.barrier ?? outcome.logEnd,
        hasBarrier: outcome.barrier !== undefined,
        leader: outcome.leader,
        sourceUnread: outcome.sourceUnread,
      };
    case 'waiting':
      return outcome;
    case 'failed':
      return { kind: 'failed', failure: { partition, ...outcome.finding } };
  }
}

/** Of a partition that nothing is remembered of. */
export const noMemory = {
  provenPoints: [],
  sourceEpochs: [],
  lastSourceFetchOffset: -1n,
  sourceEnd: -1n,
  sourceLogStart: 0n,
  sourceSeenAtMs: 0,
} as const;
