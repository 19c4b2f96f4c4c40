/**
 * Is what stands in the destination's log ours, and is it what the source has? Two folds over what was read, and a
 * comparison. Pure; `tail-proof.ts` does the reading, chunk by chunk. Spec: docs/spec/engine.md 2.3, 2.6.
 */
import type { FailureReason } from '../../model/assignment.js';
import { DecodeError } from '../../protocol/reader.js';
import { AbortedProducers } from '../../protocol/records/aborted.js';
import { decodeBatch } from '../../protocol/records/decode.js';
import { BatchView, batchesIn, CRC_AT, type ForeignEntry } from '../../protocol/records/header.js';
import type { BatchRecord } from '../../protocol/records/record.js';
import { BARRIER_EPOCH, DATA_EPOCH } from './identity.js';
import { lower } from './offsets.js';
import { rewriteBatch } from './rewrite.js';
import { addToSequence } from './sequence.js';
import type { Fetched } from './slices.js';

export interface Finding {
  readonly reason: FailureReason;
  /** First bad offset. */
  readonly offset: bigint;
  readonly detail: string;
}

/** Offsets [from, to) of which every one holds a visible record. */
export interface Run {
  readonly from: bigint;
  to: bigint;
}

export interface OwnIds {
  readonly data: bigint;
  readonly markers: ReadonlySet<bigint>;
}

/** Destination batches [from, to) of one chunk, found to be ours. */
export interface Chunk {
  readonly from: bigint;
  readonly to: bigint;
  readonly runs: readonly Run[];
  readonly data: readonly BatchView[];
}

/** [2.3] Every batch from the point to the log end is D's data with contiguous sequences, or a marker of M. */
export class DestinationFold {
  readonly #ids: OwnIds;
  #runs: Run[] = [];
  #chunkFrom: bigint;
  #chunkData: BatchView[] = [];
  /** Where to read on. */
  position: bigint;
  /** Sequence the next data record of D must have; undefined until the first D batch tells. */
  expected: number | undefined;
  /** Last sequence of the last D batch read; undefined: none was. */
  lastSequence: number | undefined;
  /** First sequence of the first D batch read. */
  firstSequence: number | undefined;
  dataRecords = 0;
  /** Behind the last D batch read; −1: none was. */
  dataEnd = -1n;
  /** Destination leader epoch of the last batch read; −1: none was. */
  lastEpoch = -1;
  /** Offset of the promotion barrier, when it was read. */
  barrier: bigint | undefined;

  constructor(ids: OwnIds, from: bigint, expected: number | undefined) {
    this.#ids = ids;
    this.#chunkFrom = from;
    this.position = from;
    this.expected = expected;
  }

  /** Undefined: this batch is ours and stands where it must. Not to be called again after a finding. */
  add(batch: BatchView | ForeignEntry): Finding | undefined {
    if (batch.kind === 'foreign') return foreign(this.position, `message format ${batch.magic}`);
    const next = batch.nextOffset;
    if (next <= this.position) return undefined;
    const base = batch.baseOffset;
    if (base > this.position) return lost(this.position, `no batch for offsets ${this.position} to ${base - 1n}`);
    const finding = batch.isControl ? this.#control(batch) : this.#data(batch);
    if (finding) return finding;
    this.position = next;
    this.lastEpoch = batch.partitionLeaderEpoch;
    return undefined;
  }

