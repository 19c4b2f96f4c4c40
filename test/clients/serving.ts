/**
 * A client's process that serves verbs: it writes its port as its first line, and ends when its standard input does, that is with
 * this process at the latest. For clients whose process takes long to start.
 */
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';

const STARTED_WITHIN_MS = 60_000;

export interface Serving {
  readonly program: string;
  readonly args: readonly string[];
  /** A file for its standard error; without one that is this process's. */
  readonly log?: string;
}

/** Gives the port at which it is asked. */
export function portOf({ program, args, log }: Serving): Promise<number> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', log === undefined ? 'inherit' : openSync(log, 'a')] });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error(`${program} without streams`);
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${program} did not start`)), STARTED_WITHIN_MS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    createInterface({ input: stdout }).once('line', (line) => {
      clearTimeout(late);
      resolve(Number(line));
      child.unref();
      for (const stream of [stdin, stdout]) (stream as unknown as { unref(): void }).unref();
    });
  });
}
