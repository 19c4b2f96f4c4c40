/** [§1–4] What control needs of the engine: it is told the whole set, and tells what it sees. */
import type {
  MirrorAssignment,
  MirrorObservation,
  PartitionFailure,
  PartitionMemory,
  Truncation,
} from '../../model/assignment.js';
import type { SourceAddress } from './source.js';

export interface LinkAssignment {
  readonly source: SourceAddress;
  readonly mirrors: readonly MirrorAssignment[];
}

interface OfMirror {
  readonly linkId: string;
  readonly mirrorTopic: string;
}

export type EngineEvent =
  | ({ readonly kind: 'partition-failed'; readonly failure: PartitionFailure } & OfMirror)
  | ({ readonly kind: 'memory'; readonly partition: number; readonly memory: PartitionMemory } & OfMirror)
  | ({
      readonly kind: 'settings-drift';
      readonly drift: readonly {
        readonly name: string;
        readonly wanted: string;
        readonly found: string | null;
        readonly critical: boolean;
      }[];
    } & OfMirror)
  | ({ readonly kind: 'source-partitions'; readonly count: number; readonly mirrorCount: number } & OfMirror)
  | ({ readonly kind: 'destination-truncated'; readonly partition: number } & Truncation & OfMirror)
  | ({ readonly kind: 'overtaken'; readonly partition: number; readonly from: bigint; readonly to: bigint } & OfMirror)
  | ({ readonly kind: 'fenced'; readonly partition: number } & OfMirror)
  | { readonly kind: 'wake-up'; readonly stalledMs: number };

export interface EnginePort {
  /** The whole set, every time: engines of links that are not in it are stopped, mirrors that are not in it too. */
  assign(links: readonly LinkAssignment[]): void;
  observations(): readonly MirrorObservation[];
  /**
   * False: no engine runs for this link (its secret cannot be resolved, say), and none of this process has anything in
   * flight for it. A mirror may fail over all the same.
   */
  running(linkId: string): boolean;
  onEvent(listener: (event: EngineEvent) => void): () => void;
  /** Nothing of this process is in flight any more. */
  stopped(): Promise<void>;
}
