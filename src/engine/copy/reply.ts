/**
 * What a produce answer means for one batch. Pure. Success with the wrong base is no success. Spec: docs/spec/engine.md
 * 3.3, 3.4.
 */
import { errorCode, errorName } from '../../protocol/errors.js';

export interface ProduceAnswer {
  readonly code: number;
  readonly baseOffset: bigint;
  readonly logAppendTimeMs: bigint;
  readonly logStart: bigint;
  readonly message: string | null;
}

export type ReplyVerdict =
  | { readonly kind: 'appended' }
  /** Drain, prove the tail, find the sequence, go on (3.3). */
  | { readonly kind: 'settle'; readonly reason: string }
  /** The destination refuses this batch as it is: settings, rights or size. Settle, then try again, ever more slowly. */
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string };

const REFUSALS: ReadonlySet<number> = new Set([
  errorCode.CORRUPT_MESSAGE,
  errorCode.MESSAGE_TOO_LARGE,
  errorCode.RECORD_LIST_TOO_LARGE,
  errorCode.TOPIC_AUTHORIZATION_FAILED,
  errorCode.CLUSTER_AUTHORIZATION_FAILED,
  errorCode.INVALID_TIMESTAMP,
  errorCode.INVALID_RECORD,
  errorCode.UNSUPPORTED_COMPRESSION_TYPE,
  errorCode.POLICY_VIOLATION,
  errorCode.UNKNOWN_SERVER_ERROR,
]);

export function judgeReply(
  answer: ProduceAnswer,
  expected: { readonly base: bigint; readonly logStartMax: bigint },
): ReplyVerdict {
  if (answer.code !== 0) {
    const reason = `${errorName(answer.code)}${answer.message ? `: ${answer.message}` : ''}`;
    if (REFUSALS.has(answer.code)) return { kind: 'refused', code: answer.code, reason };
    return { kind: 'settle', reason };
  }
  // [3.4] Guards on every reply.
  if (answer.baseOffset !== expected.base) {
    return { kind: 'settle', reason: `the batch for offset ${expected.base} was put at ${answer.baseOffset}` };
  }
  // Stamped with LogAppendTime (T5), or a duplicate, which brokers answer with its timestamp: the log tells which.
  if (answer.logAppendTimeMs !== -1n) {
    return { kind: 'settle', reason: `the batch at ${expected.base} came back with a log append time` };
  }
  if (answer.logStart > expected.logStartMax) {
    return { kind: 'settle', reason: `the mirror's log start rose to ${answer.logStart}` };
  }
  return { kind: 'appended' };
}
