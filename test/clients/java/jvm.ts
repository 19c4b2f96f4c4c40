/** The one process of a version of the Java clients: its program compiled, started, and gone with this process. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { logProperties } from '../../harness/kafka-config.js';
import { kafkaHome } from '../../harness/kafka-home.js';
import { runJava } from '../../harness/kafka-process.js';
import { packageRoot } from '../../harness/package-root.js';
import { portOf } from '../serving.js';

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
  return portOf({ program: 'java', args, log }).catch((error: Error) => {
    throw new Error(`${error.message}: ${readFileSync(log, 'utf8').slice(-4_000) || 'nothing'} (${log})`);
  });
}

/** Its export that is used here; it has to run before anything is compiled. */
interface EnsureJavaClient {
  ensureJavaClient(): Promise<string>;
}

async function compiled(): Promise<string> {
  const url = pathToFileURL(join(packageRoot, 'tools', 'ensure-java-client.mjs')).href;
  return ((await import(url)) as EnsureJavaClient).ensureJavaClient();
}
