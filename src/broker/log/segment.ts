/**
 * One segment file: a header with the format version, then record batches back to back, exactly as consumers get them.
 * A sparse index (offset, position, highest timestamp of the stretch) lives in memory and is built when it is needed.
 * Knows nothing of producers, epochs or transactions. Serves docs/spec/broker.md §2.
 *
 * ```
 *  0 "KLINKSEG"   8 bytes
 *  8 format       int32     1
 * 12 reserved     int32     0
 * 16 baseOffset   int64
 * 24 batches …
 * ```
 */
import type { Disk, DiskFile } from '../../base/disk.js';
import { DecodeError } from '../../protocol/reader.js';
import { type BatchView, batchAt, HEADER_BYTES, LENGTH_PREFIX_BYTES } from '../../protocol/records/header.js';

export const SEGMENT_HEADER_BYTES = 24;
const MAGIC = Buffer.from('KLINKSEG');
const FORMAT = 1;
const INDEX_INTERVAL_BYTES = 16 * 1024;
const SCAN_CHUNK_BYTES = 1024 * 1024;
const LOCATE_CHUNK_BYTES = 64 * 1024;

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
  /** The index covers the bytes from here to the end; what lies before is indexed at first use. */
  #indexedFrom: number;
  #offsets: bigint[] = [];
  #positions: number[] = [];
  #timestamps: bigint[] = [];
  /** Where the next read is likely to begin: consumers read on from where they stopped. */
  #hint: { offset: bigint; position: number } | undefined;
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
    this.#indexedFrom = end;
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
      const isOurs = header.subarray(0, MAGIC.length).equals(MAGIC);
      const format = isOurs && header.length >= 12 ? header.readInt32BE(8) : undefined;
      if (format === undefined) throw new Error(`${path} is not a segment of this broker`);
      if (format !== FORMAT) throw new Error(`${path} has format ${format}; this version reads format ${FORMAT}`);
      throw new Error(`${path} holds another segment than its name says`);
    }
    const segment = new Segment(file, { path, baseOffset }, file.size());
    for (const { batch } of segment.batches(SEGMENT_HEADER_BYTES, LOCATE_CHUNK_BYTES)) {
      segment.firstTimestamp = batch.maxTimestamp;
      break;
    }
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
    this.#file.write(position, [batch.bytes]);
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

  /** Takes a batch that already stands in the file into the index and the timestamps. */
  note(batch: BatchView, position: number): void {
    const timestamp = batch.maxTimestamp;
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    this.firstTimestamp ??= timestamp;
    if (position < this.#indexedFrom) this.#indexedFrom = position;
    addToIndex(this, this.#offsets, this.#positions, this.#timestamps, { batch, position });
  }

  /** Drops everything from `position` on, in the file too. */
  truncate(position: number): void {
    this.#file.truncate(position);
    this.#end = position;
    this.#hint = undefined;
    this.#offsets = [];
    this.#positions = [];
    this.#timestamps = [];
    this.#indexedFrom = position;
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

  /** The first batch whose last offset is at or above `offset`, or undefined when this segment has none. */
  locate(offset: bigint): { readonly position: number; readonly size: number } | undefined {
    const hint = this.#hint;
    const from = hint !== undefined && hint.offset === offset ? hint.position : this.#floor(offset);
    if (from >= this.#end) return undefined;
    for (const { batch, position } of this.batches(from, LOCATE_CHUNK_BYTES)) {
      if (batch.lastOffset >= offset) return { position, size: batch.size };
    }
    return undefined;
  }

  read(position: number, length: number): Buffer {
    return this.#file.read(position, Math.min(length, this.#end - position));
  }

  expectNextRead(offset: bigint, position: number): void {
    this.#hint = { offset, position };
  }

  /** From where to look for the first record with a timestamp of at least `timestamp`; undefined: nowhere here. */
  positionByTime(timestamp: bigint): number | undefined {
    this.#indexAll();
    for (let i = 0; i < this.#timestamps.length; i++) {
      if ((this.#timestamps[i] ?? -1n) >= timestamp) return this.#positions[i];
    }
    return undefined;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }

  #floor(offset: bigint): number {
    const first = this.#offsets[0];
    if (first === undefined || offset < first) this.#indexAll();
    let low = 0;
    let high = this.#offsets.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#offsets[middle] ?? 0n) <= offset) low = middle;
      else high = middle - 1;
    }
    const found = this.#offsets[low];
    return found !== undefined && found <= offset
      ? (this.#positions[low] ?? SEGMENT_HEADER_BYTES)
      : SEGMENT_HEADER_BYTES;
  }

  #indexAll(): void {
    if (this.#indexedFrom <= SEGMENT_HEADER_BYTES) return;
    const offsets: bigint[] = [];
    const positions: number[] = [];
    const timestamps: bigint[] = [];
    for (const placed of this.batches(SEGMENT_HEADER_BYTES)) addToIndex(this, offsets, positions, timestamps, placed);
    this.#offsets = offsets;
    this.#positions = positions;
    this.#timestamps = timestamps;
    this.#indexedFrom = SEGMENT_HEADER_BYTES;
  }
}

function headerOf(baseOffset: bigint): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeInt32BE(FORMAT, 8);
  header.writeBigInt64BE(baseOffset, 16);
  return header;
}

/** The beginning of our header, and behind it nothing, or zeros where the disk kept the length and not the bytes. */
function isTorn(header: Buffer, baseOffset: bigint): boolean {
  const whole = headerOf(baseOffset);
  let same = 0;
  while (same < header.length && header[same] === whole[same]) same++;
  return header.subarray(same).every((byte) => byte === 0);
}

function addToIndex(
  segment: Segment,
  offsets: bigint[],
  positions: number[],
  timestamps: bigint[],
  { batch, position }: PlacedBatch,
): void {
  const last = positions.length - 1;
  const timestamp = batch.maxTimestamp;
  if (timestamp > segment.maxTimestamp) segment.maxTimestamp = timestamp;
  if (last < 0 || position - (positions[last] ?? 0) >= INDEX_INTERVAL_BYTES) {
    offsets.push(batch.baseOffset);
    positions.push(position);
    timestamps.push(timestamp);
  } else if (timestamp > (timestamps[last] ?? -1n)) {
    timestamps[last] = timestamp;
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

export function segmentPath(directory: string, baseOffset: bigint): string {
  return `${directory}/${fileStem(baseOffset)}.log`;
}

/** Twenty digits, so that names sort as offsets do. */
export function fileStem(offset: bigint): string {
  return offset.toString().padStart(20, '0');
}
