/** Unpacks LZ4 frames for the comparison, without a line of klink's own decoder. Checksums inside the frame are passed over. */

const FRAME_MAGIC = 0x184d2204;
const STORED_BIT = 0x80000000;
const MIN_MATCH = 4;

export function unpackLz4(packed: Buffer): Buffer {
  if (packed.readUInt32LE(0) !== FRAME_MAGIC) throw new Error('no LZ4 frame');
  const flags = packed.readUInt8(4);
  let at = 7 + (flags & 0x08 ? 8 : 0);
  let unpacked = Buffer.allocUnsafe(packed.length * 8);
  let length = 0;
  for (;;) {
    const word = packed.readUInt32LE(at);
    at += 4;
    if (word === 0) return unpacked.subarray(0, length);
    const size = word % STORED_BIT;
    // A block unpacks to 4 MiB at most; the frames here have blocks of 64 KiB.
    if (length + (4 << 20) > unpacked.length) unpacked = Buffer.concat([unpacked], unpacked.length + (4 << 20));
    if (word >= STORED_BIT) {
      packed.copy(unpacked, length, at, at + size);
      length += size;
    } else {
      length = unpackBlock(packed, at, at + size, unpacked, length);
    }
    at += size + (flags & 0x10 ? 4 : 0);
  }
}

/** Gives where the output ends. */
function unpackBlock(from: Buffer, start: number, end: number, to: Buffer, begin: number): number {
  let at = start;
  let out = begin;
  const more = (nibble: number): number => {
    let length = nibble;
    if (nibble < 15) return length;
    for (;;) {
      const byte = from[at++] ?? 0;
      length += byte;
      if (byte !== 255) return length;
    }
  };
  while (at < end) {
    const token = from[at++] ?? 0;
    const literals = more(token >> 4);
    from.copy(to, out, at, at + literals);
    at += literals;
    out += literals;
    if (at >= end) break;
    const distance = from.readUInt16LE(at);
    at += 2;
    const match = more(token & 15) + MIN_MATCH;
    if (distance >= match) to.copyWithin(out, out - distance, out - distance + match);
    else for (let i = 0; i < match; i++) to[out + i] = to[out + i - distance] as number;
    out += match;
  }
  return out;
}
