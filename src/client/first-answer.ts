/**
 * Asks several candidates for the same thing, in their order, without letting a silent one hold up the rest: the next is
 * asked as soon as one has failed, or after `staggerMs` without a word. The first answer wins and the others are told to
 * stop. Only for questions: every candidate may end up being asked.
 */
import type { Clock, Timer } from '../base/clock.js';

export interface RaceOptions {
  readonly clock: Clock;
  readonly staggerMs: number;
  /** For all candidates together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type RaceOutcome<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** Why each candidate failed, in the order of their failures; `pending` had not answered when the time ran out. */
  | { readonly kind: 'none'; readonly failures: readonly unknown[]; readonly pending: number };

/** Rejects only with the reason of `signal`. */
export function firstAnswer<C, T>(
  candidates: readonly C[],
  options: RaceOptions,
  attempt: (candidate: C, signal: AbortSignal) => Promise<T>,
): Promise<RaceOutcome<T>> {
  const { clock, signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (candidates.length === 0) return Promise.resolve({ kind: 'none', failures: [], pending: 0 });
  return new Promise((resolve, reject) => {
    const losers = new AbortController();
    const failures: unknown[] = [];
    let started = 0;
    let over = false;
    let stagger: Timer | undefined;
    const finish = (settle: () => void) => {
      if (over) return;
      over = true;
      stagger?.cancel();
      deadline.cancel();
      signal?.removeEventListener('abort', onAbort);
      settle();
      losers.abort(new Error('another broker has answered'));
    };
    const onAbort = () => finish(() => reject(signal?.reason));
    const next = () => {
      stagger?.cancel();
      const candidate = candidates[started];
      if (over || candidate === undefined) return;
      started++;
      stagger = clock.setTimer(options.staggerMs, next);
      attempt(candidate, losers.signal).then(
        (value) => finish(() => resolve({ kind: 'answer', value })),
        (failure: unknown) => {
          failures.push(failure);
          if (failures.length === candidates.length) finish(() => resolve({ kind: 'none', failures, pending: 0 }));
          else if (failures.length === started) next();
        },
      );
    };
    const deadline = clock.setTimer(options.timeoutMs, () =>
      finish(() => resolve({ kind: 'none', failures, pending: started - failures.length })),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    next();
  });
}
