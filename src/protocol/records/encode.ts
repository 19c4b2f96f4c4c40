/**
 * Records → one batch of magic 2, checksum included. Serves produced data, klink's own journal, and the tests.
 */
import { invariant } from '../../base/invariant.js';
import { type CodecName, codecNumber, compress } from '../compression/codec.js';
import {
  BATCH_LENGTH_AT,
  BatchView,
  CONTROL_BIT,
  CURRENT_MAGIC,
  DELETE_HORIZON_BIT,
  HEADER_BYTES,
  LENGTH_PREFIX_BYTES,
  MAGIC_AT,
  TIMESTAMP_TYPE_BIT,
  type TimestampType,
  TRANSACTIONAL_BIT,
} from './header.js';
import type { RecordHeader } from './record.js';
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.js';

export interface RecordToEncode {
  /** Left out: the one after the record before it, the first at `baseOffset`. */
  readonly offset?: bigint;
  readonly timestamp: bigint;
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly RecordHeader[];
}

/** Everything left out has the value a plain producer sends. */
export interface BatchToEncode {
  readonly records: readonly RecordToEncode[];
  readonly baseOffset?: bigint;
  /** Compaction may leave a batch that reaches further than its last record. */
  readonly lastOffsetDelta?: number;
  readonly partitionLeaderEpoch?: number;
  readonly codec?: CodecName;
  readonly timestampType?: TimestampType;
  readonly transactional?: boolean;
  readonly control?: boolean;
  readonly deleteHorizon?: boolean;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly baseTimestamp?: bigint;
  readonly maxTimestamp?: bigint;
}

/** A fresh buffer that holds exactly the batch. */
export function encodeBatch(batch: BatchToEncode): Buffer {
  const { records } = batch;
  const baseOffset = batch.baseOffset ?? records[0]?.offset ?? 0n;
  const baseTimestamp = batch.baseTimestamp ?? records[0]?.timestamp ?? -1n;
  const placed = place(records, { baseOffset, baseTimestamp });
  const last = placed[placed.length - 1]?.offsetDelta ?? -1;
  const lastOffsetDelta = batch.lastOffsetDelta ?? last;
  invariant(lastOffsetDelta >= last && lastOffsetDelta >= 0, 'a batch must reach at least to its last record');
  const plain = encodeRecords(placed);
  const codec = records.length === 0 ? 'none' : (batch.codec ?? 'none');
  const packed = compress(codec, plain);

  const bytes = Buffer.allocUnsafe(HEADER_BYTES + packed.length);
  packed.copy(bytes, HEADER_BYTES);
  bytes.writeInt32BE(bytes.length - LENGTH_PREFIX_BYTES, BATCH_LENGTH_AT);
  bytes.writeInt8(CURRENT_MAGIC, MAGIC_AT);
  const view = new BatchView(bytes, 0, bytes.length);
  view.baseOffset = baseOffset;
  view.partitionLeaderEpoch = batch.partitionLeaderEpoch ?? -1;
  view.attributes =
    codecNumber(codec) |
    (batch.timestampType === 'LogAppendTime' ? TIMESTAMP_TYPE_BIT : 0) |
    (batch.transactional ? TRANSACTIONAL_BIT : 0) |
    (batch.control ? CONTROL_BIT : 0) |
    (batch.deleteHorizon ? DELETE_HORIZON_BIT : 0);
  view.lastOffsetDelta = lastOffsetDelta;
  view.baseTimestamp = baseTimestamp;
  view.maxTimestamp = batch.maxTimestamp ?? highest(records);
  view.producerId = batch.producerId ?? -1n;
  view.producerEpoch = batch.producerEpoch ?? -1;
  view.baseSequence = batch.baseSequence ?? -1;
  view.recordCount = records.length;
  view.crc = view.computeCrc();
  return bytes;
}

interface PlacedRecord {
  readonly record: RecordToEncode;
  readonly offsetDelta: number;
  readonly timestampDelta: bigint;
  readonly headers: readonly { readonly key: Buffer; readonly value: Buffer | null }[];
  /** Without the length in front. */
  readonly size: number;
}

function place(
  records: readonly RecordToEncode[],
  base: { readonly baseOffset: bigint; readonly baseTimestamp: bigint },
): PlacedRecord[] {
  let previous = -1;
  return records.map((record) => {
    const offsetDelta = record.offset === undefined ? previous + 1 : Number(record.offset - base.baseOffset);
    invariant(offsetDelta > previous && offsetDelta < 2 ** 31, 'offsets of a batch must rise from its base');
    previous = offsetDelta;
    const timestampDelta = record.timestamp - base.baseTimestamp;
    const headers = (record.headers ?? []).map((header) => ({ key: Buffer.from(header.key), value: header.value }));
    let size = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta);
    size += sizeOfSlice(record.key ?? null) + sizeOfSlice(record.value ?? null) + sizeOfVarint(headers.length);
    for (const header of headers) size += sizeOfSlice(header.key) + sizeOfSlice(header.value);
    return { record, offsetDelta, timestampDelta, headers, size };
  });
}

function encodeRecords(placed: readonly PlacedRecord[]): Buffer {
  let total = 0;
  for (const { size } of placed) total += sizeOfVarint(size) + size;
  const bytes = Buffer.allocUnsafe(total);
  let at = 0;
  for (const { record, offsetDelta, timestampDelta, headers, size } of placed) {
    at = writeVarint(bytes, at, size);
    bytes[at++] = 0;
    at = writeVarlong(bytes, at, timestampDelta);
    at = writeVarint(bytes, at, offsetDelta);
    at = writeSlice(bytes, at, record.key ?? null);
    at = writeSlice(bytes, at, record.value ?? null);
    at = writeVarint(bytes, at, headers.length);
    for (const header of headers) {
      at = writeSlice(bytes, at, header.key);
      at = writeSlice(bytes, at, header.value);
    }
  }
  invariant(at === total, 'a record batch was measured wrongly');
  return bytes;
}

function sizeOfSlice(slice: Buffer | null): number {
  return slice === null ? 1 : sizeOfVarint(slice.length) + slice.length;
}

function writeSlice(bytes: Buffer, at: number, slice: Buffer | null): number {
  if (slice === null) return writeVarint(bytes, at, -1);
  const start = writeVarint(bytes, at, slice.length);
  bytes.set(slice, start);
  return start + slice.length;
}

function highest(records: readonly RecordToEncode[]): bigint {
  let found = -1n;
  for (const { timestamp } of records) if (timestamp > found) found = timestamp;
  return found;
}
