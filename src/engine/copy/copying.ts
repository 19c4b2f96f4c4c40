/**
 * Copying one partition from a settled position on, until something surprises: `fetched` queues slices, `take` gives the
 * next batch to a produce request, `answered` counts it, gaps are filled in between. Refuses to send anything once the
 * alarm is raised. Spec: docs/spec/engine.md 3, 4.
 */
import { unreachable } from '../../base/invariant.js';
import type { Channel } from '../../client/types.js';
import { errorCode } from '../../protocol/errors.js';
import type { Alarm } from './alarm.js';
import type { Appender, Lane } from './destination-writer.js';
import { Flights } from './flights.js';
import type { Fate } from './held-bytes.js';
import { type MarkerMemory, noMarkerMemory } from './marker-writer.js';
import type { MirrorContext, OfPartition } from './mirror-context.js';
import { judgeReply, type ProduceAnswer } from './reply.js';
import type { Settled } from './settle.js';
import type { GapSlice } from './slices.js';
import { SourceQueue } from './source-queue.js';
import type { FetchedAnswer, FetchWish, Reading } from './source-reader.js';
import type { Standing } from './standing.js';
import { surpriseOfGap } from './surprise.js';
import type { Leader } from './topology.js';

const LOOK_MS = 1_000;

export interface CopiedPartition extends OfPartition {
  readonly destinationTopicId: string;
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly producerId: bigint;
}

export class Copying implements Appender, Reading {
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly partition: number;
  readonly #of: CopiedPartition;
  readonly #context: MirrorContext;
  readonly #standing: Standing;
  readonly #alarm: Alarm;
  readonly #queue: SourceQueue;
  readonly #flights: Flights;
  /** Kept over all gaps. */
  readonly #marker: MarkerMemory = noMarkerMemory();
  #lane: Lane | undefined;
  #active = false;
  #filling: Leader | undefined;
  #sourceTrouble: string | undefined;
  #markerTrouble: string | undefined;

  constructor(context: MirrorContext, of: CopiedPartition, standing: Standing, alarm: Alarm) {
    this.#context = context;
    this.#of = of;
    this.mirrorTopic = of.mirrorTopic;
    this.destinationTopicId = of.destinationTopicId;
    this.sourceTopic = of.sourceTopic;
    this.sourceTopicId = of.sourceTopicId;
    this.partition = of.partition;
    this.#standing = standing;
    this.#alarm = alarm;
    this.#queue = new SourceQueue(context);
    this.#flights = new Flights(of.producerId);
  }

