/**
 * Which files hold the log of one partition, and when what stands in them is durable: segments that begin, go and are
 * replaced, snapshots, the log start. Appends are written at once; all else is done in one queue, in order.
 * What the log holds and remembers is `partition-log.ts`'s. Serves docs/spec/broker.md §2.
 */
import type { Disk } from '../../base/disk.js';
import type { Log } from '../../base/log.js';
import { withChecksum } from './checked-text.js';
import { DiskWork } from './disk-work.js';
import { Segment } from './segment.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.js';
import { encodeSnapshot, removeSnapshots, type Snapshot, writeSnapshot, writeWhole } from './snapshot.js';

export const LOG_START_FILE = 'log-start.json';

export interface LogFilesOptions {
  readonly disk: Disk;
  readonly log: Log;
  readonly directory: string;
  /** Resolves when the names on the way to the directory are durable. */
  readonly placed: () => Promise<void>;
}

/** What a snapshot tells beside the segments. */
export type Remembered = Omit<Snapshot, 'segments'>;

/** What a killed broker wrote may still lie in the page cache only: of this segment all that begins at this file position. */
export interface Unsynced {
  readonly segment: Segment;
  readonly from: number;
}

export class LogFiles {
  readonly #around: LogFilesOptions;
  readonly #remembered: () => Remembered;
  readonly #logStart: () => bigint;
  readonly #segments: Segment[];
  /** Files that are no part of the log any more, and may still be on the disk. */
  readonly #leaving: string[] = [];
  readonly #work: DiskWork;
  /** Segments that begin below are on the disk, and so are their names. */
  #syncedBelow: bigint;
  /** How far into which segment the youngest snapshot reaches. */
  #remembers: { readonly segment: Segment; readonly end: number } | undefined;
  #closed = false;

  /** `remembered` and `logStart` are asked for whenever that is to be written. */
  constructor(
    around: LogFilesOptions,
    segments: readonly Segment[],
    of: { readonly logEnd: bigint; readonly remembered: () => Remembered; readonly logStart: () => bigint },
  ) {
    this.#around = around;
    this.#remembered = of.remembered;
    this.#logStart = of.logStart;
    this.#segments = [...segments];
    this.#work = new DiskWork(around.log);
    if (this.#segments.length === 0) this.#segments.push(Segment.create(around.disk, around.directory, of.logEnd));
    // What was found is settled before anything else.
    this.#syncedBelow = this.active.baseOffset;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get active(): Segment {
    const active = this.#segments[this.#segments.length - 1];
    if (active === undefined) throw new Error('a log without segments');
    return active;
  }

  /** What a start would read after kill -9, of the segment that is open. */
  get bytesBehindSnapshot(): number {
    const { active } = this;
    return active.end - (this.#remembers?.segment === active ? this.#remembers.end : SEGMENT_HEADER_BYTES);
  }

  get hasFailed(): boolean {
    return this.#work.hasFailed;
  }

  takeOffline(error: unknown): void {
    this.#work.fail(error);
  }

  /** Why it has, in words; empty when it has not. */
  get failureText(): string {
    return this.#work.failureText;
  }

  /**
   * Syncs what a killed broker may have left in the page cache, and the names on the way to it, before anything else. It is
   * written once more: where that one's sync had failed, the system takes for written what is not on the disk.
   */
  settle(unsynced: readonly Unsynced[], settled: () => void): void {
    const { disk, directory, placed } = this.#around;
    const { active } = this;
    if (!unsynced.some(({ segment }) => segment === active)) this.#remembers = { segment: active, end: active.end };
    this.#work.queue(async () => {
      for (const { segment, from } of unsynced) {
        segment.writeAgain(from);
        await segment.sync();
      }
      await disk.syncDirectory(directory);
      await placed();
      settled();
    });
  }

  /** Tries a write. Undefined: done. Else why the disk refused it; the log is what it was, and the next one is tried. */
  tryWrite(write: () => void): string | undefined {
    try {
      write();
    } catch (error) {
      this.#work.refuse(error);
      return this.#work.refusal;
    }
    this.#work.accept();
    return undefined;
  }

