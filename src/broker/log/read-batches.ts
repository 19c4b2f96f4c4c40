/** Whole batches out of a log's segments, as a fetch wants them. */
import type { MemoryPool } from '../../base/memory-pool.js';
import { BATCH_LENGTH_AT, BatchView, HEADER_BYTES, LENGTH_PREFIX_BYTES } from '../../protocol/records/header.js';
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
    if (firstBytes > chunk.length && atLeastOne) {
      memory?.giveBack(chunk.buffer);
      chunk = segment.read(position, firstBytes, memory);
    }
    const { bytes, nextOffset } = wholeBatchesBelow(chunk, upTo);
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

function wholeBatchesBelow(chunk: Buffer, upTo: bigint): { bytes: number; nextOffset: bigint } {
  let at = 0;
  let nextOffset = 0n;
  while (at + HEADER_BYTES <= chunk.length) {
    const size = LENGTH_PREFIX_BYTES + chunk.readInt32BE(at + BATCH_LENGTH_AT);
    if (size < HEADER_BYTES || at + size > chunk.length) break;
    const batch = new BatchView(chunk, at, size);
    if (batch.baseOffset >= upTo) break;
    nextOffset = batch.nextOffset;
    at += size;
  }
  return { bytes: at, nextOffset };
}
