/**
 * One partition as a reader has it: what was fetched and not handed out yet, where to fetch next, and which offset may be
 * committed. Refuses to commit beyond a record that was handed out and not handled.
 */
import type { BatchRecord } from '../protocol/records/record.js';
import type { Visible } from './visible-records.js';

export interface ReceivedRecord extends BatchRecord {
  readonly topic: string;
  readonly partition: number;
}

export class PartitionReader {
  readonly topic: string;
  readonly partition: number;
  /** Where the next fetch begins; everything below it that can be seen was handed out or waits here. */
  #position: bigint;
  #waiting: readonly BatchRecord[] = [];
  #handedOut = 0;
  /** Behind the last handled record. */
  #handledTo: bigint | undefined;
  #began = false;
  #committed: bigint | undefined;

  constructor(place: { readonly topic: string; readonly partition: number }, position: bigint) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.#position = position;
  }

  get position(): bigint {
    return this.#position;
  }

  /** Only what has been handed out makes room for more. */
  get wantsMore(): boolean {
    return this.#waiting.length === 0;
  }

  fetched(visible: Visible): void {
    this.#waiting = [...this.#waiting, ...visible.records];
    this.#position = visible.next;
  }

  /** The position was not in the log any more; what waited is still handed out. */
  moveTo(position: bigint): void {
    this.#position = position;
  }

  take(max: number): readonly ReceivedRecord[] {
    const taken = this.#waiting.slice(0, max);
    this.#waiting = this.#waiting.slice(max);
    this.#handedOut += taken.length;
    return taken.map((record) => ({ ...record, topic: this.topic, partition: this.partition }));
  }

  /** In the order in which they were handed out. */
  handled(offset: bigint): void {
    this.#handedOut--;
    this.#began = false;
    this.#handledTo = offset + 1n;
  }

  /**
   * The group has no offset here yet: where it begins is committed with the rest. Else a partition that was empty so far
   * would be begun anew, at its end, by whoever reads on elsewhere.
   */
  beginHere(): void {
    this.#handledTo = this.#position;
    this.#began = true;
  }

  /** False: what a commit adds is only where the group began. */
  get hasHandled(): boolean {
    return !this.#began;
  }

  /** Handled in an earlier generation, and not committed then. */
  carryOver(handledTo: bigint): void {
    this.#handledTo = handledTo;
    this.#began = false;
  }

  /**
   * What a commit would add; undefined when there is nothing. When all that was handed out has been handled, what lies
   * between it and the position cannot be seen (markers, aborted data), and counts as handled: a group that has read
   * everything has no lag.
   */
  get toCommit(): bigint | undefined {
    if (this.#handledTo === undefined) return undefined;
    const all = this.#handedOut === 0 && this.#waiting.length === 0;
    const offset = all && this.#position > this.#handledTo ? this.#position : this.#handledTo;
    return offset === this.#committed ? undefined : offset;
  }

  committed(offset: bigint): void {
    this.#committed = offset;
  }
}
