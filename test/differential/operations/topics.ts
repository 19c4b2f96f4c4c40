/** Topics: made, grown, deleted, and made again; with the settings that logs go by. */
import { createPartitions } from '../../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../../src/protocol/api/create-topics.js';
import { deleteTopics } from '../../../src/protocol/api/delete-topics.js';
import { metadata } from '../../../src/protocol/api/metadata.js';
import { until } from '../../harness/until.js';
import { WireTopic } from '../../harness/wire-topic.js';
import { chance, maybePick, mostly, pick, randomInt } from '../draws.js';
import { PREFIX } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import { SETTLED_MS, type Side } from '../side.js';
import { partitionOf, type Topic } from '../world.js';

const TOPICS_MAX = 5;
const PARTITIONS_MAX = 4;

/** Settings of the log, one kind a topic: what they do is looked at in answers. */
const SETTINGS: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  {},
  { 'message.timestamp.type': 'LogAppendTime' },
  { 'max.message.bytes': '400' },
  { 'message.timestamp.before.max.ms': '3600000', 'message.timestamp.after.max.ms': '3600000' },
  { 'message.timestamp.after.max.ms': '9223372036854775807' },
  { 'cleanup.policy': 'compact' },
  { 'compression.type': 'gzip' },
  { 'compression.type': 'uncompressed' },
  { 'compression.type': 'zstd', 'message.timestamp.type': 'LogAppendTime' },
  { 'segment.bytes': '1048576' },
];
/** Refused, each for its own reason. */
const REFUSED_SETTINGS: readonly Readonly<Record<string, string | null>>[] = [
  { 'no.such.setting': '1' },
  { 'retention.ms': 'soon' },
  { 'max.message.bytes': '-1' },
  { 'cleanup.policy': 'burn' },
  { 'compression.type': null },
  { 'min.insync.replicas': '0' },
  { 'message.timestamp.type': 'Whenever' },
  { 'segment.bytes': '1' },
];
const BAD_NAMES = ['', '.', '..', 'a b', 'ä', 'x'.repeat(250)];

export function creation(drawing: Drawing, plain = false): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(createTopics);
  if (version === undefined) return undefined;
  const isRefused = !plain && chance(random, 0.25);
  const configs =
    isRefused && chance(random, 0.5) ? pick(random, REFUSED_SETTINGS) : plain ? {} : pick(random, SETTINGS);
  const gone = maybePick(
    random,
    world.topics.filter(({ exists }) => !exists),
  );
  const name = !plain && gone && chance(random, 0.6) ? gone.name : world.fresh('topic');
  const wanted = {
    name: isRefused ? mostly(random, name, 0.3, [...BAD_NAMES, world.existing[0]?.name ?? name]) : name,
    numPartitions: mostly(random, 1 + randomInt(random, 2), isRefused ? 0.3 : 0.02, [-1, 0, -2]),
    replicationFactor: mostly(random, 1, isRefused ? 0.3 : 0.02, [-1, 0, 2, -2]),
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    assignments: isRefused && chance(random, 0.3) ? [pick(random, ASSIGNMENTS)] : [],
  };
  const validateOnly = !plain && chance(random, 0.05);
  const id = world.name('t');
  return step({
    operation: 'create a topic',
    api: createTopics,
    version,
    request: () => ({ topics: [wanted], timeoutMs: 30_000, validateOnly }),
    bind: ({ topics }, names) => names.bind('topic', id, topics[0]?.topicId ?? ''),
    settle: async (side, { topics }) => {
      if (topics[0]?.errorCode !== 0 || validateOnly) return;
      const found = await WireTopic.find(side.own, side.names.own(wanted.name));
      side.names.bind('topic', id, found.id);
    },
    tidy: (answer) => ({
      ...answer,
      topics: answer.topics.map((topic) => ({
        ...topic,
        configs: topic.configs?.filter(({ name }) => name in configs),
      })),
    }),
    learn: (answer) => {
      const made = answer?.topics[0];
      if (made?.errorCode !== 0 || validateOnly) return;
      const topic: Topic = {
        id,
        name: wanted.name,
        partitions: [],
        configs: configs as Topic['configs'],
        exists: true,
      };
      const count = wanted.assignments.length > 0 ? wanted.assignments.length : Math.max(1, wanted.numPartitions);
      topic.partitions = Array.from({ length: count }, (_, i) => partitionOf(topic, i));
      world.topics.push(topic);
    },
  });
}

