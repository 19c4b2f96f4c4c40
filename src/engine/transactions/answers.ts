/**
 * What an error code means for a transaction, for every code there is. One table for all requests of a transaction, so that
 * no step has an opinion of its own. Spec: docs/spec/journal.md 5.3.
 */
import { errorCode, errorName, isRetriable } from '../../protocol/errors.js';

/**
 * `again`: nobody refused; the same request may be made until time runs out. `fenced`: this producer may do nothing more,
 * whoever asks. `refused`: an operator has to change something. `broken`: this transaction cannot go on; it is aborted, and
 * the next one begins under a new epoch.
 */
export type Verdict = 'done' | 'again' | 'fenced' | 'refused' | 'broken';

/** [5.3] Another producer of the same id exists, the id is forgotten, or it is not ours any more: all effects stop. */
const FENCED: ReadonlySet<number> = new Set([
  errorCode.INVALID_PRODUCER_EPOCH,
  errorCode.INVALID_PRODUCER_ID_MAPPING,
  errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  errorCode.PRODUCER_FENCED,
]);

const AGAIN: ReadonlySet<number> = new Set([
  errorCode.COORDINATOR_LOAD_IN_PROGRESS,
  errorCode.COORDINATOR_NOT_AVAILABLE,
  errorCode.NOT_COORDINATOR,
  errorCode.CONCURRENT_TRANSACTIONS,
  // A coordinator that has been replaced: the new one is found by asking again.
  errorCode.TRANSACTION_COORDINATOR_FENCED,
  errorCode.BROKER_NOT_AVAILABLE,
]);

const REFUSED: ReadonlySet<number> = new Set([
  errorCode.TOPIC_AUTHORIZATION_FAILED,
  errorCode.GROUP_AUTHORIZATION_FAILED,
  errorCode.CLUSTER_AUTHORIZATION_FAILED,
  errorCode.SASL_AUTHENTICATION_FAILED,
  errorCode.INVALID_TRANSACTION_TIMEOUT,
  errorCode.MESSAGE_TOO_LARGE,
  errorCode.RECORD_LIST_TOO_LARGE,
  errorCode.INVALID_RECORD,
  errorCode.INVALID_TIMESTAMP,
  errorCode.INVALID_TOPIC_EXCEPTION,
  errorCode.INVALID_GROUP_ID,
  errorCode.OFFSET_METADATA_TOO_LARGE,
  errorCode.INVALID_COMMIT_OFFSET_SIZE,
  errorCode.UNSUPPORTED_VERSION,
  errorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  errorCode.POLICY_VIOLATION,
  errorCode.GROUP_ID_NOT_FOUND,
]);

/** Codes of a newer Kafka are `broken`: what we do not understand is never gone on from. */
export function verdictOf(code: number): Verdict {
  if (code === errorCode.NONE) return 'done';
  if (FENCED.has(code)) return 'fenced';
  if (REFUSED.has(code)) return 'refused';
  if (AGAIN.has(code) || isRetriable(code)) return 'again';
  return 'broken';
}

/** For messages: the request and Kafka's own name of the code. */
export function inWords(what: string, code: number, detail?: string | null): string {
  return `${what}: ${errorName(code)} (${code})${detail ? `: ${detail}` : ''}`;
}
