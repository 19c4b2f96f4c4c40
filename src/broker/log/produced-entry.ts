/**
 * What stands in the records of one partition of a Produce request: exactly one batch of magic 2. Looked at before anything
 * else is done for the request, as Apache Kafka does. Spec: docs/spec/broker.md 3.1.
 */
import { codecName, codecNumber } from '../../protocol/compression/codec.js';
import { errorCode } from '../../protocol/errors.js';
import {
  BATCH_LENGTH_AT,
  BatchView,
  CURRENT_MAGIC,
  LENGTH_PREFIX_BYTES,
  MAGIC_AT,
  PRODUCER_EPOCH_AT,
  RECORD_COUNT_AT,
} from '../../protocol/records/header.js';
import { type Refusal, refused } from './refusal.js';

/** What every entry has behind its length at least, in any format. */
const ENTRY_BYTES_MIN = 14;
/** Produce from this version on may carry zstd. */
const KNOWS_ZSTD = 7;

export type ProducedEntry =
  | { readonly kind: 'batch'; readonly batch: BatchView }
  /** What is known of it all the same: whether it would be of a transaction. */
  | (Refusal & { readonly isTransactional?: boolean })
  /** So wrong at its very begin that nothing else of the request is done either. */
  | { readonly kind: 'senseless'; readonly refusal: Refusal }
  /** Its header cannot be read as far as it must: nothing of the request is done where this goes to a partition that is there. */
  | { readonly kind: 'unreadable'; readonly isTransactional: boolean; readonly refusal: Refusal };

export function producedEntry(records: Buffer | null, version: number): ProducedEntry {
  if (records === null) return invalid('Produce requests must have records');
  const first = frontOf(records, 0);
  if (first.kind === 'refused') return { kind: 'senseless', refusal: first };
  if (first.kind === 'cut') {
    return invalid(`Produce requests with version ${version} must have at least one record batch per partition`);
  }
  const only = `Produce requests with version ${version} are only allowed to contain`;
  if (first.magic !== CURRENT_MAGIC) return invalid(`${only} record batches with magic version 2`);
  const batch = new BatchView(records, 0, first.size);
  if (version < KNOWS_ZSTD && codecName(batch.codec) === undefined) {
    return unreadable(batch, `The codec ${batch.codec} is unknown`);
  }
  if (version < KNOWS_ZSTD && batch.codec === codecNumber('zstd')) {
    const text = `Produce requests with version ${version} are not allowed to use ZStandard compression`;
    return { ...refused(errorCode.UNSUPPORTED_COMPRESSION_TYPE, text), isTransactional: batch.isTransactional };
  }
  const second = frontOf(records, first.size);
  if (second.kind === 'refused') return { ...second, isTransactional: batch.isTransactional };
  // What is only the begin of another one is passed over.
  if (second.kind === 'entry') {
    return { ...invalid(`${only} exactly one record batch per partition`), isTransactional: batch.isTransactional };
  }
  const isShort = batch.size < PRODUCER_EPOCH_AT || (isOfTransaction(batch) && batch.size < RECORD_COUNT_AT);
  if (isShort) return unreadable(batch, `A batch of ${batch.size} bytes is shorter than its header`);
  // One that ends a little later is found out when it is appended.
  return { kind: 'batch', batch };
}

function isOfTransaction(batch: BatchView): boolean {
  return batch.isTransactional && batch.producerId >= 0n;
}

function unreadable({ isTransactional }: BatchView, message: string): ProducedEntry {
  return { kind: 'unreadable', isTransactional, refusal: refused(errorCode.UNKNOWN_SERVER_ERROR, message) };
}

type Front =
  /** A whole one. */
  | { readonly kind: 'entry'; readonly magic: number; readonly size: number }
  /** Nothing, or too little. */
  | { readonly kind: 'cut' }
  | Refusal;

function frontOf(records: Buffer, at: number): Front {
  if (at + LENGTH_PREFIX_BYTES > records.length) return { kind: 'cut' };
  const length = records.readInt32BE(at + BATCH_LENGTH_AT);
  if (length < ENTRY_BYTES_MIN) {
    const text = `Record size ${length} is less than the minimum record overhead (${ENTRY_BYTES_MIN})`;
    return refused(errorCode.CORRUPT_MESSAGE, text);
  }
  if (at + MAGIC_AT >= records.length) return { kind: 'cut' };
  const magic = records.readInt8(at + MAGIC_AT);
  if (magic < 0 || magic > CURRENT_MAGIC) {
    return refused(errorCode.CORRUPT_MESSAGE, `Invalid magic found in record: ${magic}`);
  }
  const size = LENGTH_PREFIX_BYTES + length;
  return at + size <= records.length ? { kind: 'entry', magic, size } : { kind: 'cut' };
}

function invalid(message: string): Refusal {
  return refused(errorCode.INVALID_RECORD, message);
}
