/**
 * The log of one partition: segments, producer states, aborted transactions, leader epochs, log start. Appends and
 * reads are synchronous; `flushed` waits for the disk. One broker, so the high watermark is always the log end.
 * Opening and recovery are in `open-log.ts`, time lookups in `offset-by-time.ts`, deletion in `retention.ts`.
 * Serves docs/spec/broker.md §2 and §3.
 */
import type { Disk } from '../../base/disk.js';
import type { Log } from '../../base/log.js';
import { errorCode } from '../../protocol/errors.js';
import { type BatchToEncode, encodeBatch } from '../../protocol/records/encode.js';
import { BatchView } from '../../protocol/records/header.js';
import type { LogSettings } from '../config/topic-configs.js';
import { AbortedIndex } from './aborted-index.js';
import { DiskWork } from './disk-work.js';
import type { EpochHistory } from './epoch-history.js';
import { type MarkerToAppend, markerBatch } from './marker-batch.js';
import type { AbortedTransaction, ProducerStates } from './producer-states.js';
import { type ReadOptions, readBatches } from './read-batches.js';
import { SEGMENT_HEADER_BYTES, Segment } from './segment.js';
import { encodeSnapshot, removeSnapshots, type Snapshot, writeSnapshot, writeWhole } from './snapshot.js';
import { type Refusal, validateProduced } from './validate.js';

export const LOG_START_FILE = 'log-start.json';

export interface LogSurroundings {
  readonly disk: Disk;
  readonly log: Log;
  readonly directory: string;
  /** Resolves when the names on the way to the directory are durable. */
  readonly placed: () => Promise<void>;
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
  /** What a killed broker wrote may still lie in the page cache only: these are synced before anything else. */
  readonly unsynced: readonly Segment[];
}

export class PartitionLog {
  readonly directory: string;
  readonly leaderEpoch: number;
  readonly producers: ProducerStates;
  readonly epochs: EpochHistory;
  readonly #around: LogSurroundings;
  #segments: Segment[];
  readonly #aborted: AbortedIndex;
  #logStart: bigint;
  #logEnd: bigint;
  /** Everything below survives a power loss. */
  #durableEnd: bigint;
  #flushing: Promise<void> | undefined;
  readonly #disk: DiskWork;
  #closed = false;
  readonly #watchers = new Set<() => void>();

