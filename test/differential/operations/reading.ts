/** What is read of a log: Fetch without and within sessions, ListOffsets, OffsetForLeaderEpoch; and DeleteRecords. */
import { deleteRecords } from '../../../src/protocol/api/delete-records.js';
import { fetch } from '../../../src/protocol/api/fetch.js';
import { listOffsets } from '../../../src/protocol/api/list-offsets.js';
import { offsetForLeaderEpoch } from '../../../src/protocol/api/offset-for-leader-epoch.js';
import { byTopic, chance, drawOffset, drawPlaces, mostly, pick } from '../draws.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import type { Partition } from '../world.js';

const LARGE = 1 << 24;
const EPOCHS = [-2, 0, 0, 1, 2, 100];
const HIGHEST = -3n;
const SPECIAL_TIMES = [-1n, -2n, -3n, -4n, -5n, -6n, -7n];

export const readingOperations: readonly Operation[] = [
  { name: 'fetch', weight: 5, draw: (drawing) => fetching(drawing) },
  { name: 'list offsets', weight: 3, draw: (drawing) => listing(drawing) },
  { name: 'leader epochs', weight: 1, draw: (drawing) => epochs(drawing) },
  { name: 'delete records', weight: 1, draw: (drawing) => deleting(drawing) },
];

function fetching(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(fetch);
  if (version === undefined) return undefined;
  const places = drawPlaces(random, world, 3).map((place) => ({
    ...place,
    fetchOffset: drawOffset(random, place.partition),
    currentLeaderEpoch: mostly(random, -1, 0.15, EPOCHS),
    lastFetchedEpoch: mostly(random, -1, 0.1, EPOCHS),
    logStartOffset: -1n,
    // Logs whose batches the broker packs anew are not of one length.
    partitionMaxBytes: isRepacked(place.partition) ? LARGE : mostly(random, LARGE, 0.3, [0, 1, 70, 150, 400, -1]),
  }));
  const isEach = places.every(({ partition }) => !isRepacked(partition));
  const maxBytes = isEach ? mostly(random, LARGE, 0.2, [0, 1, 100, 300, -1]) : LARGE;
  const isolationLevel = mostly(random, pick(random, [0, 1]), 0.01, [2, -1]);
  const minBytes = mostly(random, 0, 0.2, [1, 100_000, -1]);
  const maxWaitMs = mostly(random, 0, 0.1, [5, -1]);
  return step({
    operation: 'fetch',
    api: fetch,
    version,
    request: (names) => ({
      maxWaitMs,
      minBytes,
      maxBytes,
      isolationLevel,
      topics: byTopic(places).map(({ name, id, places: partitions }) => ({
        topic: name,
        topicId: names.topicId(id),
        partitions: partitions.map(({ index, fetchOffset, ...rest }) => ({
          partition: index,
          fetchOffset,
          currentLeaderEpoch: rest.currentLeaderEpoch,
          lastFetchedEpoch: rest.lastFetchedEpoch,
          logStartOffset: rest.logStartOffset,
          partitionMaxBytes: rest.partitionMaxBytes,
        })),
      })),
    }),
  });
}

function isRepacked(partition: Partition | undefined): boolean {
  return partition?.topic.configs['compression.type'] !== undefined;
}

/** Everything that is in a partition, as either kind of reader gets it. */
export function readAll(drawing: Drawing, partition: Partition, isolationLevel: number): Step | undefined {
  const version = drawing.version(fetch, { min: 13 }) ?? drawing.version(fetch);
  if (version === undefined) return undefined;
  const { topic, index, start } = partition;
  return step({
    operation: 'read everything',
    api: fetch,
    version,
    request: (names) => ({
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: LARGE,
      isolationLevel,
      topics: [
        {
          topic: topic.name,
          topicId: names.topicId(topic.id),
          partitions: [{ partition: index, fetchOffset: start, logStartOffset: -1n, partitionMaxBytes: LARGE }],
        },
      ],
    }),
  });
}

function listing(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(listOffsets);
  if (version === undefined) return undefined;
  const times = [...SPECIAL_TIMES, world.beganMs - 5000n, world.now() - 1n, world.now() - 5n, 0n, 1n, 1n << 61n];
  const places = drawPlaces(random, world, 2).map((place) => ({
    ...place,
    timestamp: pick(random, times),
    currentLeaderEpoch: mostly(random, -1, 0.15, EPOCHS),
  }));
  const isolationLevel = pick(random, [0, 1]);
  return listOffsetsStep('list offsets', { version, places, isolationLevel, beganMs: world.beganMs });
}