  /** The chunk read since the last call. */
  take(): Chunk {
    // The barrier is the mirror's own end: the source may have anything there.
    const to = this.barrier ?? this.position;
    const chunk = { from: this.#chunkFrom, to, runs: this.#runs, data: this.#chunkData };
    this.#chunkFrom = to;
    this.#runs = [];
    this.#chunkData = [];
    return chunk;
  }

  #control(batch: BatchView): Finding | undefined {
    if (batch.producerId === this.#ids.data && batch.producerEpoch === BARRIER_EPOCH) {
      this.barrier = batch.baseOffset;
      return undefined;
    }
    // [2.3] A marker of M, whatever its epoch: every number up to the journalled one is ours.
    if (this.#ids.markers.has(batch.producerId)) return undefined;
    return foreign(this.position, `a transaction marker of producer id ${batch.producerId}`);
  }

  #data(batch: BatchView): Finding | undefined {
    if (batch.producerId !== this.#ids.data || batch.isTransactional) {
      return foreign(this.position, `records of producer id ${batch.producerId}`);
    }
    if (this.barrier !== undefined) return diverged(this.position, 'data of the mirror behind its promotion barrier');
    if (batch.timestampType === 'LogAppendTime') {
      return { reason: 'SETTINGS_CHANGED', offset: this.position, detail: 'the batch carries LogAppendTime' };
    }
    if (batch.producerEpoch !== DATA_EPOCH) return diverged(this.position, `producer epoch ${batch.producerEpoch}`);
    if (batch.recordCount !== batch.lastOffsetDelta + 1) return lost(this.position, 'records were compacted away');
    // [2.3] Contiguous sequences: a batch that landed without the one before it is found here.
    if (this.expected !== undefined && batch.baseSequence !== this.expected) {
      return diverged(this.position, `sequence ${batch.baseSequence} where ${this.expected} was due`);
    }
    this.firstSequence ??= batch.baseSequence;
    this.lastSequence = batch.lastSequence;
    this.expected = addToSequence(batch.lastSequence, 1);
    this.dataRecords += Number(batch.nextOffset - this.position);
    addRun(this.#runs, this.position, batch.nextOffset);
    this.#chunkData.push(batch);
    this.dataEnd = batch.nextOffset;
    return undefined;
  }
}

/** What the source has of the offsets of one chunk. */
export class SourceFold {
  readonly #to: bigint;
  readonly runs: Run[] = [];
  /** Offsets of which the source holds nothing at all any more: only compaction does that (T10). */
  readonly holes: Run[] = [];
  /** Batches that a reader sees, ascending. */
  readonly data: BatchView[] = [];
  readonly epochs: { readonly epoch: number; readonly offset: bigint }[] = [];
  position: bigint;

  constructor(chunk: Pick<Chunk, 'from' | 'to'>) {
    this.position = chunk.from;
    this.#to = chunk.to;
  }

  get done(): boolean {
    return this.position >= this.#to;
  }

