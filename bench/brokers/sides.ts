/** The two brokers side by side: one processor for both, in turn, and the load generator on the other. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '../../test/harness/kafka.js';
import { packageRoot } from '../../test/harness/package-root.js';
import { FULL_SPEED, VERSION } from '../clusters.js';

export const SIDES = ['embedded', 'kafka'] as const;
export type SideName = (typeof SIDES)[number];

export const SIDE_TITLES: Readonly<Record<SideName, string>> = {
  embedded: 'embedded broker',
  kafka: `Apache Kafka ${VERSION}`,
};

export interface Side {
  readonly name: SideName;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const BROKER_PROCESSOR = 0;
const GENERATOR_PROCESSOR = 1;

/** What this process starts from now on runs there. Throws where there are not two processors. */
export function pin(what: 'brokers' | 'generators'): void {
  if (cpus().length < 2)
    throw new Error('the bench needs two processors: one for the broker, one for the load generator');
  const processor = what === 'brokers' ? BROKER_PROCESSOR : GENERATOR_PROCESSOR;
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(processor), String(process.pid)]);
}

/**
 * With the settings of Kafka's own distribution, but for what makes both alike: no login, no authorizer, and everything is
 * synced once a second, as the embedded broker always does.
 */
const KAFKA = {
  'authorizer.class.name': '',
  'num.network.threads': '3',
  'num.io.threads': '8',
  'log.flush.interval.ms': '1000',
  'log.flush.scheduler.interval.ms': '1000',
  // Or topics of earlier rows lie about for a minute.
  'log.segment.delete.delay.ms': '1000',
};

export async function startSide(name: SideName, directory: string, profile: string | undefined): Promise<Side> {
  mkdirSync(directory, { recursive: true });
  pin('brokers');
  try {
    return name === 'kafka' ? await startApache(directory) : await startEmbedded(directory, profile);
  } finally {
    pin('generators');
  }
}

async function startApache(directory: string): Promise<Side> {
  const data = mkdtempSync(join(directory, 'klink-bench-kafka-'));
  const config = { ...KAFKA, 'log.dirs': data };
  const kafka = await startKafka({ version: VERSION, flags: [...FULL_SPEED, '-Xmx1g'], config });
  return {
    name: 'kafka',
    port: kafka.brokers[0]?.plaintextPort ?? 0,
    pid: kafka.brokers[0]?.pid ?? -1,
    async stop() {
      await kafka.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function startEmbedded(directory: string, profile: string | undefined): Promise<Side> {
  const data = mkdtempSync(join(directory, 'klink-bench-embedded-'));
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const entry = join(packageRoot, 'dist', 'src', 'broker.js');
  const args = [...flags, entry, '--dir', data, '--port', '0', '--parent-pipe'];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const [line] = await Promise.race([once(child.stdout, 'data') as Promise<[Buffer]>, exit.then(() => [])]);
  if (line === undefined) throw new Error('the embedded broker did not start');
  const { port } = JSON.parse(line.toString()) as { port: number };
  return {
    name: 'embedded',
    port,
    pid: child.pid ?? -1,
    async stop() {
      child.kill('SIGTERM');
      await exit;
      rmSync(data, { recursive: true, force: true });
    },
  };
}
