/**
 * What a group has committed, and what transactions that have not ended would commit to it. Of one partition the record that
 * was written last counts, not the transaction that ended last: what compaction leaves of the journal says the same then.
 * Serves docs/spec/broker.md §5.
 */
import type { CommittedOffset } from './journal.js';

/** `writtenAt`: where its record stands in the offsets topic. */
interface Stored {
  readonly committed: CommittedOffset;
  readonly writtenAt: bigint;
}

export class StoredOffsets {
  readonly #offsets = new Map<string, Stored>();
  /** Producer id → key → offset. */
  readonly #open = new Map<bigint, Map<string, Stored>>();

  get isEmpty(): boolean {
    return this.#offsets.size === 0 && !this.hasOpen;
  }

  /** Does a transaction hold something that has not ended? */
  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  get entries(): (readonly [string, CommittedOffset])[] {
    return [...this.#offsets].map(([key, { committed }]) => [key, committed] as const);
  }

  /** Of all that would have to be forgotten, were the group to go. */
  get keys(): string[] {
    return [...new Set([...this.#offsets.keys(), ...[...this.#open.values()].flatMap((each) => [...each.keys()])])];
  }

  get(key: string): CommittedOffset | undefined {
    return this.#offsets.get(key)?.committed;
  }

  /** A transaction is about to commit it. */
  isOpen(key: string): boolean {
    return [...this.#open.values()].some((offsets) => offsets.has(key));
  }

  put(key: string, committed: CommittedOffset, writtenAt: bigint): void {
    this.#offsets.set(key, { committed, writtenAt });
  }

  putOpen(producerId: bigint, key: string, committed: CommittedOffset, writtenAt: bigint): void {
    const offsets = this.#open.get(producerId) ?? new Map<string, Stored>();
    offsets.set(key, { committed, writtenAt });
    this.#open.set(producerId, offsets);
  }

  /** Also what a transaction has written before: the record of the deletion stands behind it. */
  delete(key: string): void {
    this.#offsets.delete(key);
    for (const [producerId, offsets] of this.#open) {
      offsets.delete(key);
      if (offsets.size === 0) this.#open.delete(producerId);
    }
  }

  end(producerId: bigint, commit: boolean): void {
    const ended = this.#open.get(producerId);
    this.#open.delete(producerId);
    if (ended === undefined || !commit) return;
    for (const [key, stored] of ended) {
      const there = this.#offsets.get(key);
      if (there === undefined || there.writtenAt < stored.writtenAt) this.#offsets.set(key, stored);
    }
  }
}
