/**
 * The source bytes that wait or are under way, over all partitions. A slice keeps the whole answer alive that it came in:
 * up to a bound that costs less than to copy it out, beyond it answers are not kept. An answer of which every batch was
 * appended is read into again; one of which anything was dropped is not. Spec: docs/spec/engine.md, Bounds.
 */
import { invariant } from '../../base/invariant.js';
import { giveBack } from '../../protocol/frames.js';
import type { BatchView } from '../../protocol/records/header.js';

/**
 * `appended`: the destination has it, so nobody reads these bytes any more. `dropped`: a connection or a proof may still look
 * at them.
 */
export type Fate = 'appended' | 'dropped';

interface Answer {
  batches: number;
  /** Of some batch it is not known that nobody reads it any more. */
  doubtful: boolean;
}

export class HeldBytes {
  readonly #answerBytesMax: number;
  /** By the memory they stand in. */
  readonly #answers = new Map<ArrayBufferLike, Answer>();
  #bytes = 0;
  #answerBytes = 0;
  #handedOut: ArrayBufferLike | undefined;
  #landedMeanwhile = false;

  constructor(answerBytesMax: number) {
    this.#answerBytesMax = answerBytesMax;
  }

  /** Of the batches alone. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of the answers that are alive because of them. */
  get answerBytes(): number {
    return this.#answerBytes;
  }

  /** The records themselves where their answer may be kept for them, else a copy. */
  keepable(records: Buffer): Buffer {
    const answer = records.buffer;
    if (this.#answers.has(answer) || records.length * 2 >= answer.byteLength) return records;
    return this.#answerBytes + answer.byteLength <= this.#answerBytesMax ? records : Buffer.from(records);
  }

  take(batch: BatchView): void {
    const memory = batch.buffer.buffer;
    const answer = this.#answers.get(memory);
    this.#bytes += batch.size;
    if (answer !== undefined) {
      answer.batches++;
      return;
    }
    this.#answers.set(memory, { batches: 1, doubtful: false });
    this.#answerBytes += memory.byteLength;
  }

  /** Exactly once for each batch taken; `appended` only by who sent it and looks at it no more. */
  give(batch: BatchView, fate: Fate): void {
    const memory = batch.buffer.buffer;
    const answer = this.#answers.get(memory);
    invariant(answer !== undefined, 'a batch was given back that nobody holds');
    this.#bytes -= batch.size;
    if (memory === this.#handedOut) this.#landedMeanwhile = true;
    if (fate === 'dropped' || memory === this.#handedOut) answer.doubtful = true;
    if (--answer.batches > 0) return;
    this.#answers.delete(memory);
    this.#answerBytes -= memory.byteLength;
    if (!answer.doubtful) giveBack(memory);
  }

  /**
   * Hands one answer to its partitions. What nobody kept anything of is read into again at once; what somebody still looks
   * at, as long as this runs, is not.
   */
  handOut(memory: ArrayBufferLike | undefined, toAll: () => void): void {
    this.#handedOut = memory;
    this.#landedMeanwhile = false;
    toAll();
    this.#handedOut = undefined;
    if (memory !== undefined && !this.#landedMeanwhile && !this.#answers.has(memory)) giveBack(memory);
  }
}
