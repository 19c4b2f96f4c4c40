/**
 * An answer as it is compared: what a broker chooses by itself under its name, what it stamped by its clock as such, records
 * as the batches that they are. Everything else stands as it came, sentences included.
 */
import { decompress } from '../../src/protocol/compression/codec.js';
import { type BatchView, batchesIn, wholeBytes } from '../../src/protocol/records/header.js';
import type { Kind, Names } from './names.js';
import type { Step } from './operation.js';
import type { Outcome, Side } from './side.js';

export interface Reading {
  readonly names: Names;
  readonly port: number;
  /** When the seed began: nothing that we stamp as now is as late, and nothing that a broker stamps earlier. */
  readonly beganMs: bigint;
}

const KINDS: Readonly<Record<string, Kind>> = {
  producerId: 'producer',
  ongoingTxnProducerId: 'producer',
  topicId: 'topic',
  sessionId: 'session',
  memberId: 'member',
  leader: 'member',
};
/** What an entry of an array is about. */
const ABOUT = [
  'name',
  'topic',
  'topicId',
  'transactionalId',
  'groupId',
  'partitionIndex',
  'partition',
  'index',
  'producerId',
];
/** What we stamp as later is later by more than this. */
const RUN_MS = 600_000n;
const UNPACKED_MAX = 1 << 26;
const BROKER_TIME = '(time of the broker)';

export function comparedOutcome(step: Step, outcome: Outcome, reading: Reading): unknown {
  if (outcome.kind !== 'answer' && outcome.kind !== 'unsettled') return outcome;
  return { kind: outcome.kind, answer: compared(step.tidy(outcome.answer, reading.names), reading) };
}

export function readingOf(side: Side, beganMs: bigint): Reading {
  return { names: side.names, port: side.address.port, beganMs };
}

function compared(value: unknown, reading: Reading, field = ''): unknown {
  if (Array.isArray(value)) return inOrder(value.map((each) => compared(each, reading, field)));
  if (Buffer.isBuffer(value)) return field === 'records' ? comparedRecords(value, reading) : value.toString('hex');
  const kind = KINDS[field];
  if (kind !== undefined) return reading.names.nameOf(kind, value);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, compared(each, reading, name)]));
  }
  if (typeof value === 'bigint') return time(value, reading);
  if (typeof value === 'string')
    return field.endsWith('essage') ? sentence(value, reading) : reading.names.inText(value);
  if (field === 'port' && value === reading.port) return '(port of the broker)';
  return value;
}

/** With the bounds of timestamps that it names: they move with the broker's clock. */
function sentence(text: string, { names }: Reading): string {
  return names.inText(text).replaceAll(/within \[-?\d+, -?\d+\]/g, 'within [(then), (then)]');
}

/** Apache Kafka keeps much of what it answers in tables without an order: entries that say what they are about have none. */
function inOrder(entries: unknown[]): unknown[] {
  const keyed = entries.map((entry) => ({ entry, key: keyOf(entry) }));
  if (keyed.some(({ key }) => key === undefined)) return entries;
  keyed.sort((one, other) => compareKeys(one.key as string[], other.key as string[]));
  return joined(keyed.map(({ entry }) => entry));
}

/** What Fetch tells of one topic may stand in two places. */
function joined(entries: unknown[]): unknown[] {
  const result: unknown[] = [];
  for (const entry of entries) {
    const last = result[result.length - 1];
    if (!hasPartitions(entry) || !hasPartitions(last) || compareKeys(keyOf(entry) ?? [], keyOf(last) ?? []) !== 0) {
      result.push(entry);
      continue;
    }
    result[result.length - 1] = { ...last, partitions: inOrder([...last.partitions, ...entry.partitions]) };
  }
  return result;
}

function hasPartitions(entry: unknown): entry is { readonly partitions: unknown[] } {
  return typeof entry === 'object' && entry !== null && 'partitions' in entry && Array.isArray(entry.partitions);
}

function keyOf(entry: unknown): string[] | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const found = ABOUT.flatMap((field) => (field in entry ? [String(entry[field as never])] : []));
  return found.length === 0 ? undefined : found;
}

function compareKeys(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((key, i) => key !== other[i]);
  return at < 0 ? 0 : (one[at] as string) < (other[at] ?? '') ? -1 : 1;
}

function time(value: bigint, { beganMs }: Reading): unknown {
  return value >= beganMs && value < beganMs + RUN_MS ? BROKER_TIME : value;
}

function comparedRecords(bytes: Buffer, reading: Reading): unknown {
  const whole = wholeBytes(bytes);
  const batches = [...batchesIn(bytes)].map((entry) =>
    entry.kind === 'batch'
      ? comparedBatch(entry, reading)
      : { magic: entry.magic, bytes: bytesOf(entry).toString('hex') },
  );
  return { batches, rest: bytes.length - whole };
}

function bytesOf(entry: { readonly buffer: Buffer; readonly at: number; readonly size: number }): Buffer {
  return entry.buffer.subarray(entry.at, entry.at + entry.size);
}

/** Its records unpacked: brokers that pack anew do not do it with the same compressor. */
function comparedBatch(batch: BatchView, reading: Reading) {
  return {
    baseOffset: batch.baseOffset,
    leaderEpoch: batch.partitionLeaderEpoch,
    isSound: batch.crcMatches(),
    attributes: batch.attributes,
    lastOffsetDelta: batch.lastOffsetDelta,
    baseTimestamp: time(batch.baseTimestamp, reading),
    maxTimestamp: time(batch.maxTimestamp, reading),
    producerId: reading.names.nameOf('producer', batch.producerId),
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    recordCount: batch.recordCount,
    records: decompress(batch.codec, batch.records, UNPACKED_MAX).toString('hex'),
  };
}
