/**
 * How long a broker takes to begin: in a process that imports it, and as a child until its first answer; on an empty directory,
 * on a used one and on one of a thousand partitions. Each start is a new process, beside one of Node that does nothing.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startBroker } from '../../src/embedded.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { packageRoot } from '../../test/harness/package-root.js';
import { Wire } from '../../test/harness/wire.js';
import { cpuSeconds } from '../process-cost.js';
import { NODE, type Start } from './report-starts.js';

const RECORD_BYTES = 1000;
const ENDS_WITHIN_MS = 60_000;
const program = join(packageRoot, 'dist', 'bench', 'brokers', 'start-program.js');
const klink = join(packageRoot, 'bin', 'klink');

/** By what lies in the directory: how many partitions with a batch each. */
const DIRECTORIES = { empty: 0, used: 10, '1 000 partitions': 1000 };

export async function measureStarts(rounds: number, parent: string, say: (text: string) => void): Promise<Start[]> {
  const made: string[] = [];
  const measured: Start[] = [];
  try {
    const directories = new Map<string, string>();
    for (const [name, partitions] of Object.entries(DIRECTORIES)) {
      const directory = mkdtempSync(join(parent, 'klink-start-'));
      made.push(directory);
      directories.set(name, directory);
      if (partitions > 0) await fill(directory, partitions);
    }
    for (let round = 0; round < rounds; round++) {
      measured.push(node());
      for (const [name, directory] of directories) {
        const empties = DIRECTORIES.empty === DIRECTORIES[name as keyof typeof DIRECTORIES];
        const fresh = () => (empties ? mkdtempSync(join(directory, 'fresh-')) : directory);
        measured.push(...inProcess(name, fresh()), await asChild(name, fresh()));
      }
      say(`starts: round ${round + 1} of ${rounds}`);
    }
  } finally {
    for (const directory of made) rmSync(directory, { recursive: true, force: true });
  }
  return measured;
}

async function fill(directory: string, partitions: number): Promise<void> {
  const broker = await startBroker({ directory });
  try {
    const wire = await Wire.open(broker);
    const topics = [{ name: 'started', numPartitions: partitions, replicationFactor: 1, configs: [] }];
    await wire.ask(createTopics, { topics, timeoutMs: ENDS_WITHIN_MS });
    const records = encodeBatch({ records: [{ timestamp: BigInt(Date.now()), value: Buffer.alloc(RECORD_BYTES, 1) }] });
    const partitionData = Array.from({ length: partitions }, (_, index) => ({ index, records }));
    const topicData = [{ name: 'started', partitionData }];
    const answer = await wire.ask(
      produce,
      { transactionalId: null, acks: -1, timeoutMs: ENDS_WITHIN_MS, topicData },
      12,
    );
    const failed = answer.responses[0]?.partitionResponses.find(({ errorCode }) => errorCode !== 0);
    if (failed !== undefined) throw new Error(`partition ${failed.index} answered ${failed.errorCode}`);
    wire.close();
  } finally {
    await broker.stop();
  }
}

function node(): Start {
  const beganMs = performance.now();
  const text = 'const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000));';
  const told = execFileSync(process.execPath, ['-e', text], { encoding: 'utf8', timeout: ENDS_WITHIN_MS });
  return { what: NODE, wallMs: performance.now() - beganMs, cpuMs: Number(told) };
}

/** The import once, the start for each directory. */
function inProcess(name: string, directory: string): Start[] {
  const text = execFileSync(process.execPath, [program, directory], { encoding: 'utf8', timeout: ENDS_WITHIN_MS });
  const told = JSON.parse(text) as { importMs: number; startMs: number; cpuMs: number };
  const started = { what: `\`await startBroker()\`, ${name}`, wallMs: told.startMs, cpuMs: undefined };
  const imported = { what: "`import 'klink/broker'`", wallMs: told.importMs, cpuMs: undefined };
  return name === 'empty' ? [imported, started] : [started];
}

/** From before the process is made until the answer to its first request is here. */
async function asChild(name: string, directory: string): Promise<Start> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [klink, 'broker', '--dir', directory, '--port', '0', '--parent-pipe'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: ENDS_WITHIN_MS,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
      child.once('error', reject);
      child.once('close', (code) => reject(new Error(`the broker ended with ${code}`)));
    });
    const { host, port, pid } = JSON.parse(line) as { host: string; port: number; pid: number };
    const wire = await Wire.open({ host, port });
    const wallMs = performance.now() - beganMs;
    const cpuMs = 1000 * cpuSeconds(pid);
    wire.close();
    return { what: `\`klink broker\` as a child until its first answer, ${name}`, wallMs, cpuMs };
  } finally {
    child.stdin.end();
    await ended;
  }
}
