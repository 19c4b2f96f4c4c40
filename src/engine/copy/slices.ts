/**
 * What a read_committed fetch answered becomes ordered slices: data to copy, gaps to fill with markers, or one refusal.
 * Follows the consumer's algorithm for aborted transactions. Goes on inside a batch or gap by position. Refuses what
 * this engine does not copy: holes, LogAppendTime, formats below 2. Spec: docs/spec/engine.md 3.5, 4.
 */

import { AbortedProducers } from '../../protocol/records/aborted.js';
import { type BatchView, batchesIn } from '../../protocol/records/header.js';
import { restOfBatch } from './rewrite.js';

export interface DataSlice {
  readonly kind: 'data';
  readonly from: bigint;
  readonly to: bigint;
  /** Source leader epoch from the batch's header (3.5). */
  readonly sourceEpoch: number;
  readonly batch: BatchView;
}

/** Offsets at which a read_committed reader sees nothing: aborted data and transaction markers. */
export interface GapSlice {
  readonly kind: 'gap';
  readonly from: bigint;
  readonly to: bigint;
  readonly sourceEpoch: number;
}

export interface Refusal {
  readonly kind: 'refusal';
  readonly from: bigint;
  readonly detail: string;
}

export type Slice = DataSlice | GapSlice | Refusal;

export interface Fetched {
  readonly records: Buffer;
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[];
  /** Nothing at or above this is sliced, whatever the answer holds. */
  readonly lastStableOffset: bigint;
}

export interface Sliced {
  readonly slices: readonly Slice[];
  /** Where to read on. */
  readonly position: bigint;
}

/** Slices own nothing: data slices are views of `records`. Throws DecodeError where the answer cannot be right. */
export function sliceFetched(fetched: Fetched, start: bigint): Sliced {
  const aborted = new AbortedProducers(fetched.abortedTransactions);
  const slices: Slice[] = [];
  let position = start;
  for (const batch of batchesIn(fetched.records)) {
    if (batch.kind === 'foreign') {
      slices.push(refusal(position, `the source batch at ${batch.baseOffset} has message format ${batch.magic}`));
      break;
    }
    const next = batch.nextOffset;
    const invisible = aborted.pass(batch);
    if (next <= position) continue;
    if (next > fetched.lastStableOffset) break;
    const base = batch.baseOffset;
    if (base > position) {
      slices.push(refusal(position, `the source has no batch for offsets ${position} to ${base - 1n} (compacted?)`));
      break;
    }
    const sourceEpoch = batch.partitionLeaderEpoch;
    if (invisible) {
      addGap(slices, { kind: 'gap', from: position, to: next, sourceEpoch });
    } else {
      const unfit = whyUnfit(batch);
      if (unfit !== undefined) {
        slices.push(refusal(position, `the source batch at ${base} ${unfit}`));
        break;
      }
      const part = base === position ? batch : restOfBatch(batch, position);
      slices.push({ kind: 'data', from: position, to: next, sourceEpoch, batch: part });
    }
    position = next;
  }
  return { slices, position };
}

/** Gaps that touch become one, so that one marker request can fill them; an epoch's first offset stays visible (3.5). */
function addGap(slices: Slice[], gap: GapSlice): void {
  const last = slices.at(-1);
  if (last?.kind === 'gap' && last.to === gap.from && last.sourceEpoch === gap.sourceEpoch) {
    slices[slices.length - 1] = { ...last, to: gap.to };
  } else slices.push(gap);
}

/** [2.6] What this engine does not copy; undefined when the batch may go through untouched. */
export function whyUnfit(batch: BatchView): string | undefined {
  if (batch.recordCount !== batch.lastOffsetDelta + 1) {
    return `holds ${batch.recordCount} records for ${batch.lastOffsetDelta + 1} offsets (compacted)`;
  }
  if (batch.timestampType === 'LogAppendTime') return 'is stamped with LogAppendTime';
  return undefined;
}

function refusal(from: bigint, detail: string): Refusal {
  return { kind: 'refusal', from, detail };
}
