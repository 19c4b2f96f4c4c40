/**
 * Installs the client of test/clients that needs a newer Node than this project, with that Node, in a cache outside git:
 *   node tools/ensure-node-client.mjs      prints the folder of its modules
 * What it is says tools/node-client.json; a folder per content of that. Node's own builds are packages as well.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheRoot, filledOnce } from './cached-folder.mjs';

const INSTALL_TIMEOUT_MS = 300_000;
const NODE_PACKAGE = `node-${process.platform}-${process.arch}`;
const wanted = JSON.parse(readFileSync(new URL('node-client.json', import.meta.url), 'utf8'));

/** Gives Node's path and the folder of the modules. Throws an error of one line when they cannot be had. */
export async function ensureNodeClient() {
  const packages = { [NODE_PACKAGE]: wanted.node, ...wanted.packages };
  const all = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  const folder = await filledOnce(
    join(cacheRoot(), 'node-clients', all.join('+').replaceAll('/', '-')),
    (directory) => {
      writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
      // The newer Node is for the client alone: npm runs on the present one, and would warn.
      const args = ['install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--force', ...all];
      const { status, stderr, error } = spawnSync('npm', args, {
        cwd: directory,
        encoding: 'utf8',
        timeout: INSTALL_TIMEOUT_MS,
      });
      if (status !== 0)
        throw new Error(`npm cannot install ${all.join(' ')}: ${stderr?.trim().split('\n').at(-1) || error}`);
    },
  );
  const modules = join(folder, 'node_modules');
  const node = join(modules, NODE_PACKAGE, 'bin', 'node');
  if (!existsSync(node)) throw new Error(`${NODE_PACKAGE}@${wanted.node} has no bin/node`);
  return { node, modules };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log((await ensureNodeClient()).modules);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
