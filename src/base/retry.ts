import { type Clock, sleep } from './clock.js';
import type { Random } from './random.js';

/** Pauses that grow from `firstMs` to `capMs`, each with up to 20 % jitter so that many retries do not march in step. */
export interface Backoff {
  readonly firstMs: number;
  readonly capMs: number;
}

export function backoffMs(backoff: Backoff, attempt: number, random: Random): number {
  const plain = Math.min(backoff.capMs, backoff.firstMs * 2 ** Math.min(attempt, 20));
  return plain * (0.8 + 0.4 * random.next());
}

/**
 * Calls `attempt` until it gives something other than 'retry', at most `attemptsMax` times.
 * Gives undefined when the attempts are used up; rejects when `signal` aborts.
 */
export async function retry<T>(
  tools: { readonly clock: Clock; readonly random: Random; readonly signal?: AbortSignal | undefined },
  backoff: Backoff,
  attemptsMax: number,
  attempt: (count: number) => Promise<T | 'retry'>,
): Promise<T | undefined> {
  for (let count = 0; count < attemptsMax; count++) {
    const outcome = await attempt(count);
    if (outcome !== 'retry') return outcome;
    await sleep(tools.clock, backoffMs(backoff, count, tools.random), tools.signal);
  }
  return undefined;
}
