/**
 * One process per directory. The lock file names its holder by process id and by when that process began, so that a
 * lock left by a killed process never keeps anybody out, even where its number was given to another one since.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'lock';

/** Gives the function that lets the directory go. Throws, naming the holder, when a living process has it. */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, FILE);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(path, 'wx');
      writeSync(handle, `${process.pid} ${beginningOf(process.pid) ?? ''}\n`);
      closeSync(handle);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const [pid = '', began = ''] = readFileSync(path, 'utf8').trim().split(' ');
      if (isHolder(Number(pid), began)) throw new Error(`${directory} is in use by the process with id ${pid}`);
      rmSync(path, { force: true });
    }
  }
  throw new Error(`${directory} is in use by another process`);
}

function isHolder(pid: number, began: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
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
