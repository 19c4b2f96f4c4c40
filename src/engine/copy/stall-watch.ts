/** Notices that the event loop did not turn: SIGSTOP, a paused machine, heavy work. Spec: docs/spec/engine.md 3.6. */
import type { Clock, Timer } from '../../base/clock.js';

const TURN_MS = 200;
const STALL_MS = 1_000;

export class StallWatch {
  readonly #clock: Clock;
  readonly #onStall: (stalledMs: number) => void;
  #lastMs: number;
  #timer: Timer;

  /** Calls back with the length of every stall until `end`. */
  constructor(clock: Clock, onStall: (stalledMs: number) => void) {
    this.#clock = clock;
    this.#onStall = onStall;
    this.#lastMs = clock.monotonicMs();
    this.#timer = clock.setTimer(TURN_MS, () => this.#turn());
  }

  /** A stall that is over and was not called back yet: sockets may be served before timers. */
  get pending(): boolean {
    return this.#stalledMs > STALL_MS;
  }

  end(): void {
    this.#timer.cancel();
  }

  get #stalledMs(): number {
    return this.#clock.monotonicMs() - this.#lastMs - TURN_MS;
  }

  #turn(): void {
    const stalledMs = this.#stalledMs;
    this.#lastMs = this.#clock.monotonicMs();
    this.#timer = this.#clock.setTimer(TURN_MS, () => this.#turn());
    if (stalledMs > STALL_MS) this.#onStall(stalledMs);
  }
}
