/**
 * Whether what was assigned may still be acted on: only if the journal was read since the last stall, lost connection or
 * takeover. Calls that come together share one reading. Spec: docs/spec/engine.md 3.6.
 */
import type { Clock } from '../../base/clock.js';

export class Permission {
  readonly #clock: Clock;
  readonly #confirm: () => Promise<void>;
  #doubtedAtMs = Number.NEGATIVE_INFINITY;
  #confirmedAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(clock: Clock, confirm: () => Promise<void>) {
    this.#clock = clock;
    this.#confirm = confirm;
  }

  /** A stall, or a lost connection: whatever was read before may be old. */
  doubt(): void {
    this.#doubtedAtMs = this.#clock.monotonicMs();
  }

  /** Rejects when the journal could not be read; the caller tries again. */
  async confirmed(): Promise<void> {
    while (this.#confirmedAtMs < this.#doubtedAtMs) {
      const startedAtMs = this.#clock.monotonicMs();
      this.#running ??= this.#confirm()
        .then(() => {
          this.#confirmedAtMs = startedAtMs;
        })
        .finally(() => {
          this.#running = undefined;
        });
      await this.#running;
    }
  }
}
