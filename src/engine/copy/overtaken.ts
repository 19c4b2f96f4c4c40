/** What to do where the source begins above the mirror's end: nobody can read those offsets any more. Pure. Spec 2.5, 2.6. */
import type { Finding } from './proof.js';
import type { GapSlice } from './slices.js';

export type Overtaking =
  | { readonly kind: 'none' }
  /** Markers fill it, and it is told. */
  | { readonly kind: 'gap'; readonly gap: GapSlice }
  | { readonly kind: 'failed'; readonly finding: Finding };

export function judgeOvertaking(given: {
  readonly sourceLogStart: bigint;
  readonly mirrorEnd: bigint;
  /** Nothing of this lineage was mirrored yet. */
  readonly nothingMirrored: boolean;
  readonly offsetsMax: number;
}): Overtaking {
  const { sourceLogStart: to, mirrorEnd: from } = given;
  if (to <= from) return { kind: 'none' };
  if (given.nothingMirrored) {
    const detail = `the source begins at offset ${to}, above ${from}: this is not copied yet`;
    return { kind: 'failed', finding: { reason: 'UNSUPPORTED_BATCH', offset: from, detail } };
  }
  if (to - from > BigInt(given.offsetsMax)) {
    const detail = `the source deleted offsets ${from} to ${to - 1n} before they were copied`;
    return { kind: 'failed', finding: { reason: 'RANGE_LOST', offset: from, detail } };
  }
  return { kind: 'gap', gap: { kind: 'gap', from, to, sourceEpoch: -1 } };
}
