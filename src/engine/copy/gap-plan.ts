/**
 * How many markers the next request may hold. Markers have no compare-and-append, so a request whose answer is lost may
 * still land: every request leaves room for that, or is the very last. Spec: docs/spec/engine.md 4.1–4.4.
 */

/** [4.2] Partitions one entry may name, for gaps of one offset. */
export const PARTITIONS_PER_ENTRY_MAX = 200;
/** [4.2] Entries of one partition in one request. */
export const ENTRIES_MAX = 500;
/** [4.3] Q: how long an abandoned marker may still land after the new connection has answered. */
export const QUIET_MS = 1_000;

export interface GapState {
  /** Log end as read, and the gap's end. */
  readonly logEnd: bigint;
  readonly to: bigint;
  /** A marker of the current M epoch stands in this partition: every older one is refused from there on. */
  readonly fenced: boolean;
  /** No exclusive owner can be proven (4.1): one marker at a time. */
  readonly oneAtATime: boolean;
  /** An earlier marker request may still land here, and how long the connection opened after it has been answering. */
  readonly stray: { readonly quietMs: number } | undefined;
}

export type GapStep =
  | { readonly kind: 'done' }
  | { readonly kind: 'overshot'; readonly by: bigint }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'send'; readonly entries: number };

export function nextGapStep(gap: GapState): GapStep {
  const remaining = gap.to - gap.logEnd;
  if (remaining === 0n) return { kind: 'done' };
  if (remaining < 0n) return { kind: 'overshot', by: -remaining };
  if (remaining === 1n) {
    // [4.3] Nothing can fence the last offset: what was sent before must have had its time to land.
    if (gap.stray && !gap.fenced && gap.stray.quietMs < QUIET_MS) {
      return { kind: 'wait', ms: QUIET_MS - gap.stray.quietMs };
    }
    return { kind: 'send', entries: 1 };
  }
  // [4.1, 4.3] One marker of the new epoch first: a lost request of up to remaining − 1 and this one fit together.
  if (!gap.fenced || gap.oneAtATime) return { kind: 'send', entries: 1 };
  // [4.2] Never the whole rest, so that a lost request and one fencing marker can never overshoot.
  const room = remaining - 1n;
  return { kind: 'send', entries: room < BigInt(ENTRIES_MAX) ? Number(room) : ENTRIES_MAX };
}
