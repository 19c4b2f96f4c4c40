/**
 * Shows that the tests notice when a rule is switched off. Reads `test/mutations/*.json`: each entry names a rule of
 * docs/spec, a file, a piece of its text (which must stand there exactly once), what to put in its place, and the test
 * file that must fail then. One mutation at a time lives in a copy of `dist/`; a mutation that no test notices, one whose
 * text is gone, and a test that fails without any mutation are failures. `--tests-pass` says that the last was seen already.
 *   node dist/tools/mutate.js [id …]      without ids all; `--texts` only looks whether each text stands where it should
 */
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { packageRoot as root } from '../test/harness/package-root.js';

interface Mutation {
  readonly id: string;
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test file(s), as sources: `src/engine/copy/window.test.ts`. */
  readonly test: string | readonly string[];
}

const WORKERS = 2;
const TEST_TIMEOUT_MS = 120_000;
const COMPILE_TIMEOUT_MS = 120_000;
function readMutations(): Mutation[] {
  const folder = join(root, 'test', 'mutations');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Mutation[]);
}

interface Ran {
  readonly code: number;
  readonly output: string;
}

function run(command: string, args: readonly string[], timeoutMs: number): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { timeout: timeoutMs, maxBuffer: 64 << 20, cwd: root }, (error, out, err) =>
      resolve({ code: error ? 1 : (child.exitCode ?? 1), output: out + err }),
    );
  });
}

/** Whether the file's tests pass. Ends it at the first that does not: one notice is enough. */
function passes(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--test-reporter=tap', file], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), TEST_TIMEOUT_MS);
    let last = '';
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (last + chunk.toString()).split('\n');
      last = lines.pop() ?? '';
      if (lines.some((line) => /^ *not ok /.test(line))) child.kill('SIGKILL');
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

function testsOf(mutation: Mutation): readonly string[] {
  return typeof mutation.test === 'string' ? [mutation.test] : mutation.test;
}

const compiledOf = (source: string): string => source.replace(/\.ts$/, '.js');

/** A private copy of `dist/` inside the package, so that node_modules is found; one mutation lives in it at a time. */
class Workshop {
  readonly directory: string;

  constructor(number: number) {
    this.directory = join(root, '.build', `mutant-${process.pid}-${number}`);
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(dirname(this.directory), { recursive: true });
    cpSync(join(root, 'dist'), this.directory, { recursive: true });
  }

  async test(files: readonly string[]): Promise<boolean> {
    for (const file of files) if (!(await passes(join(this.directory, compiledOf(file))))) return false;
    return true;
  }

  /** Gives why the mutation is not noticed, or undefined when it is. */
  async tryMutation(mutation: Mutation, compiled: string): Promise<string | undefined> {
    const target = join(this.directory, compiledOf(mutation.file));
    cpSync(compiled, target);
    try {
      return (await this.test(testsOf(mutation))) ? 'no test noticed' : undefined;
    } finally {
      cpSync(join(root, 'dist', relative(this.directory, target)), target);
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Why a mutation cannot be made: its text has to stand there exactly once. */
function misplaced({ file, find }: Mutation): string | undefined {
  const places = readFileSync(join(root, file), 'utf8').split(find).length - 1;
  return places === 1 ? undefined : `its text stands ${places} times in ${file}`;
}

/** Compiles all mutants at once, each in a folder of its own below `scratch`; gives where each one is. */
async function compile(mutations: readonly Mutation[], scratch: string): Promise<Map<Mutation, string>> {
  writeFileSync(join(scratch, 'package.json'), '{"type":"module"}');
  const compiled = new Map<Mutation, string>();
  const sources: string[] = [];
  for (const [index, mutation] of mutations.entries()) {
    const name = basename(mutation.file);
    const source = join(scratch, 'in', String(index), name);
    mkdirSync(dirname(source), { recursive: true });
    const { find, replace } = mutation;
    const text = readFileSync(join(root, mutation.file), 'utf8').replace(find, () => replace);
    writeFileSync(source, text);
    sources.push(source);
    compiled.set(mutation, join(scratch, 'out', String(index), compiledOf(name)));
  }
  if (sources.length === 0) return compiled;
  const options = ['--noCheck', '--noResolve', '--ignoreConfig', '--target', 'ES2023', '--module', 'NodeNext'];
  const places = ['--verbatimModuleSyntax', '--rootDir', join(scratch, 'in'), '--outDir', join(scratch, 'out')];
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { output } = await run(process.execPath, [tsc, ...options, ...places, ...sources], COMPILE_TIMEOUT_MS);
  for (const [{ id }, path] of compiled) if (!existsSync(path)) throw new Error(`${id} does not compile: ${output}`);
  return compiled;
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const ids = words.filter((word) => !word.startsWith('--'));
  const mutations = readMutations().filter(({ id }) => ids.length === 0 || ids.includes(id));
  if (words.includes('--texts')) {
    const lost = mutations.filter(misplaced);
    for (const each of lost) console.log(`not ok - ${each.id}: ${misplaced(each)}`);
    process.exitCode = lost.length === 0 ? 0 : 1;
    return;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'klink-mutants-'));
  const workshops = Array.from({ length: WORKERS }, (_, number) => new Workshop(number));
  let failed = 0;
  let passed = 0;
  const told = ({ id, rule }: Mutation, unnoticed: string | undefined) => {
    if (unnoticed === undefined) passed++;
    else failed++;
    console.log(`${unnoticed ? 'not ok' : 'ok'} - [${rule}] ${id}${unnoticed ? `: ${unnoticed}` : ''}`);
  };
  try {
    const files = [...new Set(mutations.flatMap(testsOf))];
    const [first] = workshops;
    for (const file of words.includes('--tests-pass') ? [] : files) {
      if (!first || (await first.test([file]))) continue;
      console.log(`not ok - without any mutation: ${file}`);
      failed++;
    }
    for (const mutation of mutations) if (misplaced(mutation)) told(mutation, misplaced(mutation));
    const queue = mutations.filter((each) => !misplaced(each));
    const compiled = await compile(queue, scratch);
    await Promise.all(
      workshops.map(async (workshop) => {
        for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
          told(mutation, await workshop.tryMutation(mutation, compiled.get(mutation) ?? ''));
        }
      }),
    );
  } finally {
    for (const workshop of workshops) workshop.remove();
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`mutations noticed: ${passed}, not noticed: ${failed}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
