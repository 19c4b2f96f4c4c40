/**
 * Reads topics as a read_committed consumer, alone or as a member of a group. What it hands out it commits only once its
 * caller has said `handled`, and never beyond. Partitions change only inside `read`: nothing is taken away while records
 * are being handled, and what was handled is committed before they go.
 *
 * Brokers that restart, move or stay silent are waited for; a refusal that no repeating changes rejects `read`.
 * Spec: docs/spec/client.md.
 */
import { sleep } from '../base/clock.js';
import { type Backoff, backoffMs } from '../base/retry.js';
import { errorCode, isRetriable } from '../protocol/errors.js';
import { isUnanswered } from './admin/ask.js';
import { committedOffsets } from './admin/group-offsets.js';
import { type Place, placeKey } from './admin/leaders.js';
import { listOffsets } from './admin/offsets.js';
import { Fetcher } from './fetcher.js';
import { Membership, type MembershipOutcome, type OffsetToCommit } from './membership.js';
import { PartitionReader, type ReceivedRecord } from './partition-reader.js';
import { sameTopics, type Wanted, wantedTopics } from './subscription.js';
import { type KafkaCluster, KafkaError } from './types.js';

export interface ConsumerOptions {
  readonly cluster: KafkaCluster;
  /** A topic, or all that match now and later. */
  readonly topics: Wanted;
  /** Undefined: alone, all partitions, nothing committed. */
  readonly group: string | undefined;
  /** Where nothing is committed, or what was committed lies above the log's end. */
  readonly from: 'earliest' | 'latest';
  /** Alone: only this partition of each topic. */
  readonly partition?: number | undefined;
  /** Alone: where partitions begin that are there already. */
  readonly at?: bigint | undefined;
  /** Is told what a person should know: offsets passed over, brokers that stay silent. */
  readonly notice?: (text: string) => void;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  /** Default 5 000. */
  readonly commitEveryMs?: number;
  /** How often it looks for topics and partitions that were added. Default 10 000. */
  readonly lookEveryMs?: number;
  /** How long `close` tries to commit. Default 30 000. */
  readonly closeTimeoutMs?: number;
}

const MOMENT_MS = 500;
const RECORDS_PER_READ = 500;
const LOOK_EVERY_MS = 10_000;
const COMMIT_EVERY_MS = 5_000;
const CLOSE_TIMEOUT_MS = 30_000;
const QUESTION_MS = 10_000;
const BACKOFF: Backoff = { firstMs: 100, capMs: 2_000 };
const LOUD_AFTER = 5;

/** Rejects with KafkaError (3 unknown topic, 29, 58 wrong password …) or NotSent when no broker answers. */
export async function openConsumer(options: ConsumerOptions): Promise<Consumer> {
  const topics = await wantedTopics(options.cluster, options.topics, { timeoutMs: QUESTION_MS });
  return new Consumer(options, topics);
}

