/** One cluster of a kill run, of whichever kind: Apache Kafka with one or three brokers, or the embedded broker. */
import { join } from 'node:path';
import type { SaslLogin } from '../../src/base/sasl.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { type Embedded, startEmbedded } from '../harness/embedded.js';
import { type KafkaVersion, startKafka, type TestKafka } from '../harness/kafka.js';
import type { ProxyTarget } from '../harness/proxy.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';

export type ClusterKind = KafkaVersion | 'embedded';

export interface KillableBroker {
  readonly id: number;
  kill9(): Promise<void>;
  /** After `kill9` or `terminate`. */
  start(): Promise<void>;
  terminate(): Promise<void>;
}

export interface TestCluster {
  readonly clusterId: string;
  /** Where everybody may do everything: for the test's own clients. */
  readonly bootstrap: string;
  /** The listener that klink uses. */
  readonly targets: readonly ProxyTarget[];
  readonly login: SaslLogin | undefined;
  readonly brokers: readonly KillableBroker[];
  /** The files of a partition, on every broker. */
  directories(topic: TopicOf, partition: number): readonly string[];
  /** What the brokers wrote, for a failed test. */
  log(): string;
  stop(): Promise<void>;
}

export interface TopicOf {
  readonly name: string;
  readonly id: string;
}

export async function startTestCluster(
  kind: ClusterKind,
  nodes: 1 | 3,
  config: Readonly<Record<string, string>>,
): Promise<TestCluster> {
  if (kind === 'embedded') return embeddedCluster(await startEmbedded({ config }));
  return kafkaCluster(await startKafka({ version: kind, nodes, config }));
}

function embeddedCluster(broker: Embedded): TestCluster {
  return {
    clusterId: broker.clusterId,
    bootstrap: broker.bootstrap,
    targets: [{ id: 1, host: broker.host, port: broker.port }],
    login: undefined,
    brokers: [
      { id: 1, kill9: () => broker.kill9(), start: () => broker.restart(), terminate: () => broker.terminate() },
    ],
    directories: (topic, partition) => [join(broker.dir, 'topics', topic.id, String(partition))],
    log: () => broker.log(),
    stop: () => broker.stop(),
  };
}

function kafkaCluster(kafka: TestKafka): TestCluster {
  return {
    clusterId: kafka.clusterId,
    bootstrap: kafka.plaintext,
    targets: kafka.brokers.map(({ id, saslPort }) => ({ id, host: '127.0.0.1', port: saslPort })),
    login: { mechanism: 'PLAIN', username: 'klink', password: 'klink' },
    brokers: kafka.brokers,
    directories: (topic, partition) =>
      kafka.brokers.map(({ home }) => join(home, 'data', `${topic.name}-${partition}`)),
    log: () => kafka.brokers.map(({ id, log }) => `--- Kafka node ${id}\n${log()}`).join('\n'),
    stop: () => kafka.stop(),
  };
}

/** A connection of the test's own to the first broker that takes one. */
export async function openWire(cluster: TestCluster): Promise<Wire> {
  const addresses = cluster.bootstrap.split(',').map((each) => {
    const [host = '', port] = each.split(':');
    return { host, port: Number(port) };
  });
  let wire: Wire | undefined;
  await until(`a connection to ${cluster.bootstrap}`, 60_000, async () => {
    for (const address of addresses) wire ??= await Wire.open(address).catch(() => undefined);
    return wire !== undefined;
  });
  if (wire === undefined) throw new Error('no connection');
  return wire;
}

/** To the leader of a partition. */
export async function connectionTo(cluster: TestCluster, topic: TopicOf, partition: number): Promise<Wire> {
  const first = await openWire(cluster);
  const { topics, brokers } = await first.ask(metadata, {
    topics: [{ name: topic.name }],
    allowAutoTopicCreation: false,
  });
  first.close();
  const leader = topics[0]?.partitions.find((each) => each.partitionIndex === partition)?.leaderId;
  const address = brokers.find((each) => each.nodeId === leader);
  if (address === undefined) throw new Error(`${topic.name}/${partition} has no leader`);
  return Wire.open({ host: address.host, port: address.port });
}

/** With as many replicas as there are brokers. Gives its id. */
export async function createTopic(
  cluster: TestCluster,
  name: string,
  partitions: number,
  settings: Readonly<Record<string, string>>,
): Promise<TopicOf> {
  const wire = await openWire(cluster);
  const configs = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  const replicationFactor = cluster.brokers.length;
  const topic = { name, numPartitions: partitions, replicationFactor, configs };
  const { topics } = await wire.ask(createTopics, { topics: [topic], timeoutMs: 30_000 });
  if (topics[0]?.errorCode !== 0) throw new Error(`create ${name}: ${topics[0]?.errorCode} ${topics[0]?.errorMessage}`);
  wire.close();
  return findTopic(cluster, name);
}

/** Waits until every partition has a leader. */
export async function findTopic(cluster: TestCluster, name: string): Promise<TopicOf> {
  const wire = await openWire(cluster);
  let id = '';
  await until(`a leader for ${name}`, 60_000, async () => {
    const { topics } = await wire.ask(metadata, { topics: [{ name }], allowAutoTopicCreation: false });
    id = topics[0]?.topicId ?? '';
    return topics[0]?.errorCode === 0 && topics[0].partitions.every(({ leaderId }) => leaderId >= 0);
  });
  wire.close();
  return { name, id };
}

/** Log ends by partition, as their leaders tell them: last stable offsets, or high watermarks. */
export async function readEnds(
  cluster: TestCluster,
  topic: string,
  isolation: 'committed' | 'uncommitted',
): Promise<bigint[]> {
  const first = await openWire(cluster);
  const wires: Wire[] = [first];
  try {
    const { topics, brokers } = await first.ask(metadata, { topics: [{ name: topic }], allowAutoTopicCreation: false });
    const ends: bigint[] = [];
    for (const { nodeId, host, port } of brokers) {
      const led = topics[0]?.partitions.filter((each) => each.leaderId === nodeId) ?? [];
      if (led.length === 0) continue;
      const wire = await Wire.open({ host, port });
      wires.push(wire);
      const partitions = led.map(({ partitionIndex }) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: -1n }));
      const isolationLevel = isolation === 'committed' ? 1 : 0;
      const request = { replicaId: -1, isolationLevel, topics: [{ name: topic, partitions }], timeoutMs: 10_000 };
      for (const { partitionIndex, errorCode, offset } of (await wire.ask(listOffsets, request)).topics[0]
        ?.partitions ?? []) {
        if (errorCode !== 0) throw new Error(`log end of ${topic}/${partitionIndex}: ${errorCode}`);
        ends[partitionIndex] = offset;
      }
    }
    const wanted = topics[0]?.partitions.length ?? 0;
    if (ends.filter((end) => end !== undefined).length !== wanted)
      throw new Error(`${topic} has partitions without leader`);
    return ends;
  } finally {
    for (const wire of wires) wire.close();
  }
}