  /** Begins a new segment at the log end. The old one is synced and described in a snapshot meanwhile. */
  roll(): void {
    const { disk, directory } = this.#around;
    const old = this.active;
    const snapshot = this.#snapshot();
    if (old.isEmpty && old.baseOffset === snapshot.offset) return;
    // A torn tail inside the log would end it at the next start.
    old.takeBack();
    this.#segments.push(Segment.create(disk, directory, snapshot.offset));
    this.#work.queue(async () => {
      await this.#syncSegments();
      await this.#writeSnapshot(snapshot);
    });
  }

  /**
   * The log start is raised (`raise`) once that is durable; whole segments below it go. Rejects with the disk's error: then
   * nothing has changed.
   */
  async raiseStart(offset: bigint, raise: () => void): Promise<void> {
    let refusal: { readonly error: unknown } | undefined;
    this.#work.queue(async () => {
      if (offset <= this.#logStart()) return;
      try {
        await this.#writeLogStart(offset);
      } catch (error) {
        // The old one is still there, or an offset that was asked for.
        refusal = { error };
        return;
      }
      raise();
      this.#dropSegments();
    });
    await this.#work.done();
    if (refusal) throw refusal.error;
  }

  /** Whole segments below the log start go. That is how far a start gets, so the file about it may wait for room. */
  startRaised(): void {
    this.#dropSegments();
    this.#work.queue(() => this.#noteLogStart());
  }

  #dropSegments(): void {
    const logStart = this.#logStart();
    const before = this.#segments.length;
    for (;;) {
      const [oldest, next] = this.#segments;
      if (oldest === undefined || next === undefined || next.baseOffset > logStart) break;
      this.#segments.shift();
      // In its turn: a sync of it may still be due.
      this.#work.queueAnyway(() => {
        oldest.close();
        this.#leaving.push(oldest.path);
      });
    }
    if (this.#segments.length < before) this.#work.queue(() => this.#removeLeaving());
  }

  /**
   * The oldest first, and each when the one before is gone for good and what comes behind is there for good: a start takes
   * a hole between segments for the end of the log, and begins at 0 where it finds none.
   */
  async #removeLeaving(): Promise<void> {
    const { disk, directory, log } = this.#around;
    for (let path = this.#leaving[0]; path !== undefined && !this.hasFailed; path = this.#leaving[0]) {
      try {
        await disk.syncDirectory(directory);
        disk.removeFile(path);
      } catch (error) {
        log.warn({ error: String(error), path }, 'a segment below the log start cannot be removed yet');
        return;
      }
      this.#leaving.shift();
    }
  }

  /**
   * Compaction: `replacement` holds what is left of `old`, and takes its name. Snapshots tell how far into the old file they
   * reach, which says nothing of the new one: they go first, and durably. False when `old` is not part of the log any more.
   */
  async replace(old: Segment, replacement: Segment): Promise<boolean> {
    const { disk, directory } = this.#around;
    let isDone = false;
    let refusal: { readonly error: unknown } | undefined;
    this.#work.queue(async () => {
      let index = this.#segments.indexOf(old);
      if (index < 0 || this.#closed) return;
      try {
        removeSnapshots(disk, directory);
        await disk.syncDirectory(directory);
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
      await disk.syncDirectory(directory);
    });
    await this.#work.done();
    if (refusal) throw refusal.error;
    return isDone;
  }

  /** Syncs what was appended when its turn comes, and says so. Rejects when the disk failed. */
  async sync(begins: () => void, ends: () => void): Promise<void> {
    this.#work.queue(async () => {
      begins();
      await this.#syncSegments();
      ends();
    });
    await this.#work.done();
  }

  /** A snapshot of now, and all that it speaks of is durable. Rejects when the disk failed. */
  async remember(): Promise<void> {
    // At once: it is on its way, and nobody else need ask for it.
    this.#remembers = { segment: this.active, end: this.active.end };
    this.#work.queue(() => this.#syncAndSnapshot());
    await this.#work.done();
  }

  /** Resolves when all that is under way is done. Rejects when the disk failed. */
  done(): Promise<void> {
    return this.#work.done();
  }

  /** Syncs, and leaves a snapshot, so that the next start reads nothing twice. `closing` is called right before. */
  async close(closing: () => void): Promise<void> {
    this.#work.queue(() => this.#syncAndSnapshot());
    this.#work.queue(() => this.#noteLogStart());
    await this.#work.idle();
    closing();
    this.#closeAll();
    await this.#work.done();
  }

  /** Forgets the files as they are; the caller removes the directory. */
  async abandon(): Promise<void> {
    this.#closed = true;
    await this.#work.idle();
    this.#closeAll();
  }

  /** All that stands in the segments now. A segment may have been begun while this waited for its turn. */
  async #syncSegments(): Promise<void> {
    const from = this.#segments.findLastIndex(({ baseOffset }) => baseOffset <= this.#syncedBelow);
    const due = this.#segments.slice(Math.max(0, from));
    for (const segment of due) await segment.sync();
    if (due.length > 1) await this.#around.disk.syncDirectory(this.#around.directory);
    this.#syncedBelow = due[due.length - 1]?.baseOffset ?? this.#syncedBelow;
  }

  #closeAll(): void {
    this.#closed = true;
    for (const segment of this.#segments) segment.close();
  }

  #snapshot(): Snapshot {
    const segments = this.#segments.map(({ baseOffset, end, maxTimestamp }) => ({ baseOffset, end, maxTimestamp }));
    return { ...this.#remembered(), segments };
  }

  /** The state is taken before the sync: a snapshot must not speak of bytes that may not be on the disk. */
  async #syncAndSnapshot(): Promise<void> {
    const snapshot = this.#snapshot();
    await this.#syncSegments();
    await this.#writeSnapshot(snapshot);
  }

  async #writeSnapshot(snapshot: Snapshot): Promise<void> {
    const { disk, directory, log } = this.#around;
    try {
      await writeSnapshot(disk, directory, snapshot.offset, encodeSnapshot(snapshot));
    } catch (error) {
      // No harm: the next start reads more of the log.
      log.warn({ error: String(error), directory }, 'a snapshot could not be written');
    }
  }

  async #noteLogStart(): Promise<void> {
    try {
      await this.#writeLogStart(this.#logStart());
    } catch (error) {
      // Wherever it is not what the oldest segment says, it was durable before it held.
      this.#around.log.warn({ error: String(error) }, 'the log start could not be written down');
    }
  }

  async #writeLogStart(logStart: bigint): Promise<void> {
    const { disk, directory } = this.#around;
    const bytes = withChecksum(JSON.stringify({ format: 1, logStartOffset: logStart.toString() }));
    await writeWhole(disk, directory, LOG_START_FILE, bytes);
  }
}
