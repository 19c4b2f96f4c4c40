/**
 * Compaction, simply: each closed segment is written anew without the records that a later one replaces, under the same
 * name, so that a crash leaves the old file or the new one. Offsets never change. The last batch of a segment and of a
 * producer stays, emptied if need be; markers stay; aborted data goes. A tombstone stays for a time that begins when it is
 * first met (KIP-534), since from then on the older values are gone. Nothing at or above the last stable offset is touched,
 * nor what is younger than it may be compacted. Works in slices, so that the broker goes on answering. Serves docs/spec/broker.md §4.
 */
import { type Clock, sleep } from '../../base/clock.js';
import type { Disk } from '../../base/disk.js';
import { codecName } from '../../protocol/compression/codec.js';
import { DecodeError } from '../../protocol/reader.js';
import { decodeBatch } from '../../protocol/records/decode.js';
import { encodeBatch } from '../../protocol/records/encode.js';
import { type BatchView, batchAt } from '../../protocol/records/header.js';
import type { BatchRecord } from '../../protocol/records/record.js';
import type { PartitionLog } from './partition-log.js';
import { Segment } from './segment.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import { takeAway } from './snapshot.js';

const SLICE_MS = 10;
/** A log with more keys than this is left as it is: the broker is small, and says so. */
const KEYS_MAX = 1_000_000;
const SUFFIX = '.cleaned';

export interface CompactionTools {
  readonly clock: Clock;
  readonly disk: Disk;
}

/**
 * True when something was rewritten. Gives up quietly when the log is closed or its topic deleted meanwhile. Rejects with the
 * disk's error, or with `Damage`: what is not sound is left as it is, and so is all else of that log.
 */
export async function compact(log: PartitionLog, tools: CompactionTools): Promise<boolean> {
  const nowMs = BigInt(tools.clock.nowMs());
  const cleanable = cleanableOf(log, nowMs);
  const dirty = cleanable.filter((segment) => !segment.isCleaned);
  const bytes = cleanable.reduce((sum, segment) => sum + segment.batchBytes, 0);
  const dirtyBytes = dirty.reduce((sum, segment) => sum + segment.batchBytes, 0);
  if (dirtyBytes === 0) return false;
  const { dirtyRatioMin, compactionLagMaxMs } = log.settings;
  const isDue = dirty.some(({ firstTimestamp }) => isOver(firstTimestamp, nowMs - compactionLagMaxMs));
  // A ratio that is no number is reached by nobody.
  const isDirty = dirtyBytes / bytes > dirtyRatioMin;
  if (!isDirty && !isDue) return false;
  const slices = new Slices(tools.clock);
  const latest = await latestOffsets(log, cleanable, slices);
  if (latest === undefined) return false;
  let changed = false;
  for (const segment of cleanable) {
    const cleaned = await cleanSegment(log, segment, { latest, slices, tools });
    if (log.isOffline || !log.segments.includes(segment)) {
      cleaned?.discard();
      return changed;
    }
    if (cleaned) {
      if (await cleaned.replace()) changed = true;
    } else {
      segment.isCleaned = true;
    }
  }
  // The snapshots described files that are no more.
  if (changed) await log.remember();
  return changed;
}

/** The oldest closed segments: all that nobody can still be reading a transaction in, up to the first that is too young. */
function cleanableOf(log: PartitionLog, nowMs: bigint): Segment[] {
  const { segments, lastStableOffset, settings } = log;
  const lagMs = settings.compactionLagMinMs;
  const isYoung = (segment: Segment) => lagMs > 0n && !segment.isCleaned && segment.maxTimestamp > nowMs - lagMs;
  const end = segments.findIndex((segment, index) => {
    const next = segments[index + 1];
    return next === undefined || next.baseOffset > lastStableOffset || isYoung(segment);
  });
  return segments.slice(0, Math.max(0, end));
}

function isOver(timestamp: bigint | undefined, untilMs: bigint): boolean {
  return timestamp !== undefined && timestamp > 0n && timestamp < untilMs;
}

/** Lets others work between slices. */
class Slices {
  readonly #clock: Clock;
  #began: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.monotonicMs();
  }

  async pause(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#began < SLICE_MS) return;
    await sleep(this.#clock, 1);
    this.#began = this.#clock.monotonicMs();
  }
}

/** For each key the offset of its last record, among the segments to be cleaned. Undefined: too many keys. */
async function latestOffsets(
  log: PartitionLog,
  segments: readonly Segment[],
  slices: Slices,
): Promise<Map<string, bigint> | undefined> {
  const latest = new Map<string, bigint>();
  for (const segment of segments) {
    for (const { batch } of segment.soundBatches(SEGMENT_HEADER_BYTES)) {
      if (log.isOffline) return undefined;
      if (batch.isControl || isAborted(log, batch)) continue;
      for (const { key, offset } of recordsIn(batch) ?? []) {
        if (key !== null) latest.set(key.toString('latin1'), offset);
      }
      if (latest.size > KEYS_MAX) return undefined;
      await slices.pause();
    }
  }
  return latest;
}

interface Cleaned {
  /** False when the segment is not part of the log any more. */
  replace(): Promise<boolean>;
  discard(): void;
}

