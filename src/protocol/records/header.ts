/**
 * The header of a record batch (magic 2) as a view over the bytes that hold it, and the walk over the batches of a
 * fetch answer or log segment. Never touches the records behind the header, never copies.
 *
 * ```
 *   0 baseOffset            int64   ┐ outside the checksum: may be
 *   8 batchLength           int32   │ rewritten freely; batchLength
 *  12 partitionLeaderEpoch  int32   │ counts the bytes from 12 on
 *  16 magic                 int8    │
 *  17 crc                   uint32  ┘ CRC-32C of everything from 21 on
 *  21 attributes            int16   bits 0–2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
 *  23 lastOffsetDelta       int32
 *  27 baseTimestamp         int64   (the delete horizon where bit 6 is set)
 *  35 maxTimestamp          int64
 *  43 producerId            int64   −1: none
 *  51 producerEpoch         int16
 *  53 baseSequence          int32   −1: none
 *  57 recordCount           int32
 *  61 records               compressed as a whole
 * ```
 */
import { crc32c } from '../crc32c.js';
import { DecodeError } from '../reader.js';

export const BASE_OFFSET_AT = 0;
export const BATCH_LENGTH_AT = 8;
export const PARTITION_LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;
export const RECORDS_AT = 61;

export const HEADER_BYTES = RECORDS_AT;
/** What `batchLength` does not count. */
export const LENGTH_PREFIX_BYTES = 12;
export const CURRENT_MAGIC = 2;

export const CODEC_MASK = 0x07;
export const TIMESTAMP_TYPE_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
export const DELETE_HORIZON_BIT = 0x40;

/** Smallest entry of the formats before magic 2: offset, size, checksum, magic. */
const PREFIX_WITH_MAGIC_BYTES = 17;

export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** A batch of magic 2. Reads and writes go straight to `buffer`; the view lives as long as that buffer does. */
export class BatchView {
  readonly kind = 'batch';
  readonly buffer: Buffer;
  /** Where the batch begins in `buffer`. */
  readonly at: number;
  /** Bytes of the whole batch, header included. */
  readonly size: number;

  /** The caller vouches that `size` bytes at `at` are a batch of magic 2; `batchAt` checks it. */
  constructor(buffer: Buffer, at: number, size: number) {
    this.buffer = buffer;
    this.at = at;
    this.size = size;
  }

  /** The whole batch, not copied. */
  get bytes(): Buffer {
    return this.buffer.subarray(this.at, this.at + this.size);
  }

  get baseOffset(): bigint {
    return this.buffer.readBigInt64BE(this.at + BASE_OFFSET_AT);
  }
  set baseOffset(value: bigint) {
    this.buffer.writeBigInt64BE(value, this.at + BASE_OFFSET_AT);
  }

  get partitionLeaderEpoch(): number {
    return this.buffer.readInt32BE(this.at + PARTITION_LEADER_EPOCH_AT);
  }
  set partitionLeaderEpoch(value: number) {
    this.buffer.writeInt32BE(value, this.at + PARTITION_LEADER_EPOCH_AT);
  }

  get crc(): number {
    return this.buffer.readUInt32BE(this.at + CRC_AT);
  }
  set crc(value: number) {
    this.buffer.writeUInt32BE(value, this.at + CRC_AT);
  }

  get attributes(): number {
    return this.buffer.readInt16BE(this.at + ATTRIBUTES_AT);
  }
  set attributes(value: number) {
    this.buffer.writeInt16BE(value, this.at + ATTRIBUTES_AT);
  }

  get lastOffsetDelta(): number {
    return this.buffer.readInt32BE(this.at + LAST_OFFSET_DELTA_AT);
  }
  set lastOffsetDelta(value: number) {
    this.buffer.writeInt32BE(value, this.at + LAST_OFFSET_DELTA_AT);
  }

  get lastOffset(): bigint {
    return this.baseOffset + BigInt(this.lastOffsetDelta);
  }

  get nextOffset(): bigint {
    return this.baseOffset + BigInt(this.lastOffsetDelta + 1);
  }

  get baseTimestamp(): bigint {
    return this.buffer.readBigInt64BE(this.at + BASE_TIMESTAMP_AT);
  }
  set baseTimestamp(value: bigint) {
    this.buffer.writeBigInt64BE(value, this.at + BASE_TIMESTAMP_AT);
  }

  get maxTimestamp(): bigint {
    return this.buffer.readBigInt64BE(this.at + MAX_TIMESTAMP_AT);
  }
  set maxTimestamp(value: bigint) {
    this.buffer.writeBigInt64BE(value, this.at + MAX_TIMESTAMP_AT);
  }

