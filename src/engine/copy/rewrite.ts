/**
 * A source batch becomes a destination batch: header fields change in place, the checksum is patched by linearity, the
 * records are never touched. Refuses nothing: `slices.ts` decides what may come here. Spec: docs/spec/engine.md 3.
 *
 * ```
 *  0 base offset → 0 │ 12 leader epoch → −1 │ 17 crc ← patched │ 21 attributes: codec only
 * 43 producer id → D │ 51 epoch → 0         │ 53 base sequence │ 57 … unchanged
 * ```
 */
import { codecName } from '../../protocol/compression/codec.js';
import { patchCrc } from '../../protocol/crc32c.js';
import { decodeBatch } from '../../protocol/records/decode.js';
import { encodeBatch } from '../../protocol/records/encode.js';
import { ATTRIBUTES_AT, BatchView, CODEC_MASK, RECORD_COUNT_AT } from '../../protocol/records/header.js';
import { DATA_EPOCH } from './identity.js';

const CHANGED_BYTES = RECORD_COUNT_AT - ATTRIBUTES_AT;
/** The changed part of the header as it was; one is enough, since nothing here waits. */
const before = Buffer.alloc(CHANGED_BYTES);

/** Rewrites the batch where it stands: its bytes must belong to the caller, and are the destination's afterwards. */
export function rewriteBatch(batch: BatchView, producerId: bigint, baseSequence: number): void {
  const from = batch.at + ATTRIBUTES_AT;
  batch.buffer.copy(before, 0, from, from + CHANGED_BYTES);
  batch.baseOffset = 0n;
  batch.partitionLeaderEpoch = -1;
  // Transactional, control, timestamp type and delete horizon go; record timestamps stay relative to baseTimestamp.
  batch.attributes = batch.attributes & CODEC_MASK;
  batch.producerId = producerId;
  batch.producerEpoch = DATA_EPOCH;
  batch.baseSequence = baseSequence;
  const after = batch.buffer.subarray(from, from + CHANGED_BYTES);
  batch.crc = patchCrc(batch.crc, before, after, batch.size - RECORD_COUNT_AT);
}

/**
 * The records of a batch from `position` on, as a fresh batch in the same codec: only where the destination's log end
 * lies inside a source batch. Throws DecodeError when the batch cannot be read.
 */
export function restOfBatch(batch: BatchView, position: bigint): BatchView {
  const records = decodeBatch(batch).filter((record) => record.offset >= position);
  const bytes = encodeBatch({
    records,
    baseOffset: position,
    codec: codecName(batch.codec) ?? 'none',
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
  });
  return new BatchView(bytes, 0, bytes.length);
}