/** Undefined when every batch stays as it is. */
async function cleanSegment(
  log: PartitionLog,
  segment: Segment,
  how: {
    readonly latest: ReadonlyMap<string, bigint>;
    readonly slices: Slices;
    readonly tools: CompactionTools;
  },
): Promise<Cleaned | undefined> {
  const { latest, slices, tools } = how;
  const chunks: Buffer[] = [];
  let changed = false;
  const nowMs = BigInt(tools.clock.nowMs());
  for (const { batch, position } of segment.soundBatches(SEGMENT_HEADER_BYTES)) {
    if (log.isOffline) return undefined;
    const isLast = position + batch.size >= segment.end;
    const kept = keptOf(log, batch, (record) => {
      if (record.key === null || latest.get(record.key.toString('latin1')) !== record.offset) return false;
      return record.value !== null || !batch.hasDeleteHorizon || batch.baseTimestamp > nowMs;
    });
    if (kept !== 'all') changed = true;
    if (kept === 'all') chunks.push(Buffer.from(batch.bytes));
    else if (kept.length > 0 || isLast || isLastOfProducer(log, batch)) {
      const isMet = batch.hasDeleteHorizon || !kept.some(isTombstone);
      chunks.push(rewritten(batch, kept, isMet ? undefined : nowMs + log.settings.deleteRetentionMs));
    }
    await slices.pause();
  }
  if (!changed) return undefined;
  return writeAside(log, segment, { chunks, slices, disk: tools.disk });
}

/** The file beside `segment` is there as a whole and on the disk, or not at all. */
async function writeAside(
  log: PartitionLog,
  segment: Segment,
  how: { readonly chunks: readonly Buffer[]; readonly slices: Slices; readonly disk: Disk },
): Promise<Cleaned> {
  const { chunks, slices, disk } = how;
  let fresh: Segment | undefined;
  const discard = () => {
    fresh?.close();
    takeAway(disk, segment.path + SUFFIX);
  };
  try {
    const aside = Segment.createAside(disk, segment, SUFFIX);
    fresh = aside;
    for (const chunk of chunks) {
      const batch = batchAt(chunk, 0);
      if (batch?.kind === 'batch') aside.append(batch);
      await slices.pause();
    }
    await aside.sync();
    return { discard, replace: () => replaceBy(aside) };
  } catch (error) {
    discard();
    throw error;
  }

  async function replaceBy(aside: Segment): Promise<boolean> {
    try {
      return await log.replaceSegment(segment, aside);
    } finally {
      // It may have taken its place, and the disk failed behind that.
      if (!log.segments.includes(aside)) discard();
    }
  }
}

function keptOf(
  log: PartitionLog,
  batch: BatchView,
  keeps: (record: BatchRecord) => boolean,
): readonly BatchRecord[] | 'all' {
  if (batch.isControl || batch.recordCount === 0) return 'all';
  if (isAborted(log, batch)) return [];
  const records = recordsIn(batch);
  const kept = records?.filter(keeps);
  if (kept === undefined) return 'all';
  // The time of a tombstone begins now, also where nothing goes.
  const begins = !batch.hasDeleteHorizon && kept.some(isTombstone);
  return kept.length === records?.length && !begins ? 'all' : kept;
}

/** Undefined where they cannot be read or have offsets that do not rise: such a batch (3.7) stays as it is. */
function recordsIn(batch: BatchView): BatchRecord[] | undefined {
  try {
    const records = decodeBatch(batch);
    let next = batch.baseOffset;
    for (const { offset } of records) {
      if (offset < next || offset > batch.lastOffset) return undefined;
      next = offset + 1n;
    }
    return records;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function isTombstone({ value }: BatchRecord): boolean {
  return value === null;
}

/** `horizonMs`: when its tombstones may go; undefined: as before. It stands where the first timestamp is (KIP-534). */
function rewritten(batch: BatchView, records: readonly BatchRecord[], horizonMs: bigint | undefined): Buffer {
  return encodeBatch({
    records,
    baseOffset: batch.baseOffset,
    lastOffsetDelta: batch.lastOffsetDelta,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    codec: codecName(batch.codec) ?? 'none',
    timestampType: batch.timestampType,
    transactional: batch.isTransactional,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    baseTimestamp: horizonMs ?? batch.baseTimestamp,
    deleteHorizon: horizonMs !== undefined || batch.hasDeleteHorizon,
    maxTimestamp: batch.maxTimestamp,
  });
}

function isAborted(log: PartitionLog, batch: BatchView): boolean {
  if (!batch.isTransactional) return false;
  const { producerId, baseOffset } = batch;
  return log
    .abortedBetween(baseOffset, baseOffset + 1n)
    .some((each) => each.producerId === producerId && each.firstOffset <= baseOffset && baseOffset < each.lastOffset);
}

/** Its sequence must be found in the log again, should the snapshots be lost. */
function isLastOfProducer(log: PartitionLog, batch: BatchView): boolean {
  const state = log.producers.get(batch.producerId);
  return state?.batches[state.batches.length - 1]?.lastOffset === batch.lastOffset;
}
