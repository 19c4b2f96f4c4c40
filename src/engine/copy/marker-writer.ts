/**
 * Fills gaps with markers of M, one connection per destination leader with nothing else on it, one request at a time.
 * Markers have no compare-and-append, so: the lease is asked right before each send, requests leave room for a lost one,
 * and only the log end is believed. Refuses nothing it cannot name: every job ends with an outcome. Spec:
 * docs/spec/engine.md 4.1–4.4.
 */
import type { Log } from '../../base/log.js';
import { type Channel, type KafkaCluster, NotSent, type Surroundings } from '../../client/types.js';
import type { MarkerIdentity } from '../../model/assignment.js';
import { errorCode, errorName } from '../../protocol/errors.js';
import { batchesIn } from '../../protocol/records/header.js';
import type { LeaseView } from '../lease-view.js';
import { nextGapStep, PARTITIONS_PER_ENTRY_MAX } from './gap-plan.js';
import { markerProducerId } from './identity.js';
import { endOf, epochEnds, placeKey, readOnce } from './log-probe.js';
import type { MarkerEpoch } from './marker-epoch.js';
import { type MarkerTarget, sendMarkers } from './markers.js';
import type { Leader } from './topology.js';
import { Wake } from './wake.js';

const LEASE_POLL_MS = 200;
const READ_BYTES = 1 << 20;

/** What a partition remembers of its markers over all its gaps. */
export interface MarkerMemory {
  /** A marker of this identity stands in the log of this leader epoch: every older epoch of M is refused there. */
  fencedBy: { readonly identity: MarkerIdentity; readonly leaderEpoch: number } | undefined;
  /** Requests with so many markers were lost since. A change of leader does not end it: the old one may lead again. */
  strayMarkers: number;
  /** The owner's term in which it was last fenced. What an earlier owner has sent, nobody here knows. */
  term: number | undefined;
}

export const noMarkerMemory = (): MarkerMemory => ({ fencedBy: undefined, strayMarkers: 0, term: undefined });

export interface GapJob {
  readonly linkId: string;
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly partition: number;
  readonly leader: Leader;
  /** Where the mirror ends now; rises while the job is worked on. */
  logEnd: bigint;
  readonly to: bigint;
  readonly memory: MarkerMemory;
  readonly markerIds: () => ReadonlySet<bigint>;
  /** True: the partition no longer wants it (surprise, pause, stop). */
  readonly abandoned: () => boolean;
  readonly progress: (logEnd: bigint) => void;
  readonly waiting: (reason: string | undefined) => void;
}

export type GapOutcome =
  | { readonly kind: 'filled' }
  | { readonly kind: 'abandoned' }
  /** Prove the tail and begin anew. `fenced`: another owner's markers were met. */
  | { readonly kind: 'settle'; readonly reason: string; readonly fenced: boolean }
  | { readonly kind: 'foreign'; readonly offset: bigint; readonly producerId: bigint }
  | { readonly kind: 'overshot'; readonly offset: bigint };

export interface MarkerWriterOptions {
  readonly cluster: KafkaCluster;
  readonly broker: number;
  readonly surroundings: Pick<Surroundings, 'clock' | 'random' | 'log'>;
  readonly lease: LeaseView;
  readonly epoch: MarkerEpoch;
  /** Above `replica.lag.time.max.ms`: a slow replica looks exactly like a lost reply. */
  answerTimeoutMs(): number;
  readonly signal: AbortSignal;
}

interface Pending {
  readonly job: GapJob;
  readonly resolve: (outcome: GapOutcome) => void;
  /** The log end was read on this writer's present connection, or follows from a confirmed append. */
  endKnown: boolean;
}

export class MarkerWriter {
  readonly #options: MarkerWriterOptions;
  readonly #pending = new Set<Pending>();
  readonly #wake = new Wake();
  readonly running: Promise<void>;
  readonly #log: Log;
  #channel: Channel | undefined;
  /** When this connection first answered in this term: what was sent before by whomever has had its time since (4.3). */
  #answeredAtMs: number | undefined;
  #term: number | undefined;
  /** Long gaps and short ones take turns. */
  #longIsDue = false;

  constructor(options: MarkerWriterOptions) {
    this.#options = options;
    this.#log = options.surroundings.log;
    this.running = this.#run();
  }

  fill(job: GapJob): Promise<GapOutcome> {
    return new Promise((resolve) => {
      this.#pending.add({ job, resolve, endKnown: false });
      this.#wake.notify();
    });
  }

  nudge(): void {
    this.#wake.notify();
  }

