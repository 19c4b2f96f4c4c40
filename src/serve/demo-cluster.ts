/**
 * One embedded cluster of the demo: a broker in a process of its own that ends with this one, however this one ends.
 * Keeps its port over restarts. Refuses to start what runs and to stop what does not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../api/problems.js';
import type { Clock } from '../base/clock.js';
import type { Network } from '../base/connection.js';

const READY_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 10_000;
/** Below the range that systems draw outgoing ports from: a stopped broker finds its port free again. */
const PORTS_TRIED = 100;
const entry = fileURLToPath(new URL('../broker.js', import.meta.url));

export interface DemoCluster {
  readonly name: string;
  readonly clusterId: string;
  readonly port: number;
  readonly bootstrap: string;
  kill(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it in whatever state it is. */
  end(): Promise<void>;
}

export interface DemoClusterOptions {
  readonly name: string;
  readonly directory: string;
  readonly portFrom: number;
  readonly clock: Clock;
  readonly network: Network;
  /** The broker ended although nobody asked it to. */
  onLoss(name: string, detail: string): void;
}

export async function startDemoCluster(options: DemoClusterOptions): Promise<DemoCluster> {
  mkdirSync(options.directory, { recursive: true });
  const port = await freePort(options.network, options.portFrom);
  let running: { readonly child: ChildProcess; readonly ended: Promise<void> } | undefined;
  let expected = false;
  const launch = async () => {
    const { child, ended, clusterId } = await startBroker(options, port);
    expected = false;
    running = { child, ended };
    void ended.then(() => {
      if (running?.child !== child) return;
      running = undefined;
      if (!expected) options.onLoss(options.name, lastWords(options.directory));
    });
    return clusterId;
  };
  const endWith = async (signal: NodeJS.Signals) => {
    if (running === undefined) throw new Problem(409, 409, `Cluster "${options.name}" is not running.`);
    const { child, ended } = running;
    expected = true;
    child.kill(signal);
    const force = options.clock.setTimer(STOPPED_WITHIN_MS, () => child.kill('SIGKILL'));
    await ended;
    force.cancel();
  };
  const clusterId = await launch();
  return {
    name: options.name,
    clusterId,
    port,
    bootstrap: `127.0.0.1:${port}`,
    kill: () => endWith('SIGKILL'),
    stop: () => endWith('SIGTERM'),
    async start() {
      if (running !== undefined) throw new Problem(409, 409, `Cluster "${options.name}" is already running.`);
      await launch();
    },
    async end() {
      if (running !== undefined) await endWith('SIGTERM');
    },
  };
}

interface StartedBroker {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly clusterId: string;
}

function startBroker(options: DemoClusterOptions, port: number): Promise<StartedBroker> {
  const log = openSync(logFile(options.directory), 'a');
  const args = [entry, '--dir', options.directory, '--port', String(port), '--parent-pipe'];
  // Detached: Ctrl-C in the terminal reaches the server alone, which then ends its brokers last.
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', log], detached: true });
  closeSync(log);
  child.stdin?.on('error', () => undefined); // The pipe only exists to end; a dead reader is told by 'exit'.
  return new Promise((resolve, reject) => {
    let text = '';
    let settled = false;
    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      timer.cancel();
      act();
    };
    const failed = (what: string) =>
      settle(() => reject(new Error(`cluster "${options.name}" ${what}: ${lastWords(options.directory)}`)));
    const timer = options.clock.setTimer(READY_WITHIN_MS, () => {
      failed(`was not ready within ${READY_WITHIN_MS / 1000} s`);
      child.kill('SIGKILL');
    });
    const ended = new Promise<void>((done) => {
      child.once('error', (error) => {
        failed(`could not be started (${error.message})`);
        done();
      });
      child.once('exit', () => {
        failed('ended before it was ready');
        done();
      });
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      if (settled) return;
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end < 0) return;
      const { clusterId } = JSON.parse(text.slice(0, end)) as { readonly clusterId: string };
      settle(() => resolve({ child, ended, clusterId }));
    });
  });
}

function logFile(directory: string): string {
  return join(directory, 'broker.log');
}

function lastWords(directory: string): string {
  return readFileSync(logFile(directory), 'utf8').trimEnd().split('\n').slice(-3).join(' ') || 'it left no message';
}

export async function freePort(network: Network, from: number): Promise<number> {
  for (let port = from; port < from + PORTS_TRIED; port++) {
    try {
      const listener = await network.listen({ host: '127.0.0.1', port }, (connection) => connection.reset());
      await listener.close();
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(`no free port between ${from} and ${from + PORTS_TRIED - 1}`);
}
