/**
 * Packages of npm for a client that does not belong to this project's own dependencies, with the Node that it needs, in a
 * cache outside git: a folder per list of packages. Node's own builds are packages as well.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, filledOnce } from './cached-folder.mjs';

const INSTALL_TIMEOUT_MS = 300_000;
const NODE_PACKAGE = `node-${process.platform}-${process.arch}`;

/**
 * `packages`: each `name@version`. Gives Node's path and the folder of the modules. Throws an error of one line when they
 * cannot be had.
 */
export async function ensureNodeClient(nodeVersion, packages) {
  const all = [`${NODE_PACKAGE}@${nodeVersion}`, ...packages];
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
  if (!existsSync(node)) throw new Error(`${NODE_PACKAGE}@${nodeVersion} has no bin/node`);
  return { node, modules };
}
