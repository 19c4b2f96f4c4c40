/** Waits for a condition instead of sleeping: asks again and again until it holds or the deadline passes. */
import { type Clock, sleep } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/node/clock.js';

const ASK_EVERY_MS = 20;

/**
 * Rejects with what was waited for. An error of `condition` counts as "not yet" and is named at the deadline. In a
 * simulated world the clock is that of a simulated host.
 */
export async function until(
  what: string,
  deadlineMs: number,
  condition: () => boolean | Promise<boolean>,
  clock: Clock = systemClock,
): Promise<void> {
  const end = clock.monotonicMs() + deadlineMs;
  for (let last: unknown; ; ) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (clock.monotonicMs() > end) {
      throw new Error(`not within ${deadlineMs} ms: ${what}${last === undefined ? '' : ` (${String(last)})`}`);
    }
    await sleep(clock, ASK_EVERY_MS);
  }
}
