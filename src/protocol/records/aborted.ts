/**
 * Which batches of a read_committed answer nobody sees: transaction markers, and data of aborted transactions. This is
 * the consumer's algorithm; an answer lists every aborted transaction that touches its range, also one that began before.
 */
import { DecodeError } from '../reader.js';
import { type ControlType, controlType } from './control.js';
import { decodeBatch } from './decode.js';
import type { BatchView } from './header.js';

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** The consumer's book of aborted transactions: one per answer, since each answer lists all that touch its range. */
export class AbortedProducers {
  readonly #coming: AbortedTransaction[];
  readonly #open = new Set<bigint>();
  #at = 0;

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#coming = [...transactions].sort((one, other) => (one.firstOffset < other.firstOffset ? -1 : 1));
  }

  /**
   * True when a read_committed reader sees nothing of this batch. Must be told of every batch, in order. Throws DecodeError
   * when that would rest on a damaged header: data is checked by the destination, what is not copied by nobody else.
   */
  pass(batch: BatchView): boolean {
    const invisible = this.#isInvisible(batch);
    if (invisible && !batch.crcMatches()) {
      throw new DecodeError(`the batch at ${batch.baseOffset} does not match its checksum`);
    }
    return invisible;
  }

  #isInvisible(batch: BatchView): boolean {
    if (this.#at < this.#coming.length) {
      const last = batch.lastOffset;
      for (let next = this.#coming[this.#at]; next && next.firstOffset <= last; next = this.#coming[++this.#at]) {
        this.#open.add(next.producerId);
      }
    }
    if (batch.isControl) {
      if (this.#open.size > 0 && controlTypeOfBatch(batch) === 'abort') this.#open.delete(batch.producerId);
      return true;
    }
    return batch.isTransactional && this.#open.has(batch.producerId);
  }
}

/** Control batches are never compressed and hold one record; `unknown` for an emptied one. Throws DecodeError. */
function controlTypeOfBatch(batch: BatchView): ControlType {
  if (batch.recordCount === 0) return 'unknown';
  return controlType(decodeBatch(batch)[0]?.key ?? null);
}
