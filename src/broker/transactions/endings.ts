/**
 * From a decision to the end of its transaction: markers, then the completion, in one turn. Where `flush.messages` asks for
 * it, the decision is on the disk before the first marker and the markers before the completion: else a power loss could
 * keep the later and lose the earlier. Serves docs/spec/broker.md §2.8 and §5.
 */
import type { Log } from '../../base/log.js';
import { errorCode } from '../../protocol/errors.js';
import type { PartitionLog } from '../log/partition-log.js';
import type { Topics } from '../topics/topics.js';
import type { TransactionRecord } from './journal.js';
import type { KnownTransactions } from './known-transactions.js';
import { completed, isDecided } from './transitions.js';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface MarkerRequest {
  readonly place: Place;
  readonly producerId: bigint;
  readonly epoch: number;
  readonly coordinatorEpoch: number;
  readonly commit: boolean;
  /** See `MarkerToAppend`. */
  readonly transactionVersion?: number;
  readonly isFromOutside?: boolean;
}

export interface EndingSurroundings {
  readonly topics: Topics;
  readonly log: Log;
  /** Appends one marker, and lets the group coordinator know. Gives the error code. */
  readonly appendMarker: (marker: MarkerRequest, nowMs: number) => number;
}

export class Endings {
  readonly #around: EndingSurroundings;
  readonly #known: KnownTransactions;
  /** Those that wait for the disk: each step must be durable before the next one begins. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(around: EndingSurroundings, known: KnownTransactions) {
    this.#around = around;
    this.#known = known;
  }

  /** What had been decided when the broker ended, or was held up by a partition that failed. */
  finishAll(nowMs: number): void {
    for (const record of this.#known.all) if (isDecided(record)) this.finish(record, nowMs);
  }

  /** Of a decided one. Undefined: it is over, or cannot be ended yet. Never rejects. */
  finish(record: TransactionRecord, nowMs: number): Promise<void> | undefined {
    const { transactionalId } = record;
    const under = this.#ending.get(transactionalId);
    if (under) return under;
    // A start goes on with what the disk holds.
    if (this.#known.isOffline(transactionalId)) return undefined;
    const isFlushed = !this.#known.journal(transactionalId)?.mustFlush;
    const left = isFlushed ? this.#writeMarkers(record, nowMs) : undefined;
    if (left !== undefined && !record.partitions.some((place) => this.#unflushed(place))) {
      this.#complete(record, left, nowMs);
      return undefined;
    }
    const ending = this.#finishDurably(record, left, nowMs)
      .catch((error: unknown) => {
        this.#around.log.error({ transactionalId, error: String(error) }, 'a transaction could not be ended yet');
      })
      .finally(() => this.#ending.delete(transactionalId));
    this.#ending.set(transactionalId, ending);
    return ending;
  }

  /** `marked`: the markers are written, but for these. */
  async #finishDurably(record: TransactionRecord, marked: Place[] | undefined, nowMs: number): Promise<void> {
    if (marked === undefined) await this.#known.journal(record.transactionalId)?.flushed();
    const left = marked ?? this.#writeMarkers(record, nowMs);
    const failed = await Promise.all(record.partitions.map((place) => this.#flush(place)));
    this.#complete(record, [...left, ...failed.flat()], nowMs);
  }

  /** Gives the partition again when its disk has failed: the transaction stays open there, and nowhere else. */
  async #flush(place: Place): Promise<Place[]> {
    const flushed = this.#unflushed(place)?.flushed();
    return flushed === undefined
      ? []
      : flushed.then(
          () => [],
          () => [place],
        );
  }

  #unflushed({ topic, partition }: Place): PartitionLog | undefined {
    const log = this.#around.topics.partition(topic, partition);
    return log?.mustFlush && !log.isOffline ? log : undefined;
  }

  /** Gives the partitions whose log failed: they keep the transaction open until they answer. */
  #writeMarkers(record: TransactionRecord, nowMs: number): Place[] {
    const commit = record.status === 'PrepareCommit';
    const { producerId, producerEpoch: epoch } = record;
    const coordinatorEpoch = this.#known.journal(record.transactionalId)?.leaderEpoch ?? 0;
    return record.partitions.filter((place) => {
      const marker = { place, producerId, epoch, coordinatorEpoch, commit };
      return this.#around.appendMarker(marker, nowMs) === errorCode.KAFKA_STORAGE_ERROR;
    });
  }

  #complete(record: TransactionRecord, left: readonly Place[], nowMs: number): void {
    const isWritten = left.length === 0 && this.#known.write(completed(record, nowMs), nowMs) === errorCode.NONE;
    if (!isWritten) this.#known.note({ ...record, partitions: left });
  }
}
