/**
 * One partition of a mirror topic: settle → copy → surprise → settle again. The one recovery path is also the start.
 * Refuses to append anything while unsettled, surprised, failed or held. Spec: docs/spec/engine.md 2–4.
 */
import { sleep } from '../../base/clock.js';
import { InvariantError, unreachable } from '../../base/invariant.js';
import type { Log } from '../../base/log.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import type { MirrorAssignment, PartitionActivity, PartitionFailure, PartitionMemory } from '../../model/assignment.js';
import { errorName } from '../../protocol/errors.js';
import { Alarm } from './alarm.js';
import { Copying } from './copying.js';
import { Losses } from './losses.js';
import type { MirrorContext } from './mirror-context.js';
import { higher } from './offsets.js';
import { judgeOvertaking } from './overtaken.js';
import type { Finding } from './proof.js';
import { noMemory } from './prove-partition.js';
import { askedLogStart, type Settled, settle } from './settle.js';
import { type GuardAnswer, type GuardExpectation, type PointCandidate, Standing } from './standing.js';
import type { Subject } from './subject.js';
import { afterSurprise, type Surprise } from './surprise.js';
import type { Leader } from './topology.js';

const RETRY: Backoff = { firstMs: 100, capMs: 10_000 };
/** A refusal that nobody here can change (settings, rights, size) is tried again ever more slowly. */
const RETRY_REFUSED: Backoff = { firstMs: 500, capMs: 30_000 };
const LOOK_MS = 1_000;

type Mode = MirrorAssignment['mode'];

export class PartitionMirror {
  readonly linkId: string;
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly partition: number;
  readonly #context: MirrorContext;
  readonly #lineageStart: bigint;
  readonly #producerId: bigint;
  readonly #log: Log;
  readonly #ending = new AbortController();
  readonly #standing: Standing;
  readonly #alarm: Alarm;
  readonly #losses: Losses;
  readonly #copying: Copying;
  running: Promise<void> = Promise.resolve();

  #mode: Mode;
  #activity: PartitionActivity = { kind: 'starting' };
  #failure: PartitionFailure | undefined;
  /** Surprises since the last offset that was gained. */
  #fruitless = 0;
  #surprisedAt = -1n;
  #recoveries = 0;

