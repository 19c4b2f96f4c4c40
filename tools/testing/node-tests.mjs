/** Runs test files with Node's own runner and reads the counts from its summary. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, runProcess } from './processes.mjs';

/** Test files of a folder and all below it, as sources: what lies in `dist` may be older than a file that is gone. */
export function testsIn(folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name))
      .sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Skipped, cancelled and unfinished tests count as failed, and so does a run without a test. */
export async function runTests(sources, { env = {}, timeoutMs, concurrency = 2 } = {}) {
  const files = sources.map((source) => join('dist', source.replace(/\.ts$/, '.js')));
  const args = ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`, ...files];
  const { code, output } = await runProcess(process.execPath, args, { env, timeoutMs });
  const count = (what) => Number(output.match(new RegExp(`^\\S+ ${what} (\\d+)$`, 'm'))?.[1] ?? 0);
  const passed = count('pass');
  const notRun = count('skipped') + count('todo') + count('cancelled');
  const counted = count('fail') + notRun;
  const failed = counted === 0 && (code !== 0 || passed === 0) ? 1 : counted;
  const why = notRun > 0 ? `${notRun} tests were skipped or cancelled: that counts as failed\n` : '';
  return { passed, failed, output: output + why };
}
