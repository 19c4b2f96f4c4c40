/**
 * A file that names the process that holds something. One left behind by a killed process names a process that is gone,
 * and is taken over.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { isAlive } from './alive.js';

export type PidLock =
  | { readonly held: true; readonly release: () => void }
  | { readonly held: false; readonly holder: number };

/** Throws the system's error when the file cannot be written. */
export function takePidLock(path: string): PidLock {
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = openSync(path, 'wx', 0o600);
      writeSync(handle, `${process.pid}\n`);
      closeSync(handle);
      return { held: true, release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(readFileSync(path, 'utf8'));
      if (attempt > 0 || (holder !== process.pid && isAlive(holder))) return { held: false, holder };
      rmSync(path, { force: true });
    }
  }
}
