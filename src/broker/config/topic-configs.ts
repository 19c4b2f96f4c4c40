/**
 * The settings of a topic: names, defaults and broker synonyms are facts of Apache Kafka 4.3.0. `settingsOf` gives the
 * parsed form that the log works with. Settings without effect on a single broker are kept and shown, and listed in
 * docs/spec/broker.md §6.
 */
import { type ConfigDefinition, LONG_MAX, listOf } from './definition.js';
import { doubleOf } from './double.js';

const MIB = 1024 * 1024;
const long = LONG_MAX.toString();

export const topicConfigs: readonly ConfigDefinition[] = [
  {
    name: 'cleanup.policy',
    type: 'LIST',
    default: 'delete',
    oneOf: ['compact', 'delete'],
    brokerName: 'log.cleanup.policy',
  },
  { name: 'compression.gzip.level', type: 'INT', default: '-1', min: -1, max: 9, brokerName: 'compression.gzip.level' },
  { name: 'compression.lz4.level', type: 'INT', default: '9', min: 1, max: 17, brokerName: 'compression.lz4.level' },
  {
    name: 'compression.type',
    type: 'STRING',
    default: 'producer',
    oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    brokerName: 'compression.type',
  },
  {
    name: 'compression.zstd.level',
    type: 'INT',
    default: '3',
    min: -131072,
    max: 22,
    brokerName: 'compression.zstd.level',
  },
  {
    name: 'delete.retention.ms',
    type: 'LONG',
    default: '86400000',
    min: 0,
    brokerName: 'log.cleaner.delete.retention.ms',
  },
  { name: 'file.delete.delay.ms', type: 'LONG', default: '60000', min: 0, brokerName: 'log.segment.delete.delay.ms' },
  { name: 'flush.messages', type: 'LONG', default: long, min: 1, brokerName: 'log.flush.interval.messages' },
  { name: 'flush.ms', type: 'LONG', default: long, min: 0, brokerName: 'log.flush.interval.ms' },
  { name: 'follower.replication.throttled.replicas', type: 'LIST', default: '', ofReplicas: true },
  { name: 'index.interval.bytes', type: 'INT', default: '4096', min: 0, brokerName: 'log.index.interval.bytes' },
  { name: 'leader.replication.throttled.replicas', type: 'LIST', default: '', ofReplicas: true },
  { name: 'local.retention.bytes', type: 'LONG', default: '-2', min: -2, brokerName: 'log.local.retention.bytes' },
  { name: 'local.retention.ms', type: 'LONG', default: '-2', min: -2, brokerName: 'log.local.retention.ms' },
  {
    name: 'max.compaction.lag.ms',
    type: 'LONG',
    default: long,
    min: 1,
    brokerName: 'log.cleaner.max.compaction.lag.ms',
  },
  { name: 'max.message.bytes', type: 'INT', default: '1048588', min: 0, brokerName: 'message.max.bytes' },
  {
    name: 'message.timestamp.after.max.ms',
    type: 'LONG',
    default: '3600000',
    min: 0,
    brokerName: 'log.message.timestamp.after.max.ms',
  },
  {
    name: 'message.timestamp.before.max.ms',
    type: 'LONG',
    default: long,
    min: 0,
    brokerName: 'log.message.timestamp.before.max.ms',
  },
  {
    name: 'message.timestamp.type',
    type: 'STRING',
    default: 'CreateTime',
    oneOf: ['CreateTime', 'LogAppendTime'],
    brokerName: 'log.message.timestamp.type',
  },
  {
    name: 'min.cleanable.dirty.ratio',
    type: 'DOUBLE',
    default: '0.5',
    min: 0,
    max: 1,
    brokerName: 'log.cleaner.min.cleanable.ratio',
  },
  {
    name: 'min.compaction.lag.ms',
    type: 'LONG',
    default: '0',
    min: 0,
    brokerName: 'log.cleaner.min.compaction.lag.ms',
  },
  { name: 'min.insync.replicas', type: 'INT', default: '1', min: 1, brokerName: 'min.insync.replicas' },
  { name: 'preallocate', type: 'BOOLEAN', default: 'false', brokerName: 'log.preallocate' },
  { name: 'remote.log.copy.disable', type: 'BOOLEAN', default: 'false' },
  { name: 'remote.log.delete.on.disable', type: 'BOOLEAN', default: 'false' },
  { name: 'remote.storage.enable', type: 'BOOLEAN', default: 'false' },
  { name: 'retention.bytes', type: 'LONG', default: '-1', brokerName: 'log.retention.bytes' },
  { name: 'retention.ms', type: 'LONG', default: '604800000', min: -1, brokerName: 'log.retention.ms' },
  { name: 'segment.bytes', type: 'INT', default: '1073741824', min: MIB, brokerName: 'log.segment.bytes' },
  { name: 'segment.index.bytes', type: 'INT', default: '10485760', min: 4, brokerName: 'log.index.size.max.bytes' },
  { name: 'segment.jitter.ms', type: 'LONG', default: '0', min: 0, brokerName: 'log.roll.jitter.ms' },
  { name: 'segment.ms', type: 'LONG', default: '604800000', min: 1, brokerName: 'log.roll.ms' },
  {
    name: 'unclean.leader.election.enable',
    type: 'BOOLEAN',
    default: 'false',
    brokerName: 'unclean.leader.election.enable',
  },
];

