/**
 * What `topic produce` and `topic consume` need of a Kafka client, as the user they were told to be: anonymous, or whom
 * `--config` names. Never the engine principal: klink's own rights are not lent to whoever sits at the terminal.
 */
import { parseAddresses } from '../base/addresses.js';
import { isCausedBy } from '../base/caused-by.js';
import { CertificateRefused } from '../base/connection.js';
import { silentLog } from '../base/log.js';
import { systemClock } from '../base/node/clock.js';
import { systemNetwork } from '../base/node/network.js';
import { systemRandom } from '../base/node/random.js';
import { openCluster } from '../client/cluster.js';
import { openConsumer, UncommittedError } from '../client/consumer.js';
import type { ReceivedRecord } from '../client/partition-reader.js';
import { openProducer } from '../client/producer.js';
import { type ClusterSecurity, type KafkaCluster, KafkaError, NotSent, OutcomeUnknown } from '../client/types.js';
import { CliFailure } from './failure.js';
import type { ManagedCluster } from './session.js';

export type RecordHeader = ReceivedRecord['headers'][number];

export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: readonly RecordHeader[];
}

export interface RecordWriter {
  /** Resolves when all in-sync replicas have it. Records of one partition keep the order of the calls. */
  write(record: OutgoingRecord): Promise<void>;
  close(): Promise<void>;
}

export interface RecordReader {
  /** The next records, in order per partition; empty when none came within a moment. */
  read(signal: AbortSignal): Promise<readonly ReceivedRecord[]>;
  /** Tells the reader that this record has been handled: commits cover it, and nothing beyond it. */
  handled(record: ReceivedRecord): void;
  /** Commits what was handled and leaves the group. Rejects when the commit was refused. */
  close(): Promise<void>;
}

export interface ReaderOptions {
  readonly topics: string | RegExp;
  /** Undefined: alone, and nothing is left behind. */
  readonly group: string | undefined;
  readonly from: 'earliest' | 'latest';
  /** Without a group: only this partition, and from this offset on. */
  readonly partition?: number | undefined;
  readonly at?: bigint | undefined;
  readonly security: ClusterSecurity;
  /** For the person at the terminal: offsets passed over, brokers that stay silent. */
  readonly notice: (text: string) => void;
}

/** Rejects with CliFailure when the cluster cannot be used as asked. Errors of `write` and `close` are made by `kafkaFailure`. */
export async function openWriter(
  target: ManagedCluster,
  topic: string,
  security: ClusterSecurity,
): Promise<RecordWriter> {
  const cluster = open(target, security);
  const need: Need = { operation: 'write', topic, group: undefined };
  try {
    const producer = await openProducer({ cluster, topic });
    return {
      async write(record) {
        await producer.send(record).catch((error: unknown) => {
          throw kafkaFailure(error, target, security, need);
        });
      },
      async close() {
        await producer.close();
        await cluster.close();
      },
    };
  } catch (error) {
    await cluster.close();
    throw kafkaFailure(error, target, security, need);
  }
}

/** As `openWriter`. */
export async function openReader(target: ManagedCluster, options: ReaderOptions): Promise<RecordReader> {
  const { security, ...read } = options;
  const cluster = open(target, security);
  const topic = typeof options.topics === 'string' ? options.topics : undefined;
  const need: Need = { operation: 'read', topic, group: options.group };
  const told = (error: unknown) => {
    throw kafkaFailure(error, target, security, need);
  };
  try {
    const consumer = await openConsumer({ cluster, ...read });
    return {
      read: (signal) => consumer.read(signal).catch(told),
      handled: (record) => consumer.handled(record),
      async close() {
        try {
          await consumer.close().catch(told);
        } finally {
          await cluster.close();
        }
      },
    };
  } catch (error) {
    await cluster.close();
    return told(error);
  }
}

function open(target: ManagedCluster, security: ClusterSecurity): KafkaCluster {
  const bootstrap = parseAddresses(target.bootstrap);
  if (bootstrap === undefined) throw new CliFailure(`"${target.bootstrap}" is not a list of host:port`);
  return openCluster({
    clock: systemClock,
    random: systemRandom,
    network: systemNetwork,
    log: silentLog,
    name: target.name,
    bootstrap,
    security,
    clientId: 'klink-cli',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
}

const CONNECT_TIMEOUT_MS = 10_000;

/** What a person can do about it. Anything that is not the cluster's doing passes through. */
export function kafkaFailure(error: unknown, target: ManagedCluster, security: ClusterSecurity, need: Need): unknown {
  if (!(error instanceof Error)) return error;
  const { sasl, tls } = security;
  const asWhom = sasl ? `as "${sasl.username}"` : tls?.identity ? 'by certificate' : 'anonymously';
  if (error instanceof KafkaError) {
    if (error.codeName === 'SASL_AUTHENTICATION_FAILED') {
      const failure = new CliFailure(
        `cluster "${target.name}" refused the login ${asWhom}: ${error.message}`,
        CHECK_LOGIN,
      );
      failure.loginRefused = true;
      return failure;
    }
    if (UNAUTHORIZED.has(error.codeName)) {
      return new CliFailure(
        `not allowed ${asWhom}: ${error.message}`,
        ...(sasl ? aclsFor(error.codeName, target, sasl.username, need) : [LOG_IN]),
      );
    }
    return new CliFailure(error.message);
  }
  if (error instanceof NotSent) {
    if (isCausedBy(error, CertificateRefused)) return new CliFailure(error.message, TRUST);
    const ifMissing = (sasl ?? tls) ? [] : [LOG_IN];
    return new CliFailure(error.message, `Check that a broker answers at ${target.bootstrap}.`, ...ifMissing);
  }
  if (error instanceof OutcomeUnknown) {
    return new CliFailure(`${error.message}`, 'It may have been executed: read the topic before you repeat it.');
  }
  if (error instanceof UncommittedError) return new CliFailure(error.message);
  return error;
}

/** What a command does there, for the rights that it needs. */
export interface Need {
  readonly operation: 'read' | 'write';
  /** Undefined: all that fit a pattern. */
  readonly topic: string | undefined;
  readonly group: string | undefined;
}

/** The ACLs that would allow it. */
function aclsFor(codeName: string, target: ManagedCluster, username: string, need: Need): readonly string[] {
  const who = username.startsWith('sa-') ? `--service-account ${username}` : `--principal User:${username}`;
  const create = `klink acl create --allow ${who}`;
  const cluster = `--cluster ${target.cluster_id}`;
  const topic = need.topic ?? '<topic>';
  if (codeName === 'GROUP_AUTHORIZATION_FAILED') {
    return [`Allow it with \`${create} --operations read --consumer-group ${need.group ?? '<group>'} ${cluster}\`.`];
  }
  const allow = `Allow it with \`${create} --operations ${need.operation},describe --topic ${topic} ${cluster}\`.`;
  if (need.operation === 'read') return [allow];
  return [allow, 'A mirror topic stays read-only, whatever ACLs allow, until it is promoted or failed over.'];
}

const CHECK_LOGIN =
  'Check username and password in `--config`, or key and secret with `klink api-key list` and `klink api-key store`.';
const TRUST =
  'Name in `--config` who has signed it (ssl.truststore.location=<file of PEM>), and connect by a name that it is made out for.';
const LOG_IN =
  'If the cluster demands a login, name a key with `klink api-key use`; other logins and TLS are for `--config` (security.protocol=SASL_SSL …).';
const UNAUTHORIZED: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);