interface AskedOffset {
  readonly name: string;
  readonly id: string;
  readonly index: number;
  readonly partition: Partition | undefined;
  readonly timestamp: bigint;
  readonly currentLeaderEpoch: number;
}

function listOffsetsStep(
  operation: string,
  asked: {
    readonly version: number;
    readonly places: readonly AskedOffset[];
    readonly isolationLevel: number;
    readonly beganMs: bigint;
  },
): Step {
  const { version, places, isolationLevel, beganMs } = asked;
  const isHighest = ({ partitionIndex }: { readonly partitionIndex: number }) =>
    places.some(({ index, timestamp }) => timestamp === HIGHEST && index === partitionIndex);
  return step({
    operation,
    api: listOffsets,
    version,
    request: () => ({
      replicaId: -1,
      isolationLevel,
      topics: byTopic(places).map(({ name, places: partitions }) => ({
        name,
        partitions: partitions.map(({ index, timestamp, currentLeaderEpoch }) => ({
          partitionIndex: index,
          timestamp,
          currentLeaderEpoch,
        })),
      })),
      timeoutMs: 10_000,
    }),
    // Which of those that the broker stamped is the latest is a matter of milliseconds.
    tidy: (answer) => ({
      ...answer,
      topics: answer.topics.map((topic) => ({
        ...topic,
        partitions: topic.partitions.map((each) =>
          isHighest(each) && each.timestamp >= beganMs ? { ...each, offset: 'any' } : each,
        ),
      })),
    }),
    learn: (answer, names) => {
      for (const { name, index, partition, timestamp } of places) {
        const topic = answer?.topics.find((each) => each.name === names.own(name));
        const told = topic?.partitions.find((each) => each.partitionIndex === index);
        if (partition === undefined || told?.errorCode !== 0) continue;
        if (timestamp === -1n && isolationLevel === 0) partition.end = told.offset;
        if (timestamp === -2n) partition.start = told.offset;
      }
    },
  });
}

/** All kinds of offsets of a partition. */
export function allOffsets(drawing: Drawing, partition: Partition): Step[] {
  const version = drawing.version(listOffsets, { min: 7 });
  if (version === undefined) return [];
  const { topic, index } = partition;
  const place = { name: topic.name, id: topic.id, index, partition, currentLeaderEpoch: -1 };
  const asked = [-2n, -1n, -3n, 0n].flatMap((timestamp) =>
    [0, 1].map((isolationLevel) => ({ timestamp, isolationLevel })),
  );
  return asked.map(({ timestamp, isolationLevel }) =>
    listOffsetsStep('read offsets', {
      version,
      places: [{ ...place, timestamp }],
      isolationLevel,
      beganMs: drawing.world.beganMs,
    }),
  );
}

function epochs(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(offsetForLeaderEpoch);
  if (version === undefined) return undefined;
  const places = drawPlaces(random, world, 2).map((place) => ({
    ...place,
    currentLeaderEpoch: mostly(random, -1, 0.2, EPOCHS),
    leaderEpoch: mostly(random, 0, 0.4, [-1, 1, 100, -2]),
  }));
  return step({
    operation: 'leader epochs',
    api: offsetForLeaderEpoch,
    version,
    request: () => ({
      replicaId: -1,
      topics: byTopic(places).map(({ name, places: partitions }) => ({
        topic: name,
        partitions: partitions.map(({ index, currentLeaderEpoch, leaderEpoch }) => ({
          partition: index,
          currentLeaderEpoch,
          leaderEpoch,
        })),
      })),
    }),
  });
}

function deleting(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(deleteRecords);
  if (version === undefined) return undefined;
  // By time Apache Kafka finds nothing behind a segment whose records are all deleted, until that is gone itself.
  const young = drawPlaces(random, world, 2).filter(({ partition }) => !partition?.isOld);
  const places = young.map((place) => ({
    ...place,
    offset: drawOffset(random, place.partition),
  }));
  const timeoutMs = chance(random, 0.05) ? 0 : 10_000;
  return step({
    operation: 'delete records',
    api: deleteRecords,
    version,
    request: () => ({
      topics: byTopic(places).map(({ name, places: partitions }) => ({
        name,
        partitions: partitions.map(({ index, offset }) => ({ partitionIndex: index, offset })),
      })),
      timeoutMs,
    }),
    learn: (answer, names) => {
      for (const { name, partitions } of answer?.topics ?? []) {
        for (const { partitionIndex, errorCode, lowWatermark } of partitions) {
          const place = places.find((each) => names.own(each.name) === name && each.index === partitionIndex);
          if (errorCode === 0 && place?.partition !== undefined) place.partition.start = lowWatermark;
        }
      }
    },
  });
}
