/**
 * The transaction coordinator: who owns a transactional id, which partitions a transaction holds, that it ends. Decision,
 * markers and completion are written in one turn (`endings.ts`); a start after a kill in between finishes what was decided.
 * Epochs and retries are `transitions.ts`'s. Source: KIP-98, KIP-360, KIP-890. docs/spec/broker.md §5.
 */
import { errorCode } from '../../protocol/errors.js';
import type { Configs } from '../config/configs.js';
import { ensureInternalTopic, TRANSACTIONS_TOPIC } from '../topics/internal.js';
import { type EndingSurroundings, Endings, type Place } from './endings.js';
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID, type TransactionRecord } from './journal.js';
import { KnownTransactions } from './known-transactions.js';
import type { ProducerIds } from './producer-ids.js';
import {
  type Claim,
  decided,
  fresh,
  identityAfter,
  isDecided,
  isExhausted,
  judgeEnd,
  mayRaise,
  raised,
} from './transitions.js';

/** The identity is −1 wherever there is nothing new to tell. */
export interface Identity {
  readonly code: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export interface TransactionSurroundings extends EndingSurroundings {
  readonly configs: Configs;
  readonly producerIds: ProducerIds;
}

const nobody = (code: number): Identity => ({ code, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH });

export class TransactionCoordinator {
  readonly #around: TransactionSurroundings;
  readonly #known: KnownTransactions;
  readonly #endings: Endings;

  constructor(around: TransactionSurroundings) {
    this.#around = around;
    this.#known = new KnownTransactions(around.topics);
    this.#endings = new Endings(around, this.#known);
  }

  get all(): TransactionRecord[] {
    return this.#known.all;
  }

  get(transactionalId: string): TransactionRecord | undefined {
    return this.#known.get(transactionalId);
  }

  /** Of such an id nobody knows what the disk holds. */
  isOffline(transactionalId: string): boolean {
    return this.#known.isOffline(transactionalId);
  }

  /** Reads the journal and finishes what had been decided when the broker ended. */
  load(nowMs: number): void {
    this.#known.load();
    this.#endings.finishAll(nowMs);
  }

  /**
   * For an id of its own: fences whoever had it before, after aborting what that one left open. Who names an identity is
   * fenced itself unless that one is current, or the last raise came from it (KIP-360: the answer was lost). Kafka compares
   * only after it has aborted what is open, so a stale one still costs the holder its open transaction.
   */
  async initProducerId(asked: Claim & { readonly timeoutMs: number }, now: () => number): Promise<Identity> {
    const { transactionalId, timeoutMs } = asked;
    if (transactionalId === '') return nobody(errorCode.INVALID_REQUEST);
    if (timeoutMs <= 0 || timeoutMs > this.#around.configs.number('transaction.max.timeout.ms')) {
      return nobody(errorCode.INVALID_TRANSACTION_TIMEOUT);
    }
    await ensureInternalTopic(this.#around, TRANSACTIONS_TOPIC);
    // Taken before looking, so that nothing can happen between the look and the write.
    const spareId = await this.#spareProducerId(transactionalId);
    const nowMs = now();
    if (this.isOffline(transactionalId)) return nobody(errorCode.NOT_COORDINATOR);
    const current = this.#known.get(transactionalId);
    if (current === undefined) return this.#become(fresh(transactionalId, spareId, timeoutMs, nowMs), nowMs);
    const expected = asked.producerId >= 0n ? asked : undefined;
    if (expected && !mayRaise(current, expected)) return nobody(errorCode.PRODUCER_FENCED);
    await this.#abortOpen(current, spareId, nowMs);
    if (this.isOffline(transactionalId)) return nobody(errorCode.NOT_COORDINATOR);
    const settled = this.#settled(transactionalId);
    if (settled === undefined) return nobody(errorCode.CONCURRENT_TRANSACTIONS);
    // Its epochs ran out only while the end was waited for.
    if (isExhausted(settled) && spareId < 0n) return nobody(errorCode.CONCURRENT_TRANSACTIONS);
    const next = raised(settled, expected, { spareId, timeoutMs, nowMs });
    return next === undefined ? nobody(errorCode.PRODUCER_FENCED) : this.#become(next, nowMs);
  }

  /** The caller has checked that the partitions exist. `raises`: the client speaks version 2. */
  addPartitions(
    claim: Claim,
    places: readonly Place[],
    { nowMs, raises }: { readonly nowMs: number; readonly raises: boolean },
  ): number {
    const checked = this.#check(claim);
    if (typeof checked === 'number') return checked;
    if (isDecided(checked)) return errorCode.CONCURRENT_TRANSACTIONS;
    const ongoing = checked.status === 'Ongoing';
    const held = ongoing ? checked.partitions : [];
    const byKey = new Map([...held, ...places].map((place) => [`${place.topic}/${place.partition}`, place]));
    if (ongoing && byKey.size === held.length) return errorCode.NONE;
    const partitions = [...byKey.values()];
    const startedMs = ongoing ? checked.startedMs : nowMs;
    const clientVersion = raises ? 2 : 0;
    return this.#known.write(
      { ...checked, status: 'Ongoing', partitions, updatedMs: nowMs, startedMs, clientVersion },
      nowMs,
    );
  }

