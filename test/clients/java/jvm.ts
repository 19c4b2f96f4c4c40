/**
 * The one process of a version of the Java clients: its program compiled, started, and gone with this process. It is compiled
 * once, against the older jars, and runs with each.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { logProperties } from '../../harness/kafka-config.js';
import { kafkaHome } from '../../harness/kafka-home.js';
import { runJava } from '../../harness/kafka-process.js';
import { packageRoot } from '../../harness/package-root.js';

const COMPILED_AGAINST = '3.9.1';
/** Nothing else is used: javac reads what it is given. */
const USED = /^(kafka-clients|jackson-(core|databind|annotations))-/;
const STARTED_WITHIN_MS = 60_000;

/** A tool's output is its own. */
const TO_STDERR = { 3: 'log4j.appender.out.Target=System.err', 4: 'appender.out.target = SYSTEM_ERR' };

const FLAGS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-XX:-UsePerfData', '-Xmx512m'];

const started = new Map<string, Promise<number>>();

/** Gives the port at which it is asked. Rejects with what it said when it does not start. */
export function jvmPort(version: string): Promise<number> {
  const port = started.get(version) ?? start(version);
  started.set(version, port);
  return port;
}

/** Runs a main class in a process of its own, for what it says only when that ends. */
export async function runAlone(version: string, main: readonly string[]): Promise<string> {
  const { libs, flags } = await kafkaHome(version);
  return runJava(join(libs, '*'), flags, main);
}

async function start(version: string): Promise<number> {
  const { libs, flags } = await kafkaHome(version);
  const classes = await compiled();
  const directory = mkdtempSync(join(tmpdir(), 'klink-java-'));
  const logging = logProperties(version);
  const logConfig = join(directory, logging.file);
  writeFileSync(logConfig, `${logging.text}${TO_STDERR[version.startsWith('3.') ? 3 : 4]}\n`);
  const log = join(directory, 'out.log');
  const args = [
    ...FLAGS,
    ...flags,
    `-D${logging.flag}=file:${logConfig}`,
    '-cp',
    `${join(libs, '*')}:${classes}`,
    'Main',
  ];
  const child: ChildProcess = spawn('java', args, { stdio: ['pipe', 'pipe', openSync(log, 'a')] });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('java without streams');
  const said = () => `${readFileSync(log, 'utf8').slice(-4_000) || 'nothing'} (${log})`;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`java did not start: ${said()}`)), STARTED_WITHIN_MS);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`java ended with ${code}: ${said()}`)));
    createInterface({ input: stdout }).once('line', (line) => {
      clearTimeout(late);
      resolve(Number(line));
      // It ends by itself when this process does: its input ends then.
      child.unref();
      for (const stream of [stdin, stdout]) (stream as unknown as { unref(): void }).unref();
    });
  });
}

/** The folder of the classes, in the cache: one per content of the sources. */
async function compiled(): Promise<string> {
  const sources = join(packageRoot, 'test', 'clients', 'java');
  const files = readdirSync(sources).filter((name) => name.endsWith('.java'));
  const hash = createHash('sha256').update(COMPILED_AGAINST);
  for (const file of files) hash.update(file).update(readFileSync(join(sources, file)));
  const { cacheRoot, filledOnce } = (await tool('cached-folder.mjs')) as CachedFolder;
  const { libs } = await kafkaHome(COMPILED_AGAINST);
  const jars = readdirSync(libs).filter((name) => USED.test(basename(name)));
  return filledOnce(join(cacheRoot(), 'java', hash.digest('hex').slice(0, 16)), async (directory) => {
    mkdirSync(directory, { recursive: true });
    const args = ['-Xlint:all,-serial,-path,-classfile,-processing', '-Werror', '-proc:none', '-d', directory];
    const classpath = jars.map((name) => join(libs, name)).join(':');
    await promisify(execFile)('javac', [...args, '-cp', classpath, ...files.map((file) => join(sources, file))]);
  });
}

/** What is used here of tools that have to run before anything is compiled. */
interface CachedFolder {
  cacheRoot(): string;
  filledOnce(folder: string, fill: (directory: string) => Promise<void>): Promise<string>;
}

function tool(name: string): Promise<unknown> {
  return import(pathToFileURL(join(packageRoot, 'tools', name)).href);
}