export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #membership: Membership | undefined;
  readonly #fetcher: Fetcher;
  readonly #notice: (text: string) => void;
  /** What was there when we began: a partition that is made later is read from its first record. */
  readonly #atFirst: ReadonlyMap<string, number>;
  #topics: ReadonlyMap<string, number>;
  #joinedWith: ReadonlyMap<string, number> | undefined;
  /** The assignment for which positions are set. */
  #placed: readonly Place[] | undefined;
  #readers: readonly PartitionReader[] = [];
  /** Handled under an earlier generation and refused when it was committed then. */
  readonly #carried = new Map<string, Uncommitted>();
  /** Which reader a record came from: what is handled late must not count for the one that reads there now. */
  readonly #origins = new WeakMap<ReceivedRecord, PartitionReader>();
  /** Found to be with others when the last commit was tried. */
  readonly #lost: OffsetToCommit[] = [];
  #nextLookMs: number;
  #nextCommitMs = 0;
  #failures = 0;
  #turn = 0;
  #closed = false;

  constructor(options: ConsumerOptions, topics: ReadonlyMap<string, number>) {
    this.#options = options;
    this.#topics = topics;
    this.#atFirst = topics;
    this.#notice = options.notice ?? (() => undefined);
    this.#membership = options.group === undefined ? undefined : new Membership({ ...options, group: options.group });
    this.#fetcher = new Fetcher({ cluster: options.cluster, from: options.from, notice: this.#notice });
    this.#nextLookMs = this.#nowMs() + (this.#options.lookEveryMs ?? LOOK_EVERY_MS);
  }

  /** The next records, in order per partition; empty when none came within a moment, or when `signal` has aborted. */
  async read(signal: AbortSignal): Promise<readonly ReceivedRecord[]> {
    if (this.#closed) throw new Error('the consumer has been closed');
    try {
      await this.#keepUp(signal);
      this.#failures = 0;
    } catch (error) {
      if (!mayPass(error)) throw error;
      await this.#later(error as Error, signal);
    }
    if (signal.aborted) return [];
    const waiting = this.#take();
    if (waiting.length > 0 || this.#readers.length === 0) {
      if (waiting.length === 0) await this.#pause(MOMENT_MS, signal);
      return waiting;
    }
    await this.#fetcher.wait(MOMENT_MS, signal);
    return signal.aborted ? [] : this.#take();
  }

  /** A commit covers this record from now on. In the order in which records were handed out. */
  handled(record: ReceivedRecord): void {
    this.#origins.get(record)?.handled(record.offset);
  }

  /**
   * Commits what was handled and leaves the group. Rejects when something could not be committed, naming it: those
   * records will be read again.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#fetcher.close();
    const membership = this.#membership;
    if (membership === undefined) return;
    try {
      await this.#commitAtLast(membership);
    } finally {
      await membership.leave();
    }
  }

  #take(): readonly ReceivedRecord[] {
    // Each partition is the first to be asked in turn.
    const turn = this.#readers.length === 0 ? 0 : this.#turn++ % this.#readers.length;
    const taken: ReceivedRecord[] = [];
    for (const reader of [...this.#readers.slice(turn), ...this.#readers.slice(0, turn)]) {
      for (const record of reader.take(RECORDS_PER_READ - taken.length)) {
        this.#origins.set(record, reader);
        taken.push(record);
      }
      if (taken.length >= RECORDS_PER_READ) break;
    }
    return taken;
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    if (this.#nowMs() >= this.#nextLookMs) {
      const { cluster, topics } = this.#options;
      this.#topics = await wantedTopics(cluster, topics, { timeoutMs: QUESTION_MS, signal });
      this.#nextLookMs = this.#nowMs() + (this.#options.lookEveryMs ?? LOOK_EVERY_MS);
    }
    const membership = this.#membership;
    if (membership === undefined) return this.#readAll(signal);
    const changed = this.#joinedWith !== undefined && !sameTopics(this.#joinedWith, this.#topics);
    if (!membership.stable || changed) await this.#rejoin(membership, signal);
    else if (this.#nowMs() >= this.#nextCommitMs) await this.#commit(membership, signal);
    if (membership.stable && membership.assigned !== this.#placed) {
      await this.#place(membership.assigned, signal);
      this.#placed = membership.assigned;
    }
  }

  /** Alone: all partitions there are; those that are read already go on where they are. */
  async #readAll(signal: AbortSignal): Promise<void> {
    const { partition: only } = this.#options;
    const all = [...this.#topics].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    );
    const places = only === undefined ? all : all.filter(({ partition }) => partition === only);
    const known = new Map(this.#readers.map((reader) => [placeKey(reader), reader]));
    const fresh = places.filter((place) => !known.has(placeKey(place)));
    if (fresh.length === 0 && places.length === known.size) return;
    const starts = await this.#starts(fresh, signal);
    this.#readers = places.map((place) => {
      return known.get(placeKey(place)) ?? new PartitionReader(place, starts.get(placeKey(place)) ?? 0n);
    });
    this.#fetcher.assign(this.#readers);
  }

  /** What was handled is committed under the old generation, then the partitions are dealt anew. */
  async #rejoin(membership: Membership, signal: AbortSignal): Promise<void> {
    if (membership.joined) {
      const outcome = await this.#commit(membership, signal);
      if (outcome.kind === 'again') throw outcome.reason;
    }
    // Whoever refused the commit may still give us the same partitions again.
    for (const offset of this.#uncommitted()) if (offset.hasHandled) this.#carried.set(placeKey(offset), offset);
    this.#readers = [];
    this.#placed = undefined;
    this.#fetcher.assign([]);
    const topics = this.#topics;
    const outcome = await membership.join([...topics.keys()], signal);
    if (outcome.kind === 'done') this.#joinedWith = topics;
    else if (outcome.kind === 'again') throw outcome.reason;
  }

  /** From the committed offset, or from what we have handled ourselves, whichever is further; else where `from` says. */
  async #place(assigned: readonly Place[], signal: AbortSignal): Promise<void> {
    const { cluster, group } = this.#options;
    const committed = await this.#committed(assigned, signal);
    const positions = new Map([...committed].map(([key, offset]) => [key, this.#furthest(key, offset)]));
    for (const [key, { offset }] of this.#carried) if (!positions.has(key)) positions.set(key, offset);
    const fresh = assigned.filter((place) => !positions.has(placeKey(place)));
    const starts = await this.#starts(fresh, signal);
    for (const [key, offset] of starts) positions.set(key, offset);
    this.#readers = assigned.map((place) => {
      const key = placeKey(place);
      const reader = new PartitionReader(place, positions.get(key) ?? 0n);
      if (starts.has(key)) reader.beginHere();
      const carried = this.#carried.get(key);
      if (carried !== undefined && carried.offset > (committed.get(key) ?? -1n)) reader.carryOver(carried.offset);
      this.#carried.delete(key);
      return reader;
    });
    for (const [key, { offset }] of this.#carried) {
      this.#notice(
        `${key} went to another member of ${group} at ${cluster.name} before offset ${offset} was committed`,
      );
    }
    this.#carried.clear();
    this.#fetcher.assign(this.#readers);
  }

  #furthest(key: string, committed: bigint): bigint {
    const carried = this.#carried.get(key)?.offset ?? -1n;
    return carried > committed ? carried : committed;
  }

  async #committed(places: readonly Place[], signal: AbortSignal): Promise<ReadonlyMap<string, bigint>> {
    const { cluster, group = '' } = this.#options;
    if (places.length === 0) return new Map();
    const found = await committedOffsets(cluster, [group], { places, timeoutMs: QUESTION_MS, signal });
    return new Map((found.get(group) ?? []).map((each) => [placeKey(each), each.offset]));
  }

  /** Where partitions without any offset begin. Rejects when one leader does not say: guessing would pass over records. */
  async #starts(places: readonly Place[], signal: AbortSignal): Promise<ReadonlyMap<string, bigint>> {
    const { cluster, from, at } = this.#options;
    const isNew = ({ topic, partition }: Place) => partition >= (this.#atFirst.get(topic) ?? 0);
    const starts = new Map<string, bigint>();
    if (at !== undefined) for (const place of places) if (!isNew(place)) starts.set(placeKey(place), at);
    for (const kind of ['earliest', 'committed'] as const) {
      const unset = places.filter((place) => !starts.has(placeKey(place)));
      const asked = unset.filter((place) => (from === 'earliest' || isNew(place)) === (kind === 'earliest'));
      if (asked.length === 0) continue;
      const found = await listOffsets(cluster, asked, { kind }, { timeoutMs: QUESTION_MS, signal });
      for (const [key, each] of found) {
        if (!each.ok) throw each.error;
        starts.set(key, each.value.offset);
      }
    }
    return starts;
  }

  #uncommitted(): readonly Uncommitted[] {
    return this.#readers.flatMap(({ topic, partition, toCommit, hasHandled }) =>
      toCommit === undefined ? [] : [{ topic, partition, offset: toCommit, hasHandled }],
    );
  }

  async #commit(membership: Membership, signal: AbortSignal): Promise<MembershipOutcome> {
    const offsets = this.#uncommitted();
    const outcome = await membership.commit(offsets, signal);
    if (outcome.kind === 'done') {
      this.#nextCommitMs = this.#nowMs() + (this.#options.commitEveryMs ?? COMMIT_EVERY_MS);
      const done = new Map(offsets.map((each) => [placeKey(each), each.offset]));
      for (const reader of this.#readers) {
        const offset = done.get(placeKey(reader));
        if (offset !== undefined) reader.committed(offset);
      }
    }
    return outcome;
  }

  /**
   * Under our generation; where that is over, under a new one, for the partitions that are ours again and that nobody has
   * taken further meanwhile.
   */
  async #commitAtLast(membership: Membership): Promise<void> {
    const { cluster } = this.#options;
    const left = new Map([...this.#carried.values(), ...this.#uncommitted()].map((each) => [placeKey(each), each]));
    if (left.size === 0) return;
    const limit = new AbortController();
    const timeoutMs = this.#options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    const timer = cluster.clock.setTimer(timeoutMs, () => limit.abort());
    let reason: Error | undefined;
    try {
      // A new deal of which `read` had not made use yet.
      if (membership.isStable && membership.assigned !== this.#placed) {
        await this.#keepOurs(membership, left, limit.signal);
      }
      for (let attempt = 0; left.size > 0 && !limit.signal.aborted; attempt++) {
        if (attempt > 0) await this.#pause(backoffMs(BACKOFF, attempt - 1, cluster.random), limit.signal);
        const outcome = await membership.commit([...left.values()], limit.signal);
        if (outcome.kind === 'done') return this.#reportLost();
        reason = outcome.reason;
        if (outcome.kind === 'again') continue;
        const joined = await membership.join([...this.#topics.keys()], limit.signal);
        if (joined.kind === 'done') await this.#keepOurs(membership, left, limit.signal);
      }
      if (left.size === 0) return this.#reportLost();
    } catch (error) {
      if (!(error instanceof KafkaError) && !isUnanswered(error)) throw error;
      reason = error as Error;
    } finally {
      timer.cancel();
    }
    const unsaid = [...left.values()].filter(({ hasHandled }) => hasHandled);
    if (unsaid.length > 0) throw new UncommittedError(unsaid, reason);
  }

  /** After a new deal: others have the rest, and go on where they found it. */
  async #keepOurs(membership: Membership, left: Map<string, Uncommitted>, signal: AbortSignal): Promise<void> {
    const ours = new Set(membership.assigned.map(placeKey));
    const committed = await this.#committed(membership.assigned, signal);
    for (const [key, offset] of left) {
      if (!ours.has(key) && offset.hasHandled) this.#lost.push(offset);
      if (!ours.has(key) || (committed.get(key) ?? -1n) >= offset.offset) left.delete(key);
    }
  }

  #reportLost(): void {
    if (this.#lost.length > 0) throw new UncommittedError(this.#lost, undefined);
  }

  async #later(reason: Error, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (++this.#failures === LOUD_AFTER) this.#notice(`${reason.message}; trying on`);
    await this.#pause(backoffMs(BACKOFF, this.#failures - 1, this.#options.cluster.random), signal);
  }

  /** Ends early, and quietly, when the signal aborts. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(this.#options.cluster.clock, ms, signal).catch(() => undefined);
  }

  #nowMs(): number {
    return this.#options.cluster.clock.monotonicMs();
  }
}

interface Uncommitted extends OffsetToCommit {
  /** False: only where the group began. */
  readonly hasHandled: boolean;
}

/** Nobody answered, or an election is under way. A topic that is missing stays missing. */
function mayPass(error: unknown): boolean {
  if (isUnanswered(error)) return true;
  return error instanceof KafkaError && isRetriable(error.code) && error.code !== errorCode.UNKNOWN_TOPIC_OR_PARTITION;
}

/** Records were handled whose offsets the group does not hold: they will be read again. */
export class UncommittedError extends Error {
  override readonly name = 'UncommittedError';
  readonly offsets: readonly OffsetToCommit[];
  constructor(offsets: readonly OffsetToCommit[], reason: Error | undefined) {
    const named = offsets.map(({ topic, partition, offset }) => `${topic}/${partition} up to ${offset}`).join(', ');
    const why = reason === undefined ? 'another member of the group has taken over' : reason.message;
    super(`not committed, and to be read again: ${named}: ${why}`, { cause: reason });
    this.offsets = offsets;
  }
}
