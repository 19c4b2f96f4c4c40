/** A lease as the byte path sees it: one holder at a time, lost when its holder stands still, a wait before markers. */
import type { Clock } from '../../src/base/clock.js';
import type { LeaseView } from '../../src/engine/lease-view.js';

const SESSION_MS = 6_000;
const RENEW_MS = 1_000;

/** What the group coordinator knows. Its clock is the world's. */
export class LeaseTable {
  readonly #clock: Clock;
  #holder: object | undefined;
  #untilMs = 0;
  /** Nobody gets or keeps it until then. */
  closedUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ask(who: object): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.closedUntilMs) return false;
    if (this.#holder !== who && nowMs < this.#untilMs) return false;
    this.#holder = who;
    this.#untilMs = nowMs + SESSION_MS;
    return true;
  }
}

export class SimLease implements LeaseView {
  readonly #clock: Clock;
  readonly #table: LeaseTable;
  #untilMs = Number.NEGATIVE_INFINITY;
  #sinceMs = Number.POSITIVE_INFINITY;
  #term = 0;

  /** `clock`: of the klink's own host, which can stand still or die. */
  constructor(clock: Clock, table: LeaseTable) {
    this.#clock = clock;
    this.#table = table;
    this.#renew();
  }

  #renew(): void {
    const nowMs = this.#clock.monotonicMs();
    const held = nowMs < this.#untilMs;
    if (this.#table.ask(this)) {
      if (!held) {
        this.#term++;
        this.#sinceMs = nowMs;
      }
      this.#untilMs = nowMs + SESSION_MS - RENEW_MS;
    }
    this.#clock.setTimer(RENEW_MS, () => this.#renew());
  }

  holds(): boolean {
    return this.#clock.monotonicMs() < this.#untilMs;
  }

  mayWriteMarkers(): boolean {
    return this.holds() && this.#clock.monotonicMs() - this.#sinceMs >= SESSION_MS;
  }

  term(): number {
    return this.#term;
  }

  exclusive(): boolean {
    return true;
  }
}
