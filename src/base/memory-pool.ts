/**
 * Large pieces of memory that are used again. Fresh memory costs a page fault for every four kilobytes that are touched, and
 * V8 takes each megabyte outside its heap for a reason to walk through the whole of it. What is kept is bounded; what was
 * taken and is not given back is left to the garbage collector, so forgetting it costs time and nothing else.
 */

/** Below, Node's own way is as good. */
export const POOLED_FROM_BYTES = 64 << 10;
/** What is larger is rare, and would be kept for ever. */
const POOLED_TO_BYTES = 32 << 20;
const KEPT_BYTES_MAX = 64 << 20;
/** Sizes are rounded up to one of four between a power of two and the next, so that what comes back fits others. */
const STEPS = 4;

export class MemoryPool {
  readonly #lent = new WeakSet<ArrayBufferLike>();
  /** The youngest one last: it is the one that the processor's cache may still hold. */
  #spare: ArrayBufferLike[] = [];
  #spareBytes = 0;

  /** What is kept for the next ones. */
  get spareBytes(): number {
    return this.#spareBytes;
  }

  /** `bytes` of memory, whatever stands in it. */
  take(bytes: number): Buffer {
    if (bytes < POOLED_FROM_BYTES || bytes > POOLED_TO_BYTES) return Buffer.allocUnsafeSlow(bytes);
    const memory = this.#found(bytes, roundedUp(bytes)) ?? Buffer.allocUnsafeSlow(roundedUp(bytes)).buffer;
    this.#lent.add(memory);
    return Buffer.from(memory, 0, bytes);
  }

  /** As `take`, but only what is there; undefined: nothing is. `bytesMax`: no larger piece than that. */
  takeSpare(bytes: number, bytesMax = roundedUp(bytes)): Buffer | undefined {
    const memory = this.#found(bytes, bytesMax);
    if (memory === undefined) return undefined;
    this.#lent.add(memory);
    return Buffer.from(memory, 0, bytes);
  }

  /** Nobody may look at any part of it any more. Memory that is not this pool's, or was given back, is passed over. */
  giveBack(memory: ArrayBufferLike): void {
    if (!this.#lent.delete(memory)) return;
    this.#spare.push(memory);
    this.#spareBytes += memory.byteLength;
    while (this.#spareBytes > KEPT_BYTES_MAX) this.#spareBytes -= this.#spare.shift()?.byteLength ?? 0;
  }

  #found(bytes: number, bytesMax: number): ArrayBufferLike | undefined {
    for (let at = this.#spare.length - 1; at >= 0; at--) {
      const memory = this.#spare[at];
      if (memory === undefined || memory.byteLength < bytes || memory.byteLength > bytesMax) continue;
      this.#spare.splice(at, 1);
      this.#spareBytes -= memory.byteLength;
      return memory;
    }
    return undefined;
  }
}

function roundedUp(bytes: number): number {
  const step = 2 ** Math.floor(Math.log2(bytes)) / STEPS;
  return Math.ceil(bytes / step) * step;
}
