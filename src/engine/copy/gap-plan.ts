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
  /**
   * Earlier requests may still land here: with so many markers in all (infinite: another owner's, nobody knows), and for
   * so long has the connection that was opened after the last of them been answering.
   */
  readonly stray: { readonly markers: number; readonly quietMs: number } | undefined;
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
  if (!gap.fenced) {
    // [4.3] One marker of the new epoch first, and only where it fits beside everything that may still land. At the last
    // offset nothing does: what was sent before must have had its time.
    const wait = gap.stray === undefined ? 0 : QUIET_MS - gap.stray.quietMs;
    if (gap.stray && wait > 0 && gap.stray.markers >= Number(remaining)) return { kind: 'wait', ms: wait };
    return { kind: 'send', entries: 1 };
  }
  if (remaining === 1n || gap.oneAtATime) return { kind: 'send', entries: 1 };
  // [4.2] Never the whole rest, so that a lost request and one fencing marker can never overshoot.
  const room = remaining - 1n;
  return { kind: 'send', entries: room < BigInt(ENTRIES_MAX) ? Number(room) : ENTRIES_MAX };
}
