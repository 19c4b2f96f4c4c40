/** [§7] What control needs of consumer groups at the destination: where they stand, committed, lowered. */
import type { ClampedGroup } from '../../model/mirror.js';
import type { Done, Refused, Unavailable } from './outcome.js';

export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** One transactional producer: the implementation does one call after the other. */
export interface GroupsPort {
  /** Where every group of the cluster stands on this topic: complete or not at all. */
  standings(
    topic: string,
    partitions: number,
  ): Promise<
    | { readonly kind: 'done'; readonly standings: readonly ({ readonly group: string } & GroupOffset)[] }
    | Refused
    | Unavailable
  >;
  /**
   * Reads only: every group that stands above an end now. Journalled before `clamp` moves any, so that each that moves is
   * named although klink may die in between (8).
   */
  aboveEnds(
    topic: string,
    ends: readonly bigint[],
  ): Promise<{ readonly kind: 'done'; readonly groups: readonly ClampedGroup[] } | Refused | Unavailable>;
  /**
   * [7.1] Transactional commits of one group under `klink-groups`. `in-use`: it has live members, nothing was written.
   * `fenced`: another klink took over.
   */
  commit(
    group: string,
    offsets: readonly GroupOffset[],
  ): Promise<
    Done | { readonly kind: 'in-use' } | { readonly kind: 'fenced'; readonly reason: string } | Refused | Unavailable
  >;
  /**
   * [8 (4)] InitProducerId of `klink-groups`, then every group above an end is lowered to it; `clamped` names each that
   * this call has lowered. `waiting`: some could not be lowered yet.
   */
  clamp(
    topic: string,
    ends: readonly bigint[],
  ): Promise<
    | { readonly kind: 'done'; readonly clamped: readonly ClampedGroup[] }
    | { readonly kind: 'waiting'; readonly reason: string; readonly clamped: readonly ClampedGroup[] }
    | { readonly kind: 'fenced'; readonly reason: string }
    | Refused
    | Unavailable
  >;
}
