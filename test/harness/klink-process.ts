/**
 * `bin/klink server -c klink.yaml` as a child process, for tests: its REST with the operator's token, its log line by line,
 * and every way to end, stop and start it again on the same state directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readServerNote } from '../../src/api/client/local-server.js';
import { demandDocumented } from './documented.js';
import { packageRoot } from './package-root.js';
import { until } from './until.js';

export interface ServedCluster {
  readonly name: string;
  readonly bootstrap: string;
  /** What clients are told to connect to; default: `bootstrap`. */
  readonly clients?: string;
  readonly home?: boolean;
  /** Of its `tls` in klink.yaml, as JSON. */
  readonly tls?: Readonly<Record<string, string>>;
  readonly principal?: ServedPrincipal | undefined;
}

export type ServedPrincipal =
  | { readonly username: string; readonly password: string }
  /** By OAUTHBEARER. */
  | { readonly tokenEndpoint: string; readonly clientId: string; readonly password: string };

/** What `src/serve/test-switches.ts` reads. */
export interface KlinkSwitches {
  readonly windowExpiryFloorMs?: number | undefined;
  readonly guardEveryMs?: number | undefined;
  readonly forceOwner?: boolean | undefined;
}

export interface KlinkOptions {
  readonly clusters: readonly ServedCluster[];
  /** Default: a fresh directory that `remove` deletes. */
  readonly stateDirectory?: string;
  readonly logLevel?: 'debug' | 'info' | 'warn';
  /** Added to the environment: what secret references name. */
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [name: string]: unknown;
}

export interface RestAnswer {
  readonly status: number;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
}

const START_WITHIN_MS = 60_000;
const END_WITHIN_MS = 60_000;
const ANSWER_WITHIN_MS = 60_000;
const LOG_SHOWN = 12_000;
const WARN = 40;

export class KlinkProcess {
  readonly stateDirectory: string;
  readonly #options: KlinkOptions;
  readonly #configFile: string;
  #child: ChildProcess | undefined;
  #ended: Promise<number | NodeJS.Signals | null> = Promise.resolve(null);
  #written = '';
  #url = '';
  #token = '';

  private constructor(options: KlinkOptions) {
    this.#options = options;
    this.stateDirectory = options.stateDirectory ?? mkdtempSync(join(tmpdir(), 'klink-server-'));
    this.#configFile = join(this.stateDirectory, 'klink.yaml');
  }

  /** Writes klink.yaml; starts nothing. */
  static make(options: KlinkOptions): KlinkProcess {
    const klink = new KlinkProcess(options);
    const lines = ['listen: 127.0.0.1:0', `state: ${JSON.stringify(klink.stateDirectory)}`, 'clusters:'];
    for (const { name, bootstrap, clients, home, tls, principal } of options.clusters) {
      lines.push(`  - name: ${name}`, `    bootstrap: ${bootstrap}`);
      if (clients) lines.push(`    clients: ${clients}`);
      if (home) lines.push('    home: true');
      if (tls) lines.push(`    tls: ${JSON.stringify(tls)}`);
      if (principal) {
        const secret = `\${env:${passwordVariable(name)}}`;
        lines.push('    principal:');
        if ('username' in principal) {
          lines.push('      mechanism: PLAIN', `      username: ${principal.username}`, `      password: ${secret}`);
        } else {
          lines.push(
            '      mechanism: OAUTHBEARER',
            `      sasl.oauthbearer.token.endpoint.url: ${principal.tokenEndpoint}`,
            `      clientId: ${principal.clientId}`,
            `      clientSecret: ${secret}`,
          );
        }
      }
    }
    writeFileSync(klink.#configFile, `${lines.join('\n')}\n`);
    return klink;
  }

  /** Ends it and removes its directory with the test. */
  static use(scope: { after(end: () => Promise<void>): void }, options: KlinkOptions): KlinkProcess {
    const klink = KlinkProcess.make(options);
    scope.after(() => klink.remove());
    return klink;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  get url(): string {
    return this.#url;
  }

  /** The operator's. */
  get token(): string {
    return this.#token;
  }

  /** What it wrote since the first start. */
  get log(): string {
    return this.#written;
  }

  /** The end of it. */
  get lastWords(): string {
    return this.#written.slice(-LOG_SHOWN);
  }

  /** The structured lines; what is not JSON is left out. */
  logLines(): LogLine[] {
    return this.#written.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as LogLine];
      } catch {
        return []; // A line that is still being written, or one for people.
      }
    });
  }

  warnings(): LogLine[] {
    return this.logLines().filter(({ level }) => level >= WARN);
  }

  /** Resolves once REST is served. */
  async start(switches: KlinkSwitches = {}): Promise<void> {
    const { clusters, logLevel = 'info', env = {}, nodeFlags = [] } = this.#options;
    const secrets = clusters.flatMap(({ name, principal }) =>
      principal ? [[passwordVariable(name), principal.password] as const] : [],
    );
    const given = JSON.stringify(switches);
    const child = spawn(
      process.execPath,
      [...nodeFlags, join(packageRoot, 'bin', 'klink'), 'server', '-c', this.#configFile, '--log-level', logLevel],
      {
        env: {
          ...process.env,
          ...env,
          ...Object.fromEntries(secrets),
          ...(given === '{}' ? {} : { NODE_ENV: 'test', KLINK_TEST_SWITCHES: given }),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#written += chunk.toString();
      });
    }
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    const gone = () => child.exitCode !== null || child.signalCode !== null;
    await until('klink serves REST', START_WITHIN_MS, async () => {
      if (gone()) return true;
      const note = readServerNote(this.stateDirectory);
      if (note === undefined || note.pid !== child.pid) return false;
      this.#url = note.url;
      this.#token = readFileSync(note.tokenFile, 'utf8').trim();
      return (await fetch(`${note.url}/healthz`)).ok;
    });
    // A test may kill it while it starts; only then is there nothing to wait for.
    if (gone() && child.signalCode === null) throw new Error(`klink ended with ${child.exitCode}: ${this.lastWords}`);
  }

  /** Rejects when nothing answers in time; an answer of any status is an answer. */
  async rest(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<RestAnswer> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await demandDocumented(method, answer.url, answer);
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  /** The same, for what must succeed. */
  async ask<T = unknown>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const answer = await this.rest(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }

  /** At once, from a callback: `ended` tells when it is gone. */
  killNow(): void {
    this.#child?.kill('SIGKILL');
  }

  ended(): Promise<unknown> {
    return this.#ended;
  }

  async kill9(): Promise<void> {
    this.killNow();
    await this.#ended;
  }

  /** SIGSTOP and SIGCONT. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** SIGTERM, and the clean end. Rejects when it ends otherwise, or not in time. */
  async terminate(): Promise<void> {
    this.#child?.kill('SIGTERM');
    let end: unknown;
    await until('klink has ended', END_WITHIN_MS, async () => {
      end = await Promise.race([this.#ended, Promise.resolve(undefined)]);
      return end !== undefined;
    });
    if (end !== 0) throw new Error(`klink ended with ${String(end)}: ${this.lastWords}`);
  }

  async remove(): Promise<void> {
    this.#child?.kill('SIGCONT');
    await this.kill9();
    if (this.#options.stateDirectory === undefined) rmSync(this.stateDirectory, { recursive: true, force: true });
  }
}

function passwordVariable(cluster: string): string {
  return `KLINK_PASSWORD_${cluster.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
}
