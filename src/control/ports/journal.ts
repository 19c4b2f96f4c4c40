/** [§5] What control needs of the journal: decisions that count, observations that may be lost. */
import type { Outcome, Refused, Unavailable } from './outcome.js';

export interface JournalRecord {
  readonly key: string;
  /** JSON; null forgets the key. */
  readonly value: string | null;
}

export type OpenOutcome =
  | {
      readonly kind: 'opened';
      /** The newest record of every key of `_klink.state`; only batches of `klink-state` count. */
      readonly entries: readonly JournalRecord[];
      /** The records of `_klink.seen`, in log order: late ones are dropped by who reads them. */
      readonly observations: readonly JournalRecord[];
      /** There is no journal, or nothing was ever decided in it: the first `commit` makes what is missing. */
      readonly fresh: boolean;
    }
  | Refused
  | Unavailable;

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** Another klink has opened the journal since: stop all effects. */
  | { readonly kind: 'fenced'; readonly reason: string }
  /** Only opening and reading again can tell. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Surely not committed. */
  | Refused
  | Unavailable;

export interface JournalPort {
  /**
   * Fences (InitProducerId of `klink-state` and `klink-groups`), then reads to the end (5.3). Makes nothing: a cluster that
   * never gets a link never gets a journal.
   */
  open(): Promise<OpenOutcome>;
  /**
   * One decision, one transaction: records to `_klink.state`, one line per event to `_klink.audit`. After a fresh `open` it
   * makes the topics, fences, and answers `fenced` if by then somebody else has decided anything.
   */
  commit(records: readonly JournalRecord[], audit: readonly string[]): Promise<CommitOutcome>;
  /** To `_klink.seen`, plain writes; a lost one does no harm. */
  observe(records: readonly JournalRecord[]): Promise<Outcome>;
  /** [3.6] Has anybody else decided since our last commit? Read from the log now. */
  confirm(): Promise<{ readonly kind: 'current' } | { readonly kind: 'fenced'; readonly reason: string } | Unavailable>;
  close(): Promise<void>;
}
