/** What is read of a log: Fetch without and within sessions, ListOffsets, OffsetForLeaderEpoch; and DeleteRecords. */

import type { Random } from '../../../src/base/random.js';
import { deleteRecords } from '../../../src/protocol/api/delete-records.js';
import { type FetchRequest, type FetchResponse, fetch } from '../../../src/protocol/api/fetch.js';
import { listOffsets } from '../../../src/protocol/api/list-offsets.js';
import { offsetForLeaderEpoch } from '../../../src/protocol/api/offset-for-leader-epoch.js';
import { batchesIn } from '../../../src/protocol/records/header.js';
import type { Draft } from '../../../src/protocol/schema.js';
import { byTopic, chance, drawOffset, drawPlaces, mostly, type Place, pick } from '../draws.js';
import type { Names } from '../names.js';
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
  const wanted = drawPlaces(random, world, 3).map((place) => drawWanted(random, place));
  const limits = drawLimits(random, wanted);
  return step({
    operation: 'fetch',
    api: fetch,
    version,
    request: (names) => ({ ...limits, topics: topicsOf(wanted, names) }),
    tidy: tidyFetch,
  });
}

export interface Wanted extends Place {
  readonly fetchOffset: bigint;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  readonly partitionMaxBytes: number;
}

export function drawWanted(random: Random, place: Place): Wanted {
  return {
    ...place,
    fetchOffset: drawOffset(random, place.partition),
    currentLeaderEpoch: mostly(random, -1, 0.15, EPOCHS),
    lastFetchedEpoch: mostly(random, -1, 0.1, EPOCHS),
    // Logs whose batches the broker packs anew are not of one length.
    partitionMaxBytes: isRepacked(place.partition) ? LARGE : mostly(random, LARGE, 0.3, [0, 1, 70, 150, 400, -1]),
  };
}

/** `places`: all that is read with them. */
export function drawLimits(random: Random, places: readonly Pick<Place, 'partition'>[]) {
  const isEach = places.every(({ partition }) => !isRepacked(partition));
  return {
    maxBytes: isEach ? mostly(random, LARGE, 0.2, [0, 1, 100, 300, -1]) : LARGE,
    isolationLevel: mostly(random, pick(random, [0, 1]), 0.01, [2, -1]),
    minBytes: mostly(random, 0, 0.2, [1, 100_000, -1]),
    maxWaitMs: mostly(random, 0, 0.1, [5, -1]),
  };
}

export function topicsOf(wanted: readonly Wanted[], names: Names): Draft<FetchRequest['topics']> {
  return byTopic(wanted).map(({ name, id, places }) => ({
    topic: name,
    topicId: names.topicId(id),
    partitions: places.map(({ index, fetchOffset, currentLeaderEpoch, lastFetchedEpoch, partitionMaxBytes }) => ({
      partition: index,
      fetchOffset,
      currentLeaderEpoch,
      lastFetchedEpoch,
      logStartOffset: -1n,
      partitionMaxBytes,
    })),
  }));
}

/**
 * Apache Kafka names aborted transactions up to the next entry of an index, which are more than the records reach, and not
 * always the same: what begins behind the records is left out, the others are compared.
 */
export function tidyFetch(answer: FetchResponse): unknown {
  const reaching = (partition: FetchResponse['responses'][number]['partitions'][number]) => {
    const { records, abortedTransactions } = partition;
    const last = [...batchesIn(records ?? Buffer.alloc(0))].at(-1);
    const end = last?.kind === 'batch' ? last.nextOffset : 0n;
    return {
      ...partition,
      abortedTransactions: abortedTransactions?.filter(({ firstOffset }) => firstOffset < end) ?? null,
    };
  };
  const responses = answer.responses.map((topic) => ({ ...topic, partitions: topic.partitions.map(reaching) }));
  return { ...answer, responses };
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
    tidy: tidyFetch,
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
  const [behind] = places.filter(isBehindDeleted);
  const asked = { version, isolationLevel, beganMs: world.beganMs };
  if (behind !== undefined) return listOffsetsStep(BEHIND_DELETED, { ...asked, places: [behind] });
  return listOffsetsStep('list offsets', { ...asked, places });
}

/** By time, where a segment may be there whose records are all deleted: an operation of its own (`known-differences.ts`). */
export const BEHIND_DELETED = 'list offsets behind deleted segments';

function isBehindDeleted({ partition, timestamp }: Pick<AskedOffset, 'partition' | 'timestamp'>): boolean {
  return partition?.isRolled === true && partition.start > 0n && (timestamp >= 0n || timestamp === HIGHEST);
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
    listOffsetsStep(isBehindDeleted({ partition, timestamp }) ? BEHIND_DELETED : 'read offsets', {
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
  const places = drawPlaces(random, world, 2).map((place) => ({
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
