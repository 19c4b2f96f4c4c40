/**
 * Where a source whose history changed (unclean election) and the mirror still agree. Pure: the walk asks its caller to
 * ask the source. Spec: docs/spec/engine.md 3.5.
 */
import type { SourceEpochStart } from '../../model/assignment.js';
import { lower } from './offsets.js';

export type DivergenceStep =
  /** Everything below is common; at and above it the mirror holds what the source has no more. */
  | { readonly kind: 'common'; readonly offset: bigint }
  /** Ask OffsetForLeaderEpoch at the source for this epoch, and call again with what it answers. */
  | { readonly kind: 'ask'; readonly epoch: number };

/** What the source knows: the largest epoch not above the one asked for, and where it ends. */
export interface EpochEndAnswer {
  readonly epoch: number;
  readonly end: bigint;
}

/**
 * [3.5] The common point is min(end, first mirrored offset of the first epoch above e), once e is an epoch of ours too;
 * `end` may lie above the mirror's own position (R4c).
 */
export function divergenceStep(
  history: readonly SourceEpochStart[],
  answer: EpochEndAnswer,
  bounds: { readonly lineageStart: bigint; readonly position: bigint },
): DivergenceStep {
  if (answer.epoch < 0) return { kind: 'common', offset: bounds.lineageStart };
  const above = history.find((entry) => entry.epoch > answer.epoch);
  const ours = history.findLast((entry) => entry.epoch <= answer.epoch);
  const limit = above?.offset ?? bounds.position;
  const offset = lower(answer.end, limit);
  if (ours === undefined) return { kind: 'common', offset: lower(offset, history[0]?.offset ?? bounds.lineageStart) };
  if (ours.epoch === answer.epoch) return { kind: 'common', offset };
  return { kind: 'ask', epoch: ours.epoch };
}

/** The history with one more mirrored batch; ascending by epoch. */
export function withSourceEpoch(
  history: readonly SourceEpochStart[],
  epoch: number,
  offset: bigint,
): readonly SourceEpochStart[] {
  const last = history.at(-1);
  if (last !== undefined && last.epoch >= epoch) return history;
  return [...history, { epoch, offset }];
}

/** The history of what lies below `end`: used when the mirror's end has fallen. */
export function epochsBelow(history: readonly SourceEpochStart[], end: bigint): readonly SourceEpochStart[] {
  return history.filter((entry) => entry.offset < end);
}