  get producerId(): bigint {
    return this.buffer.readBigInt64BE(this.at + PRODUCER_ID_AT);
  }
  set producerId(value: bigint) {
    this.buffer.writeBigInt64BE(value, this.at + PRODUCER_ID_AT);
  }

  get producerEpoch(): number {
    return this.buffer.readInt16BE(this.at + PRODUCER_EPOCH_AT);
  }
  set producerEpoch(value: number) {
    this.buffer.writeInt16BE(value, this.at + PRODUCER_EPOCH_AT);
  }

  get baseSequence(): number {
    return this.buffer.readInt32BE(this.at + BASE_SEQUENCE_AT);
  }
  set baseSequence(value: number) {
    this.buffer.writeInt32BE(value, this.at + BASE_SEQUENCE_AT);
  }

  /** The sequence of the record at `lastOffsetDelta`, as brokers count it: wraps 2³¹−1 → 0; −1 when there is none. */
  get lastSequence(): number {
    const base = this.baseSequence;
    return base < 0 ? -1 : (base + this.lastOffsetDelta) % 2 ** 31;
  }

  get recordCount(): number {
    return this.buffer.readInt32BE(this.at + RECORD_COUNT_AT);
  }
  set recordCount(value: number) {
    this.buffer.writeInt32BE(value, this.at + RECORD_COUNT_AT);
  }

  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; above: unknown to us. */
  get codec(): number {
    return this.attributes & CODEC_MASK;
  }

  get timestampType(): TimestampType {
    return (this.attributes & TIMESTAMP_TYPE_BIT) === 0 ? 'CreateTime' : 'LogAppendTime';
  }

  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL_BIT) !== 0;
  }

  get isControl(): boolean {
    return (this.attributes & CONTROL_BIT) !== 0;
  }

  get hasDeleteHorizon(): boolean {
    return (this.attributes & DELETE_HORIZON_BIT) !== 0;
  }

  /** What stands behind the header, still compressed; not copied. */
  get records(): Buffer {
    return this.buffer.subarray(this.at + RECORDS_AT, this.at + this.size);
  }

  get recordsLength(): number {
    return this.size - HEADER_BYTES;
  }

  computeCrc(): number {
    return crc32c(this.buffer.subarray(this.at + ATTRIBUTES_AT, this.at + this.size));
  }

  crcMatches(): boolean {
    return this.computeCrc() === this.crc;
  }
}

/** An entry in a format we report but do not read: message sets of magic 0 and 1, or one newer than 2. */
export interface ForeignEntry {
  readonly kind: 'foreign';
  readonly magic: number;
  readonly baseOffset: bigint;
  readonly buffer: Buffer;
  readonly at: number;
  readonly size: number;
}

/**
 * Every whole entry of `records` in order. A fetch answer may end in the middle of a batch: that rest is left out
 * without a word, `wholeBytes` tells how much it was. Throws DecodeError where a length cannot be right.
 */
export function* batchesIn(records: Buffer): Generator<BatchView | ForeignEntry, void, undefined> {
  for (let at = 0; ; ) {
    const entry = batchAt(records, at);
    if (entry === undefined) return;
    yield entry;
    at += entry.size;
  }
}

/** Bytes of the whole entries at the front of `records`. Throws DecodeError. */
export function wholeBytes(records: Buffer): number {
  let at = 0;
  for (let size = entrySize(records, at); size !== undefined; size = entrySize(records, at)) at += size;
  return at;
}

/** The entry at `at`, or undefined where it is not there as a whole. Throws DecodeError. */
export function batchAt(records: Buffer, at: number): BatchView | ForeignEntry | undefined {
  const size = entrySize(records, at);
  if (size === undefined) return undefined;
  const magic = records.readInt8(at + MAGIC_AT);
  if (magic !== CURRENT_MAGIC) {
    return { kind: 'foreign', magic, baseOffset: records.readBigInt64BE(at), buffer: records, at, size };
  }
  if (size < HEADER_BYTES) throw new DecodeError(`a batch of ${size} bytes at ${at} is shorter than its header`);
  return new BatchView(records, at, size);
}

function entrySize(records: Buffer, at: number): number | undefined {
  if (at + LENGTH_PREFIX_BYTES > records.length) return undefined;
  const size = LENGTH_PREFIX_BYTES + records.readInt32BE(at + BATCH_LENGTH_AT);
  if (size < PREFIX_WITH_MAGIC_BYTES) throw new DecodeError(`a batch at ${at} claims ${size} bytes`);
  return at + size <= records.length ? size : undefined;
}