  constructor(context: MirrorContext, assignment: MirrorAssignment, partition: number) {
    this.#context = context;
    this.linkId = assignment.linkId;
    this.mirrorTopic = assignment.mirrorTopic;
    this.destinationTopicId = assignment.destinationTopicId;
    this.sourceTopic = assignment.sourceTopic;
    this.sourceTopicId = assignment.sourceTopicId;
    this.partition = partition;
    this.#mode = assignment.mode;
    this.#lineageStart = assignment.lineage.startOffsets[partition] ?? 0n;
    this.#producerId = context.dataId(assignment);
    const memory = assignment.memory[partition] ?? noMemory;
    const asked = askedLogStart({ lineageStart: this.#lineageStart, memory }, undefined);
    this.#standing = new Standing(context.clock, memory, asked);
    this.#alarm = new Alarm(() => this.#copying.nudge());
    const copied = { ...assignment, partition, producerId: this.#producerId };
    this.#copying = new Copying(context, copied, this.#standing, this.#alarm);
    this.#log = context.log.child({ topic: this.mirrorTopic, partition });
    this.#losses = new Losses({
      tell: (range) => context.truncated(this, range),
      lower: (end) => context.clampGroups(this.mirrorTopic, partition, end),
    });
    const failed = assignment.failed.find((each) => each.partition === partition);
    if (failed) this.#becomeFailed(failed);
  }

  start(): void {
    this.running = this.#run();
  }

  /** Takes over a new assignment of the same lineage; what failed stays failed. */
  assign(assignment: MirrorAssignment): void {
    const failed = assignment.failed.find((each) => each.partition === this.partition);
    if (failed && !this.#failure) this.#becomeFailed(failed);
    if (assignment.mode === this.#mode) return;
    this.#mode = assignment.mode;
    this.#alarm.raise({ kind: 'mode' });
  }

  /** Nothing is appended any more once this is called; `running` ends when what is in flight is answered. */
  stop(): void {
    this.#ending.abort(new Error('the engine stops'));
    this.#alarm.raise({ kind: 'mode' });
  }

  /** [3.6, 3.4] Whatever is known of the log is void: drain and settle again. */
  unsettle(reason: string): void {
    this.#alarm.unsettle(reason);
  }

  /** [3.4] A working setting that could have bent data was changed: the mirror ends where it was last known good. */
  failFromOutside(finding: Finding): void {
    if (!this.#failure) this.#alarm.raise({ kind: 'failed', finding });
  }

  // ── observations and guards ─────────────────────────────────────────────────────────────────────────────────────

  get observation() {
    const end = this.#failure ? this.#failure.offset : this.end;
    const { memory } = this;
    return {
      partition: this.partition,
      activity: this.#currentActivity(),
      mirrorEnd: end,
      // [7.2] Acknowledged by all in-sync replicas, hence at or below the high watermark; unknown while unsettled.
      mirrorHighWatermark: this.#standing.leader ? end : -1n,
      lagRecords: memory.sourceEnd < 0n || end < 0n ? -1n : higher(0n, memory.sourceEnd - end),
      memory,
      recoveries: this.#recoveries,
      destinationTruncations: this.#losses.count,
    };
  }

  #currentActivity(): PartitionActivity {
    if (this.#activity.kind !== 'copying') return this.#activity;
    const { trouble } = this.#copying;
    if (trouble) return { kind: 'waiting', reason: trouble };
    const { sourceEnd } = this.memory;
    return sourceEnd >= 0n && this.end >= sourceEnd ? { kind: 'caught-up' } : this.#activity;
  }

  get memory(): PartitionMemory {
    return this.#standing.memory;
  }

  get failure(): PartitionFailure | undefined {
    return this.#failure;
  }

  get end(): bigint {
    return this.#standing.end;
  }

  get readsSource(): boolean {
    return this.#copying.readsSource;
  }

  /** [2.2] The newest point that is not confirmed yet. */
  get candidate(): PointCandidate | undefined {
    return this.#failure ? undefined : this.#standing.candidate;
  }

  /**
   * [2.2, 3.4] What the leader of the candidate's epoch says now. A busy partition has no other guard against a leader
   * that went and came back.
   */
  candidateSeen(candidate: PointCandidate, found: { readonly code: number; readonly logEnd: bigint }): void {
    if (found.code === 0 && found.logEnd >= candidate.point.offset) this.#standing.confirm(candidate);
    else if (this.#standing.leader === candidate.leader) {
      const what = found.code === 0 ? `the log ends at ${found.logEnd}` : errorName(found.code);
      this.unsettle(`point ${candidate.point.offset}: ${what}`);
    }
  }

  guardExpectation(idleForMs: number): GuardExpectation | undefined {
    if (this.#alarm.surprise || this.#failure || !this.#copying.quiet) return undefined;
    return this.#standing.expectation(idleForMs);
  }

  guarded(found: GuardAnswer): void {
    const wrong = this.#standing.judge(found);
    if (wrong) this.unsettle(wrong);
  }

  /** [3.4] Who leads now, as the cluster describes it; undefined: nobody. */
  ledBy(leader: Leader | undefined): void {
    const moved = this.#standing.ledBy(leader);
    if (moved) this.unsettle(moved);
  }

  /** What a partition that is not reading now learns of the source in passing. */
  sourceSeen(ends: { readonly lastStable: bigint; readonly logStart: bigint }): void {
    this.#standing.sourceSeen({ end: ends.lastStable, logStart: ends.logStart, fetchOffset: undefined });
  }

  wantedLogStart(): { readonly leader: Leader; readonly offset: bigint } | undefined {
    if (this.#alarm.surprise || this.#failure || this.#mode === 'settle') return undefined;
    return this.#standing.wantedLogStart();
  }

  logStartRaised(logStart: bigint): void {
    this.#standing.logStartRaised(logStart);
  }

  // ── the loop ────────────────────────────────────────────────────────────────────────────────────────────────────

  async #run(): Promise<void> {
    const { clock, random } = this.#context;
    let attempt = 0;
    while (!this.#ending.signal.aborted) {
      if (this.#failure) {
        await this.#alarm.wake.wait(clock, LOOK_MS);
        continue;
      }
      try {
        if (await this.#round()) attempt = 0;
        else await this.#pause(backoffMs(RETRY, attempt++, random));
      } catch (error) {
        this.#standing.forget();
        if (error instanceof InvariantError)
          this.#log.error({ error: error.stack }, 'a promise of the engine is broken');
        this.#wait(error instanceof Error ? error.message : String(error));
        await this.#pause(backoffMs(RETRY, attempt++, random));
      }
    }
    this.#standing.forget();
  }

  /** One settling and what follows from it. False: it could not be settled yet. */
  async #round(): Promise<boolean> {
    // What was found while nothing was copied (a setting, a stop) is judged before the log is read again.
    if (this.#alarm.surprise?.kind === 'failed') return this.#afterSurprise();
    const context = this.#context;
    const mode = this.#mode;
    this.#alarm.clear();
    if (this.#activity.kind !== 'waiting') this.#activity = { kind: 'proving' };
    await context.confirmed();
    // [8 (1), P5] Who ends waits for no source; where it can be asked, the proof that follows asks it.
    const outcome = await settle(context.settleTools(mode !== 'settle'), this.#subject());
    // Whoever was stopped meanwhile judges nothing: what counts as ours may have changed hands.
    if (this.#ending.signal.aborted) return true;
    if (outcome.kind === 'waiting') {
      if (outcome.lost) await this.#losses.lowered(outcome.lost.range, outcome.lost.end);
      this.#wait(outcome.reason);
      return false;
    }
    if (outcome.kind === 'failed') {
      if (outcome.truncated) this.#losses.told(outcome.truncated);
      this.#fail(outcome.finding);
      return true;
    }
    // [3.6] Something happened while the log was read: what was read is not acted on.
    if (this.#interrupted(mode)) return true;
    if (this.#alarm.surprise) return this.#afterSurprise();
    if (outcome.barrier !== undefined && mode !== 'settle') {
      this.#fail({ reason: 'DIVERGED', offset: outcome.barrier, detail: 'the mirror carries a promotion barrier' });
      return true;
    }
    if (outcome.truncated) await this.#losses.lowered(outcome.truncated, outcome.logEnd);
    this.#standing.adopt(outcome);
    this.#losses.mended();
    if (mode !== 'copy') {
      this.#activity = mode === 'hold' ? { kind: 'held' } : { kind: 'settled', end: this.end };
      await this.#rest(mode, Number.POSITIVE_INFINITY);
      return this.#afterSurprise();
    }
    if (outcome.sourceUnread !== undefined) {
      // Guards go on while the source is away; only copying needs it.
      this.#wait(outcome.sourceUnread);
      await this.#rest(mode, LOOK_MS);
      return this.#alarm.surprise ? this.#afterSurprise() : false;
    }
    return this.#copy(outcome);
  }

  #interrupted(mode: Mode): boolean {
    return this.#ending.signal.aborted || this.#failure !== undefined || this.#mode !== mode;
  }

  async #copy(settled: Settled): Promise<boolean> {
    const overtaking = judgeOvertaking({
      sourceLogStart: settled.sourceLogStart ?? 0n,
      mirrorEnd: settled.logEnd,
      nothingMirrored: settled.logEnd === this.#lineageStart && this.memory.sourceEpochs.length === 0,
      offsetsMax: this.#context.limits.overtakenOffsetsMax,
    });
    if (overtaking.kind === 'failed') {
      this.#fail(overtaking.finding);
      return true;
    }
    const gap = overtaking.kind === 'gap' ? overtaking.gap : undefined;
    if (gap) this.#context.overtaken(this, { from: gap.from, to: gap.to });
    await this.#copying.run(settled, gap, () => {
      this.#activity = { kind: 'copying' };
    });
    return this.#afterSurprise();
  }

  /** Held, settled, or waiting for the source: nothing is appended, guards go on. */
  async #rest(mode: Mode, forMs: number): Promise<void> {
    const { clock } = this.#context;
    const untilMs = clock.monotonicMs() + forMs;
    while (!this.#alarm.surprise && !this.#interrupted(mode) && clock.monotonicMs() < untilMs) {
      await this.#alarm.wake.wait(clock, LOOK_MS);
    }
  }

  /** False: pause before settling again. */
  async #afterSurprise(): Promise<boolean> {
    const { surprise } = this.#alarm;
    this.#standing.forget();
    if (surprise === undefined || surprise.kind === 'mode') return true;
    if (surprise.kind === 'failed') {
      this.#fail(surprise.finding);
      return true;
    }
    this.#recoveries++;
    if (this.end !== this.#surprisedAt) this.#fruitless = 0;
    this.#surprisedAt = this.end;
    this.#fruitless++;
    await this.#recover(surprise);
    return true;
  }

  async #recover(surprise: Surprise & { kind: 'settle' | 'refused' }): Promise<void> {
    this.#log.info({ reason: surprise.reason, at: String(this.end) }, 'copying stopped, settling again');
    const verdict = afterSurprise(surprise, this.#fruitless);
    switch (verdict.kind) {
      case 'again':
        return;
      case 'again-later':
        this.#wait(surprise.reason);
        await this.#pause(backoffMs(RETRY, this.#fruitless - 2, this.#context.random));
        return;
      case 'refused-later':
        this.#wait(`the destination refuses the batch at ${this.end}: ${surprise.reason}`);
        this.#context.checkSettings(this.mirrorTopic);
        await this.#pause(backoffMs(RETRY_REFUSED, this.#fruitless, this.#context.random));
        return;
      case 'give-up':
        this.#fail({ reason: verdict.reason, offset: higher(this.end, this.#lineageStart), detail: verdict.detail });
        return;
      default:
        unreachable(verdict);
    }
  }

  // ── small things ────────────────────────────────────────────────────────────────────────────────────────────────

  #wait(reason: string): void {
    this.#activity = { kind: 'waiting', reason };
  }

  async #pause(ms: number): Promise<void> {
    await sleep(this.#context.clock, ms, this.#ending.signal).catch(() => undefined);
  }

  #fail(finding: Finding): void {
    this.#standing.forget();
    const failure = { partition: this.partition, ...finding };
    this.#log.error(
      { reason: finding.reason, offset: String(finding.offset), detail: finding.detail },
      'partition failed',
    );
    this.#becomeFailed(failure);
    this.#context.failed(this, failure);
  }

  #becomeFailed(failure: PartitionFailure): void {
    this.#failure = failure;
    this.#activity = { kind: 'failed', failure };
    this.#alarm.raise({ kind: 'mode' });
  }

  #subject(): Subject {
    return {
      mirrorTopic: this.mirrorTopic,
      destinationTopicId: this.destinationTopicId,
      sourceTopic: this.sourceTopic,
      sourceTopicId: this.sourceTopicId,
      partition: this.partition,
      lineageStart: this.#lineageStart,
      ids: { data: this.#producerId, markers: this.#context.markerIds() },
      memory: this.memory,
      acknowledged: this.end,
      historyEnd: this.#standing.historyEnd,
    };
  }
}
