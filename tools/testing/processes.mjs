/** Child processes of the test runner: all output kept, a timeout on each, and none left when the runner is interrupted. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const running = new Set();

/** Resolves to `{ code, output }`; the code is 1 or more where the process was killed. */
export function runProcess(command, args, { env = {}, timeoutMs = 600_000 } = {}) {
  return new Promise((resolve) => {
    // A group of its own, so that what it started ends with it.
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    const timer = setTimeout(() => {
      chunks.push(Buffer.from(`\nnot done within ${timeoutMs / 1000} s: killed\n`));
      killGroup(child);
    }, timeoutMs);
    const done = (code, more = '') => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, output: Buffer.concat(chunks).toString() + more });
    };
    child.once('error', (error) => done(1, `${command}: ${error.message}\n`));
    child.once('close', (code) => done(code ?? 1));
  });
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => {
    for (const child of running) killGroup(child);
    process.exit(code);
  });
}
