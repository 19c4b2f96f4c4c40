/** Record batches as brokers give them out, for tests of the byte path: at an offset, with a leader epoch. */
import type { CodecName } from '../../src/protocol/compression/codec.js';
import { endMarkerKey, endMarkerValue } from '../../src/protocol/records/control.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { BatchView } from '../../src/protocol/records/header.js';

export interface Batch {
  readonly at: bigint;
  readonly values?: readonly string[];
  readonly epoch?: number;
  readonly producerId?: bigint;
  readonly sequence?: number;
  readonly transactional?: boolean;
  readonly codec?: CodecName;
  readonly timestamp?: bigint;
  readonly logAppendTime?: boolean;
  /** Offsets within the batch that compaction left. */
  readonly deltas?: readonly number[];
}

export function dataBatch(given: Batch): Buffer {
  const values = given.values ?? ['value'];
  const timestamp = given.timestamp ?? 1_000n;
  const records = values.map((value, i) => ({
    offset: given.at + BigInt(given.deltas?.[i] ?? i),
    timestamp: timestamp + BigInt(i),
    key: Buffer.from(`key-${i}`),
    value: Buffer.from(value),
    headers: [{ key: 'h', value: Buffer.from(String(i)) }],
  }));
  return encodeBatch({
    records,
    baseOffset: given.at,
    partitionLeaderEpoch: given.epoch ?? 0,
    producerId: given.producerId ?? -1n,
    producerEpoch: given.producerId === undefined ? -1 : 0,
    baseSequence: given.sequence ?? (given.producerId === undefined ? -1 : 0),
    transactional: given.transactional ?? false,
    codec: given.codec ?? 'none',
    timestampType: given.logAppendTime ? 'LogAppendTime' : 'CreateTime',
  });
}

export interface Marker {
  readonly at: bigint;
  readonly type?: 'abort' | 'commit';
  readonly epoch?: number;
  readonly producerId: bigint;
  readonly producerEpoch?: number;
}

export function markerBatch(given: Marker): Buffer {
  return encodeBatch({
    records: [{ timestamp: 1_000n, key: endMarkerKey(given.type ?? 'abort'), value: endMarkerValue(0) }],
    baseOffset: given.at,
    partitionLeaderEpoch: given.epoch ?? 0,
    producerId: given.producerId,
    producerEpoch: given.producerEpoch ?? 0,
    transactional: true,
    control: true,
  });
}

export function viewOf(bytes: Buffer): BatchView {
  return new BatchView(bytes, 0, bytes.length);
}
