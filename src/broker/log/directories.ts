/**
 * Directories that survive a power loss. A file is found again only when every name on the way to it was synced by the
 * directory that holds it: syncing the file alone, or its own directory alone, is not enough. Serves docs/spec/broker.md §2.
 */
import type { Disk } from '../../base/disk.js';

/** Makes the broker's own directory and those above it that are missing. Resolves when their names are durable. */
export async function makeDirectoryDurably(disk: Disk, path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; at !== '/' && at !== '.' && !disk.exists(at); at = parentOf(at)) missing.push(at);
  disk.makeDirectory(path);
  for (const each of missing.slice(1)) await disk.syncDirectory(parentOf(each));
  try {
    // Also where it was there already: whoever made it may have been killed before this.
    await disk.syncDirectory(parentOf(path));
  } catch (error) {
    // A parent that may be entered but not read is not this user's to sync, nor was it made here.
    if (missing.length > 0 || (error as { code?: string }).code !== 'EACCES') throw error;
  }
}

/** Does `work` once, however often it is asked for; asked for again after it failed, it is done again. */
export function sharedWork(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}
