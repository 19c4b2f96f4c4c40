/** Waits for a condition instead of sleeping: asks again and again until it holds or the deadline passes. */
const ASK_EVERY_MS = 20;

/** Rejects with what was waited for. An error of `condition` counts as "not yet" and is named at the deadline. */
export async function until(
  what: string,
  deadlineMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  for (let last: unknown; ; ) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`not within ${deadlineMs} ms: ${what}${last === undefined ? '' : ` (${String(last)})`}`);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
