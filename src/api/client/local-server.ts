/**
 * Where klink keeps files on this machine, and the note a running server leaves there so that local commands find it and
 * its operator token. Works without a usable home directory. Refuses a fallback directory that somebody else could read
 * or has made. Spec: docs/spec/server.md §4.
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isAlive } from '../../base/node/alive.js';

export interface ServerNote {
  readonly url: string;
  readonly pid: number;
  readonly tokenFile: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `$KLINK_HOME`, else `$XDG_STATE_HOME/klink`, else `~/.local/state/klink`, else a private directory below the system's
 * temporary one. Created with mode 0700. Throws when none of them can be used.
 */
export function klinkHome(env: Environment): string {
  const named = env.KLINK_HOME;
  if (named) {
    if (!isAbsolute(named)) throw new Error(`KLINK_HOME must be an absolute path, not "${named}"`);
    mkdirSync(named, { recursive: true, mode: 0o700 });
    return named;
  }
  const base = env.XDG_STATE_HOME || (env.HOME ? join(env.HOME, '.local', 'state') : undefined);
  if (base && isAbsolute(base) && usable(join(base, 'klink'))) return join(base, 'klink');
  const fallback = join(tmpdir(), `klink-${process.getuid?.() ?? 'user'}`);
  mkdirSync(fallback, { recursive: true, mode: 0o700 });
  const found = lstatSync(fallback);
  const foreign = process.getuid !== undefined && found.uid !== process.getuid();
  if (!found.isDirectory() || foreign || (found.mode & 0o077) !== 0) {
    throw new Error(`${fallback} is not a private directory of this user; set KLINK_HOME to a directory of your own`);
  }
  return fallback;
}

export function demoDirectory(home: string): string {
  return join(home, 'demo');
}

function usable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    // Whatever the reason (no such home, read-only): the next place is tried.
    return false;
  }
}

const NOTE = 'server.json';

/** Atomic: a reader finds the old note or the new one. */
export function writeServerNote(directory: string, note: ServerNote): void {
  const path = join(directory, NOTE);
  writeFileSync(`${path}.new`, `${JSON.stringify(note)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeServerNote(directory: string): void {
  rmSync(join(directory, NOTE), { force: true });
}

/** The server that runs with its state in this directory; undefined when none does. */
export function readServerNote(directory: string): ServerNote | undefined {
  const path = join(directory, NOTE);
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Half of a note, or one that is not ours to read: no server that these commands could use.
    return undefined;
  }
  const { url, pid, tokenFile } = value as Record<string, unknown>;
  if (typeof url !== 'string' || typeof pid !== 'number' || typeof tokenFile !== 'string') return undefined;
  return isAlive(pid) ? { url, pid, tokenFile } : undefined;
}
