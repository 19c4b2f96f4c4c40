/**
 * Codec 2. Java producers write the framing of the xerial library, others the bare format; both are read, the framing
 * is written, as every reader knows it.
 *
 * ```
 *   0  82 53 4e 41 50 50 59 00   "\x82SNAPPY\0"
 *   8  version int32, lowest compatible version int32
 *  16  { length int32, one snappy block of at most 32 KiB }…
 * ```
 */
import { snappyCompress } from '@platformatic/wasm-utils';
import { DecodeError } from '../reader.js';
import { repeat, take } from './repeat.js';
import type { Codec } from './types.js';

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const FRAMING_BYTES = 16;
const BLOCK_BYTES = 32 * 1024;
/** The most that a byte can become: a copy of 64 bytes takes three. */
const GROWTH_MAX = 22;

export const snappy: Codec = {
  compress(bytes) {
    const front = Buffer.alloc(FRAMING_BYTES);
    MAGIC.copy(front);
    front.writeInt32BE(1, 8);
    front.writeInt32BE(1, 12);
    const parts: Buffer[] = [front];
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = snappyCompress(bytes.subarray(at, at + BLOCK_BYTES));
      const length = Buffer.allocUnsafe(4);
      length.writeInt32BE(block.length);
      parts.push(length, block);
    }
    return Buffer.concat(parts);
  },

  decompress(bytes, sizeMax) {
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return decompressBlock(bytes, sizeMax);
    const parts: Buffer[] = [];
    let room = sizeMax;
    for (let at = FRAMING_BYTES; at < bytes.length; ) {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < 0 || at + length > bytes.length) throw new DecodeError('a snappy block is cut off');
      const part = decompressBlock(bytes.subarray(at, at + length), room);
      room -= part.length;
      parts.push(part);
      at += length;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  },
};

/** The bare format: a length, then literals (tag 0) and copies from what was already written (tags 1 to 3). */
function decompressBlock(input: Buffer, sizeMax: number): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++];
    if (byte === undefined || shift > 28) throw new DecodeError('a snappy block has no length');
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (size > sizeMax || size > input.length * GROWTH_MAX) {
    throw new DecodeError(`a snappy block of ${input.length} bytes claims ${size}`);
  }
  const output = Buffer.allocUnsafe(size);
  let end = 0;
  while (at < input.length) {
    const tag = input[at++] ?? 0;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const width = length - 60;
        length = input.readUIntLE(at, width) + 1;
        at += width;
      }
      if (at + length > input.length || end + length > size) throw new DecodeError('a snappy literal is too long');
      take(output, end, input, at, length);
      at += length;
      end += length;
      continue;
    }
    let length = (tag >>> 2) + 1;
    let distance: number;
    if (kind === 1) {
      length = ((tag >>> 2) & 7) + 4;
      distance = ((tag >>> 5) << 8) | input.readUInt8(at);
      at += 1;
    } else if (kind === 2) {
      distance = input.readUInt16LE(at);
      at += 2;
    } else {
      distance = input.readUInt32LE(at);
      at += 4;
    }
    if (distance === 0 || distance > end || end + length > size)
      throw new DecodeError('a snappy copy is out of bounds');
    repeat(output, end, distance, length);
    end += length;
  }
  if (end !== size) throw new DecodeError(`a snappy block gave ${end} of ${size} bytes`);
  return output;
}
