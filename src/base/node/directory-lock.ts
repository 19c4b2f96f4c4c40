/**
 * One process per directory. The lock file names its holder by process id and by when that process began, so that a
 * lock left by a killed process never keeps anybody out, even where its number was given to another one since.
 */
import { closeSync, openSync, readFileSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from './make-directory.js';

const FILE = 'lock';
/** By this process, by their real paths: where the system does not tell when a process began, it has to know by itself. */
const held = new Set<string>();

/** Gives the function that lets the directory go. Throws, naming the holder, when a living process has it. */
export function lockDirectory(directory: string): () => void {
  makeDirectory(directory);
  const path = join(realpathSync(directory), FILE);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(path, 'wx');
      writeSync(handle, `${process.pid} ${beginningOf(process.pid) ?? ''}\n`);
      closeSync(handle);
      held.add(path);
      return () => {
        held.delete(path);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const [pid = '', began = ''] = readFileSync(path, 'utf8').trim().split(' ');
      if (held.has(path) || isHolder(Number(pid), began)) {
        const holder = Number(pid) === process.pid ? 'this process itself' : `the process with id ${pid}`;
        throw new Error(`${directory} is in use by ${holder}: stop what uses it first, or choose another directory`);
      }
      rmSync(path, { force: true });
    }
  }
  throw new Error(`${directory} is in use by another process`);
}

function isHolder(pid: number, began: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  // Of another copy of this module, as test runners have them, or of one before that had the same number.
  if (pid === process.pid) return began !== '' && began === beginningOf(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = beginningOf(pid);
  return now === undefined || began === '' || now === began;
}

/** Boot and start time of a process, where the system tells (Linux); undefined elsewhere. */
function beginningOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; the fields behind it are plain. The start time is the 20th of them.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot}-${ticks}`;
  } catch {
    // No /proc here: the process id alone has to do.
    return undefined;
  }
}
