/**
 * What was fetched of one partition and waits to be appended, in order, and what to fetch next. Reads ahead as far as
 * there is room. Refuses answers to questions that were asked before it began anew. Spec: docs/spec/engine.md 3.5.
 */
import { errorCode, errorName } from '../../protocol/errors.js';
import { DecodeError } from '../../protocol/reader.js';
import type { HeldBytes } from './held-bytes.js';
import type { Room } from './room.js';
import { type GapSlice, type Slice, sliceFetched } from './slices.js';
import type { FetchedAnswer, FetchWish } from './source-reader.js';

/** So many empty answers before the partition is asked alone. */
const EMPTY_ANSWERS_MAX = 3;

export interface QueueLimits {
  room(): Room;
  readonly held: HeldBytes;
}

export type FetchVerdict =
  /** Queued, or nothing new. */
  | { readonly kind: 'taken' }
  /** Of an earlier reading: not looked at. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'diverging'; readonly epoch: number; readonly end: bigint }
  | { readonly kind: 'out-of-range' }
  | { readonly kind: 'trouble'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

export class SourceQueue {
  readonly #limits: QueueLimits;
  readonly #slices: Slice[] = [];
  #head = 0;
  #bytes = 0;
  #position = -1n;
  #epoch = -1;
  /** Counts the readings: an answer belongs to the one it was asked for. */
  #reading = 0;
  #open = false;
  #emptyAnswers = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Reads on from `position`; `epoch`: of the batch in front of it (3.5). `first` stands in front of what is read. */
  begin(start: { readonly position: bigint; readonly epoch: number; readonly first: GapSlice | undefined }): void {
    this.#reading++;
    this.#open = true;
    this.#position = start.position;
    this.#epoch = start.epoch;
    this.#emptyAnswers = 0;
    if (start.first) this.#slices.push(start.first);
  }

  /** Drops everything. */
  end(): void {
    this.#reading++;
    this.#open = false;
    for (const slice of this.#slices.slice(this.#head)) {
      if (slice.kind === 'data') this.#limits.held.give(slice.batch, 'dropped');
    }
    this.#bytes = 0;
    this.#slices.length = 0;
    this.#head = 0;
  }

  get position(): bigint {
    return this.#position;
  }

  get head(): Slice | undefined {
    return this.#slices[this.#head];
  }

  /** Takes the head away. The bytes of a data slice are the caller's from here on, and still held. */
  shift(): void {
    const slice = this.#slices[this.#head++];
    if (slice?.kind === 'data') this.#bytes -= slice.batch.size;
    if (this.#head > 64 && this.#head * 2 > this.#slices.length) {
      this.#slices.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** `underway`: bytes of this partition that are not in the queue any more and not answered yet. */
  wish(underway: number): FetchWish | undefined {
    if (!this.#open) return undefined;
    const held = this.#bytes + underway;
    const room = this.#limits.room();
    if (held > 0 && (!room.left || held >= room.partitionBytesMax)) return undefined;
    return {
      position: this.#position,
      stock: held === 0 ? 'none' : held * 2 < room.partitionBytesMax ? 'low' : 'enough',
      // [3.5] From the header of the batch in front: with −1 a foreign history comes back without an error (R4b).
      lastFetchedEpoch: this.#epoch,
      bytesMax: room.partitionBytesMax,
      solo: this.#emptyAnswers >= EMPTY_ANSWERS_MAX,
      reading: this.#reading,
    };
  }

  take({ wish, data, throttled }: FetchedAnswer): FetchVerdict {
    if (!this.#open || wish.reading !== this.#reading || wish.position !== this.#position) return { kind: 'stale' };
    const { divergingEpoch: diverging } = data;
    if (diverging.epoch >= 0) return { kind: 'diverging', epoch: diverging.epoch, end: diverging.endOffset };
    if (data.errorCode === errorCode.OFFSET_OUT_OF_RANGE) return { kind: 'out-of-range' };
    if (data.errorCode !== 0) return { kind: 'trouble', reason: `source: ${errorName(data.errorCode)}` };
    const { records } = data;
    if (records === null || records.length === 0) {
      this.#nothing(data.lastStableOffset, wish, throttled);
      return { kind: 'taken' };
    }
    try {
      // One answer holds many partitions: what waits here must not keep too many of them alive.
      this.#accept(this.#limits.held.keepable(records), data.abortedTransactions ?? [], data.lastStableOffset);
      return { kind: 'taken' };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'unreadable', reason: `the source's answer cannot be read: ${error.message}` };
    }
  }

  #accept(
    records: Buffer,
    abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[],
    lastStableOffset: bigint,
  ): void {
    const { slices, position } = sliceFetched({ records, abortedTransactions, lastStableOffset }, this.#position);
    if (position > this.#position) this.#emptyAnswers = 0;
    this.#position = position;
    for (const slice of slices) {
      this.#slices.push(slice);
      if (slice.kind === 'refusal') this.#open = false;
      else this.#epoch = slice.sourceEpoch;
      if (slice.kind === 'data') {
        this.#bytes += slice.batch.size;
        this.#limits.held.take(slice.batch);
      }
    }
  }

  /** An empty answer proves nothing, except alone in its request, unthrottled, with something still to come. */
  #nothing(lastStable: bigint, wish: FetchWish, throttled: boolean): void {
    if (lastStable <= this.#position || throttled) {
      this.#emptyAnswers = 0;
      return;
    }
    this.#emptyAnswers++;
    if (!wish.solo) return;
    const detail = `the source has nothing from ${this.#position} to ${lastStable - 1n} (compacted?)`;
    this.#slices.push({ kind: 'refusal', from: this.#position, detail });
    this.#open = false;
  }
}
