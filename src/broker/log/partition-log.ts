/**
 * The log of one partition: what is appended, and what is remembered of producers, aborted transactions and leader epochs.
 * Appends and reads are synchronous; `flushed` waits for the disk. Files are `log-files.ts`'s, the high watermark
 * `durable-end.ts`'s, opening and recovery in `open-log.ts`, time lookups in `offset-by-time.ts`, deletion in `retention.ts`.
 * Serves docs/spec/broker.md §2 and §3.
 */
import type { Log } from '../../base/log.js';
import { errorCode } from '../../protocol/errors.js';
import { type BatchToEncode, encodeBatch } from '../../protocol/records/encode.js';
import { BatchView, batchesIn } from '../../protocol/records/header.js';
import type { LogSettings } from '../config/topic-configs.js';
import { AbortedIndex } from './aborted-index.js';
import { DurableEnd } from './durable-end.js';
import type { EpochHistory } from './epoch-history.js';
import { LogFiles, type LogFilesOptions, type Unsynced } from './log-files.js';
import { type MarkerToAppend, markerBatch } from './marker-batch.js';
import type { AbortedTransaction, ProducerStates } from './producer-states.js';
import { type ReadOptions, readBatches } from './read-batches.js';
import type { Refusal } from './refusal.js';
import type { Segment } from './segment.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import { refusalOfSize, validateProduced } from './validate.js';

/** How much of a log may be left to read for each producer that a snapshot would have to describe. */
const PRODUCER_COST_BYTES = 4096;

export interface LogSurroundings extends LogFilesOptions {
  /** Asked at each use: settings change while the log is open. */
  readonly settings: () => LogSettings;
}

export type AppendOutcome =
  | {
      readonly kind: 'appended' | 'duplicate';
      readonly baseOffset: bigint;
      readonly lastOffset: bigint;
      /** −1 with CreateTime. */
      readonly logAppendTimeMs: bigint;
    }
  | Refusal;

/** What `open-log.ts` found on the disk. */
export interface LogContents {
  readonly segments: Segment[];
  readonly producers: ProducerStates;
  readonly aborted: AbortedTransaction[];
  readonly epochs: EpochHistory;
  readonly logStartOffset: bigint;
  readonly logEndOffset: bigint;
  /** Synced before anything else. */
  readonly unsynced: readonly Unsynced[];
}