  /**
   * Ends once the alarm is raised and everything in flight is answered or lost. `overtaken`: what the source has no more,
   * filled first. Rejects NotSent when there is no connection.
   */
  async run(settled: Settled, overtaken: GapSlice | undefined, started: () => void): Promise<void> {
    const { reader, writer, clock } = this.#context;
    const { leader } = settled;
    this.#flights.begin(settled.logEnd, settled.nextSequence);
    this.#lane = await writer.lane(leader.broker, this);
    if (this.#alarm.surprise) return;
    const epoch = overtaken ? -1 : settled.sourceEpoch;
    this.#queue.begin({ position: overtaken?.to ?? settled.logEnd, epoch, first: overtaken });
    this.#sourceTrouble = undefined;
    this.#active = true;
    started();
    reader.add(this);
    try {
      while (!this.#alarm.surprise) {
        const head = this.#flights.count === 0 ? this.#queue.head : undefined;
        if (head?.kind === 'gap') await this.#fill(head, leader);
        else if (head?.kind === 'refusal') {
          const finding = { reason: 'UNSUPPORTED_BATCH', offset: head.from, detail: head.detail } as const;
          this.#alarm.raise({ kind: 'failed', finding });
        } else await this.#alarm.wake.wait(clock, LOOK_MS);
      }
    } finally {
      this.#active = false;
      reader.remove(this);
      await this.#drained();
      this.#queue.end();
      this.#lane = undefined;
    }
  }

  /** Nothing of ours may be on its way to the log: only then does a guard say anything. */
  get quiet(): boolean {
    return this.#filling === undefined && this.#flights.count === 0;
  }

  get readsSource(): boolean {
    return this.#active && this.#sourceTrouble === undefined;
  }

  /** Why nothing comes or goes at the moment. */
  get trouble(): string | undefined {
    return this.#markerTrouble ?? this.#sourceTrouble;
  }

  /** The alarm was raised from outside. */
  nudge(): void {
    if (this.#filling) this.#context.markers(this.#filling.broker).nudge();
  }

  // ── the source's side ───────────────────────────────────────────────────────────────────────────────────────────

  wish(): FetchWish | undefined {
    if (!this.#active || this.#alarm.surprise) return undefined;
    return this.#queue.wish(this.#flights.bytes);
  }

  fetched(answer: FetchedAnswer): void {
    if (!this.#active || this.#alarm.surprise) return;
    const verdict = this.#queue.take(answer);
    switch (verdict.kind) {
      case 'stale':
        return;
      case 'taken': {
        this.#sourceTrouble = undefined;
        const { lastStableOffset: end, logStartOffset: logStart } = answer.data;
        this.#standing.sourceSeen({ end, logStart, fetchOffset: this.#queue.position });
        this.#headChanged();
        return;
      }
      case 'trouble':
        this.#sourceTrouble = verdict.reason;
        return;
      case 'out-of-range':
        this.#alarm.unsettle(`the source has no offset ${answer.wish.position}`);
        return;
      case 'diverging':
        // Settling tells where both histories agree.
        this.#alarm.unsettle(`the source's history changed: it ends epoch ${verdict.epoch} at ${verdict.end}`);
        return;
      case 'unreadable':
        this.#alarm.raise({ kind: 'refused', code: errorCode.CORRUPT_MESSAGE, reason: verdict.reason });
        return;
      default:
        unreachable(verdict);
    }
  }

  sourceTrouble(reason: string | undefined): void {
    this.#sourceTrouble = reason;
  }

  sourceRecreated(): void {
    // Settling says so, with the log end as it is once everything in flight is answered.
    this.#alarm.unsettle(`source topic ${this.sourceTopic} was deleted and made again`);
  }

  // ── the destination's side ──────────────────────────────────────────────────────────────────────────────────────

  take(channel: Channel, brokerNowMs: number): Buffer | undefined {
    if (!this.#active || this.#alarm.surprise) return undefined;
    const slice = this.#queue.head;
    if (slice?.kind !== 'data') return undefined;
    // [3.6] Noticed here too: after a stall this may run before the watch that ends everything.
    if (this.#context.stalled()) return undefined;
    if (channel !== this.#lane?.channel || !channel.open) {
      this.#lostConnection('the produce connection was lost');
      return undefined;
    }
    if (!this.#flights.maySend(this.#context.windowRules(), brokerNowMs)) return undefined;
    if (slice.from !== this.#flights.end) {
      this.#alarm.unsettle(`a slice at ${slice.from} where ${this.#flights.end} is due`);
      return undefined;
    }
    this.#queue.shift();
    this.#standing.changed();
    return this.#flights.send(slice);
  }

  answered(answer: ProduceAnswer): void {
    // With an error the log tells what became of it: only what was appended is looked at by nobody any more.
    const flight = this.#land(answer.code === 0 ? 'appended' : 'dropped');
    // What is answered while the mode changes still counts; after any other surprise the log is read instead.
    if (flight === undefined || this.#alarm.isLoud) return;
    const verdict = judgeReply(answer, { base: flight.base, logStartMax: this.#standing.askedLogStart });
    if (verdict.kind !== 'appended') {
      this.#alarm.raise(verdict);
      return;
    }
    this.#flights.acknowledged(flight);
    this.#standing.advance(flight.slice.to, flight.nextSequence, flight.slice.sourceEpoch, flight.base);
    this.#context.reader.roomMade(this);
    this.#headChanged();
  }

  unanswered(reason: string): void {
    this.#land('dropped');
    this.#lostConnection(reason);
  }

  /** [3.6] Whether we still may is asked anew as well. */
  #lostConnection(reason: string): void {
    this.#context.doubt();
    this.#alarm.unsettle(reason);
  }

  #land(fate: Fate) {
    const flight = this.#flights.land();
    if (flight) this.#context.held.give(flight.slice.batch, fate);
    this.#standing.changed();
    if (this.#flights.count === 0) this.#alarm.wake.notify();
    return flight;
  }

  async #fill(gap: GapSlice, leader: Leader): Promise<void> {
    this.#filling = leader;
    this.#standing.changed();
    const outcome = await this.#context.markers(leader.broker).fill({
      linkId: this.#of.linkId,
      mirrorTopic: this.mirrorTopic,
      destinationTopicId: this.destinationTopicId,
      partition: this.partition,
      leader,
      logEnd: this.#standing.end,
      to: gap.to,
      memory: this.#marker,
      markerIds: () => this.#context.markerIds(),
      abandoned: () => this.#alarm.surprise !== undefined,
      progress: (logEnd) => {
        this.#standing.advance(logEnd, this.#standing.endSequence, gap.sourceEpoch, gap.from);
        this.#flights.moveTo(logEnd);
      },
      waiting: (reason) => {
        this.#markerTrouble = reason;
      },
    });
    this.#filling = undefined;
    this.#markerTrouble = undefined;
    this.#standing.changed();
    const surprise = surpriseOfGap(outcome);
    if (outcome.kind === 'filled') {
      this.#queue.shift();
      this.#headChanged();
    } else if (surprise) {
      if (outcome.kind === 'settle' && outcome.fenced) this.#context.fenced(this.#of);
      if (this.#alarm.surprise === undefined) this.#alarm.raise(surprise);
    }
  }

  #headChanged(): void {
    const { head } = this.#queue;
    if (head?.kind === 'data') this.#lane?.ready(this);
    else if (head && this.#flights.count === 0) this.#alarm.wake.notify();
  }

  /** [3.3] Everything in flight is answered, or its connection is lost: the client gives no third way. */
  async #drained(): Promise<void> {
    while (this.#flights.count > 0) await this.#alarm.wake.wait(this.#context.clock, LOOK_MS);
  }
}
