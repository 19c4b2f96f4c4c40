/**
 * How a segment's file is called, and what it begins with. Serves docs/spec/broker.md 2.1.
 *
 * ```
 *  0 "KLINKSEG"   8 bytes
 *  8 format       int32     1
 * 12 reserved     int32     0
 * 16 baseOffset   int64
 * 24 batches …
 * ```
 */
export const SEGMENT_HEADER_BYTES = 24;
const MAGIC = Buffer.from('KLINKSEG');
const FORMAT = 1;

export function segmentPath(directory: string, baseOffset: bigint): string {
  return `${directory}/${fileStem(baseOffset)}.log`;
}

/** Twenty digits, so that names sort as offsets do. */
export function fileStem(offset: bigint): string {
  return offset.toString().padStart(20, '0');
}

export function headerOf(baseOffset: bigint): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeInt32BE(FORMAT, 8);
  header.writeBigInt64BE(baseOffset, 16);
  return header;
}

/** The beginning of our header, and behind it nothing, or zeros where the disk kept the length and not the bytes. */
export function isTorn(header: Buffer, baseOffset: bigint): boolean {
  const whole = headerOf(baseOffset);
  let same = 0;
  while (same < header.length && header[same] === whole[same]) same++;
  return header.subarray(same).every((byte) => byte === 0);
}

/** What is wrong with a header that is neither ours nor torn, behind the file's name. */
export function strangeness(header: Buffer): string {
  const isOurs = header.subarray(0, MAGIC.length).equals(MAGIC);
  if (!isOurs || header.length < 12) return 'is not a segment of this broker';
  const format = header.readInt32BE(8);
  if (format !== FORMAT) return `has format ${format}; this version reads format ${FORMAT}`;
  return 'holds another segment than its name says';
}
