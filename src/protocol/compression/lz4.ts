/**
 * Codec 3: the LZ4 frame format, as batches of magic 2 carry it. Reads linked and independent blocks, checksums in the
 * frame are passed over (the batch has its own CRC); refuses dictionaries.
 *
 * ```
 *  magic 0x184d2204 LE | FLG | BD | [content size int64] | [dictionary int32] | header checksum
 *  { block size uint32 LE, top bit = stored as is | block | [checksum] }… | 0 | [content checksum]
 * ```
 */
import { lz4Compress } from '@platformatic/wasm-utils';
import { DecodeError } from '../reader.js';
import { repeat, take } from './repeat.js';
import type { Codec } from './types.js';

const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const STORED_BIT = 0x80000000;
const MIN_MATCH = 4;

/** The compressor's module cannot take an empty input once its memory has grown; this is the empty frame. */
const EMPTY_FRAME = Buffer.from('04224d18604082' + '00000000', 'hex');

export const lz4: Codec = {
  compress: (bytes) => (bytes.length === 0 ? EMPTY_FRAME : lz4Compress(bytes)),
  decompress: (bytes, sizeMax) => {
    const output = new Output(bytes.length * 4, sizeMax);
    decompressFrame(bytes, firstFrame(bytes), output);
    return output.finish();
  },
};

/** Behind what may be skipped. */
function firstFrame(input: Buffer): number {
  let at = 0;
  while ((input.readUInt32LE(at) & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) at += 8 + input.readUInt32LE(at + 4);
  return at;
}

/** What stands behind it is not looked at: Kafka's reader ends there, too. */
function decompressFrame(input: Buffer, start: number, output: Output): void {
  if (input.readUInt32LE(start) !== MAGIC) throw new DecodeError('no lz4 frame');
  const flags = input.readUInt8(start + 4);
  if (flags >>> 6 !== 1) throw new DecodeError(`lz4 frame version ${flags >>> 6} is unknown`);
  if ((flags & 0x01) !== 0) throw new DecodeError('an lz4 frame needs a dictionary');
  const blockChecksumBytes = (flags & 0x10) === 0 ? 0 : 4;
  let at = start + 7 + ((flags & 0x08) === 0 ? 0 : 8);
  for (;;) {
    const field = input.readUInt32LE(at);
    at += 4;
    if (field === 0) return;
    const size = field % STORED_BIT;
    if (at + size > input.length) throw new DecodeError('an lz4 block is cut off');
    if (field >= STORED_BIT) output.literal(input, at, size);
    else decompressBlock(input, at, at + size, output);
    at += size + blockChecksumBytes;
  }
}

function decompressBlock(input: Buffer, start: number, stop: number, output: Output): void {
  let at = start;
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      let byte: number;
      do {
        if (at >= stop) throw new DecodeError('an lz4 length is cut off');
        byte = input[at++] as number;
        length += byte;
      } while (byte === 255);
    }
    return length;
  };
  while (at < stop) {
    const token = input[at++] as number;
    const literal = extended(token >>> 4);
    if (at + literal > stop) throw new DecodeError('an lz4 literal is cut off');
    output.literal(input, at, literal);
    at += literal;
    if (at === stop) return; // The last sequence of a block has no match.
    if (at + 2 > stop) throw new DecodeError('an lz4 match is cut off');
    const distance = input.readUInt16LE(at);
    at += 2;
    output.match(distance, extended(token & 15) + MIN_MATCH);
  }
}

/** Grows by doubling, never beyond `sizeMax`. */
class Output {
  #bytes: Buffer;
  #end = 0;
  readonly #sizeMax: number;

  constructor(sizeGuess: number, sizeMax: number) {
    this.#sizeMax = sizeMax;
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(sizeMax, Math.max(sizeGuess, 1024)));
  }

  literal(input: Buffer, at: number, length: number): void {
    this.#need(length);
    take(this.#bytes, this.#end, input, at, length);
    this.#end += length;
  }

  match(distance: number, length: number): void {
    if (distance === 0 || distance > this.#end) throw new DecodeError('an lz4 match is out of bounds');
    this.#need(length);
    repeat(this.#bytes, this.#end, distance, length);
    this.#end += length;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  #need(length: number): void {
    const wanted = this.#end + length;
    if (wanted <= this.#bytes.length) return;
    if (wanted > this.#sizeMax) throw new DecodeError(`lz4 data is larger than ${this.#sizeMax} bytes`);
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#sizeMax, Math.max(wanted, this.#bytes.length * 2)));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}