  async #run(): Promise<void> {
    const { signal, surroundings } = this.#options;
    while (!signal.aborted) {
      for (const pending of [...this.#pending]) if (pending.job.abandoned()) this.#end(pending, { kind: 'abandoned' });
      if (this.#pending.size === 0) {
        await this.#wake.wait(surroundings.clock, 10_000);
        continue;
      }
      let pauseMs: number;
      try {
        pauseMs = await this.#round();
      } catch (error) {
        const reason = `markers: ${error instanceof Error ? error.message : String(error)}`;
        this.#log.debug({ broker: this.#options.broker, reason }, 'a marker round failed');
        for (const pending of [...this.#pending]) this.#end(pending, unsettled(reason));
        pauseMs = 0;
      }
      if (pauseMs > 0) await this.#wake.wait(surroundings.clock, pauseMs);
    }
    for (const pending of [...this.#pending]) this.#end(pending, { kind: 'abandoned' });
  }

  /** One request at most. Gives how long to wait before the next round. */
  async #round(): Promise<number> {
    const { lease, cluster, broker, epoch } = this.#options;
    if (!lease.mayWriteMarkers()) return this.#wait('not the exclusive owner, or not yet');
    const channel = await cluster.channel(broker, 'markers');
    if (channel !== this.#channel || lease.term() !== this.#term) {
      this.#channel = channel;
      this.#term = lease.term();
      this.#answeredAtMs = undefined;
      for (const pending of this.#pending) pending.endKnown = false;
    }
    const identity = await epoch.current();
    await this.#readUnknownEnds(channel, identity);
    const plan = this.#plan(identity);
    if (plan.chosen.length === 0) return plan.pauseMs;
    // [4.1] Asked right before sending: nothing asynchronous stands between this line and the request.
    if (!lease.mayWriteMarkers()) return this.#wait('not the exclusive owner, or not yet');
    if (!epoch.isCurrent(identity)) return 0;
    for (const { job } of plan.chosen) job.waiting(undefined);
    await this.#send(channel, identity, plan.chosen, plan.entries);
    return 0;
  }

  #wait(reason: string): number {
    for (const { job } of this.#pending) job.waiting(reason);
    return LEASE_POLL_MS;
  }

  /** [4.2] Read on this very connection. A partition that a marker of this epoch fences knows its end already. */
  async #readUnknownEnds(channel: Channel, identity: MarkerIdentity): Promise<void> {
    const unknown = [...this.#pending].filter(({ job, endKnown }) => !endKnown && !isFenced(job, identity));
    if (unknown.length === 0) return;
    const ends = await epochEnds(channel, unknown.map(placeOf));
    this.#answeredAtMs ??= this.#options.surroundings.clock.monotonicMs();
    for (const pending of unknown) {
      const { job } = pending;
      const end = endOf(ends.get(placeKey({ topic: job.mirrorTopic, partition: job.partition })), job.leader.epoch);
      if (end.code !== 0) {
        this.#end(pending, unsettled(`log end: ${errorName(end.code)}`));
        continue;
      }
      // [4.4] Whatever came in meanwhile is read back before anything is built on it.
      if (end.end !== job.logEnd && !(await this.#readBack(channel, pending, end.end))) continue;
      pending.endKnown = true;
    }
  }

  #plan(identity: MarkerIdentity): { chosen: Pending[]; entries: number; pauseMs: number } {
    const { surroundings, lease } = this.#options;
    const nowMs = surroundings.clock.monotonicMs();
    const quietMs = this.#answeredAtMs === undefined ? 0 : nowMs - this.#answeredAtMs;
    const singles: Pending[] = [];
    let long: { pending: Pending; entries: number } | undefined;
    let pauseMs = LEASE_POLL_MS;
    for (const pending of [...this.#pending]) {
      const { job } = pending;
      const { strayMarkers, term } = job.memory;
      const markers = term === lease.term() ? strayMarkers : Number.POSITIVE_INFINITY;
      const step = nextGapStep({
        logEnd: job.logEnd,
        to: job.to,
        fenced: isFenced(job, identity),
        oneAtATime: !lease.exclusive(),
        stray: markers === 0 ? undefined : { markers, quietMs },
      });
      if (step.kind === 'done') this.#end(pending, { kind: 'filled' });
      else if (step.kind === 'overshot') this.#end(pending, { kind: 'overshot', offset: job.to });
      else if (step.kind === 'wait') {
        pauseMs = Math.min(pauseMs, step.ms);
        // After the wait the log end is read again: the stray one may have landed.
        pending.endKnown = false;
      } else if (step.entries > 1) long ??= { pending, entries: step.entries };
      else if (singles.length < PARTITIONS_PER_ENTRY_MAX) singles.push(pending);
    }
    // [4.2] Nothing else in flight: one kind per request.
    if (long && (this.#longIsDue || singles.length === 0)) {
      this.#longIsDue = false;
      return { chosen: [long.pending], entries: long.entries, pauseMs };
    }
    this.#longIsDue = true;
    return { chosen: singles, entries: 1, pauseMs };
  }

  async #send(channel: Channel, identity: MarkerIdentity, chosen: readonly Pending[], entries: number): Promise<void> {
    const { epoch, lease, surroundings } = this.#options;
    const [first] = chosen;
    if (first === undefined) return;
    const producerId = markerProducerId(first.job.linkId, identity.number);
    const targets: MarkerTarget[] = chosen.map(({ job }) => ({ topic: job.mirrorTopic, partition: job.partition }));
    let codes: ReadonlyMap<string, number>;
    try {
      const marker = { producerId, epoch: identity.epoch, entries, targets };
      codes = await sendMarkers(channel, marker, this.#options.answerTimeoutMs());
    } catch (error) {
      if (error instanceof NotSent) throw error;
      await this.#lost(channel, chosen, entries, error);
      return;
    }
    const term = lease.term();
    const ends = await epochEnds(channel, chosen.map(placeOf));
    this.#answeredAtMs ??= surroundings.clock.monotonicMs();
    let raise = false;
    for (const pending of chosen) {
      const { job } = pending;
      const key = placeKey({ topic: job.mirrorTopic, partition: job.partition });
      const code = codes.get(key) ?? errorCode.UNKNOWN_SERVER_ERROR;
      const end = endOf(ends.get(key), job.leader.epoch);
      if (code !== 0) raise = true;
      if (end.code !== 0 || code !== 0) {
        // [4.2] Settled per partition: with 6 a marker may have stayed all the same (R6).
        const reason = code !== 0 ? `marker: ${errorName(code)}` : `log end: ${errorName(end.code)}`;
        this.#end(pending, unsettled(reason, code === errorCode.INVALID_PRODUCER_EPOCH));
        continue;
      }
      const expected = job.logEnd + BigInt(entries);
      // [4.4] Only the log end is true. More than one entry, or any other rise than ours: what stands there is read.
      const mustRead = end.end !== expected || entries > 1 || !lease.exclusive();
      if (mustRead && !(await this.#readBack(channel, pending, end.end))) continue;
      if (!mustRead) {
        job.logEnd = end.end;
        job.progress(end.end);
      }
      pending.endKnown = true;
      job.memory.fencedBy = { identity, leaderEpoch: job.leader.epoch };
      job.memory.strayMarkers = 0;
      job.memory.term = term;
      if (job.logEnd === job.to) this.#end(pending, { kind: 'filled' });
    }
    // [4.3] An entry that was refused somewhere is treated as lost there: a new epoch before the next marker.
    if (raise) await epoch.raise(identity);
  }

  /** [4.3] No answer: reset, a new epoch, and every partition of the request has a stray marker now. */
  async #lost(channel: Channel, chosen: readonly Pending[], entries: number, error: unknown): Promise<void> {
    const { epoch, broker } = this.#options;
    channel.reset('a marker request was not answered');
    this.#log.warn({ broker, partitions: chosen.length, error: String(error) }, 'a marker request was lost');
    for (const { job } of chosen) {
      job.memory.fencedBy = undefined;
      job.memory.strayMarkers += entries;
    }
    await epoch.raise();
  }

  /**
   * [4.4] Every batch from the job's log end up to `end` is a control batch of M; moves the job's log end there. False:
   * the job has ended.
   */
  async #readBack(channel: Channel, pending: Pending, end: bigint): Promise<boolean> {
    const { job } = pending;
    if (end < job.logEnd) {
      this.#end(pending, unsettled(`the log end fell from ${job.logEnd} to ${end}`));
      return false;
    }
    const ours = job.markerIds();
    let position = job.logEnd;
    while (position < end) {
      const read = await readOnce(channel, {
        topic: job.mirrorTopic,
        topicId: job.destinationTopicId,
        partition: job.partition,
        leaderEpoch: job.leader.epoch,
        position,
        lastFetchedEpoch: -1,
        committedOnly: false,
        bytesMax: READ_BYTES,
        waitMs: 100,
      });
      const before = position;
      for (const batch of batchesIn(read.code === 0 ? read.records : Buffer.alloc(0))) {
        if (batch.kind === 'batch' && batch.nextOffset <= position) continue;
        // Somebody went on behind the gap: another owner, or a late marker. The source tells whether that is right there.
        if (position >= job.to) {
          this.#end(pending, unsettled(`the log goes on behind the gap's end ${job.to}`));
          return false;
        }
        if (batch.kind === 'foreign' || !batch.isControl || !ours.has(batch.producerId)) {
          const producerId = batch.kind === 'batch' ? batch.producerId : -1n;
          this.#end(pending, { kind: 'foreign', offset: position, producerId });
          return false;
        }
        position = batch.nextOffset;
      }
      if (position === before) {
        this.#end(pending, unsettled('the filled range could not be read back'));
        return false;
      }
    }
    job.logEnd = end;
    job.progress(end);
    return true;
  }

  #end(pending: Pending, outcome: GapOutcome): void {
    if (!this.#pending.delete(pending)) return;
    pending.resolve(outcome);
  }
}

function placeOf({ job }: Pending) {
  return { topic: job.mirrorTopic, partition: job.partition, leaderEpoch: job.leader.epoch };
}

/** Under this leader epoch: a log that was truncated in between has lost what fenced it. */
function isFenced(job: GapJob, identity: MarkerIdentity): boolean {
  const by = job.memory.fencedBy;
  return by !== undefined && by.identity === identity && by.leaderEpoch === job.leader.epoch;
}

function unsettled(reason: string, fenced = false): GapOutcome {
  return { kind: 'settle', reason, fenced };
}
