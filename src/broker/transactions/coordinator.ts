/**
 * The transaction coordinator: who owns a transactional id, which partitions a transaction holds, how it ends. Ends are
 * written in one turn: decision, markers, completion; a start after a kill in between finishes what was decided.
 * Source: KIP-98, KIP-360; transactions before version 2 (an end keeps the producer's epoch). docs/spec/broker.md §5.
 */
import type { Log } from '../../base/log.js';
import { errorCode } from '../../protocol/errors.js';
import type { Configs } from '../config/configs.js';
import { ensureInternalTopic, TRANSACTIONS_TOPIC } from '../topics/internal.js';
import { appendToJournal, type JournalRecord, journalLog, readJournal } from '../topics/internal-journal.js';
import type { Topics } from '../topics/topics.js';
import {
  decodeTransaction,
  encodeTransaction,
  type ProducerIdentity,
  type TransactionRecord,
  transactionKey,
} from './journal.js';
import type { ProducerIds } from './producer-ids.js';

const EPOCH_MAX = 32767;

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface Claim {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export interface Identity {
  readonly code: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export interface MarkerRequest {
  readonly place: Place;
  readonly producerId: bigint;
  readonly epoch: number;
  readonly coordinatorEpoch: number;
  readonly commit: boolean;
}

export interface TransactionSurroundings {
  readonly topics: Topics;
  readonly configs: Configs;
  readonly producerIds: ProducerIds;
  readonly log: Log;
  /** Appends one marker, and lets the group coordinator know. Gives the error code. */
  readonly appendMarker: (marker: MarkerRequest, nowMs: number) => number;
}

const refusedIdentity = (code: number): Identity => ({ code, producerId: -1n, producerEpoch: -1 });

export class TransactionCoordinator {
  readonly #around: TransactionSurroundings;
  readonly #records = new Map<string, TransactionRecord>();
  /** Ends that wait for the disk: each step must be durable before the next one begins. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(around: TransactionSurroundings) {
    this.#around = around;
  }

  get all(): TransactionRecord[] {
    return [...this.#records.values()];
  }

  get(transactionalId: string): TransactionRecord | undefined {
    return this.#records.get(transactionalId);
  }

  /** Reads the journal and finishes what had been decided when the broker ended. */
  load(nowMs: number): void {
    for (const log of this.#around.topics.get(TRANSACTIONS_TOPIC)?.partitions ?? []) {
      for (const event of readJournal(log)) {
        if (event.kind !== 'record') continue;
        const { transactionalId, record } = decodeTransaction(event.record);
        if (record) this.#records.set(transactionalId, record);
        else this.#records.delete(transactionalId);
      }
    }
    this.#finishDecided(nowMs);
  }

  /**
   * For an id of its own: fences whoever had it before, after aborting what that one left open. Who names an identity is
   * fenced itself unless that one is current, or the last raise came from it (KIP-360: the answer was lost). Kafka compares
   * only after it has aborted what is open, so a stale one still costs the holder its open transaction.
   */
  async initProducerId(asked: Claim & { readonly timeoutMs: number }, now: () => number): Promise<Identity> {
    const { transactionalId, timeoutMs } = asked;
    if (transactionalId === '') return refusedIdentity(errorCode.INVALID_REQUEST);
    if (timeoutMs <= 0 || timeoutMs > this.#around.configs.number('transaction.max.timeout.ms')) {
      return refusedIdentity(errorCode.INVALID_TRANSACTION_TIMEOUT);
    }
    await ensureInternalTopic(this.#around, TRANSACTIONS_TOPIC);
    // Taken before looking, so that nothing can happen between the look and the write.
    const spare = await this.#spareProducerId(transactionalId);
    const nowMs = now();
    const current = this.#records.get(transactionalId);
    if (current === undefined) {
      const fresh = { transactionalId, producerId: spare, producerEpoch: 0, timeoutMs, partitions: [] };
      return this.#become({ ...fresh, status: 'Empty', updatedMs: nowMs, startedMs: -1 }, nowMs);
    }
    const expected = asked.producerId >= 0n ? asked : undefined;
    const known = [current.producerId, current.raisedFrom?.producerId];
    if (expected && !known.includes(expected.producerId)) return refusedIdentity(errorCode.PRODUCER_FENCED);
    await this.#abortOpen(current, nowMs);
    const settled = this.#settled(transactionalId);
    if (settled === undefined) return refusedIdentity(errorCode.CONCURRENT_TRANSACTIONS);
    const idle = { timeoutMs, status: 'Empty', partitions: [], updatedMs: nowMs, startedMs: -1 } as const;
    if (expected && isSame(settled.raisedFrom, expected)) return this.#become({ ...settled, ...idle }, nowMs);
    if (expected && !isSame(settled, expected)) return refusedIdentity(errorCode.PRODUCER_FENCED);
    const exhausted = settled.producerEpoch >= EPOCH_MAX - 1;
    const producerId = exhausted ? spare : settled.producerId;
    const producerEpoch = exhausted ? 0 : settled.producerEpoch + 1;
    const replaced = { producerId: settled.producerId, producerEpoch: settled.producerEpoch };
    return this.#become(
      { transactionalId, producerId, producerEpoch, raisedFrom: expected && replaced, ...idle },
      nowMs,
    );
  }

  /** The caller has checked that the partitions exist. */
  addPartitions(claim: Claim, places: readonly Place[], nowMs: number): number {
    const checked = this.#check(claim);
    if (typeof checked === 'number') return checked;
    if (isDecided(checked)) return errorCode.CONCURRENT_TRANSACTIONS;
    const ongoing = checked.status === 'Ongoing';
    const held = ongoing ? checked.partitions : [];
    const byKey = new Map([...held, ...places].map((place) => [`${place.topic}/${place.partition}`, place]));
    if (ongoing && byKey.size === held.length) return errorCode.NONE;
    const partitions = [...byKey.values()];
    const startedMs = ongoing ? checked.startedMs : nowMs;
    return this.#write({ ...checked, status: 'Ongoing', partitions, updatedMs: nowMs, startedMs }, nowMs);
  }

  /** May this producer write transactionally to that partition now? Undefined: yes. */
  verify(
    asked: Claim & {
      readonly place: Place;
      readonly nowMs: number;
      /** The request itself adds the partition when it is missing. */
      readonly mayAdd: boolean;
      /** The client knows TRANSACTION_ABORTABLE. */
      readonly tellsAbortable: boolean;
    },
  ): number | undefined {
    const checked = this.#check(asked);
    if (checked === errorCode.PRODUCER_FENCED) return errorCode.INVALID_PRODUCER_EPOCH;
    if (typeof checked === 'number') return checked;
    if (isDecided(checked)) return errorCode.CONCURRENT_TRANSACTIONS;
    if (checked.status === 'Ongoing' && holds(checked.partitions, asked.place)) return undefined;
    if (!asked.mayAdd) return asked.tellsAbortable ? errorCode.TRANSACTION_ABORTABLE : errorCode.INVALID_TXN_STATE;
    const code = this.addPartitions(asked, [asked.place], asked.nowMs);
    return code === errorCode.NONE ? undefined : code;
  }

  end(claim: Claim, commit: boolean, nowMs: number): number | Promise<number> {
    const checked = this.#check(claim);
    if (typeof checked === 'number') return checked;
    const { status } = checked;
    if (isDecided(checked)) {
      const same = (status === 'PrepareCommit') === commit;
      return same ? errorCode.CONCURRENT_TRANSACTIONS : errorCode.INVALID_TXN_STATE;
    }
    if (status !== 'Ongoing') {
      // The answer to an end that was made was lost, and it is asked for again.
      return status === (commit ? 'CompleteCommit' : 'CompleteAbort') ? errorCode.NONE : errorCode.INVALID_TXN_STATE;
    }
    const decided = { ...checked, status: commit ? 'PrepareCommit' : 'PrepareAbort', updatedMs: nowMs } as const;
    const code = this.#write(decided, nowMs);
    const finishing = code === errorCode.NONE ? this.#finish(decided, nowMs) : undefined;
    return finishing ? finishing.then(() => code) : code;
  }

  /** Aborts what ran out of time, retries ends that a failed partition held up, forgets ids not used for long. */
  tick(nowMs: number): void {
    this.#finishDecided(nowMs);
    const expirationMs = this.#around.configs.number('transactional.id.expiration.ms');
    for (const record of this.all) {
      if (record.status === 'Ongoing' && nowMs - record.startedMs >= record.timeoutMs) {
        const { transactionalId } = record;
        this.#around.log.warn(
          { transactionalId, timeoutMs: record.timeoutMs },
          'aborting a transaction that timed out',
        );
        this.#abortOpen(record, nowMs);
      } else if (record.status !== 'Ongoing' && !isDecided(record) && nowMs - record.updatedMs >= expirationMs) {
        const code = this.#append({ key: transactionKey(record.transactionalId), value: null }, record, nowMs);
        if (code === errorCode.NONE) this.#records.delete(record.transactionalId);
      }
    }
  }

  /** An open transaction is aborted at a raised epoch. Undefined: it is over, or cannot be ended yet. */
  #abortOpen(record: TransactionRecord, nowMs: number): Promise<void> | undefined {
    if (isDecided(record)) return this.#finish(record, nowMs);
    if (record.status !== 'Ongoing') return undefined;
    const producerEpoch = Math.min(record.producerEpoch + 1, EPOCH_MAX);
    const raised = { producerEpoch, raisedFrom: undefined, status: 'PrepareAbort', updatedMs: nowMs } as const;
    const decided = { ...record, ...raised };
    return this.#write(decided, nowMs) === errorCode.NONE ? this.#finish(decided, nowMs) : undefined;
  }

  /** The record to go on from; undefined while a transaction is open or on its way to its end. */
  #settled(transactionalId: string): TransactionRecord | undefined {
    const record = this.#records.get(transactionalId);
    return record === undefined || isDecided(record) || record.status === 'Ongoing' ? undefined : record;
  }

  #finishDecided(nowMs: number): void {
    for (const record of this.all) if (isDecided(record)) this.#finish(record, nowMs);
  }

  /**
   * Markers, then the completion, in one turn. Where `flush.messages` asks for it, the decision is on the disk before the
   * first marker and the markers before the completion: else a power loss could keep the later and lose the earlier.
   */
  #finish(record: TransactionRecord, nowMs: number): Promise<void> | undefined {
    const { transactionalId } = record;
    const under = this.#ending.get(transactionalId);
    if (under) return under;
    const markers = () => this.#writeMarkers(record, nowMs);
    if (!this.#journal(transactionalId)?.mustFlush) {
      const left = markers();
      if (!this.#mustFlush(record.partitions)) {
        this.#complete(record, left, nowMs);
        return undefined;
      }
    }
    const ending = this.#finishDurably(record, markers, nowMs)
      .catch((error: unknown) => {
        this.#around.log.error({ transactionalId, error: String(error) }, 'a transaction could not be ended yet');
      })
      .finally(() => this.#ending.delete(transactionalId));
    this.#ending.set(transactionalId, ending);
    return ending;
  }

  async #finishDurably(record: TransactionRecord, markers: () => Place[], nowMs: number): Promise<void> {
    await this.#journal(record.transactionalId)?.flushed();
    const left = markers();
    const logs = record.partitions.flatMap(({ topic, partition }) => {
      const log = this.#around.topics.partition(topic, partition);
      return log?.mustFlush && !log.isOffline ? [log] : [];
    });
    await Promise.all(logs.map((log) => log.flushed()));
    this.#complete(record, left, nowMs);
  }

  #mustFlush(places: readonly Place[]): boolean {
    return places.some(({ topic, partition }) => this.#around.topics.partition(topic, partition)?.mustFlush);
  }

  /** Gives the partitions whose log failed: they keep the transaction open until they answer. */
  #writeMarkers(record: TransactionRecord, nowMs: number): Place[] {
    const commit = record.status === 'PrepareCommit';
    const { producerId, producerEpoch: epoch } = record;
    const coordinatorEpoch = this.#journal(record.transactionalId)?.leaderEpoch ?? 0;
    return record.partitions.filter((place) => {
      const marker = { place, producerId, epoch, coordinatorEpoch, commit };
      return this.#around.appendMarker(marker, nowMs) === errorCode.KAFKA_STORAGE_ERROR;
    });
  }

  #complete(record: TransactionRecord, left: readonly Place[], nowMs: number): void {
    const status = record.status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort';
    const completed = { ...record, status, partitions: [], updatedMs: nowMs } as const;
    const isWritten = left.length === 0 && this.#write(completed, nowMs) === errorCode.NONE;
    if (!isWritten) this.#records.set(record.transactionalId, { ...record, partitions: left });
  }

  #check(claim: Claim): TransactionRecord | number {
    const record = this.#records.get(claim.transactionalId);
    if (record === undefined || record.producerId !== claim.producerId) return errorCode.INVALID_PRODUCER_ID_MAPPING;
    if (record.producerEpoch !== claim.producerEpoch) return errorCode.PRODUCER_FENCED;
    return record;
  }

  #become(record: TransactionRecord, nowMs: number): Identity {
    const code = this.#write(record, nowMs);
    if (code !== errorCode.NONE) return refusedIdentity(code);
    return { code, producerId: record.producerId, producerEpoch: record.producerEpoch };
  }

  #write(record: TransactionRecord, nowMs: number): number {
    const code = this.#append(encodeTransaction(record), record, nowMs);
    if (code === errorCode.NONE) this.#records.set(record.transactionalId, record);
    return code;
  }

  #append(entry: JournalRecord, { transactionalId }: TransactionRecord, nowMs: number): number {
    const log = this.#journal(transactionalId);
    if (log === undefined) return errorCode.COORDINATOR_NOT_AVAILABLE;
    const outcome = appendToJournal(log, [entry], nowMs);
    return outcome.kind === 'refused' ? errorCode.COORDINATOR_NOT_AVAILABLE : errorCode.NONE;
  }

  #journal(transactionalId: string) {
    const topic = this.#around.topics.get(TRANSACTIONS_TOPIC);
    return topic ? journalLog(topic, transactionalId) : undefined;
  }

  async #spareProducerId(transactionalId: string): Promise<bigint> {
    const current = this.#records.get(transactionalId);
    const needed = current === undefined || current.producerEpoch >= EPOCH_MAX - 3;
    return needed ? this.#around.producerIds.take() : -1n;
  }
}

function isSame(one: ProducerIdentity | undefined, other: ProducerIdentity): boolean {
  return one?.producerId === other.producerId && one.producerEpoch === other.producerEpoch;
}

function isDecided(record: TransactionRecord): boolean {
  return record.status === 'PrepareCommit' || record.status === 'PrepareAbort';
}

function holds(places: readonly Place[], { topic, partition }: Place): boolean {
  return places.some((place) => place.topic === topic && place.partition === partition);
}
