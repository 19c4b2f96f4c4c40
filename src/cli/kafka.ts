/**
 * What `topic produce` and `topic consume` need of a Kafka client, as the user they were told to be: anonymous, or the
 * login in `--config`. Never the engine principal: klink's own rights are not lent to whoever sits at the terminal.
 */

import { CliFailure } from './failure.js';
import { readConfigFlag } from './properties.js';
import type { ManagedCluster } from './session.js';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer;
}

export interface RecordWriter {
  /** Resolves when all in-sync replicas have it. Records of one partition keep the order of the calls. */
  write(record: OutgoingRecord): Promise<void>;
  close(): Promise<void>;
}

export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface RecordReader {
  /** The next records, in order per partition; empty when none came within a moment. */
  read(signal: AbortSignal): Promise<readonly IncomingRecord[]>;
  /** Tells the reader that this record has been handled: commits cover it, and nothing beyond it. */
  handled(record: IncomingRecord): void;
  /** Commits what was handled and leaves the group. Rejects when the commit was refused. */
  close(): Promise<void>;
}

const known = new Set(['security.protocol', 'sasl.mechanism', 'sasl.jaas.config', 'bootstrap.servers', 'client.id']);

/** Undefined: anonymous. Refuses what this version cannot speak, before anything is sent. */
export function readLogin(config: string | undefined, workingDirectory: string): Login | undefined {
  if (config === undefined) return undefined;
  const settings = readConfigFlag(config, workingDirectory);
  for (const name of settings.keys()) {
    if (!known.has(name)) throw new CliFailure(`--config: the client setting "${name}" is not known here`);
  }
  const protocol = settings.get('security.protocol') ?? 'PLAINTEXT';
  if (protocol === 'PLAINTEXT') return undefined;
  if (protocol !== 'SASL_PLAINTEXT') {
    throw new CliFailure(`security.protocol=${protocol} is not supported yet`, 'Use PLAINTEXT or SASL_PLAINTEXT.');
  }
  const mechanism = settings.get('sasl.mechanism') ?? 'PLAIN';
  if (mechanism !== 'PLAIN') throw new CliFailure(`sasl.mechanism=${mechanism} is not supported yet`, 'Use PLAIN.');
  return jaasLogin(settings.get('sasl.jaas.config') ?? '');
}

function jaasLogin(jaas: string): Login {
  if (!jaas.trimEnd().endsWith(';')) throw new CliFailure('sasl.jaas.config must end with a semicolon');
  const username = /\busername="((?:[^"\\]|\\.)*)"/.exec(jaas)?.[1];
  const password = /\bpassword="((?:[^"\\]|\\.)*)"/.exec(jaas)?.[1];
  if (username === undefined || password === undefined) {
    throw new CliFailure('sasl.jaas.config must hold username="…" and password="…"');
  }
  const plain = (text: string) => text.replace(/\\(.)/g, '$1');
  return { username: plain(username), password: plain(password) };
}

export interface ReaderOptions {
  readonly topics: string | RegExp;
  readonly group: string;
  readonly commits: boolean;
  readonly from: 'earliest' | 'latest';
  readonly login: Login | undefined;
}

export function openWriter(_c: ManagedCluster, _t: string, _p: number, _l: Login | undefined): Promise<RecordWriter> {
  throw new CliFailure('not built yet');
}

export function openReader(_c: ManagedCluster, _o: ReaderOptions): Promise<RecordReader> {
  throw new CliFailure('not built yet');
}
