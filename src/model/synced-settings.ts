/**
 * `topic.config.sync.include`: which settings of a source topic its mirror follows. Some always do, since they say what the
 * records are; some only where they are listed; all others are the destination's own.
 */
import { fail, ok, type Result } from '../base/result.js';

export const alwaysSynced: readonly string[] = [
  'cleanup.policy',
  'max.message.bytes',
  'message.timestamp.difference.max.ms',
  'message.timestamp.type',
];

/** What is synced unless the link says otherwise: what becomes of records, and how their log is cut into pieces. */
export const syncedByDefault: readonly string[] = [
  'compression.type',
  'delete.retention.ms',
  'max.compaction.lag.ms',
  'message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
  'retention.bytes',
  'retention.ms',
  'segment.bytes',
  'segment.jitter.ms',
  'segment.ms',
];

/** Published as possible, but matters of the cluster where the topic is: durability, disks, old clients. */
const syncedIfListed: readonly string[] = [
  'confluent.segment.speculative.prefetch.enable',
  'file.delete.delay.ms',
  'flush.messages',
  'flush.ms',
  'index.interval.bytes',
  'message.downconversion.enable',
  'min.insync.replicas',
  'preallocate',
  'segment.index.bytes',
  'unclean.leader.election.enable',
];

/** Every setting that follows with this list, in a fixed order. Fails with a sentence. */
export function parseSyncedSettings(text: string): Result<readonly string[], string> {
  const listed = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const possible = [...alwaysSynced, ...syncedByDefault, ...syncedIfListed];
  const strange = listed.find((name) => !possible.includes(name));
  if (strange !== undefined) return fail(`"${strange}" is no topic setting that can follow the source.`);
  return ok([...new Set([...alwaysSynced, ...listed])].sort());
}