  /** Is that partition in this producer's transaction? 0: it is. */
  looked(claim: Claim, place: Place): number {
    const checked = this.#check(claim);
    if (typeof checked === 'number') return checked;
    if (isDecided(checked)) return errorCode.CONCURRENT_TRANSACTIONS;
    return holds(checked.partitions, place) ? errorCode.NONE : errorCode.TRANSACTION_ABORTABLE;
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
    const code = this.addPartitions(asked, [asked.place], { nowMs: asked.nowMs, raises: true });
    return code === errorCode.NONE ? undefined : code;
  }

  /** Resolves when what this id's journal holds survives a power loss, where `flush.messages` asks for that. */
  unflushed(transactionalId: string): Promise<void> | undefined {
    const log = this.#known.journal(transactionalId);
    return log?.mustFlush ? log.flushed() : undefined;
  }

  /** `raises`: by the rules of version 2, where the answer names the identity to go on with. */
  end(
    claim: Claim,
    how: { readonly commit: boolean; readonly raises: boolean; readonly nowMs: number },
  ): Identity | Promise<Identity> {
    if (claim.transactionalId === '') return nobody(errorCode.INVALID_REQUEST);
    if (this.isOffline(claim.transactionalId)) return nobody(errorCode.NOT_COORDINATOR);
    const record = this.#known.get(claim.transactionalId);
    if (record === undefined) return nobody(errorCode.INVALID_PRODUCER_ID_MAPPING);
    if (!how.raises || !isExhausted(record)) return this.#end(record, claim, how, NO_PRODUCER_ID);
    return this.#around.producerIds.take().then((spareId) => {
      const current = this.#known.get(claim.transactionalId);
      // Somebody was quicker while the id was fetched.
      if (current !== record) return nobody(errorCode.CONCURRENT_TRANSACTIONS);
      return this.#end(record, claim, how, spareId);
    });
  }

  #end(
    record: TransactionRecord,
    claim: Claim,
    { commit, raises, nowMs }: { readonly commit: boolean; readonly raises: boolean; readonly nowMs: number },
    spareId: bigint,
  ): Identity | Promise<Identity> {
    const verdict = judgeEnd(record, claim, commit, raises);
    const told = (of: TransactionRecord): Identity =>
      raises ? { code: errorCode.NONE, ...identityAfter(of) } : nobody(errorCode.NONE);
    if (verdict.kind === 'refused') return nobody(verdict.code);
    if (verdict.kind === 'ended') return told(record);
    const ending = decided(record, { commit, raises, nothing: verdict.nothing, spareId, nowMs });
    const code = this.#known.write(ending, nowMs);
    if (code !== errorCode.NONE) return nobody(code);
    const finishing = this.#endings.finish(ending, nowMs);
    if (finishing === undefined) return told(ending);
    // A decision that may not be on the disk is none yet.
    const { transactionalId } = ending;
    return finishing.then(() => (this.isOffline(transactionalId) ? nobody(errorCode.NOT_COORDINATOR) : told(ending)));
  }

  /** Aborts what ran out of time, retries ends that a failed partition held up, forgets ids not used for long. */
  tick(nowMs: number): void {
    this.#endings.finishAll(nowMs);
    const expirationMs = this.#around.configs.number('transactional.id.expiration.ms');
    for (const record of this.all) {
      if (record.status === 'Ongoing' && nowMs - record.startedMs >= record.timeoutMs) {
        const { transactionalId } = record;
        this.#around.log.warn(
          { transactionalId, timeoutMs: record.timeoutMs },
          'aborting a transaction that timed out',
        );
        this.#abortTimedOut(record, nowMs);
      } else if (record.status !== 'Ongoing' && !isDecided(record) && nowMs - record.updatedMs >= expirationMs) {
        this.#known.forget(record, nowMs);
      }
    }
  }

  #abortTimedOut(record: TransactionRecord, nowMs: number): void {
    if (!isExhausted(record)) {
      this.#abortOpen(record, NO_PRODUCER_ID, nowMs);
      return;
    }
    const { transactionalId } = record;
    this.#around.producerIds
      .take()
      .then((spareId) => {
        const isSame = this.#known.get(transactionalId) === record;
        return isSame ? this.#abortOpen(record, spareId, nowMs) : undefined;
      })
      .catch((error: unknown) => {
        this.#around.log.error({ transactionalId, error: String(error) }, 'a transaction could not be aborted yet');
      });
  }

  /**
   * An open transaction is aborted at a raised epoch, by the rules of version 2 whatever its client speaks. Undefined: it is
   * over, or cannot be ended yet.
   */
  #abortOpen(record: TransactionRecord, spareId: bigint, nowMs: number): Promise<void> | undefined {
    if (isDecided(record)) return this.#endings.finish(record, nowMs);
    if (record.status !== 'Ongoing') return undefined;
    const ending = decided(record, { commit: false, raises: true, nothing: false, spareId, nowMs });
    return this.#known.write(ending, nowMs) === errorCode.NONE ? this.#endings.finish(ending, nowMs) : undefined;
  }

  /** The record to go on from; undefined while a transaction is open or on its way to its end. */
  #settled(transactionalId: string): TransactionRecord | undefined {
    const record = this.#known.get(transactionalId);
    return record === undefined || isDecided(record) || record.status === 'Ongoing' ? undefined : record;
  }

  #check(claim: Claim): TransactionRecord | number {
    if (claim.transactionalId === '') return errorCode.INVALID_REQUEST;
    if (this.isOffline(claim.transactionalId)) return errorCode.NOT_COORDINATOR;
    const record = this.#known.get(claim.transactionalId);
    if (record === undefined || record.producerId !== claim.producerId) return errorCode.INVALID_PRODUCER_ID_MAPPING;
    if (record.producerEpoch !== claim.producerEpoch) return errorCode.PRODUCER_FENCED;
    return record;
  }

  #become(record: TransactionRecord, nowMs: number): Identity {
    const code = this.#known.write(record, nowMs);
    if (code !== errorCode.NONE) return nobody(code);
    return { code, producerId: record.producerId, producerEpoch: record.producerEpoch };
  }

  async #spareProducerId(transactionalId: string): Promise<bigint> {
    const current = this.#known.get(transactionalId);
    const needed =
      current === undefined || isExhausted(current) || isExhausted({ producerEpoch: current.producerEpoch + 1 });
    return needed ? this.#around.producerIds.take() : -1n;
  }
}

function holds(places: readonly Place[], { topic, partition }: Place): boolean {
  return places.some((place) => place.topic === topic && place.partition === partition);
}
