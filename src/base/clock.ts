/**
 * Time as an argument. Nothing outside `base/node/` may read a clock or set a timer by itself
 * (tools/check-layers.ts refuses it), so that whole clusters run under a simulated clock.
 */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump; only for timestamps, never for leases. */
  nowMs(): number;
  /** Milliseconds on a clock that never jumps; its zero means nothing. */
  monotonicMs(): number;
  /** Calls `fire` once after `delayMs`. The timer never keeps the process alive by itself when `unref` is set. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Resolves after `delayMs`, or rejects with the signal's reason as soon as `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
