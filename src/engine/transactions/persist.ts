/**
 * Asks again until somebody has answered, or time is up. What is asked again must be safe to ask twice; whoever calls says
 * so by calling. Counts the requests that were sent and never answered: they may still arrive, however late.
 */
import { type Clock, sleep } from '../../base/clock.js';
import type { Random } from '../../base/random.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { KafkaError, NotSent, OutcomeUnknown } from '../../client/types.js';
import { verdictOf } from './answers.js';

export interface Patience {
  readonly clock: Clock;
  readonly random: Random;
  /** Monotonic. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

export interface Again {
  readonly kind: 'again';
  readonly reason: string;
}
export interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
}

export interface Persisted<T> {
  readonly outcome: T | Refused | Unavailable;
  /** Requests that were sent and had no answer: each may have been executed, or may be yet. */
  readonly unanswered: number;
}

const BACKOFF: Backoff = { firstMs: 10, capMs: 500 };
/** One request never waits longer than this: a broker that is gone is found out and passed by. */
const REQUEST_MS = 5_000;

export function patience(
  around: { readonly clock: Clock; readonly random: Random },
  forMs: number,
  signal: AbortSignal,
): Patience {
  return { clock: around.clock, random: around.random, untilMs: around.clock.monotonicMs() + forMs, signal };
}

export function leftMs(within: Patience): number {
  return within.untilMs - within.clock.monotonicMs();
}

/** The timeout of one request. Throws NotSent when time is up: nothing is ever sent after its caller has gone on. */
export function requestMs(within: Patience, atMostMs = REQUEST_MS): number {
  within.signal.throwIfAborted();
  const left = leftMs(within);
  if (left <= 0) throw new NotSent('time is up');
  return Math.min(atMostMs, left);
}

export function again(reason: string): Again {
  return { kind: 'again', reason };
}

/** At least one attempt is made. Rejects only with mistakes of ours. */
export async function persist<T extends { readonly kind: string }>(
  within: Patience,
  attempt: () => Promise<T | Again>,
): Promise<Persisted<T>> {
  let unanswered = 0;
  for (let count = 0; ; count++) {
    const outcome: T | Again | Refused = await attempt().catch((error: unknown) => {
      if (error instanceof OutcomeUnknown) unanswered++;
      return ofError(error, within.signal);
    });
    // The cast: an `again` of T itself would be one of ours.
    if (outcome.kind !== 'again') return { outcome: outcome as T | Refused, unanswered };
    const { reason } = outcome as Again;
    const pauseMs = backoffMs(BACKOFF, count, within.random);
    if (within.signal.aborted || leftMs(within) <= pauseMs) {
      return { outcome: { kind: 'unavailable', reason }, unanswered };
    }
    await sleep(within.clock, pauseMs, within.signal).catch(() => undefined);
  }
}

/** A look-up of the client's, which has patience of its own, bounded by ours. What comes too late is dropped. */
export function bounded<T>(within: Patience, lookup: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      settle();
      reject(new NotSent(reason));
    };
    const onAbort = () => fail('stopped');
    const timer = within.clock.setTimer(Math.max(0, leftMs(within)), () => fail('no broker answers'));
    const settle = () => {
      timer.cancel();
      within.signal.removeEventListener('abort', onAbort);
    };
    within.signal.addEventListener('abort', onAbort, { once: true });
    lookup.finally(settle).then(resolve, reject);
  });
}

function ofError(error: unknown, signal: AbortSignal): Again | Refused {
  if (error instanceof NotSent || error instanceof OutcomeUnknown) return again(error.message);
  if (error instanceof KafkaError) {
    return verdictOf(error.code) === 'again' ? again(error.message) : { kind: 'refused', reason: error.message };
  }
  if (signal.aborted) return again('stopped');
  throw error;
}
