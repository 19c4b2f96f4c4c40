/** Deletes what is too old or too much, segment by segment from the oldest on, where `cleanup.policy` has `delete`. */
import type { PartitionLog } from './partition-log.js';

export function applyRetention(log: PartitionLog, nowMs: number): void {
  if (log.isOffline) return;
  const { deletes, retentionMs, retentionBytes } = log.settings;
  if (!deletes) return;
  for (;;) {
    const [oldest, next] = log.segments;
    if (oldest === undefined || oldest.isEmpty) return;
    const tooOld = retentionMs >= 0n && oldest.maxTimestamp >= 0n && BigInt(nowMs) - oldest.maxTimestamp > retentionMs;
    // By size only whole closed segments go, and only while what remains still fills the limit.
    const tooMuch =
      retentionBytes >= 0n && next !== undefined && BigInt(log.bytes - oldest.batchBytes) >= retentionBytes;
    if (!tooOld && !tooMuch) return;
    log.deleteOldestSegment();
  }
}
