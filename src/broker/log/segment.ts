/**
 * One segment file: a header with the format version, then record batches back to back, exactly as consumers get them.
 * A sparse index lives in memory: of what was appended or recovered since the start, and of the front, as far as somebody
 * has asked for it, so that a start reads no closed segment and no reader waits for one to be read as a whole.
 * Knows nothing of producers, epochs or transactions. Serves docs/spec/broker.md §2.
 */
import type { Disk, DiskFile } from '../../base/disk.js';
import { type MemoryPool, POOLED_FROM_BYTES } from '../../base/memory-pool.js';
import { DecodeError } from '../../protocol/reader.js';
import {
  BATCH_LENGTH_AT,
  BatchView,
  batchAt,
  CURRENT_MAGIC,
  HEADER_BYTES,
  LENGTH_PREFIX_BYTES,
  MAGIC_AT,
} from '../../protocol/records/header.js';
import { Damage } from './damage.js';
import { headerOf, isTorn, SEGMENT_HEADER_BYTES, segmentPath, strangeness } from './segment-header.js';
import { SegmentIndex } from './segment-index.js';

const SCAN_CHUNK_BYTES = 1024 * 1024;
/** Where only headers are wanted: so many bytes at once, which comes out of Node's own pool. */
const HEADERS_CHUNK_BYTES = 2048;
/** As many readers of one segment are remembered. */
const READERS_MAX = 64;

export interface PlacedBatch {
  readonly batch: BatchView;
  /** Where the batch begins in the file. */
  readonly position: number;
}

export class Segment {
  readonly baseOffset: bigint;
  #path: string;
  readonly #file: DiskFile;
  #end: number;
  /** A write failed: behind the end there may be a part of it. */
  #isTorn = false;
  /** From `#tailFrom` to the end. */
  #tail = new SegmentIndex();
  #tailFrom: number;
  /** From the beginning up to `#frontEnd`. */
  #front = new SegmentIndex();
  #frontEnd = SEGMENT_HEADER_BYTES;
  /** Where the next reads are likely to begin: consumers read on from where they stopped. */
  readonly #readers = new Map<bigint, number>();
  maxTimestamp = -1n;
  /** Highest timestamp of the first batch: what `segment.ms` counts from. Undefined while the segment is empty. */
  firstTimestamp: bigint | undefined;
  /** Compaction has been here since the segment was closed. */
  isCleaned = false;

  private constructor(file: DiskFile, place: { readonly path: string; readonly baseOffset: bigint }, end: number) {
    this.#file = file;
    this.#path = place.path;
    this.baseOffset = place.baseOffset;
    this.#end = end;
    this.#tailFrom = end;
  }

  static create(disk: Disk, directory: string, baseOffset: bigint): Segment {
    return Segment.#createAt(disk, segmentPath(directory, baseOffset), baseOffset);
  }

  /** A file beside `original`, to take its place once it is written and synced (`movedTo`). */
  static createAside(disk: Disk, original: Segment, suffix: string): Segment {
    return Segment.#createAt(disk, original.path + suffix, original.baseOffset);
  }

