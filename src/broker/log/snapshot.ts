/**
 * What a partition knows beside its batches, as of one offset: producers, aborted transactions, leader epochs, and the
 * segments below. With it a start reads only what was appended later. Written aside, synced and renamed, so a snapshot
 * is there as a whole or not at all; an unreadable one is passed over. Serves docs/spec/broker.md §2.
 */
import type { Disk } from '../../base/disk.js';
import { isIntact, withChecksum } from './checked-text.js';
import type { EpochEntry } from './epoch-history.js';
import type { AbortedTransaction, ProducerState } from './producer-states.js';
import { fileStem } from './segment-header.js';

const FORMAT = 1;
const SUFFIX = '.snapshot';

export interface SegmentFacts {
  readonly baseOffset: bigint;
  /** File position behind the last batch that lies below the snapshot's offset. */
  readonly end: number;
  readonly maxTimestamp: bigint;
}

export interface Snapshot {
  readonly offset: bigint;
  readonly producers: readonly ProducerState[];
  readonly aborted: readonly AbortedTransaction[];
  readonly epochs: readonly EpochEntry[];
  /** All segments that held something below `offset`, oldest first. */
  readonly segments: readonly SegmentFacts[];
}

export function encodeSnapshot(snapshot: Snapshot): Buffer {
  const text = JSON.stringify({ format: FORMAT, ...snapshot }, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return withChecksum(text);
}

/** Undefined when it is damaged: it is an optimisation, and the log can be read instead. Throws for another format. */
export function decodeSnapshot(bytes: Buffer, path: string): Snapshot | undefined {
  const parsed = isIntact(bytes) ? parsedSnapshot(bytes) : undefined;
  if (parsed === undefined) return undefined;
  if (parsed.format !== FORMAT) {
    throw new Error(`${path} has format ${parsed.format}; this version reads format ${FORMAT}`);
  }
  // JSON has no `undefined`: closed transactions come back as a missing field.
  const producers = parsed.producers.map((each) => ({ ...each, transactionStart: each.transactionStart }));
  return { ...parsed, producers };
}

function parsedSnapshot(bytes: Buffer): (Snapshot & { readonly format: number }) | undefined {
  try {
    return JSON.parse(bytes.toString(), (_, value) =>
      typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
    ) as Snapshot & { format: number };
  } catch {
    return undefined;
  }
}

export async function writeSnapshot(disk: Disk, directory: string, name: bigint, bytes: Buffer): Promise<void> {
  await writeWhole(disk, directory, `${fileStem(name)}${SUFFIX}`, bytes);
  for (const old of snapshotOffsets(disk, directory).slice(0, -2)) {
    disk.removeFile(`${directory}/${fileStem(old)}${SUFFIX}`);
  }
}

/** The youngest one for an offset at or below `offsetMax`. */
export function readSnapshot(disk: Disk, directory: string, offsetMax: bigint): Snapshot | undefined {
  for (const offset of snapshotOffsets(disk, directory).reverse()) {
    if (offset > offsetMax) continue;
    const path = `${directory}/${fileStem(offset)}${SUFFIX}`;
    const snapshot = decodeSnapshot(disk.readFile(path), path);
    if (snapshot && snapshot.offset === offset) return snapshot;
  }
  return undefined;
}

export function removeSnapshots(disk: Disk, directory: string): void {
  for (const offset of snapshotOffsets(disk, directory)) disk.removeFile(`${directory}/${fileStem(offset)}${SUFFIX}`);
}

function snapshotOffsets(disk: Disk, directory: string): bigint[] {
  return disk
    .list(directory)
    .filter((name) => /^\d{20}\.snapshot$/.test(name))
    .map((name) => BigInt(name.slice(0, 20)));
}

/** What could not be finished. On a full disk the room is needed. */
export function takeAway(disk: Disk, path: string): void {
  try {
    disk.removeFile(path);
  } catch {
    // It is in nobody's way, and the next one takes its place. Why it was not written is told already.
  }
}

/** Replaces a small file as a whole: after a crash it holds the old bytes or the new ones. */
export async function writeWhole(disk: Disk, directory: string, name: string, bytes: Buffer): Promise<void> {
  const temporary = `${directory}/${name}.new`;
  const file = disk.open(temporary);
  try {
    file.truncate(0);
    file.write(0, [bytes]);
    await file.sync();
  } catch (error) {
    takeAway(disk, temporary);
    throw error;
  } finally {
    file.close();
  }
  disk.rename(temporary, `${directory}/${name}`);
  await disk.syncDirectory(directory);
}
