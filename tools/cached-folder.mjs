/** Folders below klink's cache that are filled once: complete or not there, however many processes want them at once. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const FILL_TIMEOUT_MS = 600_000;
const ASK_EVERY_MS = 250;

export function cacheRoot() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'klink');
}

/** Runs `fill(directory)` beside the place and renames it, unless the folder is there. Throws what `fill` throws. */
export async function filledOnce(folder, fill) {
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const unlock = await lock(`${folder}.lock`);
  const partial = `${folder}.partial-${process.pid}`;
  try {
    if (existsSync(folder)) return folder;
    mkdirSync(partial);
    await fill(partial);
    renameSync(partial, folder);
    return folder;
  } finally {
    rmSync(partial, { recursive: true, force: true });
    unlock();
  }
}

/** One at a time; a lock left by a dead process is taken over. */
async function lock(path) {
  const end = performance.now() + FILL_TIMEOUT_MS;
  while (performance.now() < end) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isHeld(path)) await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    else rmSync(path, { force: true });
  }
  throw new Error(`another process has been at it for too long: ${path}`);
}

function isHeld(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Empty for a moment between its creation and its first byte.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
