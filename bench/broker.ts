/** The bench's own dealings with a broker: topics, producing as it comes, log ends. Nothing of klink's client or engine. */
import { createTopics } from '../src/protocol/api/create-topics.js';
import { listOffsets } from '../src/protocol/api/list-offsets.js';
import { metadata } from '../src/protocol/api/metadata.js';
import { produce } from '../src/protocol/api/produce.js';
import type { TestKafka } from '../test/harness/kafka.js';
import { until } from '../test/harness/until.js';
import { Wire } from '../test/harness/wire.js';

export interface Topic {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
}

const LATEST = -1n;
/** MirrorMaker 2 takes most of a minute on a busy machine. */
const FOUND_WITHIN_MS = 180_000;

export function connect(cluster: TestKafka): Promise<Wire> {
  const [host = '', port] = cluster.plaintext.split(':');
  return Wire.open({ host, port: Number(port) });
}

export async function createTopic(
  wire: Wire,
  name: string,
  partitions: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Topic> {
  const configs = Object.entries(settings).map(([setting, value]) => ({ name: setting, value }));
  const topic = { name, numPartitions: partitions, replicationFactor: 1, configs };
  const { topics } = await wire.ask(createTopics, { topics: [topic], timeoutMs: 30_000 });
  if (topics[0]?.errorCode !== 0) throw new Error(`create ${name}: error ${topics[0]?.errorCode}`);
  return awaitTopic(wire, name);
}

/** Waits until it exists and each partition's leader serves it. */
export async function awaitTopic(wire: Wire, name: string): Promise<Topic> {
  let found: Topic | undefined;
  await until(`topic ${name}`, FOUND_WITHIN_MS, async () => {
    const { topics } = await wire.ask(metadata, { topics: [{ name }], allowAutoTopicCreation: false });
    const [topic] = topics;
    if (topic === undefined || topic.errorCode !== 0) return false;
    if (!topic.partitions.every(({ leaderId }) => leaderId >= 0)) return false;
    found = { name, id: topic.topicId, partitions: topic.partitions.length };
    // Metadata names a leader before that one knows of it: an error here is asked again.
    await readEnds(wire, found);
    return true;
  });
  if (found === undefined) throw new Error(`${name} was not found`);
  return found;
}

/** Gives the offset of its first record. */
export async function produceBatch(wire: Wire, topic: Topic, partition: number, batch: Buffer): Promise<bigint> {
  const { responses } = await wire.ask(produce, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic.name, topicId: topic.id, partitionData: [{ index: partition, records: batch }] }],
  });
  const told = responses[0]?.partitionResponses[0];
  if (told?.errorCode !== 0) throw new Error(`produce to ${topic.name}/${partition}: error ${told?.errorCode}`);
  return told.baseOffset;
}

/** By partition. */
export async function readEnds(wire: Wire, topic: Topic): Promise<bigint[]> {
  const partitions = Array.from({ length: topic.partitions }, (_, partitionIndex) => ({
    partitionIndex,
    currentLeaderEpoch: -1,
    timestamp: LATEST,
  }));
  const request = { replicaId: -1, isolationLevel: 0, topics: [{ name: topic.name, partitions }], timeoutMs: 10_000 };
  const ends: bigint[] = Array.from({ length: topic.partitions }, () => -1n);
  for (const found of (await wire.ask(listOffsets, request)).topics[0]?.partitions ?? []) {
    if (found.errorCode !== 0) throw new Error(`log end of ${topic.name}/${found.partitionIndex}: ${found.errorCode}`);
    ends[found.partitionIndex] = found.offset;
  }
  return ends;
}

export function total(ends: readonly bigint[]): number {
  return Number(ends.reduce((sum, end) => sum + end, 0n));
}
