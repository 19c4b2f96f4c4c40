/**
 * What the byte path is given and what it tells. Plain data and callbacks: the engine knows nothing of journal or control.
 * Spec: docs/spec/engine.md.
 */
import type { KafkaCluster, Surroundings } from '../../client/types.js';
import type {
  MirrorAssignment,
  MirrorObservation,
  PartitionFailure,
  PartitionMemory,
  Truncation,
} from '../../model/assignment.js';
import type { LeaseView, MarkerSource } from '../lease-view.js';

export interface EngineLimits {
  /** Source bytes waiting per partition, and over all partitions. */
  readonly queueBytesPerPartitionMax: number;
  readonly queueBytesMax: number;
  /** Answers that are kept alive for what waits of them; beyond it that is copied out. */
  readonly answerBytesMax: number;
  /** One fetch, and one partition of it. */
  readonly fetchBytesMax: number;
  readonly fetchPartitionBytesMax: number;
  /** Soft bound of one produce request: it is closed by the batch that passes it. */
  readonly produceBytesMax: number;
  readonly produceRequestsInFlightMax: number;
  readonly produceConnectionsPerBroker: number;
  /** Offsets that the source's retention may have taken before they were copied and that markers still fill. */
  readonly overtakenOffsetsMax: number;
}

export const defaultLimits: EngineLimits = {
  queueBytesPerPartitionMax: 3 << 20,
  queueBytesMax: 256 << 20,
  answerBytesMax: 64 << 20,
  fetchBytesMax: 16 << 20,
  fetchPartitionBytesMax: 1 << 20,
  produceBytesMax: 4 << 20,
  produceRequestsInFlightMax: 5,
  produceConnectionsPerBroker: 2,
  overtakenOffsetsMax: 100_000,
};

/** Only tests set these. */
export interface EngineSwitches {
  readonly windowExpiryFloorMs?: number;
  readonly guardEveryMs?: number;
  readonly settingsEveryMs?: number;
  readonly expiryEveryMs?: number;
}

export interface SettingDrift {
  readonly name: string;
  readonly wanted: string;
  readonly found: string | null;
  /** It may have bent data while it flowed (3.4). */
  readonly critical: boolean;
}

interface OfMirror {
  readonly linkId: string;
  readonly mirrorTopic: string;
}

export type EngineEvent =
  | ({ readonly kind: 'partition-failed'; readonly failure: PartitionFailure } & OfMirror)
  | ({ readonly kind: 'memory'; readonly partition: number; readonly memory: PartitionMemory } & OfMirror)
  | ({ readonly kind: 'settings-drift'; readonly drift: readonly SettingDrift[] } & OfMirror)
  /** The source has more partitions than the mirror. */
  | ({ readonly kind: 'source-partitions'; readonly count: number; readonly mirrorCount: number } & OfMirror)
  | ({ readonly kind: 'destination-truncated'; readonly partition: number } & Truncation & OfMirror)
  /** The source's retention took offsets [from, to) before they were copied; nobody can read them any more. */
  | ({
      readonly kind: 'overtaken';
      readonly partition: number;
      readonly from: bigint;
      readonly to: bigint;
    } & OfMirror)
  /** Another owner's markers were met: 47. */
  | ({ readonly kind: 'fenced'; readonly partition: number } & OfMirror)
  | { readonly kind: 'wake-up'; readonly stalledMs: number };

export interface EngineOptions {
  readonly source: KafkaCluster;
  readonly destination: KafkaCluster;
  readonly surroundings: Pick<Surroundings, 'clock' | 'random' | 'log'>;
  readonly lease: LeaseView;
  readonly marker: MarkerSource;
  onEvent(event: EngineEvent): void;
  /** [2.4] Lowers the groups to the mirror's new end; the next append waits for it. */
  clampGroups?(mirrorTopic: string, partition: number, end: bigint): Promise<void>;
  /** [3.4] Puts drifted working settings right. Not called without drift. */
  correctSettings?(mirrorTopic: string, drift: readonly SettingDrift[]): Promise<void>;
  /** [3.6] Resolves when the journal, read from now on, still allows what was assigned (or `assign` has changed it). */
  confirm?(): Promise<void>;
  /** Working settings by name (3.4); `critical` ones fail the topic's partitions. */
  readonly workingSettings?: Readonly<Record<string, string>>;
  /** [3.2] By how much, at most, the destination's wall clock is ahead of ours; undefined: not known. */
  clockAheadMs?(): number | undefined;
  readonly limits?: Partial<EngineLimits>;
  readonly switches?: EngineSwitches;
}

export interface Engine {
  /** The whole set, every time: mirrors that are not in it are stopped. */
  assign(assignments: readonly MirrorAssignment[]): void;
  observations(): readonly MirrorObservation[];
  /** Source bytes that wait or are under way, over all partitions. */
  readonly bytesHeld: number;
  /** Resolves once nothing is in flight any more and the memories are told, e.g. before a hand-over. */
  stop(): Promise<void>;
}
