/**
 * What control tells the engine (assignment) and what the engine tells control (observation) about a mirror topic.
 * Plain values: control makes assignments from the journal alone, the engine never reads the journal.
 */

/** Exactness 1.1: a counter and 128 random bits, drawn whenever the mirror's history begins anew. */
export interface Lineage {
  readonly number: number;
  /** 32 hex digits. */
  readonly random: string;
  /** Per partition: below this offset nothing is proven again. Partitions added later start at 0. */
  readonly startOffsets: readonly bigint[];
}

export type FailureReason =
  | 'FOREIGN_WRITE'
  | 'DIVERGED'
  | 'TRUNCATED'
  | 'RANGE_LOST'
  | 'OVERSHOOT'
  | 'SOURCE_RECREATED'
  | 'DESTINATION_RECREATED'
  /** What this slice does not copy yet: holes of compaction, LogAppendTime, formats below 2. */
  | 'UNSUPPORTED_BATCH'
  /** A working setting was changed in a way that may have bent data (exactness 3.4). */
  | 'SETTINGS_CHANGED';

export interface PartitionFailure {
  readonly partition: number;
  readonly reason: FailureReason;
  /** First bad offset: the end of this partition for groups and promotion. */
  readonly offset: bigint;
  readonly detail: string;
}

/** Exactness 2.4: the destination lost acknowledged records, offsets [to, from). */
export interface Truncation {
  /** The end that was acknowledged, or proven, before. */
  readonly from: bigint;
  /** The end that was found instead. */
  readonly to: bigint;
}

/** Exactness 2.2: everything at or below was found right; written to `_klink.seen`, read back at start. */
export interface ProvenPoint {
  readonly offset: bigint;
  /** Sequence of the next data record of D (0 … 2³¹−1). */
  readonly nextSequence: number;
  readonly destinationLogStart: bigint;
  /** Destination leader epoch of the last batch below `offset`; −1 when there was none. */
  readonly destinationEpoch: number;
  /** Source leader epoch of the last mirrored source batch; −1 when nothing was mirrored. */
  readonly sourceEpoch: number;
}

/** (epoch, first source offset mirrored under it), ascending: exactness 3.5. */
export interface SourceEpochStart {
  readonly epoch: number;
  readonly offset: bigint;
}

/** What is remembered of one partition in `_klink.seen`. */
export interface PartitionMemory {
  /** Newest first; the last points of the last 8 destination epochs. */
  readonly provenPoints: readonly ProvenPoint[];
  readonly sourceEpochs: readonly SourceEpochStart[];
  /** Next source offset to read; −1n when nothing was fetched. */
  readonly lastSourceFetchOffset: bigint;
  /** Last stable offset of the source as last seen; −1n when never. */
  readonly sourceEnd: bigint;
  readonly sourceLogStart: bigint;
  /** Wall clock of the last answer of the source's leader; 0 when never. */
  readonly sourceSeenAtMs: number;
}

export interface MirrorAssignment {
  readonly linkId: string;
  readonly linkName: string;
  /** Name at the destination, and its journalled topic id (exactness 1.3). */
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly lineage: Lineage;
  /**
   * `copy`: append what the source has. `hold`: append nothing, but go on guarding and observing (PAUSED).
   * `settle`: append nothing, answer or settle what is in flight, then report the proven end (promotion).
   */
  readonly mode: 'copy' | 'hold' | 'settle';
  readonly failed: readonly PartitionFailure[];
  readonly memory: readonly PartitionMemory[];
}

/** M of a link at one destination (exactness 1.2): journalled before its first use. */
export interface MarkerIdentity {
  readonly number: number;
  readonly epoch: number;
}

export type PartitionActivity =
  | { readonly kind: 'starting' }
  /** Tail not proven yet, with the offset the proof has reached. */
  | { readonly kind: 'proving' }
  | { readonly kind: 'copying' }
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'held' }
  | { readonly kind: 'settled'; readonly end: bigint }
  /** Not failed, but cannot go on now: `waiting for replicas`, `no leader`, `source unreachable` … */
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'failed'; readonly failure: PartitionFailure };

export interface PartitionObservation {
  readonly partition: number;
  readonly activity: PartitionActivity;
  /** Destination log end as klink knows it; −1n before it was read. */
  readonly mirrorEnd: bigint;
  /** Destination high watermark; groups are never set above it. −1n before it was read. */
  readonly mirrorHighWatermark: bigint;
  /** max(0, source end − mirror end); −1n when the source was never seen. */
  readonly lagRecords: bigint;
  readonly memory: PartitionMemory;
  /** Recoveries since start, by reason: shown in metrics and describe. */
  readonly recoveries: number;
  readonly destinationTruncations: number;
}

export interface MirrorObservation {
  readonly linkId: string;
  readonly mirrorTopic: string;
  readonly partitions: readonly PartitionObservation[];
}
