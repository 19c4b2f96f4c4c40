/**
 * The embedded broker as a child process, for tests: started on a free port, killed with -9, started again on the same
 * directory and port, stopped cleanly. `useEmbedded` ends it with the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface EmbeddedOptions {
  /** Default: a fresh directory that `stop` removes. */
  readonly dir?: string;
  /** Broker settings under Kafka's names. */
  readonly config?: Readonly<Record<string, string>>;
  readonly clusterId?: string;
  readonly nodeId?: number;
  /** Default: any free one, kept over restarts. */
  readonly port?: number;
  readonly logLevel?: string;
  /** With logins and an authorizer, and the users of test/harness/kafka.ts. */
  readonly secured?: boolean;
  /** Secured, and SASL_SSL as well, with an authority of its own. */
  readonly tls?: boolean;
}

export interface Embedded {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly bootstrap: string;
  /** SASL_PLAINTEXT; the same as `bootstrap` where it is not secured. */
  readonly sasl: string;
  /** SASL_SSL, and the file of the authority to trust; empty without TLS. */
  readonly saslSsl: string;
  readonly ca: string;
  readonly clusterId: string;
  readonly pid: number;
  /** What the broker wrote to its standard error since the first start. */
  readonly log: () => string;
  kill9(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** SIGTERM, and waits for the clean end. Rejects when the broker ends with an error. */
  terminate(): Promise<void>;
  /** After `kill9` or `terminate`: the same directory, the same port. */
  restart(config?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends it and removes a directory that was made for it. */
  stop(): Promise<void>;
}

/** The same users and super users as test/harness/kafka-config.ts has. */
const INITIAL = { users: ['admin', 'klink', 'link', 'app'].map((name) => ({ name, password: name })) };
const SECURED = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS;User:admin;User:klink',
};
const READY_WITHIN_MS = 20_000;
const entry = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'broker.js');

export async function startEmbedded(options: EmbeddedOptions = {}): Promise<Embedded> {
  const made = options.dir === undefined;
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'klink-broker-'));
  let written = '';
  const initial = join(dir, 'initial.json');
  const secured = options.secured === true || options.tls === true;
  if (secured) {
    mkdirSync(dir, { recursive: true });
    writeFileSync(initial, JSON.stringify(INITIAL), { mode: 0o600 });
  }
  const ports = { plaintext: options.port ?? 0, sasl: 0, saslSsl: 0 };
  const start = async (given: Readonly<Record<string, string>>) => {
    const config = secured ? { ...SECURED, ...given } : given;
    const args = [
      '--dir',
      dir,
      '--port',
      String(ports.plaintext),
      '--parent-pipe',
      '--log-level',
      options.logLevel ?? 'warn',
    ];
    if (options.clusterId !== undefined) args.push('--cluster-id', options.clusterId);
    if (options.nodeId !== undefined) args.push('--node-id', String(options.nodeId));
    if (secured) args.push('--init', initial, '--listener', `SASL_PLAINTEXT://127.0.0.1:${ports.sasl}`);
    if (options.tls) args.push('--listener', `SASL_SSL://127.0.0.1:${ports.saslSsl}`);
    for (const [name, value] of Object.entries(config)) args.push('--config', `${name}=${value}`);
    const child = spawn(process.execPath, [entry, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr?.on('data', (chunk: Buffer) => {
      written += chunk.toString();
    });
    return { child, ready: await readyLine(child, () => written) };
  };
  let { child, ready } = await start(options.config ?? {});
  const { host, port, clusterId, ca = '' } = ready;
  const portOf = (wanted: string) => ready.listeners.find(({ protocol }) => protocol === wanted)?.port;
  Object.assign(ports, { plaintext: port, sasl: portOf('SASL_PLAINTEXT') ?? port, saslSsl: portOf('SASL_SSL') ?? 0 });
  const ended = (one: ChildProcess) =>
    new Promise<number | null>((resolve) => {
      if (one.exitCode !== null || one.signalCode !== null) resolve(one.exitCode);
      else one.once('exit', (code) => resolve(code));
    });
  return {
    dir,
    host,
    port,
    bootstrap: `${host}:${port}`,
    sasl: `${host}:${ports.sasl}`,
    saslSsl: options.tls ? `${host}:${ports.saslSsl}` : '',
    ca,
    clusterId,
    get pid() {
      return child.pid ?? -1;
    },
    log: () => written,
    async kill9() {
      child.kill('SIGKILL');
      await ended(child);
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async terminate() {
      child.kill('SIGTERM');
      const code = await ended(child);
      if (code !== 0) throw new Error(`the broker ended with code ${code}: ${written}`);
    },
    async restart(config = options.config ?? {}) {
      ({ child, ready } = await start(config));
    },
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended(child);
      if (made) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Started before the tests of a file and stopped after them, or for one test: `useEmbedded(t)`. */
export async function useEmbedded(
  scope: { after(end: () => Promise<void>): void },
  options: EmbeddedOptions = {},
): Promise<Embedded> {
  const broker = await startEmbedded(options);
  scope.after(() => broker.stop());
  return broker;
}

interface ReadyLine {
  readonly host: string;
  readonly port: number;
  readonly clusterId: string;
  readonly listeners: readonly { readonly protocol: string; readonly port: number }[];
  readonly ca?: string;
}

function readyLine(child: ChildProcess, log: () => string): Promise<ReadyLine> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS);
    const fail = (what: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the embedded broker ${what}: ${log()}`));
    };
    const onExit = () => fail('ended before it was ready');
    child.once('exit', onExit);
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timer);
      child.removeListener('exit', onExit);
      resolve(JSON.parse(text.slice(0, end)) as ReadyLine);
    });
  });
}
