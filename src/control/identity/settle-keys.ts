/**
 * Takes away the credential of a key that is DELETING, and of one that was begun and never finished: whoever made it died,
 * so nobody knows its secret. Level-triggered; waits for a cluster that is away for as long as it takes.
 */
import { placeOf } from '../../model/identity.js';
import { Patience, type Task } from '../reconcile/task.js';

/** Longer than making one can take. Who finishes later than this is told that it was given up. */
export const MAKING_MAX_MS = 60_000;

export async function settleKey(task: Task, keyId: string): Promise<void> {
  const { clock, credentials } = task.ports;
  const patience = new Patience(200, 30_000);
  while (!task.signal.aborted) {
    const key = task.state().keys.get(keyId);
    if (key === undefined || key.kind === 'MADE') return;
    if (key.kind === 'MAKING') {
      // A clock that was set back must not make it wait for ever.
      const leftMs = Math.min(MAKING_MAX_MS, key.sinceMs + MAKING_MAX_MS - clock.nowMs());
      if (leftMs > 0) await task.pause(leftMs);
      else await task.submit({ kind: 'give-up-key', keyId });
      continue;
    }
    const removed = await task.effect(() => credentials.remove(placeOf(key)));
    if (removed.kind === 'done') {
      await task.submit({ kind: 'forget-key', keyId });
      continue;
    }
    task.explain(removed.reason);
    await patience.wait(task);
  }
}
