/**
 * Makes a directory and what is missing on the way to it. Node's own way of it goes round for ever, past every signal, where
 * the directory above is there and answers ENOENT all the same, as those of /proc do.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** One that is there is left as it is. Throws what the system says. */
export function makeDirectory(path: string): void {
  const above = dirname(path);
  if (above !== path && !existsSync(above)) makeDirectory(above);
  try {
    mkdirSync(path);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(path).isDirectory();
    if (!isThere) throw error;
  }
}
