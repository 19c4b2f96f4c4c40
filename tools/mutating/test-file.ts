/** Runs one compiled test file in a process of its own, whole or one of its tests, up to the first test that fails. */
import { spawn } from 'node:child_process';
import { packageRoot as root } from '../../test/harness/package-root.js';
import { portsFolder } from '../../test/harness/ports.js';

const TEST_TIMEOUT_MS = 120_000;

export interface Ran {
  readonly passed: boolean;
  /** The first test of the file that failed; undefined when the process failed without one. */
  readonly failed: string | undefined;
  readonly wallMs: number;
}

/** With `name` only the tests of that name run. Temporary files lie below `temporary`: a mutant may leave some. */
export function runTestFile(file: string, temporary: string, name?: string): Promise<Ran> {
  const only = name === undefined ? [] : [`--test-name-pattern=/^${escaped(name)}$/`];
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(process.execPath, ['--test-reporter=tap', ...only, file], {
      cwd: root,
      env: { ...process.env, TMPDIR: temporary, KLINK_TEST_PORTS: portsFolder },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), TEST_TIMEOUT_MS);
    let last = '';
    let running = '';
    let failed: string | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (last + chunk.toString()).split('\n');
      last = lines.pop() ?? '';
      for (const line of lines) {
        if (failed !== undefined) return;
        running = /^ *# Subtest: (.*)$/.exec(line)?.[1] ?? running;
        if (!/^ *not ok /.test(line)) continue;
        // One notice is enough.
        failed = unescaped(running);
        child.kill('SIGKILL');
      }
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ passed: code === 0, failed, wallMs: performance.now() - began });
    });
  });
}

/** Names as TAP has them. */
function unescaped(title: string): string {
  return title.replaceAll(/\\([\\#])/g, '$1');
}

function escaped(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
