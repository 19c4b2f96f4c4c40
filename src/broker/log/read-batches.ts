/**
 * Whole batches out of a log's segments, as a fetch wants them. Checksums are the reader's business, as in Kafka; what they do
 * not cover is looked at: lengths, and that offsets rise. Throws `Damage`, or the disk's error. Serves docs/spec/broker.md 2.11.
 */
import type { MemoryPool } from '../../base/memory-pool.js';
import { BATCH_LENGTH_AT, HEADER_BYTES, LENGTH_PREFIX_BYTES } from '../../protocol/records/header.js';
import type { Segment } from './segment.js';

/** One answer never holds more of one partition than this, whatever the client asks for. */
const READ_BYTES_MAX = 64 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export interface ReadOptions {
  readonly bytesMax: number;
  /** The first batch comes even when it is larger than `bytesMax`. */
  readonly atLeastOne: boolean;
  /** Only batches that begin below. */
  readonly upTo: bigint;
  /** Where the log ends. */
  readonly logEnd: bigint;
  /** Large answers are read into memory of it; who is done with one gives that back. */
  readonly memory?: MemoryPool | undefined;
}

/** From the batch that holds `offset` on, out of one segment. Empty where there is nothing. */
export function readBatches(segments: readonly Segment[], offset: bigint, options: ReadOptions): Buffer {
  const { upTo, atLeastOne, memory } = options;
  const bytesMax = Math.min(options.bytesMax, READ_BYTES_MAX);
  if (offset >= upTo || (bytesMax < HEADER_BYTES && !atLeastOne)) return NOTHING;
  for (let i = segmentIndexOf(segments, offset); i < segments.length; i++) {
    const segment = segments[i];
    const position = segment?.locate(offset);
    // Behind what compaction removed the next batch may stand in the next segment.
    if (segment === undefined || position === undefined) continue;
    let chunk = segment.read(position, Math.max(bytesMax, HEADER_BYTES), memory);
    const firstBytes = LENGTH_PREFIX_BYTES + chunk.readInt32BE(BATCH_LENGTH_AT);
    if (firstBytes > chunk.length && position + firstBytes <= segment.end && atLeastOne) {
      memory?.giveBack(chunk.buffer);
      chunk = segment.read(position, firstBytes, memory);
    }
    const end = segments[i + 1]?.baseOffset ?? options.logEnd;
    const { bytes, nextOffset } = wholeBatchesBelow(chunk, { upTo, segment, position, offset, end });
    if (bytes === 0) {
      memory?.giveBack(chunk.buffer);
      return NOTHING;
    }
    segment.expectNextRead(offset, { offset: nextOffset, position: position + bytes });
    return chunk.subarray(0, bytes);
  }
  return NOTHING;
}

function segmentIndexOf(segments: readonly Segment[], offset: bigint): number {
  let index = segments.length - 1;
  while (index > 0 && (segments[index]?.baseOffset ?? 0n) > offset) index--;
  return Math.max(0, index);
}

/** `end`: there is nothing at or above it here. The first batch holds `offset`, or comes behind it. */
function wholeBatchesBelow(
  chunk: Buffer,
  where: {
    readonly upTo: bigint;
    readonly segment: Segment;
    readonly position: number;
    readonly offset: bigint;
    readonly end: bigint;
  },
): { bytes: number; nextOffset: bigint } {
  const { upTo, segment, position, offset, end } = where;
  let at = 0;
  let next = segment.baseOffset;
  while (at + HEADER_BYTES <= chunk.length) {
    const batch = segment.headerAt(chunk, at, { position: position + at, next });
    if (batch.nextOffset > end || (at === 0 && batch.lastOffset < offset)) throw segment.damage(position + at);
    if (at + batch.size > chunk.length || batch.baseOffset >= upTo) break;
    next = batch.nextOffset;
    at += batch.size;
  }
  return { bytes: at, nextOffset: next };
}