  constructor(around: LogSurroundings, leaderEpoch: number, contents: LogContents) {
    this.#around = around;
    this.directory = around.directory;
    this.leaderEpoch = leaderEpoch;
    this.producers = contents.producers;
    this.epochs = contents.epochs;
    this.#segments = contents.segments;
    this.#aborted = new AbortedIndex(contents.aborted);
    this.#disk = new DiskWork(around.log);
    this.#logStart = contents.logStartOffset;
    this.#logEnd = contents.logEndOffset;
    if (this.#segments.length === 0) this.#segments.push(Segment.create(around.disk, this.directory, this.#logEnd));
    this.epochs.begin(leaderEpoch, this.#logEnd);
    this.#durableEnd = this.#logStart;
    this.#disk.queue(async () => {
      const end = this.#logEnd;
      for (const segment of contents.unsynced) await segment.sync();
      await around.disk.syncDirectory(this.directory);
      await around.placed();
      // Of what was appended meanwhile nobody knows whether a sync came before or behind it.
      if (end > this.#durableEnd) this.#durableEnd = end;
    });
  }

  get logStartOffset(): bigint {
    return this.#logStart;
  }

  get logEndOffset(): bigint {
    return this.#logEnd;
  }

  get highWatermark(): bigint {
    return this.#logEnd;
  }

  get lastStableOffset(): bigint {
    const open = this.producers.firstOpenOffset;
    if (open === undefined || open > this.#logEnd) return this.#logEnd;
    // Records were deleted that an open transaction had begun with.
    if (open < this.#logStart) return this.#logStart;
    return open;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get settings(): LogSettings {
    return this.#around.settings();
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.batchBytes, 0);
  }

  /** True once the disk failed: nothing is appended or read any more until the broker starts again. */
  get isOffline(): boolean {
    return this.#disk.hasFailed || this.#closed;
  }

  /** A batch as a client sent it. `records` may be changed in place and is not kept. */
  appendProduced(records: Buffer | null, nowMs: number): AppendOutcome {
    if (this.isOffline) return this.#offline();
    const { settings } = this;
    const checked = validateProduced(records, settings, nowMs);
    if (checked.kind === 'refused') return checked;
    const { batch } = checked;
    if (batch.size > settings.segmentBytes) {
      const message = `The batch of ${batch.size} bytes exceeds the segment size of ${settings.segmentBytes}`;
      return { kind: 'refused', code: errorCode.RECORD_LIST_TOO_LARGE, message };
    }
    return this.#append(batch, { nowMs, logAppendTimeMs: settings.logAppendTime ? BigInt(nowMs) : -1n });
  }

  /** The broker's own records (group offsets, transaction states): not validated, but numbered and remembered alike. */
  appendOwn(batch: BatchToEncode, nowMs: number): AppendOutcome {
    if (this.isOffline) return this.#offline();
    return this.#append(viewOf(encodeBatch(batch)), { nowMs, logAppendTimeMs: -1n });
  }

  appendMarker(marker: MarkerToAppend, nowMs: number): AppendOutcome {
    if (this.isOffline) return this.#offline();
    const verdict = this.producers.judgeMarker(marker);
    if (verdict.kind === 'refused') return verdict;
    const timestamp = BigInt(nowMs);
    const batch = viewOf(encodeBatch(markerBatch(marker, timestamp)));
    const offset = this.#logEnd;
    const failed = this.#write(batch, nowMs);
    if (failed) return failed;
    const aborted = this.producers.applyMarker({ ...marker, offset, timestamp });
    if (aborted) this.#aborted.add(aborted);
    this.#wakeWatchers();
    return { kind: 'appended', baseOffset: offset, lastOffset: offset, logAppendTimeMs: -1n };
  }

  /** Whole batches from the one that holds `offset` on. Offsets outside the log are the caller's to check. */
  read(offset: bigint, options: ReadOptions): Buffer {
    return readBatches(this.#segments, offset, options);
  }

  /** Aborted transactions that a reader of [from, before) must know. */
  abortedBetween(from: bigint, before: bigint): AbortedTransaction[] {
    return this.#aborted.between(from, before);
  }

  /** Raises the log start and makes that durable; whole segments below it vanish at once. */
  async deleteRecordsBefore(offset: bigint): Promise<void> {
    if (offset <= this.#logStart) return;
    this.#raiseLogStart(offset);
    this.#dropSegmentsBelowStart();
    this.#disk.queue(() => this.#writeLogStart());
    await this.#disk.done();
  }

  /** Deletes the oldest segment (retention). The last one is replaced by an empty one. */
  deleteOldestSegment(): void {
    if (this.#segments.length === 1) this.#roll();
    const next = this.#segments[1];
    if (next === undefined) return;
    this.#raiseLogStart(next.baseOffset);
    this.#dropSegmentsBelowStart();
    this.#disk.queue(() => this.#writeLogStart());
  }

  /**
   * Compaction: `replacement` holds what is left of `old`, and takes its name. Snapshots tell how far into the old file they
   * reach, which says nothing of the new one: they go first, and durably. False when `old` is not part of the log any more.
   */
  async replaceSegment(old: Segment, replacement: Segment): Promise<boolean> {
    const { disk } = this.#around;
    let isDone = false;
    let refusal: { readonly error: unknown } | undefined;
    this.#disk.queue(async () => {
      let index = this.#segments.indexOf(old);
      if (index < 0 || this.#closed) return;
      try {
        removeSnapshots(disk, this.directory);
        await disk.syncDirectory(this.directory);
        index = this.#segments.indexOf(old);
        if (index < 0) return;
        disk.rename(replacement.path, old.path);
      } catch (error) {
        // The log is what it was: no reason to take it offline.
        refusal = { error };
        return;
      }
      this.#segments[index] = replacement.movedTo(old.path);
      old.close();
      isDone = true;
      await disk.syncDirectory(this.directory);
    });
    await this.#disk.done();
    if (refusal) throw refusal.error;
    return isDone;
  }

  /** After compaction the snapshots describe files that are no more; a new one does not. */
  async rememberCompaction(): Promise<void> {
    this.#disk.queue(() => this.#syncAndSnapshot());
    await this.#disk.done();
  }

  /** Calls back after every append until the returned function is called. */
  watch(wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }

  /** Resolves when everything appended so far survives a power loss. Rejects when the disk failed. */
  flushed(): Promise<void> {
    // One sync for all who come before it begins.
    this.#flushing ??= this.#flush();
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    this.#disk.queue(async () => {
      this.#flushing = undefined;
      const end = this.#logEnd;
      await this.#active().sync();
      this.#durableEnd = end;
    });
    await this.#disk.done();
  }

  /**
   * True when `flush.messages` asks for a flush before anything is acknowledged: also what is found to be there already,
   * since whoever appended it may still wait for its flush, or may have been killed before.
   */
  get mustFlush(): boolean {
    return this.#logEnd - this.#durableEnd >= this.settings.flushMessages;
  }

  get hasUnflushed(): boolean {
    return this.#logEnd > this.#durableEnd;
  }

  forgetExpiredProducers(nowMs: number, expirationMs: number): void {
    this.producers.forgetExpired(nowMs, expirationMs);
  }

  /** Flushes and leaves a snapshot, so that the next start reads nothing twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#disk.queue(() => this.#syncAndSnapshot());
    this.#disk.queue(() => this.#writeLogStart());
    await this.#disk.idle();
    this.#closed = true;
    this.#closeFiles();
    await this.#disk.done();
  }

  /** For a deleted topic: forgets the files; the caller removes the directory. */
  async abandon(): Promise<void> {
    this.#closed = true;
    this.#wakeWatchers();
    await this.#disk.idle();
    this.#closeFiles();
  }

  #closeFiles(): void {
    for (const segment of this.#segments) segment.close();
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
    this.#wakeWatchers();
    return { kind: 'appended', baseOffset, lastOffset, logAppendTimeMs: times.logAppendTimeMs };
  }

  /** Stamps the batch with its offset and epoch and writes it. */
  #write(batch: BatchView, nowMs: number): Refusal | undefined {
    try {
      if (this.#mustRoll(batch, nowMs)) this.#roll();
      batch.baseOffset = this.#logEnd;
      batch.partitionLeaderEpoch = this.leaderEpoch;
      this.#active().append(batch);
    } catch (error) {
      this.#disk.refuse(error);
      const message = `The disk refused the write: ${this.#disk.refusal}`;
      return { kind: 'refused', code: errorCode.KAFKA_STORAGE_ERROR, message };
    }
    this.#disk.accept();
    this.#logEnd = batch.nextOffset;
    return undefined;
  }

  #mustRoll(batch: BatchView, nowMs: number): boolean {
    const active = this.#active();
    if (active.isEmpty) return false;
    const { settings } = this;
    if (active.end - SEGMENT_HEADER_BYTES + batch.size > settings.segmentBytes) return true;
    const since = active.firstTimestamp ?? -1n;
    const until = since >= 0n ? batch.maxTimestamp : BigInt(nowMs);
    return since >= 0n && until - since > settings.segmentMs;
  }

  /** Begins a new segment. The old one is synced and described in a snapshot meanwhile. */
  #roll(): void {
    const old = this.#active();
    if (old.isEmpty && old.baseOffset === this.#logEnd) return;
    // A torn tail inside the log would end it at the next start.
    old.takeBack();
    const snapshot = this.#snapshot();
    this.#segments.push(Segment.create(this.#around.disk, this.directory, this.#logEnd));
    this.#disk.queue(async () => {
      await old.sync();
      await this.#around.disk.syncDirectory(this.directory);
      await this.#writeSnapshotAt(snapshot);
    });
  }

