/**
 * One partition of a mirror topic: settle → copy → surprise → settle again. The one recovery path is also the start.
 * Data flows without waiting: `fetched` slices, `take` gives the next batch to a produce request, `answered` counts it.
 * The loop only wakes for gaps, surprises and changes of mode. Refuses to append anything while unsettled, surprised,
 * failed or held. Spec: docs/spec/engine.md 2–4.
 */
import { sleep } from '../../base/clock.js';
import { InvariantError, invariant, unreachable } from '../../base/invariant.js';
import type { Log } from '../../base/log.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import type { Channel } from '../../client/types.js';
import type { MirrorAssignment, PartitionActivity, PartitionFailure, PartitionMemory } from '../../model/assignment.js';
import { errorCode, errorName } from '../../protocol/errors.js';
import { DecodeError } from '../../protocol/reader.js';
import type { Appender, Lane } from './destination-writer.js';
import { withSourceEpoch } from './divergence.js';
import type { MarkerMemory } from './marker-writer.js';
import type { MirrorContext } from './mirror-context.js';
import { higher, lower } from './offsets.js';
import { withPoint } from './point.js';
import type { Finding } from './proof.js';
import { noMemory } from './prove-partition.js';
import { judgeReply, type ProduceAnswer } from './reply.js';
import { rewriteBatch } from './rewrite.js';
import { addToSequence } from './sequence.js';
import { askedLogStart, type Settled, type Subject, settle } from './settle.js';
import { type DataSlice, type GapSlice, type Slice, sliceFetched } from './slices.js';
import type { FetchedAnswer, FetchWish, Reading } from './source-reader.js';
import { SourceView } from './source-view.js';
import type { Leader } from './topology.js';
import { Wake } from './wake.js';
import { maySend } from './window.js';

const RETRY: Backoff = { firstMs: 100, capMs: 10_000 };
/** A refusal that nobody here can change (settings, rights, size) is tried again ever more slowly. */
const RETRY_REFUSED: Backoff = { firstMs: 500, capMs: 30_000 };
/** Surprises in a row without one more offset before the partition gives up. */
const FRUITLESS_MAX = 12;
const LOOK_MS = 1_000;

/** Why copying stopped. */
type Surprise =
  | { readonly kind: 'settle'; readonly reason: string }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly finding: Finding }
  | { readonly kind: 'diverging'; readonly epoch: number; readonly end: bigint }
  /** Another mode was assigned, or the engine stops. */
  | { readonly kind: 'mode' };

interface Flight {
  readonly slice: DataSlice;
  readonly base: bigint;
  readonly nextSequence: number;
  readonly maxTimestamp: bigint;
  readonly bytes: number;
}

export class PartitionMirror implements Appender, Reading {
  readonly linkId: string;
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly partition: number;
  readonly lineageRandom: string;
  readonly #context: MirrorContext;
  readonly #lineageStart: bigint;
  readonly #producerId: bigint;
  readonly #wake = new Wake();
  readonly #log: Log;
  readonly #marker: MarkerMemory = { fencedBy: undefined, stray: undefined };
  readonly #ending = new AbortController();
  running: Promise<void> = Promise.resolve();

  #mode: MirrorAssignment['mode'];
  #activity: PartitionActivity = { kind: 'starting' };
  #failure: PartitionFailure | undefined;
  #surprise: Surprise | undefined;
  #memory: PartitionMemory;

  /** Valid while `#leader` is set: the tail is proven and nobody but us has written since. */
  #leader: Leader | undefined;
  #lane: Lane | undefined;
  #copying = false;
  #filling = false;
  /** Log end as acknowledged, and as it will be when everything in flight is. */
  #end = -1n;
  #sendEnd = -1n;
  #endSequence = 0;
  #sendSequence = 0;
  #destinationEpoch = -1;
  #sourceEpoch = -1;
  /** The proof has compared with the source: only then are new points made. */
  #compared = false;
  #askedLogStart = 0n;
  #logStart = -1n;
  #sourceTrouble: string | undefined;
  #markerTrouble: string | undefined;

