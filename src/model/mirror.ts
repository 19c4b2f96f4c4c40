/**
 * A mirror topic as decided and journalled: one union by `kind`, each with exactly its data. What the engine sees (lag,
 * positions, a source that does not answer) is never in here, so it can never stand in the way of a decision.
 * Spec: docs/spec/states.md.
 */
import type { Lineage, PartitionFailure, Truncation } from './assignment.js';
import type { DecisionStamp } from './decision.js';

/** Setting name → value; only what the source has set itself. */
export type TopicSettings = Readonly<Record<string, string>>;

/** [2.4] How often a partition of the destination has lost acknowledged records, and which last. */
export interface TruncationCount extends Truncation {
  readonly partition: number;
  readonly count: number;
  /** Wall clock of its recording. */
  readonly atMs: number;
}

interface MirrorData {
  readonly linkId: string;
  readonly mirrorTopic: string;
  readonly sourceTopic: string;
  /** [1.3] */
  readonly sourceTopicId: string;
  readonly lineage: Lineage;
  /** Observations made under an older decision belong to an earlier mirror of this name (5.2). */
  readonly observedFrom: DecisionStamp;
  /** As many as the mirror has or is about to get. */
  readonly partitions: number;
  /** What the topic will be set to once it is an ordinary one. */
  readonly wanted: TopicSettings;
  /** Settings given at creation that no source decides. */
  readonly independent: TopicSettings;
  /** In partition order; only those that were truncated. */
  readonly truncations: readonly TruncationCount[];
  /** Wall clock of the last change of state. */
  readonly sinceMs: number;
}

interface MadeMirror extends MirrorData {
  /** [1.3] */
  readonly destinationTopicId: string;
}

/** What deletes at promotion waits for a time of grace (8, T6). */
export type RetentionChoice = 'after-grace' | 'now';

export type EndingVerb = 'promote' | 'failover';

/** Where a partition ends, once it is proven (8, step 2). */
export interface PartitionEnd {
  /** E: groups are lowered to it. The first bad offset where the partition failed. */
  readonly end: bigint;
  /** The barrier stood there already; it is not written again. */
  readonly hasBarrier: boolean;
  /** Why the tail was proven by identity alone; undefined: compared with the source. */
  readonly sourceUnread: string | undefined;
}

/** [8] A partition that the operator ends without barrier, because it can have none now. */
export interface WaivedBarrier {
  readonly partition: number;
  /** E: the last end that was proven. What stands behind it is not known; groups are lowered to it. */
  readonly end: bigint;
  /** What kept the barrier from being written, when it was decided. */
  readonly reason: string;
}

