/**
 * What `topic produce` and `topic consume` need of a Kafka client, as the user they were told to be: anonymous, or the
 * login in `--config`. Never the engine principal: klink's own rights are not lent to whoever sits at the terminal.
 */
import { parseAddresses } from '../base/addresses.js';
import { silentLog } from '../base/log.js';
import { systemClock } from '../base/node/clock.js';
import { systemNetwork } from '../base/node/network.js';
import { systemRandom } from '../base/node/random.js';
import { isSaslMechanism, readJaas, type SaslLogin, saslMechanisms } from '../base/sasl.js';
import { openCluster } from '../client/cluster.js';
import { openConsumer, UncommittedError } from '../client/consumer.js';
import type { ReceivedRecord } from '../client/partition-reader.js';
import { openProducer } from '../client/producer.js';
import { type KafkaCluster, KafkaError, NotSent, OutcomeUnknown } from '../client/types.js';
import { CliFailure } from './failure.js';
import { readConfigFlag } from './properties.js';
import type { ManagedCluster } from './session.js';

export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer;
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

const known = new Set(['security.protocol', 'sasl.mechanism', 'sasl.jaas.config', 'bootstrap.servers', 'client.id']);

/** Undefined: anonymous. Refuses what this version cannot speak, before anything is sent. */
export function readLogin(config: string | undefined, workingDirectory: string): SaslLogin | undefined {
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
  if (!isSaslMechanism(mechanism)) {
    throw new CliFailure(`sasl.mechanism=${mechanism} is not supported yet`, `Use ${saslMechanisms.join(', ')}.`);
  }
  const login = readJaas(settings.get('sasl.jaas.config') ?? '', mechanism);
  if (!login.ok) throw new CliFailure(`--config: ${login.error}`);
  return login.value;
}

export interface ReaderOptions {
  readonly topics: string | RegExp;
  /** Undefined: alone, and nothing is left behind. */
  readonly group: string | undefined;
  readonly from: 'earliest' | 'latest';
  readonly login: SaslLogin | undefined;
  /** For the person at the terminal: offsets passed over, brokers that stay silent. */
  readonly notice: (text: string) => void;
}

/** Rejects with CliFailure when the cluster cannot be used as asked. Errors of `write` and `close` are made by `kafkaFailure`. */
export async function openWriter(
  target: ManagedCluster,
  topic: string,
  login: SaslLogin | undefined,
): Promise<RecordWriter> {
  const cluster = open(target, login);
  try {
    const producer = await openProducer({ cluster, topic });
    return {
      async write(record) {
        await producer.send(record).catch((error: unknown) => {
          throw kafkaFailure(error, target, login);
        });
      },
      async close() {
        await producer.close();
        await cluster.close();
      },
    };
  } catch (error) {
    await cluster.close();
    throw kafkaFailure(error, target, login);
  }
}

/** As `openWriter`. */
export async function openReader(target: ManagedCluster, options: ReaderOptions): Promise<RecordReader> {
  const { topics, group, from, login, notice } = options;
  const cluster = open(target, login);
  const told = (error: unknown) => {
    throw kafkaFailure(error, target, login);
  };
  try {
    const consumer = await openConsumer({ cluster, topics, group, from, notice });
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

function open(target: ManagedCluster, login: SaslLogin | undefined): KafkaCluster {
  const bootstrap = parseAddresses(target.bootstrap);
  if (bootstrap === undefined) throw new CliFailure(`"${target.bootstrap}" is not a list of host:port`);
  return openCluster({
    clock: systemClock,
    random: systemRandom,
    network: systemNetwork,
    log: silentLog,
    name: target.name,
    bootstrap,
    security: { sasl: login },
    clientId: 'klink-cli',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
}

const CONNECT_TIMEOUT_MS = 10_000;

/** What a person can do about it. Anything that is not the cluster's doing passes through. */
export function kafkaFailure(error: unknown, target: ManagedCluster, login: SaslLogin | undefined): unknown {
  if (!(error instanceof Error)) return error;
  const asWhom = login === undefined ? 'anonymously' : `as "${login.username}"`;
  if (error instanceof KafkaError) {
    if (error.codeName === 'SASL_AUTHENTICATION_FAILED') {
      return new CliFailure(`cluster "${target.name}" refused the login ${asWhom}: ${error.message}`, CHECK_LOGIN);
    }
    if (UNAUTHORIZED.has(error.codeName)) {
      return new CliFailure(
        `not allowed ${asWhom}: ${error.message}`,
        login === undefined ? LOG_IN : 'Ask whoever administers the cluster for the right.',
      );
    }
    return new CliFailure(error.message);
  }
  if (error instanceof NotSent) {
    const ifMissing = login === undefined ? [LOG_IN] : [];
    return new CliFailure(error.message, `Check that a broker answers at ${target.bootstrap}.`, ...ifMissing);
  }
  if (error instanceof OutcomeUnknown) {
    return new CliFailure(`${error.message}`, 'It may have been executed: read the topic before you repeat it.');
  }
  if (error instanceof UncommittedError) return new CliFailure(error.message);
  return error;
}

const CHECK_LOGIN = 'Check username and password in `--config`.';
const LOG_IN = 'If the cluster demands a login, give it with `--config` (security.protocol=SASL_PLAINTEXT …).';
const UNAUTHORIZED: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);