export class PartitionLog {
  readonly directory: string;
  readonly leaderEpoch: number;
  readonly producers: ProducerStates;
  readonly epochs: EpochHistory;
  readonly #log: Log;
  readonly #settings: () => LogSettings;
  readonly #files: LogFiles;
  readonly #aborted: AbortedIndex;
  #logStart: bigint;
  #firstBatch: { readonly start: bigint; readonly begin: bigint } | undefined;
  #logEnd: bigint;
  readonly #ends: DurableEnd;
  #closed = false;
  /** Why the last read failed; undefined: it did not. */
  #unreadable: string | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(around: LogSurroundings, leaderEpoch: number, contents: LogContents) {
    this.#log = around.log;
    this.#settings = around.settings;
    this.directory = around.directory;
    this.leaderEpoch = leaderEpoch;
    this.producers = contents.producers;
    this.epochs = contents.epochs;
    this.#aborted = new AbortedIndex(contents.aborted);
    this.#logStart = contents.logStartOffset;
    this.#logEnd = contents.logEndOffset;
    this.#files = new LogFiles(around, contents.segments, {
      logEnd: contents.logEndOffset,
      logStart: () => this.#logStart,
      remembered: () => ({
        offset: this.#logEnd,
        producers: [...this.producers.all].map((each) => ({ ...each, batches: [...each.batches] })),
        aborted: [...this.#aborted.entries],
        epochs: this.epochs.entries,
      }),
    });
    this.epochs.begin(leaderEpoch, this.#logEnd);
    this.#ends = new DurableEnd({
      files: this.#files,
      logStart: this.#logStart,
      logEnd: () => this.#logEnd,
      flushMessages: () => this.settings.flushMessages,
      unsynced: contents.unsynced,
      moved: () => this.#wakeWatchers(),
    });
  }

  get logStartOffset(): bigint {
    return this.#logStart;
  }

  get logEndOffset(): bigint {
    return this.#logEnd;
  }

  get highWatermark(): bigint {
    return this.#ends.highWatermark;
  }

  get lastStableOffset(): bigint {
    const open = this.producers.firstOpenOffset;
    if (open === undefined || open > this.highWatermark) return this.highWatermark;
    // Records were deleted that an open transaction had begun with: what is left of a batch is not to be read either.
    if (open < this.#logStart) return this.#beginOfFirstBatch();
    return open;
  }

  /** Where the batch begins that holds the log start: before it where DeleteRecords went into a batch. */
  #beginOfFirstBatch(): bigint {
    const start = this.#logStart;
    if (this.#firstBatch?.start !== start) {
      const [first] = batchesIn(this.read(start, { bytesMax: 0, atLeastOne: true, upTo: this.#logEnd }));
      this.#firstBatch = { start, begin: first !== undefined && first.baseOffset < start ? first.baseOffset : start };
    }
    return this.#firstBatch.begin;
  }

  get segments(): readonly Segment[] {
    return this.#files.segments;
  }

  get settings(): LogSettings {
    return this.#settings();
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.batchBytes, 0);
  }

  /** True once the disk failed: nothing is appended or read any more until the broker starts again. */
  get isOffline(): boolean {
    return this.#files.hasFailed || this.#closed;
  }

  /** A batch as a client sent it, whose bytes may be changed in place and are not kept. */
  appendProduced(sent: BatchView, asked: { readonly nowMs: number; readonly place: string }): AppendOutcome {
    if (this.isOffline) return this.#offline();
    const { settings } = this;
    const { nowMs, place } = asked;
    const checked = validateProduced(sent, { settings, nowMs, place });
    if (checked.kind === 'refused') return checked;
    const { batch } = checked;
    if (batch.size > settings.segmentBytes) {
      const message = `The batch of ${batch.size} bytes exceeds the segment size of ${settings.segmentBytes}`;
      return { kind: 'refused', code: errorCode.RECORD_LIST_TOO_LARGE, message };
    }
    const logAppendTimeMs = settings.logAppendTime ? BigInt(nowMs) : -1n;
    return this.#append(batch, { nowMs, logAppendTimeMs });
  }

  /** The broker's own records (group offsets, transaction states): not validated, but numbered and remembered alike. */
  appendOwn(batch: BatchToEncode, nowMs: number): AppendOutcome {
    if (this.isOffline) return this.#offline();
    return this.#append(viewOf(encodeBatch(batch)), { nowMs, logAppendTimeMs: -1n });
  }

  appendMarker(marker: MarkerToAppend, nowMs: number): AppendOutcome {
    if (this.isOffline) return this.#offline();
    const timestamp = BigInt(nowMs);
    const type = this.settings.logAppendTime ? 'LogAppendTime' : 'CreateTime';
    const batch = viewOf(encodeBatch(markerBatch(marker, timestamp, type)));
    const large = marker.isFromOutside ? refusalOfSize(batch, this.settings) : undefined;
    if (large) return large;
    const verdict = this.producers.judgeMarker(marker);
    if (verdict.kind === 'refused') return verdict;
    const offset = this.#logEnd;
    const failed = this.#write(batch, nowMs);
    if (failed) return failed;
    const aborted = this.producers.applyMarker({ ...marker, offset, timestamp });
    if (aborted) this.#aborted.add(aborted);
    this.#ends.appended();
    return { kind: 'appended', baseOffset: offset, lastOffset: offset, logAppendTimeMs: -1n };
  }

  /**
   * Whole batches from the one that holds `offset` on. Offsets outside the log are the caller's to check. Throws the disk's error,
   * or `Damage`.
   */
  read(offset: bigint, options: Omit<ReadOptions, 'logEnd'>): Buffer {
    try {
      const bytes = readBatches(this.segments, offset, { ...options, logEnd: this.#logEnd });
      this.#unreadable = undefined;
      return bytes;
    } catch (error) {
      const why = String(error);
      // Readers ask again and again.
      if (this.#unreadable !== why) this.#log.error({ error: why, offset: offset.toString() }, 'cannot be read');
      this.#unreadable = why;
      throw error;
    }
  }

  /** Aborted transactions that a reader of [from, before) must know. */
  abortedBetween(from: bigint, before: bigint): AbortedTransaction[] {
    return this.#aborted.between(from, before);
  }

  /** Raises the log start as soon as that is durable. Rejects with the disk's error: then nothing has changed. */
  async deleteRecordsBefore(offset: bigint): Promise<void> {
    if (offset > this.#logStart) await this.#files.raiseStart(offset, () => this.#raiseLogStart(offset));
  }

  /** Deletes the oldest segment (retention). The last one is replaced by an empty one. */
  deleteOldestSegment(): void {
    if (this.segments.length === 1) this.#files.roll();
    const next = this.segments[1];
    if (next === undefined) return;
    this.#raiseLogStart(next.baseOffset);
    this.#files.startRaised();
  }

  /** Compaction: `replacement` takes the name of `old`. False when that is not part of the log any more. */
  replaceSegment(old: Segment, replacement: Segment): Promise<boolean> {
    return this.#files.replace(old, replacement);
  }

  /** Leaves a snapshot of now: the next start reads only what comes behind it. Rejects when the disk failed. */
  remember(): Promise<void> {
    return this.#files.remember();
  }

  /** Enough was appended since the last snapshot. One of many producers is large, and comes the more rarely. */
  isSnapshotDue(bytes: number): boolean {
    return this.#files.bytesBehindSnapshot >= bytes + this.producers.count * PRODUCER_COST_BYTES;
  }

  /** Calls back whenever there is more to read, or less, until the returned function is called. */
  watch(wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }

  /** Resolves when everything appended so far survives a power loss. Rejects when the disk failed. */
  flushed(): Promise<void> {
    return this.#ends.flushed();
  }

  /**
   * True when `flush.messages` asks for a flush before anything is acknowledged: also what is found to be there already,
   * since whoever appended it may still wait for its flush, or may have been killed before.
   */
  get mustFlush(): boolean {
    return this.#ends.mustFlush;
  }

  get hasUnflushed(): boolean {
    return this.#ends.hasUnflushed;
  }

  forgetExpiredProducers(nowMs: number, expirationMs: number): void {
    this.producers.forgetExpired(nowMs, expirationMs);
  }

  /** What is in it cannot be told: nothing is appended or read any more until the broker starts again. */
  takeOffline(error: unknown): void {
    this.#files.takeOffline(error);
    this.#wakeWatchers();
  }

  /** Flushes and leaves a snapshot, so that the next start reads nothing twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#files.close(() => {
      this.#closed = true;
    });
  }

  /** For a deleted topic: forgets the files; the caller removes the directory. */
  async abandon(): Promise<void> {
    this.#closed = true;
    this.#wakeWatchers();
    await this.#files.abandon();
  }

  #append(batch: BatchView, times: { readonly nowMs: number; readonly logAppendTimeMs: bigint }): AppendOutcome {
    const remembers = batch.producerId >= 0n;
    const facts = {
      producerId: batch.producerId,
      epoch: batch.producerEpoch,
      firstSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      transactional: batch.isTransactional,
    };
    // The broker's own transactional records carry no sequence: the coordinator has judged them already.
    const judged = remembers && batch.baseSequence >= 0;
    // As in Kafka a segment ends by what is to be appended, also where that is refused then, or there already.
    const unrolled = this.#tryWrite(() => this.#rollFor(batch, times.nowMs));
    if (unrolled) return unrolled;
    if (judged) {
      const verdict = this.producers.judgeData(facts);
      if (verdict.kind === 'refused') return verdict;
      if (verdict.kind === 'duplicate') {
        const { baseOffset, lastOffset, timestamp } = verdict;
        return { kind: 'duplicate', baseOffset, lastOffset, logAppendTimeMs: timestamp };
      }
    }
    const baseOffset = this.#logEnd;
    const failed = this.#write(batch, times.nowMs);
    if (failed) return failed;
    const { lastOffset, maxTimestamp } = batch;
    if (remembers) this.producers.applyData({ ...facts, baseOffset, lastOffset, maxTimestamp });
    this.#ends.appended();
    return { kind: 'appended', baseOffset, lastOffset, logAppendTimeMs: times.logAppendTimeMs };
  }

  /** Stamps the batch with its offset and epoch and writes it. */
  #write(batch: BatchView, nowMs: number): Refusal | undefined {
    const refusal = this.#tryWrite(() => {
      this.#rollFor(batch, nowMs);
      batch.baseOffset = this.#logEnd;
      batch.partitionLeaderEpoch = this.leaderEpoch;
      this.#files.active.append(batch);
    });
    if (refusal === undefined) this.#logEnd = batch.nextOffset;
    return refusal;
  }

  #tryWrite(write: () => void): Refusal | undefined {
    const refusal = this.#files.tryWrite(write);
    if (refusal === undefined) return undefined;
    const message = `The disk refused the write: ${refusal}`;
    return { kind: 'refused', code: errorCode.KAFKA_STORAGE_ERROR, message };
  }

  #rollFor(batch: BatchView, nowMs: number): void {
    if (this.#mustRoll(batch, nowMs)) this.#files.roll();
  }

  #mustRoll(batch: BatchView, nowMs: number): boolean {
    const { active } = this.#files;
    if (active.isEmpty) return false;
    const { settings } = this;
    if (active.end - SEGMENT_HEADER_BYTES + batch.size > settings.segmentBytes) return true;
    const since = active.firstTimestamp ?? -1n;
    const until = since >= 0n ? batch.maxTimestamp : BigInt(nowMs);
    return since >= 0n && until - since > settings.segmentMs;
  }

  #raiseLogStart(offset: bigint): void {
    if (offset <= this.#logStart) return;
    this.#logStart = offset;
    this.#ends.tell(offset);
    this.epochs.truncateFromStart(offset);
    this.#aborted.dropBelow(offset);
    this.#wakeWatchers();
  }

  #offline(): Refusal {
    const message = this.#closed ? 'The log is closed' : `The disk failed: ${this.#files.failureText}`;
    return { kind: 'refused', code: errorCode.KAFKA_STORAGE_ERROR, message };
  }

  #wakeWatchers(): void {
    for (const wake of [...this.#watchers]) wake();
  }
}

function viewOf(bytes: Buffer): BatchView {
  return new BatchView(bytes, 0, bytes.length);
}