/** The settings that change what the log does, parsed. */
export interface LogSettings {
  readonly deletes: boolean;
  readonly compacts: boolean;
  /** Undefined: batches keep the producer's codec. */
  readonly codec: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined;
  readonly batchBytesMax: number;
  readonly logAppendTime: boolean;
  readonly timestampBeforeMaxMs: bigint;
  readonly timestampAfterMaxMs: bigint;
  /** −1: endless. */
  readonly retentionMs: bigint;
  readonly retentionBytes: bigint;
  readonly segmentBytes: number;
  readonly segmentMs: bigint;
  readonly flushMessages: bigint;
  readonly deleteRetentionMs: bigint;
  readonly dirtyRatioMin: number;
  /** Before that long nothing is compacted, and after it whatever the ratio. */
  readonly compactionLagMinMs: bigint;
  readonly compactionLagMaxMs: bigint;
}

/** `value` gives the value in force of each topic setting. */
export function settingsOf(value: (name: string) => string): LogSettings {
  const policies = listOf(value('cleanup.policy'));
  const compression = value('compression.type');
  const compacts = policies.includes('compact');
  const compactionLagMaxMs = BigInt(value('max.compaction.lag.ms'));
  const segmentMs = BigInt(value('segment.ms'));
  return {
    deletes: policies.includes('delete'),
    compacts,
    codec: compression === 'producer' ? undefined : codecOf(compression),
    batchBytesMax: Number(value('max.message.bytes')),
    logAppendTime: value('message.timestamp.type') === 'LogAppendTime',
    timestampBeforeMaxMs: BigInt(value('message.timestamp.before.max.ms')),
    timestampAfterMaxMs: BigInt(value('message.timestamp.after.max.ms')),
    retentionMs: BigInt(value('retention.ms')),
    retentionBytes: BigInt(value('retention.bytes')),
    segmentBytes: Number(value('segment.bytes')),
    // What is to be compacted in time has to be closed by then.
    segmentMs: compacts && compactionLagMaxMs < segmentMs ? compactionLagMaxMs : segmentMs,
    flushMessages: BigInt(value('flush.messages')),
    deleteRetentionMs: BigInt(value('delete.retention.ms')),
    dirtyRatioMin: doubleOf(value('min.cleanable.dirty.ratio')) ?? Number.NaN,
    compactionLagMinMs: BigInt(value('min.compaction.lag.ms')),
    compactionLagMaxMs,
  };
}

/** Why the settings of a topic do not go together, or undefined. `value` as above. */
export function conflictIn(value: (name: string) => string): string | undefined {
  const [min, max] = ['min.compaction.lag.ms', 'max.compaction.lag.ms'].map((name) => BigInt(value(name)));
  if (min === undefined || max === undefined || min <= max) return undefined;
  return `conflict topic config setting min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max})`;
}

function codecOf(compression: string): NonNullable<LogSettings['codec']> {
  if (compression === 'gzip' || compression === 'snappy' || compression === 'lz4' || compression === 'zstd') {
    return compression;
  }
  return 'none';
}
