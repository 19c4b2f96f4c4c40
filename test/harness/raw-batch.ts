/**
 * Batches of magic 2 as no encoder would write them: each field can lie. The checksum is right unless the bytes are changed
 * afterwards, so that a broker looks at the lie and not at the checksum.
 */
import { type CodecName, codecNumber, compress } from '../../src/protocol/compression/codec.js';
import {
  BATCH_LENGTH_AT,
  BatchView,
  CURRENT_MAGIC,
  HEADER_BYTES,
  LENGTH_PREFIX_BYTES,
  MAGIC_AT,
} from '../../src/protocol/records/header.js';
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from '../../src/protocol/records/varint.js';

export interface RawRecord {
  /** Default: what it is. */
  readonly length?: number;
  readonly attributes?: number;
  readonly timestampDelta?: bigint;
  readonly offsetDelta?: number;
  /** A number is a length with nothing behind it. Default: `k`. */
  readonly key?: Buffer | number;
  /** Default: `v`. */
  readonly value?: Buffer | number;
  /** Default: as many as there are. */
  readonly headerCount?: number;
  readonly headers?: readonly (readonly [key: Buffer | number, value: Buffer | number])[];
  /** Behind the headers, as part of the record. */
  readonly rest?: Buffer;
}

export interface RawBatch {
  /** Default: three sound ones. */
  readonly records?: readonly RawRecord[];
  /** Behind the records, before compression. */
  readonly trailing?: Buffer;
  readonly codec?: CodecName;
  /** Behind the header, in place of everything else. */
  readonly payload?: Buffer;
  readonly baseOffset?: bigint;
  readonly count?: number;
  readonly lastOffsetDelta?: number;
  readonly attributes?: number;
  readonly baseTimestamp?: bigint;
  readonly maxTimestamp?: bigint;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

export const SOUND: readonly RawRecord[] = [{}, { offsetDelta: 1 }, { offsetDelta: 2 }];

export function rawBatch(raw: RawBatch = {}): Buffer {
  const { records = SOUND, codec = 'none', baseTimestamp = BigInt(Date.now()) } = raw;
  const plain = Buffer.concat([...records.map(recordBytes), raw.trailing ?? Buffer.alloc(0)]);
  const payload = raw.payload ?? compress(codec, plain);
  const bytes = Buffer.alloc(HEADER_BYTES + payload.length);
  payload.copy(bytes, HEADER_BYTES);
  bytes.writeInt32BE(bytes.length - LENGTH_PREFIX_BYTES, BATCH_LENGTH_AT);
  bytes.writeInt8(CURRENT_MAGIC, MAGIC_AT);
  const view = new BatchView(bytes, 0, bytes.length);
  view.baseOffset = raw.baseOffset ?? 0n;
  view.partitionLeaderEpoch = -1;
  view.attributes = raw.attributes ?? codecNumber(codec);
  view.lastOffsetDelta = raw.lastOffsetDelta ?? records.length - 1;
  view.baseTimestamp = baseTimestamp;
  view.maxTimestamp = raw.maxTimestamp ?? baseTimestamp;
  view.producerId = raw.producerId ?? -1n;
  view.producerEpoch = raw.producerEpoch ?? -1;
  view.baseSequence = raw.baseSequence ?? -1;
  view.recordCount = raw.count ?? records.length;
  view.crc = view.computeCrc();
  return bytes;
}

export function recordBytes(raw: RawRecord): Buffer {
  const headers = raw.headers ?? [];
  const body = Buffer.concat([
    Buffer.from([raw.attributes ?? 0]),
    varlong(raw.timestampDelta ?? 0n),
    varint(raw.offsetDelta ?? 0),
    field(raw.key ?? Buffer.from('k')),
    field(raw.value ?? Buffer.from('v')),
    varint(raw.headerCount ?? headers.length),
    ...headers.flatMap(([key, value]) => [field(key), field(value)]),
    raw.rest ?? Buffer.alloc(0),
  ]);
  return Buffer.concat([varint(raw.length ?? body.length), body]);
}

function field(content: Buffer | number): Buffer {
  return typeof content === 'number' ? varint(content) : Buffer.concat([varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(sizeOfVarint(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

function varlong(value: bigint): Buffer {
  const bytes = Buffer.alloc(sizeOfVarlong(value));
  writeVarlong(bytes, 0, value);
  return bytes;
}
