/**
 * What stands in a file is not what was written there, or the disk does not give it: it is told to whoever asked, and never
 * passed on as if it were sound. Serves docs/spec/broker.md 2.11.
 */
import { errorCode } from '../../protocol/errors.js';

export class Damage extends Error {
  override readonly name = 'Damage';
}

/** The code for who asked for what cannot be read. Throws what has another cause. */
export function unreadableCode(error: unknown): number {
  if (error instanceof Damage) return errorCode.CORRUPT_MESSAGE;
  if (isOfDisk(error)) return errorCode.KAFKA_STORAGE_ERROR;
  throw error;
}

/** The system's own errors are EIO, ENOSPC and the like; Node's are ERR_… */
function isOfDisk(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test((error as { code?: string }).code ?? '');
}