const ASSIGNMENTS = [
  { partitionIndex: 0, brokerIds: [1] },
  { partitionIndex: 1, brokerIds: [1] },
  { partitionIndex: 0, brokerIds: [1, 1] },
  { partitionIndex: 0, brokerIds: [77] },
  { partitionIndex: 0, brokerIds: [] },
];

export const topicOperations: readonly Operation[] = [
  {
    name: 'create a topic',
    weight: 2,
    draw: (drawing) => (drawing.world.existing.length < TOPICS_MAX ? creation(drawing) : undefined),
  },
  {
    name: 'delete a topic',
    weight: 0.6,
    draw: (drawing) => {
      const { random, world } = drawing;
      const version = drawing.version(deleteTopics);
      if (version === undefined) return undefined;
      const topic = maybePick(random, world.existing.length > 1 || chance(random, 0.1) ? world.topics : []);
      const name = topic?.name ?? `${PREFIX}unknown`;
      const id = topic?.id ?? 'unknown';
      const byId = version >= 6 && chance(random, 0.5);
      const both = version >= 6 && chance(random, 0.05);
      const times = chance(random, 0.05) ? 2 : 1;
      return step({
        operation: 'delete a topic',
        api: deleteTopics,
        version,
        request: (names) => ({
          topics: Array(times).fill({
            name: byId ? null : name,
            ...(byId || both ? { topicId: names.topicId(id) } : {}),
          }),
          topicNames: Array(times).fill(name),
          timeoutMs: 30_000,
        }),
        settle: async (side, { responses }) => {
          if (responses[0]?.errorCode === 0) await deleted(side, name);
        },
        learn: (answer) => {
          if (answer?.responses[0]?.errorCode !== 0) return;
          for (const each of world.topics) if (byId ? each.id === id : each.name === name) each.exists = false;
        },
      });
    },
  },
  {
    name: 'add partitions',
    weight: 0.5,
    draw: (drawing) => {
      const { random, world } = drawing;
      const version = drawing.version(createPartitions);
      const topic = maybePick(random, world.existing);
      if (version === undefined || topic === undefined || topic.partitions.length >= PARTITIONS_MAX) return undefined;
      const name = mostly(random, topic.name, 0.05, [`${PREFIX}unknown`]);
      const count = mostly(random, topic.partitions.length + 1, 0.3, [topic.partitions.length, 0, -1, 1, 3]);
      const assignments = chance(random, 0.2) ? [{ brokerIds: pick(random, [[1], [77], [], [1, 1]]) }] : null;
      const validateOnly = chance(random, 0.1);
      return step({
        operation: 'add partitions',
        api: createPartitions,
        version,
        request: () => ({ topics: [{ name, count, assignments }], timeoutMs: 30_000, validateOnly }),
        settle: async (side, { results }) => {
          if (results[0]?.errorCode === 0 && !validateOnly) await grown(side, name, count);
        },
        learn: (answer) => {
          if (answer?.results[0]?.errorCode !== 0 || validateOnly) return;
          for (let i = topic.partitions.length; i < count; i++) topic.partitions.push(partitionOf(topic, i));
        },
      });
    },
  },
];

export async function grown(side: Side, name: string, count: number): Promise<void> {
  await until('the new partitions', SETTLED_MS, async () => {
    const asked = { topics: [{ name: side.names.own(name) }], allowAutoTopicCreation: false };
    const { topics } = await side.own.ask(metadata, asked);
    return topics[0]?.partitions.length === count;
  });
  await WireTopic.find(side.own, side.names.own(name));
}

export async function deleted(side: Side, name: string): Promise<void> {
  await until('the end of a topic', SETTLED_MS, async () => {
    const asked = { topics: [{ name: side.names.own(name) }], allowAutoTopicCreation: false };
    const { topics } = await side.own.ask(metadata, asked);
    return topics[0]?.errorCode === 3;
  });
  await side.fence();
}