  static #createAt(disk: Disk, path: string, baseOffset: bigint): Segment {
    const file = disk.open(path);
    try {
      file.truncate(0);
      file.write(0, [headerOf(baseOffset)]);
    } catch (error) {
      file.close();
      throw error;
    }
    return new Segment(file, { path, baseOffset }, SEGMENT_HEADER_BYTES);
  }

  /** Undefined when the header is torn (the file never held a batch). Throws for a format this version cannot read. */
  static open(disk: Disk, directory: string, baseOffset: bigint): Segment | undefined {
    const path = segmentPath(directory, baseOffset);
    const file = disk.open(path);
    const header = file.read(0, SEGMENT_HEADER_BYTES);
    if (!header.equals(headerOf(baseOffset))) {
      file.close();
      if (isTorn(header, baseOffset)) return undefined;
      throw new Error(`${path} ${strangeness(header)}`);
    }
    const segment = new Segment(file, { path, baseOffset }, file.size());
    const first = file.read(SEGMENT_HEADER_BYTES, HEADER_BYTES);
    if (first.length === HEADER_BYTES) segment.firstTimestamp = new BatchView(first, 0, HEADER_BYTES).maxTimestamp;
    return segment;
  }

  get path(): string {
    return this.#path;
  }

  /** After the file was renamed. */
  movedTo(path: string): this {
    this.#path = path;
    this.isCleaned = true;
    return this;
  }

  /** File position behind the last batch. */
  get end(): number {
    return this.#end;
  }

  get isEmpty(): boolean {
    return this.#end === SEGMENT_HEADER_BYTES;
  }

  get batchBytes(): number {
    return this.#end - SEGMENT_HEADER_BYTES;
  }

  /** Throws the disk's error; nothing was appended then, and the next call begins by taking back what got through. */
  append(batch: BatchView): void {
    const position = this.#end;
    this.takeBack();
    this.#isTorn = true;
    try {
      this.#file.write(position, [batch.bytes]);
    } catch (error) {
      this.#takeBackNow();
      throw error;
    }
    this.#isTorn = false;
    this.#end = position + batch.size;
    this.note(batch, position);
  }

  /** Cuts off what got through of a write that failed. Throws the disk's error, and is due again then. */
  takeBack(): void {
    if (!this.#isTorn) return;
    this.#file.truncate(this.#end);
    this.#isTorn = false;
  }

  /** A start must not take for appended what was refused. */
  #takeBackNow(): void {
    try {
      this.takeBack();
    } catch {
      // It is due again before the next write, and why the write failed is told.
    }
  }

  /** Takes a batch that already stands in the file into the index and the timestamps. */
  note(batch: BatchView, position: number): void {
    const timestamp = batch.maxTimestamp;
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    this.firstTimestamp ??= timestamp;
    // Recovery begins where a snapshot ends, and goes on to the end.
    if (position < this.#tailFrom) this.#tailFrom = position;
    this.#tail.add(batch, position);
  }

  /** Drops everything from `position` on, in the file too. */
  truncate(position: number): void {
    this.#file.truncate(position);
    this.#end = position;
    this.#readers.clear();
    this.#tail = new SegmentIndex();
    this.#tailFrom = position;
    this.#front = new SegmentIndex();
    this.#frontEnd = SEGMENT_HEADER_BYTES;
    if (this.isEmpty) {
      this.firstTimestamp = undefined;
      this.maxTimestamp = -1n;
    }
  }

  /**
   * The batches from `position` on, up to the first place where there is no whole batch (a torn tail, or the end).
   * A batch's bytes belong to the caller. Checks lengths only; checksums are the caller's business.
   */
  *batches(position: number, chunkBytes = SCAN_CHUNK_BYTES): Generator<PlacedBatch, void, undefined> {
    let at = position;
    while (at + HEADER_BYTES <= this.#end) {
      let chunk = this.#file.read(at, Math.min(chunkBytes, this.#end - at));
      const size = LENGTH_PREFIX_BYTES + chunk.readInt32BE(8);
      if (size < HEADER_BYTES || at + size > this.#end) return;
      if (size > chunk.length) chunk = this.#file.read(at, size);
      let inside = 0;
      for (;;) {
        const batch = wholeBatchAt(chunk, inside);
        if (batch === undefined) break;
        yield { batch, position: at + inside };
        inside += batch.size;
      }
      if (inside === 0) return;
      at += inside;
    }
  }

  /** All batches from `position` on, each as it was written. Throws `Damage` where one is not. */
  *soundBatches(position: number): Generator<PlacedBatch, void, undefined> {
    let at = position;
    let next = this.baseOffset;
    for (const placed of this.batches(position)) {
      const { batch } = placed;
      if (batch.baseOffset < next || batch.lastOffsetDelta < 0 || !batch.crcMatches()) break;
      yield placed;
      at += batch.size;
      next = batch.nextOffset;
    }
    if (at !== this.#end) throw this.damage(at);
  }

  damage(position: number): Damage {
    return new Damage(
      `${this.#path} is damaged: there is no sound batch at ${position}, and it goes on to ${this.#end}`,
    );
  }

  /** All of it, or a throw: as far as the segment goes, the file has to. */
  #bytes(position: number, length: number, room?: Buffer): Buffer {
    const bytes = this.#file.read(position, length, room);
    if (bytes.length < length)
      throw new Damage(`${this.#path} ends at ${position + bytes.length}, not at ${this.#end}`);
    return bytes;
  }

  /**
   * As `soundBatches`, but only the headers of what is yielded are there, and only until the next one is asked for: bodies are not
   * read where they are larger than a header or two.
   */
  *#headers(position: number): Generator<PlacedBatch, void, undefined> {
    let at = position;
    let next = this.baseOffset;
    while (at < this.#end) {
      const room = Buffer.allocUnsafe(HEADERS_CHUNK_BYTES);
      const chunk = this.#bytes(at, Math.min(HEADERS_CHUNK_BYTES, this.#end - at), room);
      let inside = 0;
      while (inside + HEADER_BYTES <= chunk.length) {
        const batch = this.headerAt(chunk, inside, { position: at + inside, next });
        yield { batch, position: at + inside };
        inside += batch.size;
        next = batch.nextOffset;
      }
      if (inside === 0) throw this.damage(at);
      at += inside;
    }
  }

  /**
   * The batch whose header is in `chunk`, which stands at `position` in the file. Throws `Damage` where its length, its magic or
   * its offset cannot be: no offset comes twice, and none goes back. What a checksum covers is not looked at.
   */
  headerAt(chunk: Buffer, at: number, where: { readonly position: number; readonly next: bigint }): BatchView {
    const size = LENGTH_PREFIX_BYTES + chunk.readInt32BE(at + BATCH_LENGTH_AT);
    if (size >= HEADER_BYTES && where.position + size <= this.#end && chunk[at + MAGIC_AT] === CURRENT_MAGIC) {
      const batch = new BatchView(chunk, at, size);
      if (batch.baseOffset >= where.next && batch.lastOffsetDelta >= 0) return batch;
    }
    throw this.damage(where.position);
  }

  /** Where the first batch begins whose last offset is at or above `offset`, or undefined when this segment has none. */
  locate(offset: bigint): number | undefined {
    const remembered = this.#readers.get(offset);
    if (remembered !== undefined) return remembered < this.#end ? remembered : undefined;
    for (const { batch, position } of this.#headers(this.#floor(offset))) {
      if (batch.lastOffset >= offset) return position;
    }
    return undefined;
  }

  /** `memory`: where large readings may go. */
  read(position: number, length: number, memory?: MemoryPool): Buffer {
    const bytes = Math.min(length, this.#end - position);
    const room = memory !== undefined && bytes >= POOLED_FROM_BYTES ? memory.take(bytes) : undefined;
    return this.#bytes(position, bytes, room);
  }

  /** Somebody has read up to `next`, which begins at `position`, and was at `offset` before. */
  expectNextRead(offset: bigint, next: { readonly offset: bigint; readonly position: number }): void {
    this.#readers.delete(offset);
    this.#readers.delete(next.offset);
    this.#readers.set(next.offset, next.position);
    if (this.#readers.size <= READERS_MAX) return;
    for (const oldest of this.#readers.keys()) {
      this.#readers.delete(oldest);
      break;
    }
  }

  /** From where to look for the first record with a timestamp of at least `timestamp`; undefined: nowhere here. */
  positionByTime(timestamp: bigint): number | undefined {
    this.#indexFront();
    return this.#front.byTime(timestamp) ?? this.#tail.byTime(timestamp);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  /** Writes what stands there from `position` on once more, so that the next sync brings it to the disk whatever came of others. */
  writeAgain(position: number): void {
    for (let at = position; at < this.#end; ) {
      const chunk = this.#bytes(at, Math.min(SCAN_CHUNK_BYTES, this.#end - at));
      this.#file.write(at, [chunk]);
      at += chunk.length;
    }
  }

  close(): void {
    this.#file.close();
  }

  #floor(offset: bigint): number {
    const tailOffset = this.#tail.firstOffset;
    if (tailOffset === undefined || offset < tailOffset) this.#indexFront(offset);
    return this.#tail.floor(offset) ?? this.#front.floor(offset) ?? SEGMENT_HEADER_BYTES;
  }

  /** Goes on with the front until `offset` lies in it; without one, up to the tail. */
  #indexFront(offset?: bigint): void {
    if (this.#frontEnd >= this.#tailFrom) return;
    for (const { batch, position } of this.#headers(this.#frontEnd)) {
      if (position >= this.#tailFrom) return;
      if (batch.maxTimestamp > this.maxTimestamp) this.maxTimestamp = batch.maxTimestamp;
      this.#front.add(batch, position);
      this.#frontEnd = position + batch.size;
      if (offset !== undefined && batch.lastOffset >= offset) return;
    }
  }
}

function wholeBatchAt(chunk: Buffer, at: number): BatchView | undefined {
  try {
    const entry = batchAt(chunk, at);
    return entry?.kind === 'batch' ? entry : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
