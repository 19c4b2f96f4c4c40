/**
 * What `npm publish` would send, unpacked into the `node_modules` of an application, with the production dependencies beside
 * it and nothing else: what only the project has is not found there. Fetches nothing. The compiled files are those that the
 * asking test belongs to; `prepack` compiles anew, so that what lies there without a source is left out here too.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from './package-root.js';

const run = promisify(execFile);
const compiled = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NOT_COPIED = new Set(['node_modules', '.git', '.build', '.cache', 'dist']);

export interface PackedFile {
  /** From the root of the package. */
  readonly path: string;
  readonly mode: number;
}

export interface Application {
  /** Holds a package.json and `node_modules`; whoever tests writes programs there. */
  readonly directory: string;
  readonly files: readonly PackedFile[];
  /** What npm links as `klink`. */
  readonly klink: string;
  remove(): void;
}

/** `others` are packages of the project that the application has too. */
export async function packedApplication(others: readonly string[]): Promise<Application> {
  const root = mkdtempSync(join(tmpdir(), 'klink-packed-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    const { tarball, files } = await pack(join(root, 'project'), root);
    const directory = join(root, 'application');
    const modules = join(directory, 'node_modules');
    const installed = join(modules, 'klink');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'application', type: 'module' }));
    await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
    for (const path of [...productionPackages(), ...others.map((name) => join('node_modules', name))]) {
      cpSync(join(packageRoot, path), join(directory, path), { recursive: true });
    }
    const klink = join(modules, '.bin', 'klink');
    mkdirSync(dirname(klink));
    const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { bin: { klink: string } };
    symlinkSync(join('..', 'klink', bin.klink), klink);
    return { directory, files, klink, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function pack(project: string, destination: string): Promise<{ tarball: string; files: readonly PackedFile[] }> {
  const notCopied = (from: string) => dirname(from) === packageRoot && NOT_COPIED.has(basename(from));
  cpSync(packageRoot, project, { recursive: true, filter: (from) => !notCopied(from) });
  cpSync(compiled, join(project, 'dist'), { recursive: true, filter: hasSource });
  symlinkSync(join(packageRoot, 'node_modules'), join(project, 'node_modules'));
  // The rest of `prepack`; its beginning is what the tests themselves begin with.
  await run(process.execPath, [join(project, 'dist', 'tools', 'bundle.js')], { cwd: project });
  await run(process.execPath, [tsc, '-p', 'tsconfig.package.json'], { cwd: project });
  const args = ['pack', '--ignore-scripts', '--offline', '--json', '--pack-destination', destination];
  const { stdout } = await run('npm', args, { cwd: project, maxBuffer: 16 << 20 });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: readonly PackedFile[] }];
  return { tarball: join(destination, packed.filename), files: packed.files };
}

export const tsc: string = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');

function hasSource(from: string): boolean {
  const source = /^(.+)\.js(\.map)?$/.exec(relative(compiled, from))?.[1];
  if (source === undefined) return !from.endsWith('.d.ts');
  return existsSync(join(packageRoot, `${source}.ts`)) || source.startsWith(join('src', 'bundle'));
}

/** As the lock file has them; an optional one for another platform is not there. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(packageRoot, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== '' && !dev && !(optional && !existsSync(join(packageRoot, path))))
    .map(([path]) => path);
}