  #snapshot(): Snapshot {
    return {
      offset: this.#logEnd,
      producers: [...this.producers.all].map((each) => ({ ...each, batches: [...each.batches] })),
      aborted: [...this.#aborted.entries],
      epochs: this.epochs.entries,
      segments: this.#segments.map(({ baseOffset, end, maxTimestamp }) => ({ baseOffset, end, maxTimestamp })),
    };
  }

  /** The state is taken before the sync: a snapshot must not speak of bytes that may not be on the disk. */
  async #syncAndSnapshot(): Promise<void> {
    const snapshot = this.#snapshot();
    await this.#active().sync();
    await this.#writeSnapshotAt(snapshot);
  }

  async #writeSnapshotAt(snapshot: Snapshot): Promise<void> {
    try {
      await writeSnapshot(this.#around.disk, this.directory, snapshot.offset, encodeSnapshot(snapshot));
    } catch (error) {
      // No harm: the next start reads more of the log.
      this.#around.log.warn({ error: String(error), directory: this.directory }, 'a snapshot could not be written');
    }
  }

  async #writeLogStart(): Promise<void> {
    const bytes = Buffer.from(JSON.stringify({ format: 1, logStartOffset: this.#logStart.toString() }));
    await writeWhole(this.#around.disk, this.directory, LOG_START_FILE, bytes);
  }

  #raiseLogStart(offset: bigint): void {
    if (offset <= this.#logStart) return;
    this.#logStart = offset;
    this.epochs.truncateFromStart(offset);
    this.#aborted.dropBelow(offset);
    this.#wakeWatchers();
  }

  /** Their files go in their turn: a sync of them may still be due. */
  #dropSegmentsBelowStart(): void {
    for (;;) {
      const [oldest, next] = this.#segments;
      if (oldest === undefined || next === undefined || next.baseOffset > this.#logStart) return;
      this.#segments.shift();
      this.#disk.queue(async () => {
        oldest.close();
        this.#around.disk.removeFile(oldest.path);
      });
    }
  }

  #offline(): Refusal {
    const message = this.#closed ? 'The log is closed' : `The disk failed: ${this.#disk.failureText}`;
    return { kind: 'refused', code: errorCode.KAFKA_STORAGE_ERROR, message };
  }

  #active(): Segment {
    const active = this.#segments[this.#segments.length - 1];
    if (active === undefined) throw new Error('a log without segments');
    return active;
  }

  #wakeWatchers(): void {
    for (const wake of [...this.#watchers]) wake();
  }
}

function viewOf(bytes: Buffer): BatchView {
  return new BatchView(bytes, 0, bytes.length);
}
