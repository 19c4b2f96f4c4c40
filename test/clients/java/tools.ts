/**
 * Kafka's console tools as a test runs them: each a main class inside the one process of `jvm.ts`. A table of commands says what
 * each prints on Apache Kafka 4.3.0, and which of them 3.9.1 or the embedded broker refuses, and how.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { BrokerKind } from '../../harness/engine-brokers.js';
import type { MatrixBroker } from '../matrix-broker.js';
import { jvmPort, runAlone } from './jvm.js';
import type { JavaVersion } from './row.js';

const TOOL_WITHIN_MS = 60_000;

export interface Command {
  /** As the script is called, without its ending. */
  readonly tool: keyof typeof CLASSES;
  /** Separated by blanks; BOOTSTRAP is the broker. */
  readonly args: string;
  readonly input?: string;
  /** In what it prints, its standard error included. */
  readonly says?: RegExp;
  readonly saysNot?: RegExp;
  readonly code?: number;
  /** What it prints at a broker of that kind instead, mostly a refusal: its code does not count there. */
  readonly instead?: Readonly<Partial<Record<BrokerKind, RegExp>>>;
  /** Tools and options that only one of the versions has. */
  readonly only?: JavaVersion;
}

const tools = (name: string) => `org.apache.kafka.tools.${name}`;

const CLASSES = {
  'kafka-topics': tools('TopicCommand'),
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-acls': { '3.9.1': 'kafka.admin.AclCommand', '4.3.0': tools('AclCommand') },
  'kafka-console-producer': { '3.9.1': 'kafka.tools.ConsoleProducer', '4.3.0': tools('ConsoleProducer') },
  'kafka-console-consumer': tools('consumer.ConsoleConsumer'),
  'kafka-console-share-consumer': tools('consumer.ConsoleShareConsumer'),
  'kafka-consumer-groups': tools('consumer.group.ConsumerGroupCommand'),
  'kafka-groups': tools('GroupsCommand'),
  'kafka-share-groups': tools('consumer.group.ShareGroupCommand'),
  'kafka-streams-groups': tools('streams.StreamsGroupCommand'),
  'kafka-get-offsets': tools('GetOffsetShell'),
  'kafka-delete-records': tools('DeleteRecordsCommand'),
  'kafka-transactions': tools('TransactionsCommand'),
  'kafka-features': tools('FeatureCommand'),
  'kafka-metadata-quorum': tools('MetadataQuorumCommand'),
  'kafka-cluster': tools('ClusterTool'),
  'kafka-broker-api-versions': {
    '3.9.1': 'kafka.admin.BrokerApiVersionsCommand',
    '4.3.0': tools('BrokerApiVersionsCommand'),
  },
  'kafka-log-dirs': tools('LogDirsCommand'),
  'kafka-leader-election': tools('LeaderElectionCommand'),
  'kafka-reassign-partitions': tools('reassign.ReassignPartitionsCommand'),
  'kafka-streams-application-reset': tools('StreamsResetter'),
  'kafka-client-metrics': tools('ClientMetricsCommand'),
  'kafka-delegation-tokens': tools('DelegationTokenCommand'),
  'kafka-producer-perf-test': tools('ProducerPerformance'),
  'kafka-consumer-perf-test': tools('ConsumerPerformance'),
  'kafka-e2e-latency': tools('EndToEndLatency'),
  'kafka-verifiable-producer': tools('VerifiableProducer'),
  'kafka-verifiable-consumer': tools('VerifiableConsumer'),
} as const;

/** Says what it has done when its process ends; or ends it, past what can be caught. */
const ALONE: ReadonlySet<Command['tool']> = new Set([
  'kafka-verifiable-producer',
  'kafka-broker-api-versions',
  'kafka-log-dirs',
  'kafka-cluster',
  'kafka-features',
] as const);

/** Runs the commands in their order, until one does something else than expected. */
export async function runCommands(
  version: JavaVersion,
  broker: MatrixBroker,
  commands: readonly Command[],
): Promise<void> {
  for (const command of commands.filter(({ only = version }) => only === version)) {
    const { tool, input = '', says, saysNot, code = 0 } = command;
    const instead = command.instead?.[broker.kind];
    const kind = CLASSES[tool];
    const args = command.args.split(' ').map((word) => word.replaceAll('BOOTSTRAP', broker.plaintext));
    const job = {
      tool: typeof kind === 'string' ? kind : kind[version],
      args,
      input,
      timeoutMs: TOOL_WITHIN_MS,
    };
    const outcome = ALONE.has(tool)
      ? { code: 0, out: await runAlone(version, [job.tool, ...args]), err: '' }
      : await ask(await jvmPort(version), job);
    const said = outcome.out + outcome.err;
    const what = `${tool} ${args.join(' ')} of ${version} ended with ${outcome.code} and said: ${said.slice(0, 4_000)}`;
    if (instead !== undefined) {
      assert.match(said, instead, what);
      continue;
    }
    assert.equal(outcome.code, code, what);
    if (says !== undefined) assert.match(said, says, what);
    if (saysNot !== undefined) assert.doesNotMatch(said, saysNot, what);
  }
}

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ask(port: number, job: object): Promise<Outcome> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(2 * TOOL_WITHIN_MS, () => socket.destroy(new Error('the Java process does not answer')));
  socket.write(`${JSON.stringify({ verb: 'tool', job })}\n`);
  try {
    for await (const line of createInterface({ input: socket })) {
      const answer = JSON.parse(line) as { readonly tool?: Outcome; readonly error?: string };
      if (answer.tool !== undefined) return answer.tool;
      throw new Error(answer.error ?? line);
    }
    throw new Error('the Java process ended the connection');
  } finally {
    socket.destroy();
  }
}
