/**
 * What a read_committed reader sees of a fetch answer: no transaction markers, nothing of aborted transactions, nothing
 * below the position (a batch may begin before it). Refuses (DecodeError) what is damaged or in a format
 * that no Kafka has yet.
 */

import { DecodeError } from '../protocol/reader.js';
import { AbortedProducers, type AbortedTransaction } from '../protocol/records/aborted.js';
import { decodeBatch } from '../protocol/records/decode.js';
import { batchesIn } from '../protocol/records/header.js';
import { decodeOldEntry } from '../protocol/records/old-format.js';
import type { BatchRecord } from '../protocol/records/record.js';

export interface Visible {
  readonly records: readonly BatchRecord[];
  /** Where to read on: behind the last whole batch, or `position` when there was none. */
  readonly next: bigint;
}

/** Keys and values are slices of `records` or of fresh buffers; whoever keeps them keeps the answer. */
export function visibleRecords(
  records: Buffer,
  position: bigint,
  abortedTransactions: readonly AbortedTransaction[],
): Visible {
  const aborted = new AbortedProducers(abortedTransactions);
  const visible: BatchRecord[] = [];
  let next = position;
  for (const batch of batchesIn(records)) {
    if (batch.kind === 'foreign') {
      if (batch.magic !== 0 && batch.magic !== 1) {
        throw new DecodeError(`offset ${batch.baseOffset} is in record format ${batch.magic}, which is not read here`);
      }
      for (const record of decodeOldEntry(batch)) {
        if (record.offset >= position) visible.push(record);
        if (record.offset >= next) next = record.offset + 1n;
      }
      continue;
    }
    if (!batch.crcMatches())
      throw new DecodeError(`the batch at offset ${batch.baseOffset} does not match its checksum`);
    if (batch.nextOffset > next) next = batch.nextOffset;
    if (aborted.pass(batch) || batch.nextOffset <= position) continue;
    for (const record of decodeBatch(batch)) if (record.offset >= position) visible.push(record);
  }
  return { records: visible, next };
}
