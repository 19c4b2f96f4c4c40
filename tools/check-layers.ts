/**
 * Keeps ARCHITECTURE.md's table of layers true: who imports whom in `src`, that no files import each other in a ring, and
 * that clocks, timers, sockets, random numbers and files are reached only where they come in (decision 1). Test files may
 * import anything; nothing else imports them.
 *   node dist/tools/check-layers.js
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { packageRoot } from '../test/harness/package-root.js';
import { codeOf, importsOf } from './read-imports.js';

interface Layer {
  /** Below `src`; the longest one that fits a file is its layer. */
  readonly at: string;
  readonly mayImport: readonly string[];
}

/** In the order and words of ARCHITECTURE.md. */
const LAYERS: readonly Layer[] = [
  { at: 'base', mayImport: [] },
  { at: 'protocol', mayImport: ['base'] },
  { at: 'model', mayImport: ['base'] },
  { at: 'client', mayImport: ['base', 'protocol'] },
  { at: 'broker', mayImport: ['base', 'protocol'] },
  { at: 'engine', mayImport: ['base', 'protocol', 'client', 'model'] },
  { at: 'control', mayImport: ['base', 'model'] },
  { at: 'api', mayImport: ['base', 'model', 'control'] },
  { at: 'api/client', mayImport: ['base'] },
  { at: 'cli', mayImport: ['base', 'model', 'client', 'api/client'] },
];
/** They wire the layers: all but the command line, which reaches a server by REST alone. */
const ENTRY_POINTS = ['serve', 'site', 'site.ts', 'server.ts', 'demo.ts', 'broker.ts', 'embedded.ts'];

interface Refusal {
  readonly what: string;
  readonly pattern: RegExp;
  /** Where it may stand all the same. */
  readonly except: readonly string[];
  /** Default: everywhere in `src`. */
  readonly only?: readonly string[];
}

/** Processes that people start read their own files; the compression reads its WebAssembly. */
const FILES_ARE_READ_IN = ['base/node', ...ENTRY_POINTS, 'cli', 'api/client', 'protocol/compression/zstd.ts'];
const SYNCHRONOUS = ['engine', 'control', 'broker', 'model', 'client'];

const REFUSED: readonly Refusal[] = [
  {
    what: 'a clock',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.\w|\bhrtime\b|'node:perf_hooks'/,
    except: ['base/node'],
  },
  {
    what: 'a timer',
    pattern: /\b(setTimeout|setInterval|setImmediate)\b|\bAbortSignal\.timeout\b|'(node:)?timers[/']/,
    // The command line waits for a server's answer in real time.
    except: ['base/node', 'api/client'],
  },
  {
    what: 'a random number',
    pattern: /\bMath\.random\b|\bcrypto\.random|\bgetRandomValues\b|\brandom\w+[^;}]*\} from 'node:crypto'/,
    except: ['base/node'],
  },
  {
    what: 'a socket',
    pattern: /'node:(net|tls|http|https|http2|dgram|dns)[/']/,
    except: ['base/node'],
  },
  { what: 'another process', pattern: /'node:(child_process|cluster|worker_threads)'/, except: ['base/node', 'serve'] },
  { what: 'a file', pattern: /'node:fs[/']/, except: FILES_ARE_READ_IN },
  {
    what: 'work on another thread',
    pattern: /'node:fs\/promises'|'node:zlib'|\bpbkdf2\(|\bscrypt\(/,
    except: [],
    only: SYNCHRONOUS,
  },
];

const src = join(packageRoot, 'src');

function isBelow(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file === folder || file.startsWith(`${folder}/`));
}

/** `undefined` for an entry point. */
function layerOf(file: string): Layer | undefined {
  const fitting = LAYERS.filter(({ at }) => isBelow(file, [at])).sort((a, b) => b.at.length - a.at.length);
  return fitting[0];
}

function mayImport(from: string, to: string): boolean {
  const [importer, imported] = [layerOf(from), layerOf(to)];
  if (isBelow(from, ENTRY_POINTS)) return imported?.at !== 'cli';
  if (importer === undefined || imported === undefined) return false;
  return importer === imported || importer.mayImport.includes(imported.at) || isInside(importer, imported);
}

/** `api` and `api/client` are one folder: its outer part may import the inner one. */
function isInside(importer: Layer, imported: Layer): boolean {
  return imported.at.startsWith(`${importer.at}/`);
}

const problems: string[] = [];
const graph = new Map<string, string[]>();

for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
  const text = readFileSync(join(src, name), 'utf8');
  if (layerOf(name) === undefined && !isBelow(name, ENTRY_POINTS)) problems.push(`src/${name}: in no layer`);
  const imported: string[] = [];
  for (const { from, typeOnly } of importsOf(text)) {
    if (!from.startsWith('.')) continue;
    const path = relative(src, normalize(join(src, dirname(name), from))).replace(/\.js$/, '.ts');
    if (path.startsWith('..')) problems.push(`src/${name}: imports ${from}, which is not in src`);
    else if (!mayImport(name, path)) problems.push(`src/${name}: may not import src/${path}`);
    if (path.endsWith('.test.ts')) problems.push(`src/${name}: imports a test`);
    if (!typeOnly) imported.push(path);
  }
  graph.set(name, imported);
  const code = codeOf(text);
  for (const { what, pattern, except, only } of REFUSED) {
    if (isBelow(name, except) || (only !== undefined && !isBelow(name, only))) continue;
    const found = pattern.exec(code);
    if (found) problems.push(`src/${name}: reaches ${what} (${found[0]})`);
  }
}

/** Files that import each other in a ring, each ring once. */
function ringsOf(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const rings: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) rings.push(path.slice(at));
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const next of edges.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of edges.keys()) visit(file);
  return rings;
}

for (const ring of ringsOf(graph)) problems.push(`a ring of imports: ${ring.join(' -> ')} -> ${ring[0]}`);

/** The rows of ARCHITECTURE.md's table that this one repeats. */
const architecture = readFileSync(join(packageRoot, 'ARCHITECTURE.md'), 'utf8');
for (const { at, mayImport: allowed } of LAYERS) {
  const row = new RegExp(`^\\| \`src/${at}\` \\|.*\\| ${allowed.join(', ') || 'nothing of ours'} \\|$`, 'm');
  if (!row.test(architecture)) {
    problems.push(`ARCHITECTURE.md: no row for src/${at} that may import: ${allowed.join(', ') || 'nothing of ours'}`);
  }
}

for (const problem of problems) console.log(problem);
console.log(`${graph.size} files, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
