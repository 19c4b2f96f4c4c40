/**
 * Opens a partition's log after any kind of end: a stop, kill -9, or a power loss. Reads the youngest snapshot, then
 * every batch behind it, checksums included; the first batch that is not whole and sound ends the log, and what lies
 * behind is cut off. Serves docs/spec/broker.md §2.
 */
import { controlType, coordinatorEpochOf } from '../../protocol/records/control.js';
import { decodeBatch } from '../../protocol/records/decode.js';
import type { BatchView } from '../../protocol/records/header.js';
import { parsedOf, refuseDamaged } from './checked-text.js';
import { Damage } from './damage.js';
import { EpochHistory } from './epoch-history.js';
import { LOG_START_FILE, type Unsynced } from './log-files.js';
import { type LogSurroundings, PartitionLog } from './partition-log.js';
import { type AbortedTransaction, isExpired, ProducerStates } from './producer-states.js';
import { Segment } from './segment.js';
import { fileStem, SEGMENT_HEADER_BYTES } from './segment-header.js';
import { readSnapshot, removeSnapshots, type Snapshot } from './snapshot.js';

export interface OpenOptions {
  readonly leaderEpoch: number;
  readonly nowMs: number;
  readonly producerExpirationMs: number;
}

/** Creates the directory when it is missing. Throws the disk's error, or for a format this version cannot read. */
export function openLog(around: LogSurroundings, options: OpenOptions): PartitionLog {
  const { disk, directory } = around;
  disk.makeDirectory(directory);
  // What a crash left of a compaction or of a file that was to replace another.
  for (const name of disk.list(directory)) if (/\.(cleaned|new)$/.test(name)) disk.removeFile(`${directory}/${name}`);
  const checkpoint = readLogStart(around);
  const bases = segmentBases(around);
  const snapshot = usableSnapshot(around, bases, options);
  const recovered = new Recovery(around, snapshot, checkpoint);
  const segments: Segment[] = [];
  let sound = true;
  for (const base of bases) {
    const path = `${directory}/${fileStem(base)}.log`;
    if (!sound) {
      disk.removeFile(path);
      continue;
    }
    const segment = Segment.open(disk, directory, base);
    if (segment === undefined) {
      if (recovered.knows(base)) throw new Damage(`${path} has no header any more, and held records`);
      // It was begun and never written to.
      disk.removeFile(path);
      sound = false;
      continue;
    }
    if (segments.length > 0 && (recovered.end ?? base) < base) {
      // The disk kept a younger segment and lost the end of an older one: what lies behind the hole is not the log.
      segment.close();
      disk.removeFile(path);
      sound = false;
      continue;
    }
    segments.push(segment);
    sound = recovered.read(segment);
  }
  let logEndOffset = recovered.end ?? checkpoint;
  const firstBase = segments[0]?.baseOffset ?? logEndOffset;
  let logStartOffset = firstBase;
  if (checkpoint > firstBase) logStartOffset = checkpoint;
  if (logStartOffset > logEndOffset) {
    // What was deleted on request was lost as well: the log begins anew where readers were told that it begins.
    for (const segment of segments.splice(0)) {
      segment.close();
      disk.removeFile(segment.path);
    }
    removeSnapshots(disk, directory);
    logEndOffset = logStartOffset;
  }
  if (!sound) around.log.warn({ directory, logEndOffset: logEndOffset.toString() }, 'cut off a torn tail');
  const epochs = new EpochHistory(recovered.epochs.entries);
  epochs.truncateFromStart(logStartOffset);
  return new PartitionLog(around, options.leaderEpoch, {
    segments,
    producers: recovered.producers,
    aborted: recovered.aborted.filter((each) => each.lastOffset >= logStartOffset),
    epochs,
    logStartOffset,
    logEndOffset,
    unsynced: segments.flatMap((segment) => recovered.unsyncedOf(segment) ?? []),
  });
}

/** What is known after reading the log up to some place. */
class Recovery {
  readonly producers = new ProducerStates();
  readonly aborted: AbortedTransaction[];
  readonly epochs: EpochHistory;
  readonly #around: LogSurroundings;
  readonly #snapshot: Snapshot | undefined;
  readonly #logStart: bigint;
  #end: bigint | undefined;
  /** Its end was not whole or sound. */
  #cut: Segment | undefined;

  constructor(around: LogSurroundings, snapshot: Snapshot | undefined, logStart: bigint) {
    this.#around = around;
    this.#snapshot = snapshot;
    this.#logStart = logStart;
    this.aborted = [...(snapshot?.aborted ?? [])];
    this.epochs = new EpochHistory(snapshot?.epochs);
    this.#end = snapshot?.offset;
    // As Kafka: what was known at an offset that the log no longer reaches back to is not taken over.
    if (snapshot === undefined || snapshot.offset <= logStart) return;
    for (const state of snapshot.producers) this.producers.restore({ ...state, batches: [...state.batches] });
  }

