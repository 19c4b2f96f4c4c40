/** Runs the independent programs of this folder: the writer, the checker, and the one that plants changes. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../harness/package-root.js';
import { pythonPath } from '../harness/python.js';
import { until } from '../harness/until.js';

const script = (name: string): string => join(packageRoot, 'test', 'checker', name);
const OUTPUT_MAX = 64 << 20;
const PLANT_WITHIN_MS = 120_000;

export interface PartitionReport {
  readonly partition: number;
  readonly equal: boolean;
  /** Equal records before the first difference. */
  readonly records: number;
  readonly payloadBytes: number;
  /** Offsets at which neither side shows anything. */
  readonly invisible: number;
  readonly sourceEnd: number;
  readonly mirrorEnd: number;
  readonly difference: { readonly offset: number; readonly what: string } | null;
}

export interface CheckReport {
  readonly equal: boolean;
  readonly partitions: readonly PartitionReport[];
  readonly records: number;
  readonly seconds: number;
  /** What it wrote to its standard error: the differences in words. */
  readonly words: string;
}

type Whole = Omit<CheckReport, 'partitions' | 'words'>;

export interface CheckOptions {
  readonly source: string;
  readonly destination: string;
  readonly topic: string;
  readonly partitions?: readonly number[];
  readonly allowBehind?: boolean;
  readonly jobs?: number;
  readonly withinMs?: number;
}

/** Rejects when the comparison could not be made. */
export async function runCheck(options: CheckOptions): Promise<CheckReport> {
  const args = ['--source', options.source, '--destination', options.destination, '--topic', options.topic];
  if (options.partitions) args.push('--partitions', options.partitions.join(','));
  if (options.allowBehind) args.push('--allow-behind');
  if (options.jobs) args.push('--jobs', String(options.jobs));
  const { code, output, errors } = await run('check.py', args, options.withinMs ?? 300_000);
  if (code !== 0 && code !== 1) throw new Error(`check.py ended with ${code}: ${errors}`);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PartitionReport | Whole);
  const partitions = lines.filter((line) => 'partition' in line).sort((a, b) => a.partition - b.partition);
  const whole = lines.find((line): line is Whole => !('partition' in line));
  if (whole === undefined || whole.equal !== (code === 0))
    throw new Error(`check.py said nonsense: ${output}${errors}`);
  return { ...whole, partitions, words: errors };
}

export const plantKinds = ['byte', 'header', 'timestamp', 'missing', 'extra', 'offset'] as const;
export type PlantKind = (typeof plantKinds)[number];

/** Changes one thing in a partition's files; its broker must be stopped. Gives where a comparison must now fail. */
export async function plant(kind: PlantKind, directory: string, seed = 1): Promise<number> {
  const args = ['--kind', kind, '--directory', directory, '--seed', String(seed)];
  const { code, output, errors } = await run('plant.py', args, PLANT_WITHIN_MS);
  if (code !== 0) throw new Error(`plant.py ended with ${code}: ${errors}`);
  return (JSON.parse(output) as { readonly offset: number }).offset;
}

async function run(name: string, args: readonly string[], timeoutMs: number) {
  const python = await pythonPath();
  return new Promise<{ code: number | null; output: string; errors: string }>((resolve) => {
    const limits = { timeout: timeoutMs, maxBuffer: OUTPUT_MAX };
    const child = execFile(python, [script(name), ...args], limits, (_, output, errors) =>
      resolve({ code: child.exitCode, output, errors }),
    );
  });
}

export interface Written {
  /** A read_committed reader sees at least these. */
  readonly acknowledged: number;
  readonly failed: number;
  readonly committed: number;
  readonly aborted: number;
  /** In transactions whose end is not known. */
  readonly unknown: number;
  readonly transactions: number;
  readonly bytes: number;
}

export interface SourceWriter {
  readonly seed: number;
  /** As of the last second. */
  readonly progress: () => Written | undefined;
  /** As many bytes as were asked for are written; it goes on slowly. */
  reached(withinMs: number): Promise<void>;
  /** Ends all writers in good order. Rejects when one of them had given up. */
  stop(): Promise<Written>;
  /** For the end of a test, in whatever state. */
  kill(): void;
}

export interface WriterOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  readonly bytes: number;
  /** Bytes a second; 0: as fast as it goes. */
  readonly rate?: number;
  readonly thenRate?: number;
  readonly seed?: number;
}

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 240_000;

export async function startWriter(options: WriterOptions): Promise<SourceWriter> {
  const args = [script('write.py'), '--bootstrap', options.bootstrap, '--topic', options.topic];
  args.push('--partitions', String(options.partitions), '--bytes', String(options.bytes));
  args.push('--rate', String(options.rate ?? 0), '--then-rate', String(options.thenRate ?? 1_000_000));
  const given = options.seed ?? process.env.KLINK_SEED;
  if (given !== undefined) args.push('--seed', String(given));
  const child = spawn(await pythonPath(), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined); // It has ended by itself, which its exit code tells.
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  let seed: number | undefined;
  let last: (Written & { readonly reached?: boolean }) | undefined;
  let done: Written | undefined;
  eachLine(child, (line) => {
    const said = JSON.parse(line) as Written & { seed?: number; done?: boolean };
    if (said.done) done = said;
    else if (said.seed !== undefined) seed = said.seed;
    else last = said;
  });
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const failIfEnded = () => {
    if (ended()) throw new Error(`write.py ended with ${child.exitCode ?? child.signalCode}: ${errors}`);
  };
  await until('the first word of the writer', START_WITHIN_MS, () => {
    return seed !== undefined || ended();
  });
  failIfEnded();
  return {
    seed: seed ?? -1,
    progress: () => last,
    async reached(withinMs) {
      await until('the writer has written what it should', withinMs, () => last?.reached === true || ended());
      failIfEnded();
    },
    async stop() {
      child.stdin.end('stop\n');
      await until(
        'the end of the writer',
        STOP_WITHIN_MS,
        () => ended() && (done !== undefined || child.exitCode !== 0),
      );
      if (child.exitCode !== 0 || done === undefined)
        throw new Error(`write.py ended with ${child.exitCode}: ${errors}`);
      return done;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function eachLine(child: ChildProcess, take: (line: string) => void): void {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}
