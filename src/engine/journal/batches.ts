/** Cuts what is to be written into batches that every broker takes; a record that is larger goes alone. */
import type { RecordToEncode } from '../../protocol/records/encode.js';

/** Kafka's default for the largest batch is 1 MiB; a header and the records' own few bytes must fit as well. */
const BATCH_BYTES_MAX = 900_000;
const RECORD_OVERHEAD_BYTES = 32;

export interface KeyedValue {
  /** Null: only where nothing is ever looked up by key. */
  readonly key: string | null;
  /** Null forgets the key. */
  readonly value: string | null;
}

export function toBatches(values: readonly KeyedValue[], timestampMs: number): RecordToEncode[][] {
  const batches: RecordToEncode[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { key, value } of values) {
    const record = { timestamp: BigInt(timestampMs), key: bytesOf(key), value: bytesOf(value) };
    const size = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
    if (bytes + size > BATCH_BYTES_MAX) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(record);
    bytes += size;
  }
  return batches;
}

function bytesOf(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'utf8');
}
