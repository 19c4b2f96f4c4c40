import type { Clock } from '../clock.js';

/** A longer delay does not fit into Node's timers: they would fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, fire) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const laterMs = leftMs - DELAY_MS_MAX;
      timer = laterMs > 0 ? setTimeout(wait, DELAY_MS_MAX, laterMs) : setTimeout(fire, leftMs);
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
