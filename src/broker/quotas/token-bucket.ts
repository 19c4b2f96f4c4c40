/**
 * Permits that come back at a steady rate, up to a burst. What is taken may exceed what is there: the debt has to be waited
 * for. As Apache Kafka counts changes of topics (KIP-599). Serves docs/spec/broker.md 9.7.
 */
import type { Windows } from './windowed-rate.js';

export class TokenBucket {
  #tokens = 0;
  #filledMs = Number.NEGATIVE_INFINITY;

  take(permits: number, limitPerSecond: number, nowMs: number, windows: Windows): void {
    this.#fill(limitPerSecond, nowMs, windows);
    this.#tokens = Math.min(burstOf(limitPerSecond, windows), this.#tokens - permits);
  }

  /** How long until the debt is paid; 0: there is none. */
  debtMs(limitPerSecond: number, nowMs: number, windows: Windows): number {
    this.#fill(limitPerSecond, nowMs, windows);
    return Math.max(0, (-this.#tokens / limitPerSecond) * 1000);
  }

  /** It is as full as a new one: with the limit in force it fills in the time that the windows cover, once nothing is owed. */
  isSpent(nowMs: number, windows: Windows): boolean {
    return this.#tokens >= 0 && nowMs - this.#filledMs >= windows.count * windows.sizeMs;
  }

  #fill(limitPerSecond: number, nowMs: number, windows: Windows): void {
    const grown = this.#tokens + (limitPerSecond * (nowMs - this.#filledMs)) / 1000;
    this.#tokens = Math.min(burstOf(limitPerSecond, windows), grown);
    this.#filledMs = nowMs;
  }
}

function burstOf(limitPerSecond: number, { count, sizeMs }: Windows): number {
  return (limitPerSecond * count * sizeMs) / 1000;
}