export interface ClampedGroup {
  readonly group: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** §8: the step that is being done. It is journalled before it is begun, and each can be done again. */
export type StoppingStep =
  /** (1) The engine sends nothing more; what is in flight is answered or settled. */
  | { readonly kind: 'settling' }
  /** (2) High watermark = log end, tail proof. `barriersBegun`: a log moved after barriers were written to others. */
  | { readonly kind: 'proving'; readonly barriersBegun: boolean }
  /** (3) One marker of D at epoch 32767 on each partition. */
  | { readonly kind: 'barrier'; readonly ends: readonly PartitionEnd[] }
  /** (4) `clamped`: the groups that were found above an end, named before any of them is moved. */
  | { readonly kind: 'clamping'; readonly ends: readonly PartitionEnd[]; readonly clamped: readonly ClampedGroup[] }
  /** (5) */
  | { readonly kind: 'settings'; readonly ends: readonly PartitionEnd[]; readonly clamped: readonly ClampedGroup[] }
  /** (6), (7) */
  | {
      readonly kind: 'lifting';
      readonly ends: readonly PartitionEnd[];
      readonly clamped: readonly ClampedGroup[];
      /** Settings the destination refused: told, and no reason to keep the topic closed. */
      readonly notes: readonly string[];
    };

/** What was last known of a partition's source, kept for good (P7). */
export interface FinalPosition {
  readonly lastSourceFetchOffset: bigint;
  /** −1n when the source was never seen. */
  readonly sourceEnd: bigint;
  readonly sourceSeenAtMs: number;
  readonly lagRecords: bigint;
}

/**
 * (P7) Where a reader of the source begins, once an end is proven: offsets are the source's, so it is that end. What is
 * remembered may be older than the last records that were copied, or count records that were fetched and never written.
 * −1n: nothing was fetched.
 */
export function fetchedUpTo(
  { lineage }: Pick<MirrorData, 'lineage'>,
  partition: number,
  { end, remembered }: { readonly end: bigint; readonly remembered: bigint },
): bigint {
  const nothing = remembered < 0n && end <= (lineage.startOffsets[partition] ?? 0n);
  return nothing ? -1n : end;
}

export type Mirror =
  /** Decided; its topic is being made. */
  | ({ readonly kind: 'CREATING'; readonly replicationFactor: number } & MirrorData)
  | ({ readonly kind: 'ACTIVE' } & MadeMirror)
  | ({ readonly kind: 'PAUSED' } & MadeMirror)
  /** At least one partition has stopped for good; the others go on, unless the mirror was paused. */
  | ({ readonly kind: 'FAILED'; readonly failures: readonly PartitionFailure[]; readonly paused: boolean } & MadeMirror)
  /** Promotion, still copying: waits until nothing is left to copy. */
  | ({ readonly kind: 'PROMOTING'; readonly retention: RetentionChoice } & MadeMirror)
  /** §8 runs. Needs nothing of the source. */
  | ({
      readonly kind: 'STOPPING';
      readonly verb: EndingVerb;
      readonly retention: RetentionChoice;
      readonly failures: readonly PartitionFailure[];
      readonly waived: readonly WaivedBarrier[];
      readonly step: StoppingStep;
    } & MadeMirror)
  /** An ordinary topic. */
  | ({
      readonly kind: 'STOPPED';
      readonly verb: EndingVerb;
      readonly failures: readonly PartitionFailure[];
      readonly waived: readonly WaivedBarrier[];
      readonly ends: readonly PartitionEnd[];
      readonly clamped: readonly ClampedGroup[];
      readonly notes: readonly string[];
      readonly positions: readonly FinalPosition[];
      /** Settings that delete, with the time from which they apply; undefined once they do. */
      readonly deferred: { readonly settings: SettingChanges; readonly dueAtMs: number } | undefined;
    } & MadeMirror);

export type MirrorKind = Mirror['kind'];
/** Null as a value: back to the cluster's default. */
export type SettingChanges = Readonly<Record<string, string | null>>;

/** Every mirror but one whose topic is not made yet. */
export type MadeMirrorState = Exclude<Mirror, { readonly kind: 'CREATING' }>;
export type LiveMirror = Exclude<Mirror, { readonly kind: 'STOPPED' }>;

export function isLive(mirror: Mirror): mirror is LiveMirror {
  return mirror.kind !== 'STOPPED';
}

export function failuresOf(mirror: Mirror): readonly PartitionFailure[] {
  return mirror.kind === 'FAILED' || mirror.kind === 'STOPPING' || mirror.kind === 'STOPPED' ? mirror.failures : [];
}

export function waivedOf(mirror: Mirror): readonly WaivedBarrier[] {
  return mirror.kind === 'STOPPING' || mirror.kind === 'STOPPED' ? mirror.waived : [];
}

/** What every state of a mirror whose topic is made has. */
export function madeMirrorData(mirror: MadeMirrorState): MadeMirror {
  return { ...mirrorData(mirror), destinationTopicId: mirror.destinationTopicId };
}

export function mirrorData(mirror: Mirror): MirrorData {
  const { linkId, mirrorTopic, sourceTopic, sourceTopicId, lineage, observedFrom } = mirror;
  const { partitions, wanted, independent, truncations, sinceMs } = mirror;
  return {
    linkId,
    mirrorTopic,
    sourceTopic,
    sourceTopicId,
    lineage,
    observedFrom,
    partitions,
    wanted,
    independent,
    truncations,
    sinceMs,
  };
}
