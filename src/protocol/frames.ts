/**
 * Bytes → frames: a length of four bytes, then as many bytes. A frame that lies within one chunk is handed out as a
 * slice of it; one that spans chunks is put together once, in a buffer of its own, and can be read right there. Refuses
 * (DecodeError) a length that is negative or above the bound, before anything is allocated for it; and for one within it no
 * more is allocated than has come already would make likely.
 */
import type { MemoryPool } from '../base/memory-pool.js';
import { DecodeError } from './reader.js';

/** Brokers accept requests up to this size by default, and nothing we ask for may answer with more. */
export const FRAME_BYTES_MAX = 100 * 1024 * 1024;

const LENGTH_BYTES = 4;
/** What is read at once between frames. */
const SCRATCH_BYTES = 64 << 10;
/** Memory of frames of these sizes is used again once it was given back. A larger one is rare, and would be kept for ever. */
const REUSED_FROM_BYTES = 128 << 10;
const REUSED_TO_BYTES = 32 << 20;
const REUSED_STEP_BYTES = 256 << 10;
const SPARE_MAX = 4;
/** A length is only a claim: a frame begins with so much, and gets `GROWTH` times as much whenever that is full. */
const BEGIN_BYTES = 128 << 10;
const GROWTH = 4;

/** Whose memory this is. */
const lenders = new WeakMap<ArrayBufferLike, FrameAssembler>();

/**
 * Memory that a frame was handed out in can be read into again: nobody may look at any part of it any more. Without that it
 * is left to the garbage collector, which takes every such megabyte for a reason to walk through the whole heap.
 */
export function giveBack(memory: ArrayBufferLike): void {
  lenders.get(memory)?.takeBack(memory);
}

export class FrameAssembler {
  /** May change between frames. */
  frameBytesMax: number;
  readonly #pool: MemoryPool | undefined;
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthBytes = 0;
  /** The front of a frame that has begun, or all of it. */
  #frame: Buffer | undefined;
  #frameBytes = 0;
  #frameSize = 0;
  #scratch: Buffer | undefined;
  #spare: ArrayBufferLike[] = [];
  #largestBytes = 0;
  /** Something came back. */
  #reuses = false;

  /** `pool`: where frames that span chunks get their memory, and where it is given back to. Else each assembler has its own. */
  constructor(frameBytesMax = FRAME_BYTES_MAX, pool?: MemoryPool) {
    this.frameBytesMax = frameBytesMax;
    this.#pool = pool;
  }

  /** Where bytes can be read to without a copy: the rest of a frame that has begun, else memory for its beginning. */
  room(): Buffer {
    if (this.#frame !== undefined) return this.#frame.subarray(this.#frameBytes);
    this.#scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    return this.#scratch;
  }

  /** So many bytes now stand at the front of the room given last. Calls `frame` for each one that they complete. */
  filled(count: number, frame: (bytes: Buffer) => void): void {
    if (this.#frame === undefined) {
      if (this.#scratch) this.#assemble(this.#scratch.subarray(0, count), frame, (inside) => Buffer.from(inside));
      return;
    }
    this.#frameBytes += count;
    this.#whenFull(this.#frame, frame);
  }

  /** Calls `frame` for each one that the chunk completes. The chunk must not change afterwards. */
  push(chunk: Buffer, frame: (bytes: Buffer) => void): void {
    this.#assemble(chunk, frame, (inside) => inside);
  }

  /** `own`: of a frame that lies within the chunk, the bytes that can be handed out. */
  #assemble(chunk: Buffer, frame: (bytes: Buffer) => void, own: (inside: Buffer) => Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame !== undefined) {
        const count = Math.min(chunk.length - at, this.#frame.length - this.#frameBytes);
        chunk.copy(this.#frame, this.#frameBytes, at, at + count);
        at += count;
        this.#frameBytes += count;
        this.#whenFull(this.#frame, frame);
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
        frame(own(chunk.subarray(at - size, at)));
      } else {
        this.#frame = this.#beginning(size);
        this.#frameBytes = 0;
        this.#frameSize = size;
      }
    }
  }

  #whenFull(room: Buffer, frame: (bytes: Buffer) => void): void {
    if (this.#frameBytes < room.length) return;
    if (this.#frameBytes === this.#frameSize) {
      this.#frame = undefined;
      frame(room);
      return;
    }
    const grown = room.length * GROWTH;
    this.#frame = grown < this.#frameSize ? this.#piece(grown) : this.#memory(this.#frameSize);
    room.copy(this.#frame);
    this.#pool?.giveBack(room.buffer);
  }

  /** All of it at once where such memory is there, or where this sender has been given as much before. */
  #beginning(size: number): Buffer {
    if (size <= BEGIN_BYTES || this.#spare.some(({ byteLength }) => byteLength >= size)) return this.#memory(size);
    if (this.#reuses && size <= this.#largestBytes) return this.#memory(size);
    return this.#pool?.takeSpare(size) ?? this.#piece(BEGIN_BYTES);
  }

  /** For the front of a frame. */
  #piece(size: number): Buffer {
    return this.#pool?.take(size) ?? Buffer.allocUnsafeSlow(size);
  }

  /** See `giveBack`. */
  takeBack(memory: ArrayBufferLike): void {
    this.#reuses = true;
    this.#spare = [...this.#spare.filter((each) => each !== memory), memory].slice(-SPARE_MAX);
  }

  /**
   * Where memory comes back, all of it has the size of the largest frame so far: it fits whatever comes next. Where none ever
   * does, as with a broker's requests, no frame takes more than it needs.
   */
  #memory(size: number): Buffer {
    if (this.#pool) return this.#pool.take(size);
    if (size < REUSED_FROM_BYTES || size > REUSED_TO_BYTES) return Buffer.allocUnsafeSlow(size);
    const spare = this.#spare.find(({ byteLength }) => byteLength >= size);
    if (spare !== undefined) {
      this.#spare = this.#spare.filter((each) => each !== spare);
      return Buffer.from(spare, 0, size);
    }
    this.#largestBytes = Math.max(this.#largestBytes, Math.ceil(size / REUSED_STEP_BYTES) * REUSED_STEP_BYTES);
    const fresh = Buffer.allocUnsafeSlow(this.#reuses ? this.#largestBytes : size);
    lenders.set(fresh.buffer, this);
    return fresh.subarray(0, size);
  }
}