  /** Behind the last batch that was read; undefined before anything was. */
  get end(): bigint | undefined {
    return this.#end;
  }

  /** A snapshot says that it held something. */
  knows(base: bigint): boolean {
    const known = this.#snapshot?.segments.find(({ baseOffset }) => baseOffset === base);
    return known !== undefined && known.end > SEGMENT_HEADER_BYTES;
  }

  /** A snapshot is written behind a sync: what it does not cover may not be on the disk yet, nor what was cut off be gone. */
  unsyncedOf(segment: Segment): Unsynced | undefined {
    const known = this.#snapshot?.segments.find((each) => each.baseOffset === segment.baseOffset);
    if (known === undefined) return { segment, from: 0 };
    return segment.end > known.end || segment === this.#cut ? { segment, from: known.end } : undefined;
  }

  /** False when the segment ended in a torn tail, which is then cut off. */
  read(segment: Segment): boolean {
    const known = this.#snapshot?.segments.find((each) => each.baseOffset === segment.baseOffset);
    const from = known?.end ?? SEGMENT_HEADER_BYTES;
    if (known) segment.maxTimestamp = known.maxTimestamp;
    // Retention may have removed everything between the snapshot and this segment.
    if (this.#end === undefined || this.#end < segment.baseOffset) this.#end = segment.baseOffset;
    let position = from;
    for (const placed of segment.batches(from)) {
      const { batch } = placed;
      if (batch.baseOffset < this.#end || batch.lastOffsetDelta < 0 || !batch.crcMatches()) break;
      this.#take(batch);
      segment.note(batch, placed.position);
      position = placed.position + batch.size;
    }
    if (position === segment.end) return true;
    this.#around.log.warn({ path: segment.path, position, end: segment.end }, 'torn tail');
    segment.truncate(position);
    this.#cut = segment;
    return false;
  }

  #take(batch: BatchView): void {
    this.epochs.begin(batch.partitionLeaderEpoch, batch.baseOffset);
    this.#end = batch.nextOffset;
    if (batch.producerId < 0n || batch.lastOffset < this.#logStart) return;
    const { producerId, producerEpoch: epoch, baseOffset, lastOffset, maxTimestamp } = batch;
    if (!batch.isControl) {
      const { baseSequence: firstSequence, lastSequence, isTransactional: transactional } = batch;
      const facts = {
        producerId,
        epoch,
        firstSequence,
        lastSequence,
        baseOffset,
        lastOffset,
        maxTimestamp,
        transactional,
      };
      this.producers.applyData(facts);
      return;
    }
    const record = decodeBatch(batch)[0];
    const type = controlType(record?.key ?? null);
    if (record === undefined || (type !== 'commit' && type !== 'abort')) return;
    const aborted = this.producers.applyMarker({
      producerId,
      epoch,
      coordinatorEpoch: coordinatorEpochOf(record.value),
      offset: baseOffset,
      timestamp: record.timestamp,
      commit: type === 'commit',
    });
    if (aborted) this.aborted.push(aborted);
  }
}

/** A snapshot counts only when the segments that it describes are there, as long as it says or longer. */
function usableSnapshot(around: LogSurroundings, bases: readonly bigint[], options: OpenOptions): Snapshot | undefined {
  const { disk, directory } = around;
  const snapshot = readSnapshot(disk, directory, 2n ** 63n - 1n);
  if (snapshot === undefined) return undefined;
  const there = new Set(bases);
  for (const { baseOffset, end } of snapshot.segments) {
    // Segments that retention removed since are no loss; the others must be whole.
    if (!there.has(baseOffset)) continue;
    const file = disk.open(`${directory}/${fileStem(baseOffset)}.log`);
    const size = file.size();
    file.close();
    if (size < end) {
      around.log.warn({ directory, baseOffset: baseOffset.toString() }, 'snapshot is ahead of the log; reading it all');
      removeSnapshots(disk, directory);
      return undefined;
    }
  }
  const producers = snapshot.producers.filter((each) => !isExpired(each, options.nowMs, options.producerExpirationMs));
  return { ...snapshot, producers };
}

function segmentBases(around: LogSurroundings): bigint[] {
  return around.disk
    .list(around.directory)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => BigInt(name.slice(0, 20)));
}

function readLogStart(around: LogSurroundings): bigint {
  const path = `${around.directory}/${LOG_START_FILE}`;
  if (!around.disk.exists(path)) return 0n;
  const bytes = around.disk.readFile(path);
  const parsed = parsedOf<{ readonly logStartOffset: string }>(bytes, path);
  if (parsed.format !== 1) throw new Error(`${path} has format ${parsed.format}; this version reads format 1`);
  refuseDamaged(bytes, path);
  return BigInt(parsed.logStartOffset);
}
