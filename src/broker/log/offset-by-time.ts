/**
 * ListOffsets by time: the first record at or after a timestamp, and the record with the highest one. Control records
 * count like any other (E13). Reads and, where it must, unpacks batches. Throws `Damage`, or the disk's error.
 */
import { recordsOf } from '../../protocol/records/decode.js';
import type { PartitionLog } from './partition-log.js';

/** Of records that have none: where all are like that, it is the highest. */
const NO_TIMESTAMP = -1n;

export interface FoundOffset {
  readonly offset: bigint;
  readonly timestamp: bigint;
  readonly leaderEpoch: number;
}

export function firstAtOrAfter(log: PartitionLog, timestamp: bigint): FoundOffset | undefined {
  const from = log.logStartOffset;
  for (const segment of log.segments) {
    const position = segment.positionByTime(timestamp);
    if (position === undefined) continue;
    for (const { batch } of segment.soundBatches(position)) {
      if (batch.maxTimestamp < timestamp || batch.lastOffset < from) continue;
      for (const record of recordsOf(batch)) {
        if (record.timestamp < timestamp || record.offset < from) continue;
        return { offset: record.offset, timestamp: record.timestamp, leaderEpoch: batch.partitionLeaderEpoch };
      }
    }
  }
  return undefined;
}

/**
 * The first of the records that carry the highest timestamp, as in Kafka below the log start too as long as it is there. A header
 * can name a timestamp that no record has, where a producer said that the broker stamped it: then there is none.
 */
export function withHighestTimestamp(log: PartitionLog): FoundOffset | undefined {
  let [highest, first] = [NO_TIMESTAMP, log.segments[0]];
  for (const segment of log.segments) {
    if (segment.maxTimestamp > highest) [highest, first] = [segment.maxTimestamp, segment];
  }
  const position = first?.positionByTime(highest);
  if (first === undefined || position === undefined) return undefined;
  for (const { batch } of first.batches(position)) {
    if (batch.maxTimestamp !== highest) continue;
    for (const { timestamp, offset } of recordsOf(batch)) {
      if (timestamp === highest) return { offset, timestamp, leaderEpoch: batch.partitionLeaderEpoch };
    }
    return undefined;
  }
  return undefined;
}
