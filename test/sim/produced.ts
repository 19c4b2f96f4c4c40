/** Appends what a client sent, as the Produce handler does. */
import type { AppendOutcome, PartitionLog } from '../../src/broker/log/partition-log.js';
import { BatchView } from '../../src/protocol/records/header.js';

export function produced(log: PartitionLog, bytes: Buffer, nowMs: number): AppendOutcome {
  return log.appendProduced(new BatchView(bytes, 0, bytes.length), { nowMs, place: 't-0' });
}
