/** The aborted transactions of a log, in the order of their markers: what a read_committed reader must be told. */
import type { AbortedTransaction } from './producer-states.js';

export class AbortedIndex {
  #entries: AbortedTransaction[];

  constructor(entries: readonly AbortedTransaction[]) {
    this.#entries = [...entries];
  }

  get entries(): readonly AbortedTransaction[] {
    return this.#entries;
  }

  add(entry: AbortedTransaction): void {
    this.#entries.push(entry);
  }

  dropBelow(logStartOffset: bigint): void {
    this.#entries = this.#entries.filter((each) => each.lastOffset >= logStartOffset);
  }

  /** Those that a reader of [from, before) must know. */
  between(from: bigint, before: bigint): AbortedTransaction[] {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.lastOffset ?? 0n) < from) low = middle + 1;
      else high = middle;
    }
    return this.#entries.slice(low).filter((each) => each.firstOffset < before);
  }
}
