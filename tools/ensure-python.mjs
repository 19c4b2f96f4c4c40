/**
 * Makes the Python environment of the independent checker, in a cache outside git:
 *   node tools/ensure-python.mjs      prints its interpreter
 * A folder per content of tools/python-requirements.txt and Python version, so that two checkouts do not disturb each other.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheRoot, filledOnce } from './cached-folder.mjs';

const requirements = fileURLToPath(new URL('python-requirements.txt', import.meta.url));
const INSTALL_TIMEOUT_MS = 600_000;

/** Why there can be no environment here, in one line; undefined when there can. */
export function pythonObstacle() {
  const { status } = run('python3', ['-c', 'import venv, ensurepip']);
  return status === 0 ? undefined : 'the independent checker needs `python3` with venv and pip';
}

/** Gives the interpreter's path. Throws an error of one line when it cannot be had. */
export async function ensurePython() {
  const obstacle = pythonObstacle();
  if (obstacle) throw new Error(obstacle);
  const version = must('python3', ['-c', 'import sys; print(sys.version, sys.prefix)'], 'python3');
  const hash = createHash('sha256').update(readFileSync(requirements)).update(version).digest('hex').slice(0, 16);
  const folder = await filledOnce(join(cacheRoot(), 'python', hash), (directory) => {
    must('python3', ['-m', 'venv', directory], 'venv');
    const install = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '-r', requirements];
    must(join(directory, 'bin', 'python3'), install, 'pip');
  });
  return join(folder, 'bin', 'python3');
}

function run(command, args) {
  return spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_TIMEOUT_MS });
}

function must(command, args, what) {
  const { status, stdout, stderr, error } = run(command, args);
  if (status === 0) return stdout;
  const said = `${stderr ?? ''}${stdout ?? ''}`.trim().split('\n').at(-1) || String(error ?? status);
  throw new Error(`no Python environment: ${what}: ${said}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(await ensurePython());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