  readonly #queue: Slice[] = [];
  #queueHead = 0;
  #queueBytes = 0;
  readonly #flights: Flight[] = [];
  #flightBytes = 0;
  /** maxTimestamp of the batch acknowledged last on this lane and leader epoch (3.2). */
  #acknowledged: bigint | undefined;
  #fetchPosition = -1n;
  #fetchEpoch = -1;
  #fetchEnded = false;
  #emptyAnswers = 0;

  /** Changes with everything that changes the log: a guard's answer that spans a change is no guard. */
  #version = 0;
  #lastChangeMs = 0;
  #fruitless = 0;
  #recoveries = 0;
  #truncations = 0;
  #settledOnce = false;

  constructor(context: MirrorContext, assignment: MirrorAssignment, partition: number) {
    this.#context = context;
    this.linkId = assignment.linkId;
    this.mirrorTopic = assignment.mirrorTopic;
    this.destinationTopicId = assignment.destinationTopicId;
    this.sourceTopic = assignment.sourceTopic;
    this.sourceTopicId = assignment.sourceTopicId;
    this.lineageRandom = assignment.lineage.random;
    this.partition = partition;
    this.#mode = assignment.mode;
    this.#lineageStart = assignment.lineage.startOffsets[partition] ?? 0n;
    this.#producerId = context.dataId(assignment);
    this.#memory = assignment.memory[partition] ?? noMemory;
    this.#askedLogStart = askedLogStart(this.#subject(), undefined);
    this.#log = context.log.child({ topic: this.mirrorTopic, partition });
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
    if (this.#surprise === undefined) this.#stopCopying({ kind: 'mode' });
  }

  /** Nothing is appended any more once this is called; `running` ends when what is in flight is answered. */
  stop(): void {
    this.#ending.abort(new Error('the engine stops'));
    if (this.#surprise === undefined) this.#stopCopying({ kind: 'mode' });
    this.#wake.notify();
  }

  /** [3.6, 3.4] Whatever is known of the log is void: drain and settle again. */
  unsettle(reason: string): void {
    if (this.#surprise === undefined) this.#stopCopying({ kind: 'settle', reason });
  }

  /** [3.4] A working setting that could have bent data was changed: the mirror ends where it was last known good. */
  failFromOutside(finding: Finding): void {
    if (this.#failure) return;
    this.#stopCopying({ kind: 'failed', finding });
  }

  // ── observations ────────────────────────────────────────────────────────────────────────────────────────────────

  get observation() {
    const end = this.#failure ? this.#failure.offset : this.#end;
    const memory = this.memory;
    const behind = memory.sourceEnd < 0n || end < 0n ? -1n : higher(0n, memory.sourceEnd - end);
    return {
      partition: this.partition,
      activity: this.#currentActivity(memory),
      mirrorEnd: end,
      // [7.2] Acknowledged by all in-sync replicas, hence at or below the high watermark; unknown while unsettled.
      mirrorHighWatermark: this.#leader ? end : -1n,
      lagRecords: behind,
      memory,
      recoveries: this.#recoveries,
      destinationTruncations: this.#truncations,
    };
  }

  #currentActivity(memory: PartitionMemory): PartitionActivity {
    if (this.#activity.kind !== 'copying') return this.#activity;
    if (this.#markerTrouble) return { kind: 'waiting', reason: this.#markerTrouble };
    if (this.#sourceTrouble) return { kind: 'waiting', reason: this.#sourceTrouble };
    return memory.sourceEnd >= 0n && this.#end >= memory.sourceEnd ? { kind: 'caught-up' } : this.#activity;
  }

  /** [2.2] With the newest proven point: only offsets whose replies had the expected base. */
  get memory(): PartitionMemory {
    if (this.#leader === undefined || !this.#compared || this.#failure) return this.#memory;
    return { ...this.#memory, provenPoints: withPoint(this.#memory.provenPoints, this.#point()) };
  }

  #point() {
    return {
      offset: this.#end,
      nextSequence: this.#endSequence,
      destinationLogStart: this.#askedLogStart,
      destinationEpoch: this.#destinationEpoch,
      sourceEpoch: this.#sourceEpoch,
    };
  }

  get failure(): PartitionFailure | undefined {
    return this.#failure;
  }

  get end(): bigint {
    return this.#end;
  }

  get queuedBytes(): number {
    return this.#queueBytes + this.#flightBytes;
  }

  // ── guards ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What an idle partition must look like at its leader; undefined: nothing can be said now. */
  guardExpectation(idleForMs: number): { readonly leader: Leader; readonly version: number } | undefined {
    if (this.#leader === undefined || this.#surprise || this.#failure || this.#filling || this.#flights.length > 0) {
      return undefined;
    }
    if (this.#context.clock.monotonicMs() - this.#lastChangeMs < idleForMs) return undefined;
    return { leader: this.#leader, version: this.#version };
  }

  /** [3.4] Log end where we left it, log start not above what klink asked for, leader epoch unchanged. */
  guarded(found: {
    readonly version: number;
    readonly code: number;
    readonly logEnd: bigint;
    readonly logStart: bigint;
  }): void {
    if (found.version !== this.#version || this.#surprise || this.#leader === undefined) return;
    if (found.code !== 0) {
      this.unsettle(`guard: ${errorName(found.code)}`);
      return;
    }
    if (found.logEnd !== this.#end) {
      this.unsettle(`the idle log end moved from ${this.#end} to ${found.logEnd}`);
      return;
    }
    if (found.logStart > this.#askedLogStart) {
      this.unsettle(`the log start rose to ${found.logStart}`);
      return;
    }
    this.#logStart = found.logStart;
  }

  /** What a partition that is not reading now learns of the source in passing. */
  sourceSeen(ends: { readonly lastStable: bigint; readonly logStart: bigint }): void {
    this.#noteSource(ends.lastStable, ends.logStart);
  }

  get readsSource(): boolean {
    return this.#copying && this.#sourceTrouble === undefined;
  }

  /** Where the log start should be, and undefined where it is (decision 10): never above what is copied. */
  wantedLogStart(): { readonly leader: Leader; readonly offset: bigint } | undefined {
    if (this.#leader === undefined || this.#surprise || this.#failure || this.#mode === 'settle') return undefined;
    const offset = lower(this.#memory.sourceLogStart, this.#end);
    if (offset <= this.#logStart || offset <= 0n) return undefined;
    // What is asked for is remembered before it is asked: a risen log start must never look like a loss.
    this.#askedLogStart = higher(this.#askedLogStart, offset);
    return { leader: this.#leader, offset };
  }

  logStartRaised(logStart: bigint): void {
    this.#logStart = higher(this.#logStart, logStart);
  }

  // ── the loop ────────────────────────────────────────────────────────────────────────────────────────────────────

  async #run(): Promise<void> {
    const { clock } = this.#context;
    let attempt = 0;
    while (!this.#ending.signal.aborted) {
      if (this.#failure) {
        await this.#wake.wait(clock, LOOK_MS);
        continue;
      }
      try {
        if (await this.#round()) attempt = 0;
        else await this.#pause(backoffMs(RETRY, attempt++, this.#context.random));
      } catch (error) {
        this.#forget();
        if (error instanceof InvariantError)
          this.#log.error({ error: error.stack }, 'a promise of the engine is broken');
        this.#wait(error instanceof Error ? error.message : String(error));
        await this.#pause(backoffMs(RETRY, attempt++, this.#context.random));
      }
    }
    this.#forget();
  }

  /** One settling and what follows from it. False: it could not be settled yet. */
  async #round(): Promise<boolean> {
    // What was found while nothing was copied (a setting, a stop) is judged before the log is read again.
    if (this.#surprise?.kind === 'failed') return this.#afterSurprise();
    const context = this.#context;
    const mode = this.#mode;
    this.#surprise = undefined;
    if (this.#activity.kind !== 'waiting') this.#activity = { kind: 'proving' };
    await context.confirmed();
    const outcome = await settle(
      context.settleTools(() => this.#proving()),
      this.#subject(),
    );
    if (outcome.kind === 'waiting') {
      this.#wait(outcome.reason);
      return false;
    }
    if (outcome.kind === 'failed') {
      this.#fail(outcome.finding);
      return true;
    }
    if (this.#interrupted(mode)) return true;
    // [3.6] Something happened while the log was read: what was read is not acted on.
    if (this.#surprise) return this.#afterSurprise();
    if (outcome.barrier !== undefined && mode !== 'settle') {
      this.#fail({ reason: 'DIVERGED', offset: outcome.barrier, detail: 'the mirror carries a promotion barrier' });
      return true;
    }
    await this.#adopt(outcome);
    if (mode === 'copy') {
      if (outcome.sourceUnread !== undefined) {
        // Guards go on while the source is away; only copying needs it.
        this.#wait(outcome.sourceUnread);
        await this.#rest(LOOK_MS);
        return this.#surprise !== undefined;
      }
      const overtaken = this.#overtaken(outcome);
      if (overtaken?.kind === 'refusal') return true;
      await this.#copy(outcome.leader, overtaken?.gap);
    } else {
      this.#activity = mode === 'hold' ? { kind: 'held' } : { kind: 'settled', end: this.#end };
      await this.#rest(Number.POSITIVE_INFINITY);
    }
    return this.#afterSurprise();
  }

  #proving(): void {
    if (this.#activity.kind === 'starting') this.#activity = { kind: 'proving' };
  }

  #interrupted(mode: MirrorAssignment['mode']): boolean {
    return this.#ending.signal.aborted || this.#failure !== undefined || this.#mode !== mode;
  }

  /** From here on the log is known; the lane, the queue and the window begin anew. */
  async #adopt(settled: Settled): Promise<void> {
    const context = this.#context;
    if (settled.truncated) {
      this.#truncations++;
      context.truncated(this, settled.truncated);
      // [2.4] Groups first: none may stand above the mirror's end when the next record comes.
      await context.clampGroups(this.mirrorTopic, this.partition, settled.logEnd);
    }
    if (this.#settledOnce) this.#recoveries++;
    this.#settledOnce = true;
    this.#end = settled.logEnd;
    this.#sendEnd = settled.logEnd;
    this.#endSequence = settled.nextSequence;
    this.#sendSequence = settled.nextSequence;
    this.#destinationEpoch = settled.destinationEpoch;
    this.#sourceEpoch = settled.sourceEpoch;
    this.#compared = settled.sourceUnread === undefined;
    this.#logStart = settled.logStart;
    this.#memory = { ...this.#memory, provenPoints: settled.points, sourceEpochs: settled.sourceEpochs };
    if (settled.sourceLogStart !== undefined) this.#noteSource(this.#memory.sourceEnd, settled.sourceLogStart);
    this.#askedLogStart = higher(this.#askedLogStart, settled.logStart);
    this.#acknowledged = undefined;
    this.#leader = settled.leader;
    this.#changed();
  }

  /** The source's retention was faster than the copying: nobody can read those offsets any more. */
  #overtaken(settled: Settled): { kind: 'refusal' } | { kind: 'gap'; gap: GapSlice } | undefined {
    const start = settled.sourceLogStart ?? 0n;
    if (start <= this.#end) return undefined;
    if (this.#end === this.#lineageStart && this.#memory.sourceEpochs.length === 0) {
      const detail = `the source begins at offset ${start}, above 0: this is not copied yet`;
      this.#fail({ reason: 'UNSUPPORTED_BATCH', offset: this.#end, detail });
      return { kind: 'refusal' };
    }
    if (start - this.#end > BigInt(this.#context.limits.overtakenOffsetsMax)) {
      const detail = `the source deleted offsets ${this.#end} to ${start - 1n} before they were copied`;
      this.#fail({ reason: 'RANGE_LOST', offset: this.#end, detail });
      return { kind: 'refusal' };
    }
    this.#context.overtaken(this, { from: this.#end, to: start });
    return { kind: 'gap', gap: { kind: 'gap', from: this.#end, to: start, sourceEpoch: -1 } };
  }

  async #copy(leader: Leader, overtaken: GapSlice | undefined): Promise<void> {
    const { reader, writer } = this.#context;
    this.#lane = await writer.lane(leader.broker, this);
    if (this.#surprise || this.#interrupted('copy')) return;
    this.#fetchPosition = overtaken?.to ?? this.#end;
    this.#fetchEpoch = overtaken ? -1 : this.#sourceEpoch;
    this.#fetchEnded = false;
    this.#emptyAnswers = 0;
    this.#sourceTrouble = undefined;
    if (overtaken) this.#queue.push(overtaken);
    this.#activity = { kind: 'copying' };
    this.#copying = true;
    reader.add(this);
    try {
      while (!this.#surprise && !this.#interrupted('copy')) {
        const head = this.#flights.length === 0 ? this.#queue[this.#queueHead] : undefined;
        if (head?.kind === 'gap') await this.#fill(head, leader);
        else if (head?.kind === 'refusal') {
          const finding = { reason: 'UNSUPPORTED_BATCH', offset: head.from, detail: head.detail } as const;
          this.#surprise ??= { kind: 'failed', finding };
        } else await this.#wake.wait(this.#context.clock, LOOK_MS);
      }
    } finally {
      this.#copying = false;
      reader.remove(this);
      await this.#drained();
      this.#clearQueue();
    }
  }

  /** Held, settled, or waiting for the source: nothing is appended, guards go on. */
  async #rest(forMs: number): Promise<void> {
    const { clock } = this.#context;
    const untilMs = clock.monotonicMs() + forMs;
    const mode = this.#mode;
    while (!this.#surprise && !this.#interrupted(mode) && clock.monotonicMs() < untilMs) {
      await this.#wake.wait(clock, LOOK_MS);
    }
  }

  /** False: pause before settling again. */
  async #afterSurprise(): Promise<boolean> {
    const surprise = this.#surprise;
    this.#keepPoint();
    this.#forget();
    if (surprise === undefined || surprise.kind === 'mode') return true;
    if (surprise.kind === 'failed') {
      this.#fail(surprise.finding);
      return true;
    }
    if (surprise.kind === 'diverging') {
      await this.#judgeDivergence(surprise);
      return true;
    }
    this.#log.info({ reason: surprise.reason, at: String(this.#end) }, 'copying stopped, settling again');
    this.#fruitless++;
    if (surprise.kind === 'refused') return this.#afterRefusal(surprise);
    if (this.#fruitless > FRUITLESS_MAX && this.#end >= 0n && isOwnDoing(surprise.reason)) {
      this.#fail({ reason: 'DIVERGED', offset: this.#end, detail: `no way forward: ${surprise.reason}` });
      return true;
    }
    // One surprise is settled at once; a row of them without progress slows down.
    if (this.#fruitless > 1) {
      this.#wait(surprise.reason);
      await this.#pause(backoffMs(RETRY, this.#fruitless - 2, this.#context.random));
    }
    return true;
  }

  async #afterRefusal(surprise: { readonly code: number; readonly reason: string }): Promise<boolean> {
    const damaged = surprise.code === errorCode.CORRUPT_MESSAGE || surprise.code === errorCode.UNKNOWN_SERVER_ERROR;
    // [9] Damaged between source and here: fetched once more, then this partition stops.
    if (damaged && this.#fruitless > 2) {
      const detail = `the destination refuses the batch again and again: ${surprise.reason}`;
      this.#fail({ reason: 'UNSUPPORTED_BATCH', offset: this.#end, detail });
      return true;
    }
    this.#wait(`the destination refuses the batch at ${this.#end}: ${surprise.reason}`);
    this.#context.checkSettings(this.mirrorTopic);
    await this.#pause(backoffMs(RETRY_REFUSED, this.#fruitless, this.#context.random));
    return true;
  }

  /** [3.5] The source's history changed: nothing here can be truncated, so the partition ends where both agree. */
  async #judgeDivergence(surprise: { readonly epoch: number; readonly end: bigint }): Promise<void> {
    const opening = await SourceView.open(
      this.#context.settleTools(() => {}),
      this.#subject(),
    );
    if (opening.kind !== 'open') {
      this.#wait(opening.kind === 'unread' ? opening.reason : opening.finding.detail);
      return;
    }
    const finding = await opening.view.diverged({ epoch: surprise.epoch, end: surprise.end }, this.#end);
    if (finding.offset < this.#end) {
      this.#fail(finding);
      return;
    }
    // Common up to our end: what made the source object lies above it, and settling reads it anew.
    this.#wait('the source answers from a changed history');
    await this.#pause(backoffMs(RETRY, this.#fruitless++, this.#context.random));
  }

  // ── the source's side ───────────────────────────────────────────────────────────────────────────────────────────

  wish(): FetchWish | undefined {
    if (!this.#copying || this.#surprise || this.#fetchEnded) return undefined;
    if (this.queuedBytes > 0 && !this.#context.hasRoom(this.queuedBytes)) return undefined;
    return {
      position: this.#fetchPosition,
      lastFetchedEpoch: this.#fetchEpoch,
      solo: this.#emptyAnswers >= EMPTY_ANSWERS_MAX,
    };
  }

  fetched({ wish, data, throttled }: FetchedAnswer): void {
    if (!this.#copying || this.#surprise || wish.position !== this.#fetchPosition) return;
    const { divergingEpoch: diverging } = data;
    if (diverging.epoch >= 0) {
      this.#stopCopying({ kind: 'diverging', epoch: diverging.epoch, end: diverging.endOffset });
      return;
    }
    if (data.errorCode === errorCode.OFFSET_OUT_OF_RANGE) {
      this.unsettle(`the source has no offset ${this.#fetchPosition}`);
      return;
    }
    if (data.errorCode !== 0) {
      this.sourceTrouble(`source: ${errorName(data.errorCode)}`);
      return;
    }
    this.#sourceTrouble = undefined;
    this.#noteSource(data.lastStableOffset, data.logStartOffset);
    const records = data.records;
    if (records === null || records.length === 0) {
      this.#nothingFetched(data.lastStableOffset, wish, throttled);
      return;
    }
    try {
      this.#accept({
        records,
        abortedTransactions: data.abortedTransactions ?? [],
        lastStableOffset: data.lastStableOffset,
      });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#stopCopying({
        kind: 'refused',
        code: errorCode.CORRUPT_MESSAGE,
        reason: `the source's answer cannot be read: ${error.message}`,
      });
    }
  }

  #accept(fetched: Parameters<typeof sliceFetched>[0]): void {
    const { slices, position } = sliceFetched(fetched, this.#fetchPosition);
    if (position > this.#fetchPosition) this.#emptyAnswers = 0;
    this.#fetchPosition = position;
    for (const slice of slices) {
      this.#queue.push(slice);
      if (slice.kind === 'refusal') this.#fetchEnded = true;
      else this.#fetchEpoch = slice.sourceEpoch;
      if (slice.kind === 'data') this.#addQueued(slice.batch.size);
    }
    if (slices.length > 0) this.#headChanged();
  }

  /** An empty answer proves nothing, except alone in its request, unthrottled, with something still to come. */
  #nothingFetched(lastStable: bigint, wish: FetchWish, throttled: boolean): void {
    if (lastStable <= this.#fetchPosition || throttled) {
      this.#emptyAnswers = 0;
      return;
    }
    this.#emptyAnswers++;
    if (!wish.solo) return;
    const detail = `the source has nothing from ${this.#fetchPosition} to ${lastStable - 1n} (compacted?)`;
    this.#queue.push({ kind: 'refusal', from: this.#fetchPosition, detail });
    this.#fetchEnded = true;
    this.#headChanged();
  }

  sourceTrouble(reason: string | undefined): void {
    this.#sourceTrouble = reason;
  }

  sourceRecreated(): void {
    const detail = `source topic ${this.sourceTopic} was deleted and made again`;
    this.#stopCopying({ kind: 'failed', finding: { reason: 'SOURCE_RECREATED', offset: this.#end, detail } });
  }

  #noteSource(sourceEnd: bigint, sourceLogStart: bigint): void {
    this.#memory = {
      ...this.#memory,
      sourceEnd,
      sourceLogStart: higher(this.#memory.sourceLogStart, sourceLogStart),
      sourceSeenAtMs: this.#context.clock.nowMs(),
      lastSourceFetchOffset: this.#fetchPosition >= 0n ? this.#fetchPosition : this.#memory.lastSourceFetchOffset,
    };
  }

  // ── the destination's side ──────────────────────────────────────────────────────────────────────────────────────

  take(channel: Channel, brokerNowMs: number): Buffer | undefined {
    if (!this.#copying || this.#surprise || this.#mode !== 'copy') return undefined;
    const slice = this.#queue[this.#queueHead];
    if (slice?.kind !== 'data') return undefined;
    if (channel !== this.#lane?.channel || !channel.open) {
      this.unsettle('the produce connection was lost');
      return undefined;
    }
    const inFlight = this.#flights.map((flight) => flight.maxTimestamp);
    const state = { acknowledged: this.#acknowledged, inFlight };
    if (!maySend(state, this.#context.windowRules(), brokerNowMs)) return undefined;
    invariant(slice.from === this.#sendEnd, `slice at ${slice.from} where ${this.#sendEnd} is due`);
    this.#shiftQueue();
    const { batch } = slice;
    const nextSequence = addToSequence(this.#sendSequence, Number(slice.to - slice.from));
    rewriteBatch(batch, this.#producerId, this.#sendSequence);
    this.#flights.push({
      slice,
      base: slice.from,
      nextSequence,
      maxTimestamp: batch.maxTimestamp,
      bytes: batch.size,
    });
    this.#flightBytes += batch.size;
    this.#sendEnd = slice.to;
    this.#sendSequence = nextSequence;
    this.#changed();
    return batch.bytes;
  }

  answered(answer: ProduceAnswer): void {
    const flight = this.#land();
    if (flight === undefined || this.#surprise) return;
    const verdict = judgeReply(answer, { base: flight.base, logStartMax: this.#askedLogStart });
    switch (verdict.kind) {
      case 'appended':
        this.#appended(flight);
        return;
      case 'settle':
        this.#stopCopying({ kind: 'settle', reason: verdict.reason });
        return;
      case 'refused':
        this.#stopCopying({ kind: 'refused', code: verdict.code, reason: verdict.reason });
        return;
      case 'bent':
        this.#stopCopying({
          kind: 'failed',
          finding: { reason: 'SETTINGS_CHANGED', offset: flight.base, detail: verdict.reason },
        });
        return;
      default:
        unreachable(verdict);
    }
  }

  unanswered(reason: string): void {
    this.#land();
    this.unsettle(reason);
  }

  #land(): Flight | undefined {
    const flight = this.#flights.shift();
    if (flight) {
      this.#flightBytes -= flight.bytes;
      this.#context.released(flight.bytes);
    }
    this.#changed();
    if (this.#flights.length === 0) this.#wake.notify();
    return flight;
  }

  #appended(flight: Flight): void {
    this.#acknowledged = flight.maxTimestamp;
    this.#advance(flight.slice.to, flight.nextSequence, flight.slice.sourceEpoch, flight.base);
    this.#context.reader.roomMade(this);
    this.#headChanged();
  }

  /** The mirror's end moved as expected. */
  #advance(end: bigint, nextSequence: number, sourceEpoch: number, from: bigint): void {
    this.#end = end;
    this.#endSequence = nextSequence;
    this.#fruitless = 0;
    if (this.#leader) this.#destinationEpoch = this.#leader.epoch;
    if (sourceEpoch !== this.#sourceEpoch) {
      this.#sourceEpoch = sourceEpoch;
      if (sourceEpoch >= 0) {
        const sourceEpochs = withSourceEpoch(this.#memory.sourceEpochs, sourceEpoch, from);
        this.#memory = { ...this.#memory, sourceEpochs };
      }
    }
  }

  async #fill(gap: GapSlice, leader: Leader): Promise<void> {
    invariant(this.#end === this.#sendEnd && gap.from <= this.#end, `gap at ${gap.from} where ${this.#end} is due`);
    this.#filling = true;
    this.#changed();
    const outcome = await this.#context.markers(leader.broker).fill({
      linkId: this.linkId,
      mirrorTopic: this.mirrorTopic,
      destinationTopicId: this.destinationTopicId,
      partition: this.partition,
      leader,
      logEnd: this.#end,
      to: gap.to,
      memory: this.#marker,
      markerIds: () => this.#context.markerIds(),
      abandoned: () => this.#surprise !== undefined || this.#interrupted('copy'),
      progress: (logEnd) => {
        this.#advance(logEnd, this.#endSequence, gap.sourceEpoch, gap.from);
        this.#sendEnd = logEnd;
      },
      waiting: (reason) => {
        this.#markerTrouble = reason;
      },
    });
    this.#filling = false;
    this.#markerTrouble = undefined;
    this.#changed();
    switch (outcome.kind) {
      case 'filled':
        this.#shiftQueue();
        this.#headChanged();
        return;
      case 'abandoned':
        return;
      case 'settle':
        if (outcome.reason.includes(errorName(errorCode.INVALID_PRODUCER_EPOCH))) this.#context.fenced(this);
        this.unsettle(outcome.reason);
        return;
      case 'foreign': {
        const detail = `a batch of producer id ${outcome.producerId} stands inside a gap`;
        const finding = { reason: 'FOREIGN_WRITE', offset: outcome.offset, detail } as const;
        this.#stopCopying({ kind: 'failed', finding });
        return;
      }
      case 'overshot': {
        const detail = 'more markers than the gap has offsets: two owners, or a late marker';
        const finding = { reason: 'OVERSHOOT', offset: outcome.offset, detail } as const;
        this.#stopCopying({ kind: 'failed', finding });
        return;
      }
      default:
        unreachable(outcome);
    }
  }

  // ── small things ────────────────────────────────────────────────────────────────────────────────────────────────

  #headChanged(): void {
    const head = this.#queue[this.#queueHead];
    if (head?.kind === 'data') this.#lane?.ready(this);
    else if (head && this.#flights.length === 0) this.#wake.notify();
  }

  #addQueued(bytes: number): void {
    this.#queueBytes += bytes;
    this.#context.reserved(bytes);
  }

  #shiftQueue(): void {
    const slice = this.#queue[this.#queueHead++];
    // The bytes of a data slice are in flight from here on, and counted there.
    if (slice?.kind === 'data') this.#queueBytes -= slice.batch.size;
    if (this.#queueHead > 64 && this.#queueHead * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#queueHead);
      this.#queueHead = 0;
    }
  }

  #clearQueue(): void {
    this.#context.released(this.#queueBytes);
    this.#queueBytes = 0;
    this.#queue.length = 0;
    this.#queueHead = 0;
  }

  /** [3.3] Everything in flight is answered, or its connection is lost: the client gives no third way. */
  async #drained(): Promise<void> {
    while (this.#flights.length > 0) await this.#wake.wait(this.#context.clock, LOOK_MS);
  }

  #stopCopying(surprise: Surprise): void {
    if (this.#surprise?.kind !== 'failed') this.#surprise = surprise;
    this.#wake.notify();
    if (this.#filling && this.#leader) this.#context.markers(this.#leader.broker).nudge();
  }

  #keepPoint(): void {
    this.#memory = this.memory;
  }

  /** What was known of the log is not known any more. */
  #forget(): void {
    this.#leader = undefined;
    this.#lane = undefined;
    this.#changed();
  }

  #changed(): void {
    this.#version++;
    this.#lastChangeMs = this.#context.clock.monotonicMs();
  }

  #wait(reason: string): void {
    this.#activity = { kind: 'waiting', reason };
  }

  async #pause(ms: number): Promise<void> {
    await sleep(this.#context.clock, ms, this.#ending.signal).catch(() => undefined);
  }

  #fail(finding: Finding): void {
    this.#keepPoint();
    this.#forget();
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
    if (this.#surprise === undefined) this.#stopCopying({ kind: 'mode' });
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
      memory: this.#memory,
    };
  }
}

const EMPTY_ANSWERS_MAX = 3;

/** Answers that come from the log, not from a cluster in trouble: a row of them without progress is no bad luck. */
function isOwnDoing(reason: string): boolean {
  return reason.includes('was put at') || reason.includes(errorName(errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
}
