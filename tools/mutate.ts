/**
 * Shows that the tests notice when a rule is switched off. Reads `test/mutations/*.json`: each entry names a rule of
 * docs/spec, a file, a piece of its text (which must stand there exactly once), what to put in its place, and the test
 * file that must fail then. One mutation at a time is compiled into a copy of `dist/`; a mutation that no test notices,
 * one whose text is gone, and a test that fails without any mutation are failures.
 *   node dist/tools/mutate.js [id …]      without ids all but those that need Apache Kafka; those alone with --kafka
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Mutation {
  readonly id: string;
  readonly rule: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test file(s), as sources: `src/engine/copy/window.test.ts`. */
  readonly test: string | readonly string[];
  /** Entries whose test needs Apache Kafka run nightly only. */
  readonly needs?: 'kafka';
}

const WORKERS = 2;
const TEST_TIMEOUT_MS = 120_000;
const root = packageRoot();

function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!readdirSync(directory).includes('package.json')) directory = dirname(directory);
  return directory;
}

function readMutations(): Mutation[] {
  const folder = join(root, 'test', 'mutations');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Mutation[]);
}

function run(command: string, args: readonly string[], timeoutMs: number): Promise<{ code: number; output: string }> {
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

  constructor(number: number) {
    this.directory = join(root, '.build', `mutant-${process.pid}-${number}`);
    rmSync(this.directory, { recursive: true, force: true });
    mkdirSync(dirname(this.directory), { recursive: true });
    cpSync(join(root, 'dist'), this.directory, { recursive: true });
  }

  async test(files: readonly string[]): Promise<boolean> {
    const paths = files.map((file) => join(this.directory, compiledOf(file)));
    const { code } = await run(process.execPath, ['--test', ...paths], TEST_TIMEOUT_MS);
    return code === 0;
  }

  /** Gives why the mutation is not noticed, or undefined when it is. */
  async tryMutation(mutation: Mutation): Promise<string | undefined> {
    const source = readFileSync(join(root, mutation.file), 'utf8');
    const places = source.split(mutation.find).length - 1;
    if (places !== 1) return `its text stands ${places} times in ${mutation.file}`;
    const scratch = mkdtempSync(join(tmpdir(), 'klink-mutant-'));
    try {
      const name = mutation.file.split('/').at(-1) ?? '';
      writeFileSync(join(scratch, 'package.json'), '{"type":"module"}');
      writeFileSync(
        join(scratch, name),
        source.replace(mutation.find, () => mutation.replace),
      );
      await run(
        process.execPath,
        [
          join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
          ...['--noCheck', '--noResolve', '--ignoreConfig', '--target', 'ES2023', '--module', 'NodeNext'],
          ...['--verbatimModuleSyntax', '--rootDir', scratch, '--outDir', join(scratch, 'out'), join(scratch, name)],
        ],
        60_000,
      );
      const target = join(this.directory, compiledOf(mutation.file));
      cpSync(join(scratch, 'out', compiledOf(name)), target);
      try {
        return (await this.test(testsOf(mutation))) ? 'no test noticed' : undefined;
      } finally {
        cpSync(join(root, 'dist', relative(this.directory, target)), target);
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const onKafka = wanted.includes('--kafka');
  const ids = wanted.filter((word) => !word.startsWith('--'));
  const mutations = readMutations().filter(
    (each) => ids.includes(each.id) || (ids.length === 0 && onKafka === (each.needs === 'kafka')),
  );
  const workshops = Array.from({ length: WORKERS }, (_, number) => new Workshop(number));
  let failed = 0;
  let passed = 0;
  try {
    const files = [...new Set(mutations.flatMap(testsOf))];
    const [first] = workshops;
    if (first && files.length > 0 && !(await first.test(files))) {
      console.log(`not ok - without any mutation: ${files.join(' ')}`);
      failed++;
    }
    const queue = [...mutations];
    await Promise.all(
      workshops.map(async (workshop) => {
        for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
          const unnoticed = await workshop.tryMutation(mutation);
          if (unnoticed) failed++;
          else passed++;
          console.log(
            `${unnoticed ? 'not ok' : 'ok'} - [${mutation.rule}] ${mutation.id}${unnoticed ? `: ${unnoticed}` : ''}`,
          );
        }
      }),
    );
  } finally {
    for (const workshop of workshops) workshop.remove();
  }
  console.log(`mutations noticed: ${passed}, not noticed: ${failed}`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
