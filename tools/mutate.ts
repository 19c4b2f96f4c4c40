/**
 * Shows that the tests notice when a rule is switched off. Reads `test/mutations/*.json`: each entry names a rule of
 * docs/spec, a file, a piece of its text (which must stand there exactly once), what to put in its place, and the test
 * file that must fail then. One mutation at a time lives in a copy of `dist/`; a mutation that no test notices, one whose
 * text is gone, and a test that fails without any mutation are failures. `--tests-pass` says that the last was seen already.
 *   node dist/tools/mutate.js [id …]      without ids all; `--texts` only looks whether each text stands where it should
 *   node dist/tools/mutate.js --remember [id …]   runs whole files and writes which test noticed (mutating/noticed-by.ts)
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { packageRoot as root } from '../test/harness/package-root.js';
import { type Noticed, readNoticedBy, worthwhile, writeNoticedBy } from './mutating/noticed-by.js';
import { runTestFile } from './mutating/test-file.js';

interface Mutation {
  readonly id: string;
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test file(s), as sources: `src/engine/copy/window.test.ts`. */
  readonly test: string | readonly string[];
}

/** More than processors: many a mutation is noticed by what then does not come within a test's time. */
const WORKERS = 3;
const COMPILE_TIMEOUT_MS = 120_000;
/** What takes longer is told: it is worth a quicker test. */
const SLOW_MS = 2000;

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

function testsOf(mutation: Mutation): readonly string[] {
  return typeof mutation.test === 'string' ? [mutation.test] : mutation.test;
}

const compiledOf = (source: string): string => source.replace(/\.ts$/, '.js');

/** A private copy of `dist/` inside the package, so that node_modules is found; one mutation lives in it at a time. */
class Workshop {
  readonly directory: string;
  readonly #temporary: string;

  constructor(number: number) {
    this.directory = join(root, '.build', `mutant-${process.pid}-${number}`);
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(dirname(this.directory), { recursive: true });
    cpSync(join(root, 'dist'), this.directory, { recursive: true });
    this.#temporary = mkdtempSync(join(tmpdir(), 'klink-mutant-'));
  }

  run(file: string, name?: string) {
    return runTestFile(join(this.directory, compiledOf(file)), this.#temporary, name);
  }

  /** Gives what `work` gives while the mutation is there. */
  async with<T>({ file }: Mutation, compiled: string, work: () => Promise<T>): Promise<T> {
    const target = join(this.directory, compiledOf(file));
    cpSync(compiled, target);
    try {
      return await work();
    } finally {
      cpSync(join(root, 'dist', relative(this.directory, target)), target);
    }
  }

  remove(): void {
    for (const directory of [this.directory, this.#temporary]) rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether tests pass alone without a mutation; each is asked once. */
class Alone {
  readonly #asked = new Map<string, Promise<boolean>>();

  passes(workshop: Workshop, test: string, name: string): Promise<boolean> {
    const key = `${test}: ${name}`;
    const asked = this.#asked.get(key) ?? workshop.run(test, name).then(({ passed }) => passed);
    this.#asked.set(key, asked);
    return asked;
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
  if (readFileSync(join(root, 'dist', 'src', 'embedded.js'), 'utf8').includes('./bundle/')) {
    throw new Error('dist has the bundle of `npm run build`, which no mutation reaches: run tsc first');
  }
  const scratch = mkdtempSync(join(tmpdir(), 'klink-mutants-'));
  const workshops = Array.from({ length: WORKERS }, (_, number) => new Workshop(number));
  let failed = 0;
  let passed = 0;
  const told = ({ id, rule }: Mutation, unnoticed: string | undefined, tookMs = 0) => {
    if (unnoticed === undefined) passed++;
    else failed++;
    const took = tookMs > SLOW_MS ? ` (${(tookMs / 1000).toFixed(1)} s)` : '';
    console.log(`${unnoticed ? 'not ok' : 'ok'} - [${rule}] ${id}${unnoticed ? `: ${unnoticed}` : ''}${took}`);
  };
  try {
    const files = [...new Set(mutations.flatMap(testsOf))];
    const [first] = workshops;
    for (const file of words.includes('--tests-pass') ? [] : files) {
      if (!first || (await first.run(file)).passed) continue;
      console.log(`not ok - without any mutation: ${file}`);
      failed++;
    }
    for (const mutation of mutations) if (misplaced(mutation)) told(mutation, misplaced(mutation));
    const placed = mutations.filter((each) => !misplaced(each));
    const compiled = await compile(placed, scratch);
    const remembered: Noticed[] = [];
    const names = words.includes('--remember') ? new Map<string, string>() : readNoticedBy();
    const alone = new Alone();
    const queue = [...placed];
    await Promise.all(
      workshops.map(async (workshop) => {
        for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
          const of = mutation;
          const name = names.get(of.id);
          const tests = testsOf(of);
          const [test = ''] = tests;
          const counts = name !== undefined && (await alone.passes(workshop, test, name));
          const notice = () => noticed(workshop, tests, counts ? name : undefined);
          const began = performance.now();
          const by = await workshop.with(of, compiled.get(of) ?? '', notice);
          told(of, by === undefined ? 'no test noticed' : undefined, performance.now() - began);
          if (by?.name !== undefined && tests.length === 1) remembered.push({ ...by, id: of.id, name: by.name });
        }
      }),
    );
    if (words.includes('--remember') && first) await remember(placed, remembered, compiled, first);
  } finally {
    for (const workshop of workshops) workshop.remove();
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`mutations noticed: ${passed}, not noticed: ${failed}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

interface Notice {
  readonly test: string;
  /** Undefined where the process failed without a test of the file. */
  readonly name: string | undefined;
  readonly wallMs: number;
}

/** Which test fails: the one of that name in the first file, or else any. Undefined when none does. */
async function noticed(
  workshop: Workshop,
  tests: readonly string[],
  name: string | undefined,
): Promise<Notice | undefined> {
  const [named = ''] = tests;
  const asked = [...(name === undefined ? [] : [{ test: named, name }]), ...tests.map((test) => ({ test }))];
  for (const each of asked) {
    const ran = await workshop.run(each.test, 'name' in each ? each.name : undefined);
    if (!ran.passed) return { test: each.test, name: ran.failed, wallMs: ran.wallMs };
  }
  return undefined;
}

/** Puts the lines of these mutations in place of those that they had. */
async function remember(
  mutations: readonly Mutation[],
  all: readonly Noticed[],
  compiled: ReadonlyMap<Mutation, string>,
  workshop: Workshop,
): Promise<void> {
  const names = readNoticedBy();
  for (const { id } of mutations) names.delete(id);
  const found = await worthwhile(all, async (test, name) => {
    const { passed, wallMs } = await workshop.run(test, name);
    return passed ? wallMs : undefined;
  });
  for (const { id, test, name } of found) {
    const mutation = mutations.find((each) => each.id === id);
    if (mutation === undefined) continue;
    const ran = await workshop.with(mutation, compiled.get(mutation) ?? '', () => workshop.run(test, name));
    if (!ran.passed) names.set(id, name);
  }
  writeNoticedBy(names);
  console.log(`remembered: ${names.size}`);
}

await main();
