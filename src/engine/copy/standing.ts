/**
 * Where one partition of the mirror stands, and what is remembered of it. Known from a settling on, moved only by answers
 * that were as expected, void with every surprise. Asks nobody: the engine asks, this judges. Spec: docs/spec/engine.md
 * 2.2, 2.5, 3.4.
 */
import type { Clock } from '../../base/clock.js';
import type { PartitionMemory, ProvenPoint } from '../../model/assignment.js';
import { errorName } from '../../protocol/errors.js';
import { withSourceEpoch } from './divergence.js';
import { higher, lower } from './offsets.js';
import { withPoint } from './point.js';
import type { Settled } from './settle.js';
import type { Leader } from './topology.js';

/** A proven point and the leader it was made under: it counts once that leader is confirmed to be the leader still. */
export interface PointCandidate {
  readonly leader: Leader;
  readonly point: ProvenPoint;
  readonly settling: number;
}

export interface GuardExpectation {
  readonly leader: Leader;
  readonly version: number;
}

export interface GuardAnswer {
  readonly version: number;
  readonly code: number;
  readonly logEnd: bigint;
  readonly logStart: bigint;
}

export class Standing {
  readonly #clock: Clock;
  #memory: PartitionMemory;
  #leader: Leader | undefined;
  #end = -1n;
  #endSequence = 0;
  #destinationEpoch = -1;
  #sourceEpoch = -1;
  /** The proof has compared with the source: only then are new points made. */
  #compared = false;
  /** [3.5] Up to here the source epochs in memory are those of what is mirrored. */
  #historyEnd = -1n;
  #askedLogStart: bigint;
  #logStart = -1n;
  /** The newest point that nobody has confirmed yet. */
  #candidate: PointCandidate | undefined;
  #settlings = 0;
  /** Changes with everything that changes the log: a guard's answer that spans a change is no guard. */
  #version = 0;
  #lastChangeMs = 0;

  constructor(clock: Clock, memory: PartitionMemory, askedLogStart: bigint) {
    this.#clock = clock;
    this.#memory = memory;
    this.#askedLogStart = askedLogStart;
  }

  /** Set while the log is known: the tail is proven and nobody but us has written since. */
  get leader(): Leader | undefined {
    return this.#leader;
  }

  /** Log end as acknowledged; −1: never read. */
  get end(): bigint {
    return this.#end;
  }

  get endSequence(): number {
    return this.#endSequence;
  }

  get historyEnd(): bigint {
    return this.#historyEnd;
  }

  get sourceEpoch(): number {
    return this.#sourceEpoch;
  }

  /** [2.5] The highest log start that klink has asked for. */
  get askedLogStart(): bigint {
    return this.#askedLogStart;
  }

  get memory(): PartitionMemory {
    return this.#memory;
  }

  adopt(settled: Settled): void {
    this.#settlings++;
    this.#end = settled.logEnd;
    this.#endSequence = settled.nextSequence;
    this.#destinationEpoch = settled.destinationEpoch;
    this.#sourceEpoch = settled.sourceEpoch;
    this.#compared = settled.sourceUnread === undefined;
    this.#historyEnd = this.#compared ? settled.logEnd : lower(this.#historyEnd, settled.logEnd);
    this.#logStart = settled.logStart;
    this.#askedLogStart = higher(this.#askedLogStart, settled.logStart);
    this.#leader = settled.leader;
    this.#candidate = undefined;
    // Its epoch was read from the log itself: nothing is left to confirm.
    const provenPoints = this.#compared ? withPoint(settled.points, this.#point()) : settled.points;
    this.#memory = { ...this.#memory, provenPoints, sourceEpochs: settled.sourceEpochs };
    if (settled.sourceLogStart !== undefined) this.sourceBegins(settled.sourceLogStart);
    this.changed();
  }

