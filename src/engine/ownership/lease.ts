/**
 * When klink may believe that it is the only owner: pure arithmetic over send and answer times on a monotonic clock.
 * Refuses to be extended by anything but a replicated write that a later heartbeat of the same generation confirmed.
 * Spec: docs/spec/ownership.md (rule 4.1).
 */
import { invariant } from '../../base/invariant.js';

export interface LeaseRules {
  /** After this time without a sign of life the coordinator drops a member. */
  readonly sessionTimeoutMs: number;
  /** How long the coordinator waits for members to join again; never below the session timeout (R5). */
  readonly rebalanceTimeoutMs: number;
  /** How much earlier than the session the lease ends. */
  readonly marginMs: number;
  /** An event loop that did not turn for longer than this has been asleep. */
  readonly stallMs: number;
}

export const leaseRules: LeaseRules = {
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 10_000,
  marginMs: 1_000,
  stallMs: 1_000,
};

/** Session, rebalance and client timeouts that R5 showed to be unsafe are refused here, for us and for other members. */
export function whyUnsafe(rules: Pick<LeaseRules, 'sessionTimeoutMs' | 'rebalanceTimeoutMs'>): string | undefined {
  // [4.1] A rebalance that ends before the session does elects a new owner while the old one's lease still runs.
  if (rules.rebalanceTimeoutMs < rules.sessionTimeoutMs) {
    return `rebalance timeout ${rules.rebalanceTimeoutMs} ms is below the session timeout ${rules.sessionTimeoutMs} ms`;
  }
  return undefined;
}

/** [4.1] How long klink waits for any answer of the coordinator before it drops the connection. */
export function answerTimeoutMs(rules: LeaseRules): number {
  return Math.floor(rules.sessionTimeoutMs / 4);
}

export interface Lease {
  /** The generation klink leads; undefined while it leads none. */
  readonly generation: number | undefined;
  /** Send time of the SyncGroup as leader, then of the last write that counted: the lease runs from here. */
  readonly countsFromMs: number;
  /** False until a replicated write of this generation counted: SyncGroup alone gives no right to act. */
  readonly proven: boolean;
  /** The last wake-up: a write sent before it proves nothing any more. */
  readonly wokeAtMs: number;
  /** When the event loop was last seen turning. */
  readonly lastTurnMs: number;
}

export function noLease(nowMs: number): Lease {
  return {
    generation: undefined,
    countsFromMs: nowMs,
    proven: false,
    wokeAtMs: Number.NEGATIVE_INFINITY,
    lastTurnMs: nowMs,
  };
}

/** Klink leads a generation: JoinGroup and SyncGroup were answered. Time counts from the *send* of the SyncGroup. */
export function led(lease: Lease, generation: number, syncSentAtMs: number): Lease {
  return { ...lease, generation, countsFromMs: syncSentAtMs, proven: false };
}

/** Klink leads nothing any more, or is about to join again. */
export function surrendered(lease: Lease): Lease {
  return { ...lease, generation: undefined, proven: false };
}

/**
 * A round was answered: an OffsetCommit with member id and generation (a write that a coordinator cut off from its
 * cluster cannot finish, R5d), then a heartbeat with 0 (so no rebalance had begun when the write was made).
 */
export interface Round {
  readonly generation: number;
  readonly writeSentAtMs: number;
  /** Both errors 0? 27 and everything else extend nothing. */
  readonly writeCode: number;
  readonly heartbeatCode: number;
  readonly writeAnsweredAtMs: number;
  readonly confirmedAtMs: number;
}

export function afterRound(lease: Lease, round: Round, rules: LeaseRules): Lease {
  const timely = round.writeAnsweredAtMs - round.writeSentAtMs <= answerTimeoutMs(rules);
  // [4.1] Only the answer 0 within the client timeout extends; a heartbeat alone never does.
  if (round.writeCode !== 0 || round.heartbeatCode !== 0 || !timely) return lease;
  if (round.generation !== lease.generation) return lease;
  // [4.1] A lease that has run out is never revived: it takes JoinGroup and SyncGroup as leader.
  if (hasRunOut(lease, round.confirmedAtMs, rules)) return lease;
  // [4.1] After a wake-up only a write sent after it counts.
  if (round.writeSentAtMs <= lease.wokeAtMs) return lease;
  // [4.1] The lease runs from the send, never from the answer.
  return { ...lease, countsFromMs: round.writeSentAtMs, proven: true };
}

/** The event loop turned. A gap above `stallMs` is a wake-up. */
export function afterTurn(lease: Lease, nowMs: number, rules: LeaseRules): Lease {
  invariant(nowMs >= lease.lastTurnMs, 'the monotonic clock went back');
  // [4.1] [3.6] After a wake-up the lease is void until a write sent after it was answered.
  const wokeAtMs = nowMs - lease.lastTurnMs > rules.stallMs ? nowMs : lease.wokeAtMs;
  return { ...lease, lastTurnMs: nowMs, wokeAtMs };
}

export function endsAtMs(lease: Lease, rules: LeaseRules): number {
  return lease.countsFromMs + rules.sessionTimeoutMs - rules.marginMs;
}

export function hasRunOut(lease: Lease, nowMs: number, rules: LeaseRules): boolean {
  return nowMs >= endsAtMs(lease, rules);
}

/** May an effect be sent at this moment? Asked right before each one. */
export function leaseHolds(lease: Lease, nowMs: number, rules: LeaseRules): boolean {
  if (lease.generation === undefined || !lease.proven) return false;
  if (hasRunOut(lease, nowMs, rules)) return false;
  if (lease.countsFromMs <= lease.wokeAtMs) return false;
  // A stall that no timer has reported yet counts at once: the first code to run after it may be the caller's.
  return nowMs - lease.lastTurnMs <= rules.stallMs;
}

/** A time of ownership without interruption, over any number of generations. */
export interface Leadership {
  readonly memberId: string;
  readonly generation: number;
}

/**
 * Was nobody else owner between the two generations? Only when they follow each other with the same member, and the
 * lease of the first had neither run out nor been voided when the second was won.
 */
export function continues(before: Leadership, after: Leadership, leaseStillRan: boolean): boolean {
  return leaseStillRan && before.memberId === after.memberId && after.generation === before.generation + 1;
}

/** What the group's last owner left behind in its committed offset; undefined when there never was one. */
export interface Predecessor {
  readonly released: boolean;
}

/**
 * [4.1] A new owner waits one session timeout before its first marker, because the last one's may still be under way
 * (X4) — unless there never was an owner, or the last one said that everything it sent had been answered.
 */
export function firstMarkerAtMs(ledAtMs: number, predecessor: Predecessor | undefined, rules: LeaseRules): number {
  return predecessor === undefined || predecessor.released ? ledAtMs : ledAtMs + rules.sessionTimeoutMs;
}