  /** [2.3] What lies below the source's log start is no difference. */
  skipTo(offset: bigint): void {
    if (offset <= this.position) return;
    const to = lower(offset, this.#to);
    addRun(this.holes, this.position, to);
    this.position = to;
  }

  add(fetched: Fetched): void {
    const aborted = new AbortedProducers(fetched.abortedTransactions);
    for (const batch of batchesIn(fetched.records)) {
      if (this.done) return;
      if (batch.kind === 'foreign') {
        this.skipTo(this.#to);
        return;
      }
      const invisible = aborted.pass(batch);
      const next = batch.nextOffset;
      if (next <= this.position) continue;
      this.skipTo(batch.baseOffset);
      if (this.done) return;
      const to = lower(next, this.#to);
      if (this.epochs.at(-1)?.epoch !== batch.partitionLeaderEpoch) {
        this.epochs.push({ epoch: batch.partitionLeaderEpoch, offset: this.position });
      }
      if (!invisible) this.#visible(batch, to);
      this.position = to;
    }
  }

  #visible(batch: BatchView, to: bigint): void {
    this.data.push(batch);
    if (batch.recordCount === batch.lastOffsetDelta + 1) {
      addRun(this.runs, this.position, to);
      return;
    }
    let at = this.position;
    for (const { offset } of decodeBatch(batch)) {
      if (offset < this.position || offset >= to) continue;
      if (offset > at) addRun(this.holes, at, offset);
      addRun(this.runs, offset, offset + 1n);
      at = offset + 1n;
    }
    if (at < to) addRun(this.holes, at, to);
  }
}

/** [2.3] Number, place and content of data records equal the source's. Gives the first offset where they do not. */
export function compareChunk(chunk: Chunk, source: SourceFold): Finding | undefined {
  const findings: Finding[] = [];
  const missing = firstOutside(source.runs, chunk.runs, []);
  if (missing !== undefined) {
    findings.push({ reason: 'OVERSHOOT', offset: missing, detail: 'a marker stands where the source has a record' });
  }
  const extra = firstOutside(chunk.runs, source.runs, source.holes);
  if (extra !== undefined) findings.push(diverged(extra, 'a record stands where the source has none'));
  const different = firstDifference(chunk.data, source.data);
  if (different) findings.push(different);
  return findings.sort((one, other) => (one.offset < other.offset ? -1 : 1))[0];
}

/** Every batch, not the last one alone: the first bad offset is the mirror's end, and it must be the first. */
function firstDifference(ours: readonly BatchView[], theirs: readonly BatchView[]): Finding | undefined {
  let from = 0;
  for (const batch of ours) {
    while (from < theirs.length && (theirs[from]?.nextOffset ?? 0n) <= batch.baseOffset) from++;
    let to = from;
    while (to < theirs.length && (theirs[to]?.baseOffset ?? 0n) < batch.nextOffset) to++;
    const found = differsFrom(batch, theirs.slice(from, to));
    if (found) return found;
  }
  return undefined;
}

/** First offset of `runs` that is neither in `other` nor in `excused`; all are ascending. */
function firstOutside(runs: readonly Run[], other: readonly Run[], excused: readonly Run[]): bigint | undefined {
  let a = 0;
  let b = 0;
  for (const run of runs) {
    for (let at = run.from; at < run.to; ) {
      while (a < other.length && (other[a]?.to ?? 0n) <= at) a++;
      while (b < excused.length && (excused[b]?.to ?? 0n) <= at) b++;
      const one = other[a];
      const two = excused[b];
      if (one && one.from <= at) at = one.to;
      else if (two && two.from <= at) at = two.to;
      else return at;
    }
  }
  return undefined;
}

/** First offset at which a D batch and the source's records differ, in anything a reader sees. */
function differsFrom(batch: BatchView, candidates: readonly BatchView[]): Finding | undefined {
  const [only] = candidates;
  // Bytes are the fast path: the source's batch, rewritten as it was when it was copied, must be this one.
  if (only && candidates.length === 1 && only.baseOffset === batch.baseOffset && only.size === batch.size) {
    const copy = new BatchView(Buffer.from(only.bytes), 0, only.size);
    rewriteBatch(copy, batch.producerId, batch.baseSequence);
    if (copy.crc === batch.crc && copy.bytes.subarray(CRC_AT).equals(batch.bytes.subarray(CRC_AT))) return undefined;
  }
  let decoded: readonly BatchRecord[];
  try {
    decoded = decodeBatch(batch);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return diverged(batch.baseOffset, `the mirror's batch cannot be read: ${error.message}`);
  }
  const ours = new Map(decoded.map((record) => [record.offset, record]));
  for (const candidate of candidates) {
    for (const theirs of decodeBatch(candidate)) {
      const own = ours.get(theirs.offset);
      if (own !== undefined && !sameRecord(own, theirs)) {
        return diverged(theirs.offset, 'the record differs from that of the source');
      }
    }
  }
  return undefined;
}

export function sameRecord(one: BatchRecord, other: BatchRecord): boolean {
  if (one.timestamp !== other.timestamp) return false;
  if (!sameBytes(one.key, other.key) || !sameBytes(one.value, other.value)) return false;
  if (one.headers.length !== other.headers.length) return false;
  return one.headers.every((header, at) => {
    const twin = other.headers[at];
    return twin !== undefined && twin.key === header.key && sameBytes(header.value, twin.value);
  });
}

function sameBytes(one: Buffer | null, other: Buffer | null): boolean {
  if (one === null || other === null) return one === other;
  return one.equals(other);
}

function addRun(runs: Run[], from: bigint, to: bigint): void {
  const last = runs.at(-1);
  if (last && last.to === from) last.to = to;
  else runs.push({ from, to });
}

function foreign(offset: bigint, what: string): Finding {
  return { reason: 'FOREIGN_WRITE', offset, detail: `the mirror holds ${what}, which klink did not write` };
}

function diverged(offset: bigint, detail: string): Finding {
  return { reason: 'DIVERGED', offset, detail };
}

function lost(offset: bigint, detail: string): Finding {
  return { reason: 'RANGE_LOST', offset, detail: `the mirror lost records: ${detail}` };
}
