/**
 * One embedded cluster of the demo: a broker in a process of its own that ends with this one, however this one ends. It takes
 * clients without login (PLAINTEXT), klink (SASL_PLAINTEXT), and whoever has a key (SASL_SSL), on this machine only.
 * Keeps its ports over restarts. Refuses to start what runs and to stop what does not.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '../api/problems.js';
import { printAddress } from '../base/addresses.js';
import type { Clock } from '../base/clock.js';
import type { Address } from '../base/connection.js';
import type { Random } from '../base/random.js';
import type { SaslLogin } from '../base/sasl.js';
import { type DemoPorts, PORTS_TRIED } from './demo-ports.js';
import { demoBrokerConfig, demoSecurity } from './demo-security.js';

const READY_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 10_000;
/** In the order of their ranges of ports. */
const PROTOCOLS = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
type Protocol = (typeof PROTOCOLS)[number];
const HOST = '127.0.0.1';
const entry = fileURLToPath(new URL('../broker.js', import.meta.url));

export interface DemoCluster {
  readonly name: string;
  readonly clusterId: string;
  /** Without login. */
  readonly bootstrap: string;
  /** Where klink logs in, and how. */
  readonly engine: { readonly address: Address; readonly login: SaslLogin };
  /** SASL_SSL, and the file with the authority that is to be trusted there. */
  readonly secured: { readonly address: Address; readonly authorityFile: string };
  kill(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it in whatever state it is. */
  end(): Promise<void>;
}

export interface DemoClusterOptions {
  readonly name: string;
  readonly directory: string;
  readonly ports: DemoPorts;
  readonly portFrom: number;
  readonly clock: Clock;
  readonly random: Random;
  /** The broker ended although nobody asked it to. */
  onLoss(name: string, detail: string): void;
}

export async function startDemoCluster(options: DemoClusterOptions): Promise<DemoCluster> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const security = demoSecurity(options.directory, options.random);
  const ports = {} as Record<Protocol, number>;
  for (const [at, protocol] of PROTOCOLS.entries()) {
    ports[protocol] = await options.ports.take(`${options.name} ${protocol}`, options.portFrom + at * PORTS_TRIED);
  }
  let running: { readonly child: ChildProcess; readonly ended: Promise<void> } | undefined;
  let expected = false;
  const launch = async () => {
    const { child, ended, ready } = await startBroker(options, ports, security.file);
    expected = false;
    running = { child, ended };
    void ended.then(() => {
      if (running?.child !== child) return;
      running = undefined;
      if (!expected) options.onLoss(options.name, lastWords(options.directory));
    });
    return ready;
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
  const { clusterId, ca: authorityFile } = await launch();
  const addressOf = (protocol: Protocol): Address => ({ host: HOST, port: ports[protocol] });
  return {
    name: options.name,
    clusterId,
    bootstrap: printAddress(addressOf('PLAINTEXT')),
    engine: { address: addressOf('SASL_PLAINTEXT'), login: security.login },
    secured: { address: addressOf('SASL_SSL'), authorityFile },
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
  readonly ready: ReadyLine;
}

interface ReadyLine {
  readonly clusterId: string;
  readonly ca: string;
}

function startBroker(
  options: DemoClusterOptions,
  ports: Readonly<Record<Protocol, number>>,
  securityFile: string,
): Promise<StartedBroker> {
  const log = openSync(logFile(options.directory), 'a');
  const args = [entry, '--dir', options.directory, '--port', String(ports.PLAINTEXT), '--parent-pipe'];
  args.push('--init', securityFile);
  for (const protocol of PROTOCOLS.slice(1)) args.push('--listener', `${protocol}://${HOST}:${ports[protocol]}`);
  for (const [name, value] of Object.entries(demoBrokerConfig)) args.push('--config', `${name}=${value}`);
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
      const ready = JSON.parse(text.slice(0, end)) as ReadyLine;
      settle(() => resolve({ child, ended, ready }));
    });
  });
}

function logFile(directory: string): string {
  return join(directory, 'broker.log');
}

function lastWords(directory: string): string {
  return readFileSync(logFile(directory), 'utf8').trimEnd().split('\n').slice(-3).join(' ') || 'it left no message';
}
