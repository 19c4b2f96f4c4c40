/**
 * The sparse index of a stretch of a segment: for every 16 KiB or so an offset, where that batch begins, and the highest
 * timestamp up to the next entry. In memory only; `segment.ts` builds it.
 */
import type { BatchView } from '../../protocol/records/header.js';

const INDEX_INTERVAL_BYTES = 16 * 1024;

export class SegmentIndex {
  #offsets: bigint[] = [];
  #positions: number[] = [];
  #timestamps: bigint[] = [];

  /** The offset that the stretch begins with; undefined while it is empty. */
  get firstOffset(): bigint | undefined {
    return this.#offsets[0];
  }

  /** The next batch of the stretch. */
  add(batch: BatchView, position: number): void {
    const last = this.#positions.length - 1;
    const timestamp = batch.maxTimestamp;
    if (last < 0 || position - (this.#positions[last] ?? 0) >= INDEX_INTERVAL_BYTES) {
      this.#offsets.push(batch.baseOffset);
      this.#positions.push(position);
      this.#timestamps.push(timestamp);
    } else if (timestamp > (this.#timestamps[last] ?? -1n)) {
      this.#timestamps[last] = timestamp;
    }
  }

  /** The last position that is known to hold `offset` or something before it; undefined: none is. */
  floor(offset: bigint): number | undefined {
    let low = 0;
    let high = this.#offsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#offsets[middle] ?? 0n) <= offset) low = middle;
      else high = middle - 1;
    }
    const found = this.#offsets[low];
    return found !== undefined && found <= offset ? this.#positions[low] : undefined;
  }

  /** Where the first part begins that has a timestamp of at least `timestamp`. */
  byTime(timestamp: bigint): number | undefined {
    for (let at = 0; at < this.#timestamps.length; at++) {
      if ((this.#timestamps[at] ?? -1n) >= timestamp) return this.#positions[at];
    }
    return undefined;
  }
}
