/**
 * Batch → records. Refuses (DecodeError) a batch whose records do not end exactly where the batch does, or whose
 * count is wrong; the checksum is the caller's business (`BatchView.crcMatches`).
 *
 * ```
 * record: length varint | attributes int8 | timestamp delta varlong | offset delta varint
 *       | key length varint, key | value length varint, value | header count varint
 *       | { key length varint, key utf-8 | value length varint, value }…
 * ```
 */
import { DECOMPRESSED_BYTES_MAX, decompress } from '../compression/codec.js';
import { DecodeError } from '../reader.js';
import type { BatchView } from './header.js';
import type { BatchRecord, RecordHeader } from './record.js';
import { VarintReader } from './varint.js';

/** More are not read: a kilobyte can become so many that they fill the memory, and no producer's buffer holds as many. */
export const RECORDS_MAX = 1 << 21;

/** All at once. Keys and values are slices: of the batch itself without compression, of a fresh buffer otherwise. */
export function decodeBatch(batch: BatchView, decompressedBytesMax = DECOMPRESSED_BYTES_MAX): BatchRecord[] {
  return [...recordsOf(batch, decompressedBytesMax)];
}

/** One after the other, for who need not keep them. What is wrong with a batch may show behind some of its records only. */
export function* recordsOf(
  batch: BatchView,
  decompressedBytesMax = DECOMPRESSED_BYTES_MAX,
): Generator<BatchRecord, void, undefined> {
  const count = batch.recordCount;
  if (count < 0) throw new DecodeError(`a batch claims ${count} records`);
  if (count > RECORDS_MAX) throw new DecodeError(`a batch claims ${count} records; at most ${RECORDS_MAX} are read`);
  const bytes = count === 0 ? batch.records : decompress(batch.codec, batch.records, decompressedBytesMax);
  // The smallest record takes seven bytes: a lying count is found before anything is allocated for it.
  if (count * 7 > bytes.length) throw new DecodeError(`a batch claims ${count} records in ${bytes.length} bytes`);
  const reader = new VarintReader(bytes);
  const base = batch.baseOffset;
  const baseTimestamp = batch.baseTimestamp;
  const appendTime = batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : undefined;
  for (let i = 0; i < count; i++) {
    const length = reader.varint();
    const end = reader.at + length;
    if (length < 0 || end > bytes.length) throw new DecodeError(`a record claims ${length} bytes`);
    reader.int8();
    const timestamp = baseTimestamp + reader.varlong();
    const offset = base + BigInt(reader.varint());
    const key = reader.slice();
    const value = reader.slice();
    const headers = decodeHeaders(reader);
    if (reader.at !== end) throw new DecodeError(`the record at offset ${offset} does not fill its ${length} bytes`);
    yield { offset, timestamp: appendTime ?? timestamp, key, value, headers };
  }
  if (count > 0 && reader.at !== bytes.length) throw new DecodeError('bytes are left behind the last record');
}

const NO_HEADERS: readonly RecordHeader[] = [];

function decodeHeaders(reader: VarintReader): readonly RecordHeader[] {
  const count = reader.varint();
  if (count === 0) return NO_HEADERS;
  if (count < 0 || count > reader.bytes.length) throw new DecodeError(`a record claims ${count} headers`);
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    const key = reader.slice();
    if (key === null) throw new DecodeError('a record header has no key');
    headers.push({ key: key.toString('utf8'), value: reader.slice() });
  }
  return headers;
}
