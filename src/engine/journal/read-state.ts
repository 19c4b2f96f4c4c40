/**
 * Which records of `_klink.state` are decisions. A batch counts if it belongs to a committed transaction of the producer id
 * that `klink-state` has now, or of one that *introduced itself* in an earlier batch: its first transaction holds a record
 * `writer/<its own producer id>` with the id of this very topic. A coordinator forgets a transactional id after a week of
 * silence and gives it another producer id, so the id of today alone would lose yesterday's decisions. Plain records, other
 * transactional ids, and copies of this or another journal have no such introduction, or one that names somebody else.
 *
 * A foreign record under one of our keys is not only ignored: compaction, which goes by key alone, would take our record
 * away and leave the foreign one. `overwritten` names such keys, to be written again. Spec: docs/spec/journal.md 5.1.
 */
import { controlType } from '../../protocol/records/control.js';
import { decodeBatch } from '../../protocol/records/decode.js';
import type { BatchView, ForeignEntry } from '../../protocol/records/header.js';

const WRITER = 'writer/';
/** More keys than these are not remembered one by one. */
const FOREIGN_KEYS_MAX = 10_000;

export interface WriterNote {
  readonly key: string;
  readonly value: string;
}

/** The first record of a producer id in this journal. */
export function introduction(producerId: bigint, topicId: string): WriterNote {
  return { key: `${WRITER}${producerId}`, value: JSON.stringify({ format: 1, topicId }) };
}

export function isReserved(key: string): boolean {
  return key.startsWith(WRITER);
}

export interface ForeignBatches {
  readonly records: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly producerIds: readonly bigint[];
}

export class StateReader {
  readonly #topicId: string;
  readonly #current: bigint;
  readonly #introduced = new Set<bigint>();
  readonly #entries = new Map<string, string | null>();
  readonly #foreignProducers = new Set<bigint>();
  /** Keys that a foreign record bears which no counting one has followed yet. */
  readonly #covered = new Set<string>();
  #foreign: { records: number; firstOffset: bigint; lastOffset: bigint } | undefined;
  #sawMarker: ((batch: BatchView) => boolean) | undefined;
  markerSeen = false;
  /** When the leader wrote it, by its own wall clock. */
  markerStampedMs: number | undefined;

  /** `current`: the producer id of `klink-state` now. */
  constructor(topicId: string, current: bigint) {
    this.#topicId = topicId;
    this.#current = current;
  }

  /** From now on `markerSeen` tells whether a control batch that passes this test was read. */
  awaitMarker(test: (batch: BatchView) => boolean): void {
    this.#sawMarker = test;
    this.markerSeen = false;
    this.markerStampedMs = undefined;
  }

  visit(batch: BatchView | ForeignEntry, visible: boolean): void {
    if (batch.kind === 'foreign') {
      this.#passForeign([], -1n, batch.baseOffset, batch.baseOffset);
    } else if (batch.isControl) {
      if (this.#sawMarker?.(batch) !== true) return;
      this.markerSeen = true;
      this.markerStampedMs = Number(batch.maxTimestamp);
    } else if (visible && batch.recordCount > 0) {
      this.#visitRecords(batch);
    }
  }

  #visitRecords(batch: BatchView): void {
    const records = decodeBatch(batch).map(({ key, value }) => ({
      key: key?.toString('utf8'),
      value: value?.toString('utf8') ?? null,
    }));
    const writer = batch.producerId;
    if (batch.isTransactional && records.some((record) => this.#introduces(record, writer)))
      this.#introduced.add(writer);
    if (!this.#counts(batch)) {
      const keys = records.flatMap(({ key }) => (key === undefined ? [] : [key]));
      this.#passForeign(keys, writer, batch.baseOffset, batch.lastOffset);
      return;
    }
    for (const { key, value } of records) {
      if (key === undefined || isReserved(key)) continue;
      this.#covered.delete(key);
      this.#entries.set(key, value);
    }
  }

  /** The newest record of every key that was not forgotten. */
  get entries(): { readonly key: string; readonly value: string }[] {
    return [...this.#entries].flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
  }

  /** Something was decided here, although it may all be forgotten. */
  get decided(): boolean {
    return this.#entries.size > 0;
  }

  knowsWriter(producerId: bigint): boolean {
    return this.#introduced.has(producerId);
  }

  /** Records of ours, forgotten or not, that a foreign record stands behind. */
  get overwritten(): { readonly key: string; readonly value: string | null }[] {
    return [...this.#covered].flatMap((key) => {
      const value = this.#entries.get(key);
      return value === undefined ? [] : [{ key, value }];
    });
  }

  get foreign(): ForeignBatches | undefined {
    return this.#foreign && { ...this.#foreign, producerIds: [...this.#foreignProducers] };
  }

  #counts(batch: BatchView): boolean {
    return batch.isTransactional && (batch.producerId === this.#current || this.#introduced.has(batch.producerId));
  }

  #introduces(record: { readonly key: string | undefined; readonly value: string | null }, writer: bigint): boolean {
    const wanted = introduction(writer, this.#topicId);
    return record.key === wanted.key && record.value === wanted.value;
  }

  #passForeign(keys: readonly string[], writer: bigint, firstOffset: bigint, lastOffset: bigint): void {
    const records = (this.#foreign?.records ?? 0) + Math.max(1, keys.length);
    this.#foreign = { records, firstOffset: this.#foreign?.firstOffset ?? firstOffset, lastOffset };
    this.#foreignProducers.add(writer);
    for (const key of keys) if (this.#covered.size < FOREIGN_KEYS_MAX) this.#covered.add(key);
  }
}

/** An end marker of this very epoch: nothing of an older one can follow it. */
export function endsEpoch(producerId: bigint, epoch: number): (batch: BatchView) => boolean {
  return (batch) => {
    if (batch.producerId !== producerId || batch.producerEpoch !== epoch) return false;
    const type = controlType(decodeBatch(batch)[0]?.key ?? null);
    return type === 'abort' || type === 'commit';
  };
}
