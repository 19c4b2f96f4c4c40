/** [§8] What control needs for one partition's end: proven, then barred. */
import type { MirrorAssignment, PartitionFailure } from '../../model/assignment.js';
import type { Done, Refused, Unavailable } from './outcome.js';
import type { SourceAddress } from './source.js';

export interface EndingRequest {
  readonly assignment: MirrorAssignment;
  readonly partition: number;
  /** Highest journalled number of M: the proof accepts every M up to it. */
  readonly markerNumber: number;
}

export interface Waiting {
  /** No leader, replicas behind, not enough replicas: klink asks again without end. */
  readonly kind: 'waiting';
  readonly reason: string;
}

/** [8] Can this partition have its barrier now? */
export type BarrierObstacle =
  | { readonly kind: 'free' }
  /** No leader, or fewer replicas in sync than a write needs: nothing klink does will help. */
  | { readonly kind: 'blocked'; readonly reason: string }
  | Refused
  | Unavailable;

export interface PromotionPort {
  /** Reads only: what the destination says at this moment. */
  obstacle(request: { readonly assignment: MirrorAssignment; readonly partition: number }): Promise<BarrierObstacle>;
  /** [8 (2)] High watermark = log end, tail proof; by identity alone unless `source` says to compare. Appends nothing. */
  prove(request: EndingRequest & { readonly source: SourceAddress | undefined }): Promise<
    | {
        readonly kind: 'proven';
        /** With a barrier in the log: the barrier's offset. */
        readonly end: bigint;
        readonly hasBarrier: boolean;
        readonly sourceUnread: string | undefined;
      }
    | { readonly kind: 'failed'; readonly failure: PartitionFailure }
    | Waiting
    | Unavailable
  >;
  /**
   * [8 (3)] One marker with pid D, epoch 32767, unless the last batch or D's state at the leader shows it already; then log
   * end = end + 1. `end` undefined: the partition failed, the barrier goes to its log end. `moved`: the log end is not the
   * proven one; nothing was written.
   */
  barrier(
    request: EndingRequest & { readonly end: bigint | undefined },
  ): Promise<Done | { readonly kind: 'moved'; readonly reason: string } | Waiting | Refused | Unavailable>;
}
