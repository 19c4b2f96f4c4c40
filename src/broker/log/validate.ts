/**
 * Is what a client sent one sound batch that this topic accepts? The checks and their order are Apache Kafka's, with
 * two differences named in docs/spec/broker.md §3: records inside the batch are decoded only where a rule needs them.
 * May rewrite the batch (LogAppendTime, another codec); the result is what goes into the log.
 */

import { codecName } from '../../protocol/compression/codec.js';
import { errorCode } from '../../protocol/errors.js';
import { FRAME_BYTES_MAX } from '../../protocol/frames.js';
import { DecodeError } from '../../protocol/reader.js';
import { decodeBatch, recordsOf } from '../../protocol/records/decode.js';
import { encodeBatch } from '../../protocol/records/encode.js';
import { type BatchView, batchAt, TIMESTAMP_TYPE_BIT } from '../../protocol/records/header.js';
import type { LogSettings } from '../config/topic-configs.js';

export interface Refusal {
  readonly kind: 'refused';
  readonly code: number;
  readonly message: string;
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly message: string }[];
}

const RECORD_ERRORS_SHOWN = 3;
/** Of one batch no more is unpacked than a request may have at all. */
const UNPACKED_BYTES_MAX = FRAME_BYTES_MAX;

/** `records` may be changed in place. */
export function validateProduced(
  records: Buffer | null,
  settings: LogSettings,
  nowMs: number,
): { readonly kind: 'sound'; readonly batch: BatchView } | Refusal {
  const one = singleBatch(records);
  if (one.kind === 'refused') return one;
  const { batch } = one;
  if (batch.baseOffset !== 0n) return invalid('The baseOffset of the record batch should be 0');
  if (batch.size > settings.batchBytesMax) {
    const text = `The record batch size is ${batch.size} bytes which exceeds the maximum configured value of ${settings.batchBytesMax}`;
    return { kind: 'refused', code: errorCode.MESSAGE_TOO_LARGE, message: text };
  }
  if (!batch.crcMatches()) return corrupt('Record is corrupt: its checksum does not match');
  const header = refusalOfHeader(batch);
  if (header) return header;
  try {
    const content = refusalOfContent(batch, settings, nowMs);
    if (content) return content;
    return { kind: 'sound', batch: rewritten(batch, settings, nowMs) };
  } catch (error) {
    if (error instanceof DecodeError) return corrupt(error.message);
    throw error;
  }
}

function singleBatch(records: Buffer | null): { readonly kind: 'one'; readonly batch: BatchView } | Refusal {
  if (records === null || records.length === 0) {
    return invalid('Produce requests must have exactly one record batch per partition');
  }
  try {
    const entry = batchAt(records, 0);
    if (entry === undefined) return corrupt('The record batch is longer than what was sent');
    if (entry.kind === 'foreign')
      return invalid('Produce requests are only allowed to contain record batches with magic version 2');
    if (entry.size !== records.length) {
      return invalid('Produce requests are only allowed to contain exactly one record batch per partition');
    }
    return { kind: 'one', batch: entry };
  } catch (error) {
    if (error instanceof DecodeError) return corrupt(error.message);
    throw error;
  }
}

function refusalOfHeader(batch: BatchView): Refusal | undefined {
  const count = batch.recordCount;
  if (count <= 0 || count !== batch.lastOffsetDelta + 1) {
    return invalid(`Inconsistency between number of offsets (${batch.lastOffsetDelta + 1}) and of records (${count})`);
  }
  if (batch.isControl) return invalid('Clients are not allowed to write control records');
  if (batch.producerId >= 0n && batch.baseSequence < 0) return invalid('The sequence number is not valid');
  if (codecName(batch.codec) === undefined) return invalid(`The codec ${batch.codec} is unknown`);
  return undefined;
}

function refusalOfContent(batch: BatchView, settings: LogSettings, nowMs: number): Refusal | undefined {
  const latest = BigInt(nowMs) + settings.timestampAfterMaxMs;
  const earliest = BigInt(nowMs) - settings.timestampBeforeMaxMs;
  const checksTime = !settings.logAppendTime && (batch.maxTimestamp > latest || earliest > 0n);
  if (!checksTime && !settings.compacts) return undefined;
  const late: { batchIndex: number; message: string }[] = [];
  const keyless: { batchIndex: number; message: string }[] = [];
  let batchIndex = -1;
  for (const record of recordsOf(batch, UNPACKED_BYTES_MAX)) {
    batchIndex++;
    const { timestamp } = record;
    if (settings.compacts && record.key === null) {
      keyless.push({ batchIndex, message: 'Compacted topic cannot accept message without key' });
    } else if (checksTime && timestamp >= 0n && (timestamp > latest || timestamp < earliest)) {
      const range = `[${earliest}, ${latest}]`;
      late.push({ batchIndex, message: `Timestamp ${timestamp} is out of range. It should be within ${range}` });
    }
  }
  if (keyless.length > 0) return recordsRefused(errorCode.INVALID_RECORD, keyless);
  if (late.length > 0) return recordsRefused(errorCode.INVALID_TIMESTAMP, late);
  return undefined;
}

function recordsRefused(code: number, recordErrors: { batchIndex: number; message: string }[]): Refusal {
  const message = `One or more records have been rejected due to ${recordErrors.length} record errors in total`;
  return { kind: 'refused', code, message, recordErrors: recordErrors.slice(0, RECORD_ERRORS_SHOWN) };
}

function rewritten(batch: BatchView, settings: LogSettings, nowMs: number): BatchView {
  let result = batch;
  const codec = codecName(batch.codec);
  if (settings.codec !== undefined && settings.codec !== codec) {
    const bytes = encodeBatch({
      records: decodeBatch(batch, UNPACKED_BYTES_MAX),
      codec: settings.codec,
      transactional: batch.isTransactional,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      baseTimestamp: batch.baseTimestamp,
      maxTimestamp: batch.maxTimestamp,
    });
    const entry = batchAt(bytes, 0);
    if (entry?.kind === 'batch') result = entry;
  }
  if (settings.logAppendTime) {
    result.attributes |= TIMESTAMP_TYPE_BIT;
    result.maxTimestamp = BigInt(nowMs);
    result.crc = result.computeCrc();
  } else if ((result.attributes & TIMESTAMP_TYPE_BIT) !== 0) {
    // A producer may not choose the broker's clock for itself.
    result.attributes &= ~TIMESTAMP_TYPE_BIT;
    result.crc = result.computeCrc();
  }
  return result;
}

function invalid(message: string): Refusal {
  return { kind: 'refused', code: errorCode.INVALID_RECORD, message };
}

function corrupt(message: string): Refusal {
  return { kind: 'refused', code: errorCode.CORRUPT_MESSAGE, message };
}
