/**
 * Bytes → frames: a length of four bytes, then as many bytes. A frame that lies within one chunk is handed out as a
 * slice of it; one that spans chunks is copied once, into a buffer of its own size. Refuses (DecodeError) a length
 * that is negative or above the bound, before anything is allocated for it.
 */
import { DecodeError } from './reader.js';

/** Brokers accept requests up to this size by default, and nothing we ask for may answer with more. */
export const FRAME_BYTES_MAX = 100 * 1024 * 1024;

const LENGTH_BYTES = 4;

export class FrameAssembler {
  /** May change between frames. */
  frameBytesMax: number;
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthBytes = 0;
  #frame: Buffer | undefined;
  #frameBytes = 0;

  constructor(frameBytesMax = FRAME_BYTES_MAX) {
    this.frameBytesMax = frameBytesMax;
  }

  /** Calls `frame` for each one that the chunk completes. The chunk must not change afterwards. */
  push(chunk: Buffer, frame: (bytes: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame !== undefined) {
        const count = Math.min(chunk.length - at, this.#frame.length - this.#frameBytes);
        chunk.copy(this.#frame, this.#frameBytes, at, at + count);
        at += count;
        this.#frameBytes += count;
        if (this.#frameBytes < this.#frame.length) return;
        const whole = this.#frame;
        this.#frame = undefined;
        frame(whole);
        continue;
      }
      while (this.#lengthBytes < LENGTH_BYTES && at < chunk.length) {
        this.#length[this.#lengthBytes++] = chunk[at++] as number;
      }
      if (this.#lengthBytes < LENGTH_BYTES) return;
      this.#lengthBytes = 0;
      const size = this.#length.readInt32BE(0);
      if (size < 0 || size > this.frameBytesMax) {
        throw new DecodeError(`a frame claims ${size} bytes; at most ${this.frameBytesMax} are allowed`);
      }
      if (at + size <= chunk.length) {
        at += size;
        frame(chunk.subarray(at - size, at));
      } else {
        this.#frame = Buffer.allocUnsafeSlow(size);
        this.#frameBytes = 0;
      }
    }
  }
}
