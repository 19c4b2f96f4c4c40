/**
 * How much came per second of late: sums of windows that follow one another, over the time that they cover. A window that is
 * not there counts as an empty one, so that a first burst is not taken for a lasting rate. Apache Kafka's arithmetic, since
 * throttle times come of it. Serves docs/spec/broker.md 9.7.
 */
interface Window {
  sum: number;
  startMs: number;
  lastMs: number;
}

export interface Windows {
  readonly count: number;
  readonly sizeMs: number;
}

export class WindowedRate {
  readonly #windows: Window[] = [];
  #current = 0;

  record(value: number, nowMs: number, { count, sizeMs }: Windows): void {
    let window = this.#windows[this.#current];
    if (window !== undefined && nowMs - window.startMs >= sizeMs) {
      // One more than counted: the oldest is still partly inside the time that is looked at.
      this.#current = (this.#current + 1) % (count + 1);
      window = undefined;
    }
    window ??= { sum: 0, startMs: nowMs, lastMs: nowMs };
    window.sum += value;
    window.lastMs = nowMs;
    this.#windows[this.#current] = window;
  }

  /** 0: within the limit. Else how long nothing may come until it is kept again. */
  excessMs(limitPerSecond: number, nowMs: number, windows: Windows): number {
    const { count, sizeMs } = windows;
    let sum = 0;
    let oldestMs = nowMs;
    for (const window of this.#windows) {
      if (isPast(window, nowMs, windows)) Object.assign(window, { sum: 0, startMs: nowMs, lastMs: nowMs });
      sum += window.sum;
      oldestMs = Math.min(oldestMs, window.startMs);
    }
    let spanMs = nowMs - oldestMs;
    const missing = count - 1 - Math.floor(spanMs / sizeMs);
    if (missing > 0) spanMs += missing * sizeMs;
    // With one window only there is a moment at which it has no length.
    spanMs = Math.max(spanMs, sizeMs);
    const perSecond = sum / (spanMs / 1000);
    return perSecond <= limitPerSecond ? 0 : ((perSecond - limitPerSecond) / limitPerSecond) * spanMs;
  }

  /** Nothing of it counts any more. */
  isSpent(nowMs: number, windows: Windows): boolean {
    return this.#windows.every((window) => isPast(window, nowMs, windows));
  }
}

function isPast(window: Window, nowMs: number, { count, sizeMs }: Windows): boolean {
  return nowMs - window.lastMs >= count * sizeMs;
}