  /** The mirror's end moved as expected; `from`: first offset of what was appended. */
  advance(end: bigint, nextSequence: number, sourceEpoch: number, from: bigint): void {
    this.#end = end;
    this.#endSequence = nextSequence;
    if (this.#leader) this.#destinationEpoch = this.#leader.epoch;
    if (sourceEpoch !== this.#sourceEpoch) {
      this.#sourceEpoch = sourceEpoch;
      if (sourceEpoch >= 0) {
        const sourceEpochs = withSourceEpoch(this.#memory.sourceEpochs, sourceEpoch, from);
        this.#memory = { ...this.#memory, sourceEpochs };
      }
    }
    if (this.#compared) this.#historyEnd = end;
    if (this.#leader && this.#compared) {
      this.#candidate = { leader: this.#leader, point: this.#point(), settling: this.#settlings };
    }
  }

  /** What was known of the log is not known any more. What was acknowledged before can still be confirmed. */
  forget(): void {
    this.#leader = undefined;
    this.changed();
  }

  changed(): void {
    this.#version++;
    this.#lastChangeMs = this.#clock.monotonicMs();
  }

  #point(): ProvenPoint {
    return {
      offset: this.#end,
      nextSequence: this.#endSequence,
      destinationLogStart: this.#askedLogStart,
      destinationEpoch: this.#destinationEpoch,
      sourceEpoch: this.#sourceEpoch,
    };
  }

  // ── points ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** [2.2] To be confirmed: the same leader epoch must still be the current one, and its log must reach the point. */
  get candidate(): PointCandidate | undefined {
    return this.#candidate;
  }

  /**
   * [2.2] Brokers stamp batches with *their* epoch, and Produce names none: a leader that went and came back unnoticed
   * would make a point that its own test must call void.
   */
  confirm({ point, settling }: PointCandidate): void {
    if (settling !== this.#settlings) return;
    if (this.#candidate?.point.offset === point.offset) this.#candidate = undefined;
    this.#memory = { ...this.#memory, provenPoints: withPoint(this.#memory.provenPoints, point) };
  }

  // ── the source, as far as it is remembered ──────────────────────────────────────────────────────────────────────

  sourceSeen(seen: {
    readonly end: bigint;
    readonly logStart: bigint;
    readonly fetchOffset: bigint | undefined;
  }): void {
    this.#memory = {
      ...this.#memory,
      sourceEnd: seen.end,
      sourceLogStart: higher(this.#memory.sourceLogStart, seen.logStart),
      sourceSeenAtMs: this.#clock.nowMs(),
      lastSourceFetchOffset: seen.fetchOffset ?? this.#memory.lastSourceFetchOffset,
    };
  }

  sourceBegins(logStart: bigint): void {
    this.#memory = { ...this.#memory, sourceLogStart: higher(this.#memory.sourceLogStart, logStart) };
  }

  // ── guards ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What an idle partition must look like at its leader; undefined: nothing can be said now. */
  expectation(idleForMs: number): GuardExpectation | undefined {
    if (this.#leader === undefined) return undefined;
    if (this.#clock.monotonicMs() - this.#lastChangeMs < idleForMs) return undefined;
    return { leader: this.#leader, version: this.#version };
  }

  /** [3.4] Log end where we left it, log start not above what klink asked for. Undefined: as it must be. */
  judge(found: GuardAnswer): string | undefined {
    if (found.version !== this.#version || this.#leader === undefined) return undefined;
    if (found.code !== 0) return `guard: ${errorName(found.code)}`;
    if (found.logEnd !== this.#end) return `the idle log end moved from ${this.#end} to ${found.logEnd}`;
    if (found.logStart > this.#askedLogStart) return `the log start rose to ${found.logStart}`;
    this.#logStart = found.logStart;
    return undefined;
  }

  /** [2.3] A newer epoch is another log until it is proven to be the same. Undefined: led as known, or nothing is known. */
  ledBy(leader: Leader | undefined): string | undefined {
    if (this.#leader === undefined) return undefined;
    if (leader === undefined) return 'no leader';
    if (leader.epoch <= this.#leader.epoch) return undefined;
    return `broker ${leader.broker} leads, epoch ${leader.epoch}`;
  }

  /** Where the log start should be, and undefined where it is (decision 10): never above what is copied. */
  wantedLogStart(): { readonly leader: Leader; readonly offset: bigint } | undefined {
    if (this.#leader === undefined) return undefined;
    const offset = lower(this.#memory.sourceLogStart, this.#end);
    if (offset <= this.#logStart || offset <= 0n) return undefined;
    // What is asked for is remembered before it is asked: a risen log start must never look like a loss.
    this.#askedLogStart = higher(this.#askedLogStart, offset);
    return { leader: this.#leader, offset };
  }

  logStartRaised(logStart: bigint): void {
    this.#logStart = higher(this.#logStart, logStart);
  }
}
