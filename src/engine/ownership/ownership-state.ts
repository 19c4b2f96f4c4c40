/** What others see of the ownership of a destination cluster. Spec: docs/spec/ownership.md. */
import type { Exclusiveness } from './exclusive.js';
import type { OwnerNote } from './notes.js';

/** The consumer group whose leader owns the cluster. */
export const OWNERSHIP_GROUP = 'klink';

export type OwnershipState =
  | { readonly kind: 'joining'; readonly reason: string }
  | { readonly kind: 'standby'; readonly owner: OwnerNote | undefined; readonly reason: string | undefined }
  | {
      readonly kind: 'owner';
      /** Counts the times this process became owner; a lease that ran out begins a new one. */
      readonly term: number;
      readonly generation: number;
      /** Monotonic: before this no marker may be written to a partition that was not owned before (X4). */
      readonly markersFromMs: number;
      readonly exclusive: Exclusiveness;
    }
  | { readonly kind: 'stopped' };

export interface Ownership {
  readonly state: OwnershipState;
  /** Asked right before each effect other than data and journal writes. */
  holds(): boolean;
  /** `holds`, and the wait of a new owner is over. */
  mayWriteMarkers(): boolean;
  onChange(listener: (state: OwnershipState) => void): () => void;
  /** The event loop had stalled: queued effects are dropped and decided anew [3.6]. */
  onWakeUp(listener: (stalledMs: number) => void): () => void;
  start(): void;
  /** Leaves the group. `effectsSettled`: nothing that was sent is unanswered, so the next owner need not wait. */
  stop(options: { readonly effectsSettled: boolean }): Promise<void>;
}
