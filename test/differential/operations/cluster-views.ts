/** What a broker tells of the cluster and its topics: Metadata, DescribeTopicPartitions, DescribeCluster, DescribeLogDirs. */
import { apiVersions } from '../../../src/protocol/api/api-versions.js';
import { describeCluster } from '../../../src/protocol/api/describe-cluster.js';
import { describeLogDirs } from '../../../src/protocol/api/describe-log-dirs.js';
import { describeTopicPartitions } from '../../../src/protocol/api/describe-topic-partitions.js';
import { metadata } from '../../../src/protocol/api/metadata.js';
import { chance, mostly, pick, some } from '../draws.js';
import { PREFIX } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';

/** Names that no seed makes, and one that each broker has. */
const STRANGE_NAMES = [`${PREFIX}unknown`, '', 'a b', '__consumer_offsets'];
const IDS_FROM = 10;

export const clusterViewOperations: readonly Operation[] = [
  { name: 'read metadata', weight: 2, draw: (drawing) => readingMetadata(drawing) },
  { name: 'describe partitions of topics', weight: 2, draw: (drawing) => describingPartitions(drawing) },
  { name: 'describe the cluster', weight: 0.5, draw: (drawing) => describingCluster(drawing) },
  { name: 'describe log directories', weight: 0.7, draw: (drawing) => describingDirectories(drawing) },
  { name: 'ask for versions', weight: 0.4, draw: (drawing) => askingVersions(drawing) },
];

function drawNames({ random, world }: Drawing, most: number): string[] {
  const names = some(random, [...world.topics.map(({ name }) => name)], most);
  if (chance(random, 0.25)) names.push(pick(random, STRANGE_NAMES));
  const [first] = names;
  if (first !== undefined && chance(random, 0.1)) names.push(first);
  return names;
}

/** Never of all topics: other seeds have theirs. */
function readingMetadata(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(metadata, { min: 1 });
  if (version === undefined) return undefined;
  const byId = version >= IDS_FROM && chance(random, 0.3);
  const named = chance(random, 0.1) ? [] : drawNames(drawing, 3).map((name) => ({ name, id: undefined }));
  const ids = some(random, [...world.topics.map(({ id }) => id), 'unknown'], 3).map((id) => ({ name: null, id }));
  const both = { name: world.topics[0]?.name ?? null, id: world.topics[0]?.id };
  const topics = byId
    ? mostly<{ name: string | null; id: string | undefined }[]>(random, ids, 0.15, [
        [both],
        [{ name: null, id: undefined }],
      ])
    : named;
  const flags = {
    allowAutoTopicCreation: chance(random, 0.3),
    includeClusterAuthorizedOperations: chance(random, 0.3),
    includeTopicAuthorizedOperations: chance(random, 0.3),
  };
  return step({
    operation: 'read metadata',
    api: metadata,
    version,
    request: (names) => ({
      topics: topics.map(({ name, id }) => ({ name, ...(id === undefined ? {} : { topicId: names.topicId(id) }) })),
      ...flags,
    }),
    tidy: (answer) => ({ ...answer, clusterId: answer.clusterId === null ? null : '(cluster)' }),
  });
}

function describingPartitions(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(describeTopicPartitions);
  if (version === undefined) return undefined;
  const names = drawNames(drawing, 4);
  const cursor = chance(random, 0.4)
    ? {
        topicName: pick(random, [...names, ...world.topics.map(({ name }) => name), `${PREFIX}a`, `${PREFIX}z`, '']),
        partitionIndex: pick(random, [0, 1, 2, 99, -1]),
      }
    : null;
  const limit = pick(random, [2000, 2000, 1, 2, 3, 0, -1, 5000]);
  return step({
    operation: 'describe partitions of topics',
    api: describeTopicPartitions,
    version,
    request: () => ({ topics: names.map((name) => ({ name })), responsePartitionLimit: limit, cursor }),
  });
}

function describingCluster(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(describeCluster);
  if (version === undefined) return undefined;
  const asked = {
    includeClusterAuthorizedOperations: chance(random, 0.5),
    endpointType: mostly(random, 1, 0.3, [2, 0, 3, -1]),
    includeFencedBrokers: chance(random, 0.5),
  };
  return step({
    operation: 'describe the cluster',
    api: describeCluster,
    version,
    request: () => asked,
    tidy: (answer) => ({ ...answer, clusterId: answer.clusterId === '' ? '' : '(cluster)' }),
  });
}

/** Sizes are each broker's own. */
function describingDirectories(drawing: Drawing): Step | undefined {
  const version = drawing.version(describeLogDirs);
  if (version === undefined) return undefined;
  const { random, world } = drawing;
  const topics = drawNames(drawing, 2).map((topic) => {
    const count = world.topics.find(({ name }) => name === topic)?.partitions.length ?? 1;
    return {
      topic,
      partitions: mostly(
        random,
        Array.from({ length: count }, (_, i) => i),
        0.3,
        [[], [0, 0], [0, 17], [-1]],
      ),
    };
  });
  return step({
    operation: 'describe log directories',
    api: describeLogDirs,
    version,
    request: () => ({ topics }),
    tidy: (answer) => ({
      ...answer,
      results: answer.results.map(({ totalBytes: _, usableBytes: __, topics: found, ...rest }) => ({
        ...rest,
        logDir: '(directory)',
        topics: found.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionSize, ...partition }) => ({
            ...partition,
            isEmpty: partitionSize === 0n,
          })),
        })),
      })),
    }),
  });
}

/** The list itself is another one on purpose. */
function askingVersions(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(apiVersions);
  if (version === undefined) return undefined;
  const software = {
    clientSoftwareName: mostly(random, 'differential', 0.4, ['', 'a b', '-a', 'a-', 'ä', 'A.b-c']),
    clientSoftwareVersion: mostly(random, '1.0', 0.4, ['', '1 0', 'v', '.1']),
  };
  return step({
    operation: 'ask for versions',
    api: apiVersions,
    version,
    request: () => software,
    tidy: ({ errorCode, throttleTimeMs, apiKeys }) => ({ errorCode, throttleTimeMs, isEmpty: apiKeys.length === 0 }),
  });
}
