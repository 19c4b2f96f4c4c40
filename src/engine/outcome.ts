/**
 * How an effect on a cluster can end, in the words that control asks for: done, refused (asking again will not help until
 * somebody changes something), unavailable (not now; asking again is safe). Made from Kafka's codes and the client's errors.
 */
import { KafkaError, NotSent, OutcomeUnknown } from '../client/types.js';
import { errorCode, errorName, isRetriable } from '../protocol/errors.js';

export interface Done {
  readonly kind: 'done';
}
export interface Refused {
  readonly kind: 'refused';
  /** A sentence for the operator. */
  readonly reason: string;
  /** Kafka's, where a code was the reason. */
  readonly code: number | undefined;
}
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
}
export type Outcome = Done | Refused | Unavailable;

export const done: Done = { kind: 'done' };

export function refused(reason: string, code?: number): Refused {
  return { kind: 'refused', reason, code };
}

export function unavailable(reason: string): Unavailable {
  return { kind: 'unavailable', reason };
}

/** Not retriable in Kafka's words, and yet nothing that an operator would have to change first. */
const PASSING: ReadonlySet<number> = new Set([
  errorCode.UNKNOWN_SERVER_ERROR,
  errorCode.BROKER_NOT_AVAILABLE,
  errorCode.THROTTLING_QUOTA_EXCEEDED,
  errorCode.REASSIGNMENT_IN_PROGRESS,
]);

/** Of a code other than 0. */
export function ofCode(what: string, code: number, message?: string | null): Refused | Unavailable {
  const reason = `${what}: ${errorName(code)}${message ? `: ${message}` : ''}`;
  return isPassing(code) ? unavailable(reason) : refused(reason, code);
}

export function isPassing(code: number): boolean {
  return isRetriable(code) || PASSING.has(code);
}

/** The principal lacks a right. */
export function isUnauthorized(code: number | undefined): boolean {
  return (
    code === errorCode.TOPIC_AUTHORIZATION_FAILED ||
    code === errorCode.CLUSTER_AUTHORIZATION_FAILED ||
    code === errorCode.GROUP_AUTHORIZATION_FAILED
  );
}

/** Of what the client rejects with. Anything else is a mistake of ours and goes on upwards. */
export function ofError(error: unknown): Refused | Unavailable {
  if (error instanceof KafkaError)
    return isPassing(error.code) ? unavailable(error.message) : refused(error.message, error.code);
  if (error instanceof NotSent || error instanceof OutcomeUnknown) return unavailable(error.message);
  throw error;
}
