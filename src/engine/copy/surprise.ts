/** Why copying stopped, and what is to be done about it. Pure. Spec: docs/spec/engine.md 2.6, 3.3. */
import { errorCode, errorName } from '../../protocol/errors.js';
import type { GapOutcome } from './marker-writer.js';
import type { Finding } from './proof.js';

export type Surprise =
  /** Drain, prove the tail, find the sequence, go on. */
  | { readonly kind: 'settle'; readonly reason: string }
  /** The destination refuses a batch as it is. */
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly finding: Finding }
  /** Another mode was assigned, or the engine stops. */
  | { readonly kind: 'mode' };

/** Surprises in a row without one more offset before the partition gives up. */
const FRUITLESS_MAX = 12;

/** Undefined: the gap is filled, or nobody wants it any more. */
export function surpriseOfGap(outcome: GapOutcome): Surprise | undefined {
  switch (outcome.kind) {
    case 'filled':
    case 'abandoned':
      return undefined;
    case 'settle':
      return { kind: 'settle', reason: outcome.reason };
    case 'foreign': {
      const detail = `a batch of producer id ${outcome.producerId} stands inside a gap`;
      return { kind: 'failed', finding: { reason: 'FOREIGN_WRITE', offset: outcome.offset, detail } };
    }
    // The next gap may begin where this one ends: only a comparison with the source tells whether that is too far.
    case 'overshot':
      return { kind: 'settle', reason: `more markers than the gap up to ${outcome.offset} has offsets` };
  }
}

export type Verdict =
  | { readonly kind: 'again' }
  | { readonly kind: 'again-later' }
  | { readonly kind: 'refused-later' }
  | { readonly kind: 'give-up'; readonly reason: 'DIVERGED' | 'UNSUPPORTED_BATCH'; readonly detail: string };

/** `fruitless`: surprises since the last offset that was gained, this one included. */
export function afterSurprise(surprise: Surprise & { kind: 'settle' | 'refused' }, fruitless: number): Verdict {
  const { reason } = surprise;
  if (surprise.kind === 'refused') {
    const damaged = surprise.code === errorCode.CORRUPT_MESSAGE || surprise.code === errorCode.UNKNOWN_SERVER_ERROR;
    // Damaged between source and here: fetched again, then this partition stops.
    if (!damaged || fruitless <= 2) return { kind: 'refused-later' };
    const detail = `the destination refuses the batch again and again: ${reason}`;
    return { kind: 'give-up', reason: 'UNSUPPORTED_BATCH', detail };
  }
  if (fruitless > FRUITLESS_MAX && isOwnDoing(reason)) {
    return { kind: 'give-up', reason: 'DIVERGED', detail: `no way forward: ${reason}` };
  }
  // One surprise is settled at once; a row of them without progress slows down.
  return fruitless > 1 ? { kind: 'again-later' } : { kind: 'again' };
}

/** Answers that come from the log, not from a cluster in trouble: a row of them without progress is no bad luck. */
function isOwnDoing(reason: string): boolean {
  return reason.includes('was put at') || reason.includes(errorName(errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
}
