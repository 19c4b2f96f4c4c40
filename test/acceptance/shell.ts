/** Runs one line the way a reader types it: in a shell, with the demo's environment, and Ctrl-C where the story has one. */
import { spawn } from 'node:child_process';

export interface Ran {
  readonly line: string;
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Shell {
  run(line: string): Promise<Ran>;
  /** Ctrl-C as soon as `enough` says so of what was printed. */
  runUntil(line: string, enough: (out: string) => boolean): Promise<Ran>;
}

const LINE_WITHIN_MS = 90_000;

export function openShell(env: Readonly<Record<string, string>>, directory: string): Shell {
  const run = (line: string, enough?: (out: string) => boolean): Promise<Ran> =>
    new Promise((resolve, reject) => {
      const child = spawn('sh', ['-c', line], {
        env,
        cwd: directory,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      let err = '';
      let interrupted = false;
      const signal = (name: NodeJS.Signals) => {
        // A terminal sends Ctrl-C to everything that the line started.
        if (child.pid !== undefined) process.kill(-child.pid, name);
      };
      const timer = setTimeout(() => {
        signal('SIGKILL');
        reject(new Error(`not done within ${LINE_WITHIN_MS} ms: ${line}\n${out}${err}`));
      }, LINE_WITHIN_MS);
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        if (interrupted || !enough?.(out)) return;
        interrupted = true;
        signal('SIGINT');
      });
      child.stderr.on('data', (chunk: Buffer) => {
        err += chunk.toString();
      });
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ line, code, out, err });
      });
    });
  return { run: (line) => run(line), runUntil: run };
}
