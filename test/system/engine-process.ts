/** `engine-child.ts` as a process that is killed and started again on the same remembered state. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EngineChildOptions } from './engine-child.js';
import type { Copier } from './kill-copy-run.js';

const entry = fileURLToPath(new URL('engine-child.js', import.meta.url));

export function engineProcess(options: EngineChildOptions, logFile: string): Copier {
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);
  return {
    async start({ windowExpiryFloorMs }) {
      const log = createWriteStream(logFile, { flags: 'a' });
      const args = [entry, JSON.stringify({ ...options, windowExpiryFloorMs })];
      const started = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      started.stderr.pipe(log);
      child = started;
      ended = new Promise((resolve) => started.once('exit', (code) => resolve(code)));
    },
    killNow: () => void child?.kill('SIGKILL'),
    ended: () => ended,
    async stop() {
      child?.kill('SIGTERM');
      const code = await ended;
      if (code !== 0) throw new Error(`the engine ended with ${code}`);
    },
  };
}
