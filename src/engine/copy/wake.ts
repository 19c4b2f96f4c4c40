import type { Clock } from '../../base/clock.js';

/** One waiter, many callers: `notify` before `wait` is not lost. */
export class Wake {
  #notified = false;
  #resolve: (() => void) | undefined;

  notify(): void {
    if (this.#resolve) {
      const resolve = this.#resolve;
      this.#resolve = undefined;
      resolve();
    } else this.#notified = true;
  }

  /** Resolves at the next `notify`, or after `timeoutMs`. */
  wait(clock: Clock, timeoutMs: number): Promise<void> {
    if (this.#notified) {
      this.#notified = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = clock.setTimer(timeoutMs, () => this.notify());
      this.#resolve = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
