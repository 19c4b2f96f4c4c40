/**
 * The transactional ids there are, by name, and the journal that keeps them: what is not written there does not count. What
 * becomes of a transaction is decided by `transitions.ts` and asked for by `coordinator.ts`. Serves docs/spec/broker.md §5.
 */
import { errorCode } from '../../protocol/errors.js';
import type { PartitionLog } from '../log/partition-log.js';
import { TRANSACTIONS_TOPIC } from '../topics/internal.js';
import { appendToJournal, type JournalRecord, journalLog, loadJournal } from '../topics/internal-journal.js';
import type { Topics } from '../topics/topics.js';
import { decodeTransaction, encodeTransaction, type TransactionRecord, transactionKey } from './journal.js';

export class KnownTransactions {
  readonly #topics: Topics;
  readonly #records = new Map<string, TransactionRecord>();

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  get all(): TransactionRecord[] {
    return [...this.#records.values()];
  }

  get(transactionalId: string): TransactionRecord | undefined {
    return this.#records.get(transactionalId);
  }

  /** Its journal takes nothing more until the broker starts again, and may hold less than is known here. */
  isOffline(transactionalId: string): boolean {
    return this.journal(transactionalId)?.isOffline ?? false;
  }

  load(): void {
    for (const log of this.#topics.get(TRANSACTIONS_TOPIC)?.partitions ?? []) {
      loadJournal(log, (event) => {
        if (event.kind !== 'record') return;
        const { transactionalId, record } = decodeTransaction(event.record);
        if (record) this.#records.set(transactionalId, record);
        else this.#records.delete(transactionalId);
      });
    }
  }

  /** Gives the error code; nothing has changed then. */
  write(record: TransactionRecord, nowMs: number): number {
    const code = this.#append(encodeTransaction(record), record, nowMs);
    if (code === errorCode.NONE) this.#records.set(record.transactionalId, record);
    return code;
  }

  /** In memory alone: of an end that is under way, where it has got to. A start begins it anew. */
  note(record: TransactionRecord): void {
    this.#records.set(record.transactionalId, record);
  }

  /** What cannot be written down stays. */
  forget(record: TransactionRecord, nowMs: number): void {
    const code = this.#append({ key: transactionKey(record.transactionalId), value: null }, record, nowMs);
    if (code === errorCode.NONE) this.#records.delete(record.transactionalId);
  }

  /** Where this id is kept. Undefined: no id was ever taken. */
  journal(transactionalId: string): PartitionLog | undefined {
    const topic = this.#topics.get(TRANSACTIONS_TOPIC);
    return topic ? journalLog(topic, transactionalId) : undefined;
  }

  #append(entry: JournalRecord, { transactionalId }: TransactionRecord, nowMs: number): number {
    const log = this.journal(transactionalId);
    if (log === undefined) return errorCode.COORDINATOR_NOT_AVAILABLE;
    const outcome = appendToJournal(log, [entry], nowMs);
    return outcome.kind === 'refused' ? errorCode.COORDINATOR_NOT_AVAILABLE : errorCode.NONE;
  }
}
