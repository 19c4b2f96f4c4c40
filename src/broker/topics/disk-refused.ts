/**
 * A change that the disk did not take: no room, read only, bad. It was not made, in memory either, and may be asked for again.
 * Serves docs/spec/broker.md 2.10.
 */
import type { Log } from '../../base/log.js';

export class DiskRefused extends Error {
  constructor(cause: unknown) {
    super(`The disk refused the change: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** What `change` gives, or what `refused` makes of the reason why the disk did not take it. Other errors pass. */
export async function unlessRefused<T>(
  log: Log,
  change: () => Promise<T>,
  refused: (errorMessage: string) => T,
): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof DiskRefused)) throw error;
    log.error({ error: error.message }, 'nothing was changed');
    return refused(error.message);
  }
}
