/**
 * Proven points: what was once known to be right, tested before it is believed again. A destination can be truncated by
 * an unclean election and filled up by somebody else to exactly the old end (R3b). Spec: docs/spec/engine.md 2.2, 2.3.
 */
import type { ProvenPoint } from '../../model/assignment.js';
import { lower } from './offsets.js';

/** [2.2] The last points of so many destination epochs are kept. */
export const POINT_EPOCHS_MAX = 8;

/** Newest first; a point replaces its predecessor of the same destination epoch. Points above it are void. */
export function withPoint(points: readonly ProvenPoint[], point: ProvenPoint): readonly ProvenPoint[] {
  const older = points.filter((each) => each.destinationEpoch < point.destinationEpoch && each.offset <= point.offset);
  return [point, ...older].slice(0, POINT_EPOCHS_MAX);
}

/** What OffsetForLeaderEpoch(current epoch, the point's destination epoch) answered. */
export interface EpochEnd {
  readonly errorCode: number;
  readonly epoch: number;
  readonly end: bigint;
}

export type PointTest =
  | { readonly kind: 'passed' }
  /** The destination was truncated to `end`: this point and all younger ones are void. */
  | { readonly kind: 'void'; readonly end: bigint }
  /** 75 or (−1, −1): no answer at all; read Metadata again. */
  | { readonly kind: 'no-answer' };

/** [2.3] A lower epoch or a lower end means that the destination was truncated. */
export function testPoint(point: ProvenPoint, answer: EpochEnd): PointTest {
  if (answer.errorCode !== 0 || answer.epoch < 0 || answer.end < 0n) return { kind: 'no-answer' };
  if (answer.epoch === point.destinationEpoch && answer.end >= point.offset) return { kind: 'passed' };
  return { kind: 'void', end: lower(answer.end, point.offset) };
}

/** A point that has a batch below it can be tested; one without says nothing that the lineage's start does not. */
export function isTestable(point: ProvenPoint, lineageStart: bigint): boolean {
  return point.destinationEpoch >= 0 && point.offset > lineageStart;
}
