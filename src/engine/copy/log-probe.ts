/**
 * Small questions to the leader of a partition: log end, high watermark, log start, producer state, and the one small
 * command that goes with them, DeleteRecords. Many partitions per request. Every answer that lacks a partition counts as
 * an error, never as "nothing there". Spec: docs/spec/engine.md 2.1, 2.3, 3.1, 3.4.
 */
import type { Channel } from '../../client/types.js';
import { deleteRecords } from '../../protocol/api/delete-records.js';
import { describeProducers } from '../../protocol/api/describe-producers.js';
import { fetch } from '../../protocol/api/fetch.js';
import { listOffsets } from '../../protocol/api/list-offsets.js';
import { offsetForLeaderEpoch } from '../../protocol/api/offset-for-leader-epoch.js';
import { errorCode } from '../../protocol/errors.js';
import type { EpochEnd } from './point.js';

/** Ordinary consumers name no replica. */
const CONSUMER = -1;
export const PROBE_TIMEOUT_MS = 15_000;
const NO_ANSWER = errorCode.UNKNOWN_SERVER_ERROR;

export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** The leader epoch under which the question is asked: a leader of another epoch refuses it (74, 75). */
  readonly leaderEpoch: number;
}

export function placeKey(place: { readonly topic: string; readonly partition: number }): string {
  return `${place.topic}/${place.partition}`;
}

/**
 * [2.1] OffsetForLeaderEpoch with the current epoch answers the log end; with an older one, where that epoch ended.
 * ListOffsets would give ordinary clients the high watermark.
 */
export async function epochEnds(
  channel: Channel,
  places: readonly (Place & { readonly askedEpoch?: number })[],
): Promise<ReadonlyMap<string, EpochEnd>> {
  const answer = await channel.send(
    offsetForLeaderEpoch,
    {
      replicaId: CONSUMER,
      topics: byTopic(places).map(([topic, partitions]) => ({
        topic,
        partitions: partitions.map(({ partition, leaderEpoch, askedEpoch }) => ({
          partition,
          currentLeaderEpoch: leaderEpoch,
          leaderEpoch: askedEpoch ?? leaderEpoch,
        })),
      })),
    },
    { timeoutMs: PROBE_TIMEOUT_MS, versionMin: 3 },
  );
  const found = new Map<string, EpochEnd>();
  for (const { topic, partitions } of answer.topics) {
    for (const { partition, errorCode, leaderEpoch, endOffset } of partitions) {
      found.set(placeKey({ topic, partition }), { errorCode, epoch: leaderEpoch, end: endOffset });
    }
  }
  return found;
}

/** The log end of one partition, or the error: (−1, −1) is no answer (E14). */
export async function logEnd(channel: Channel, place: Place): Promise<{ readonly code: number; readonly end: bigint }> {
  return endOf((await epochEnds(channel, [place])).get(placeKey(place)), place.leaderEpoch);
}

export function endOf(answer: EpochEnd | undefined, epoch: number): { readonly code: number; readonly end: bigint } {
  if (answer === undefined) return { code: NO_ANSWER, end: -1n };
  if (answer.errorCode !== 0) return { code: answer.errorCode, end: -1n };
  if (answer.epoch !== epoch || answer.end < 0n) return { code: errorCode.UNKNOWN_LEADER_EPOCH, end: -1n };
  return { code: 0, end: answer.end };
}

export type OffsetKind = 'high-watermark' | 'last-stable' | 'log-start';

/** One offset of every place. */
export async function offsets(
  channel: Channel,
  kind: OffsetKind,
  places: readonly Place[],
): Promise<ReadonlyMap<string, { readonly code: number; readonly offset: bigint }>> {
  const answer = await channel.send(
    listOffsets,
    {
      replicaId: CONSUMER,
      isolationLevel: kind === 'last-stable' ? 1 : 0,
      timeoutMs: PROBE_TIMEOUT_MS,
      topics: byTopic(places).map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ partition, leaderEpoch }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: leaderEpoch,
          timestamp: kind === 'log-start' ? -2n : -1n,
        })),
      })),
    },
    { timeoutMs: PROBE_TIMEOUT_MS, versionMin: 4 },
  );
  const found = new Map<string, { readonly code: number; readonly offset: bigint }>();
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode, offset } of partitions) {
      const code = errorCode === 0 && offset < 0n ? NO_ANSWER : errorCode;
      found.set(placeKey({ topic: name, partition: partitionIndex }), { code, offset });
    }
  }
  return found;
}

export async function offsetOf(
  channel: Channel,
  kind: OffsetKind,
  place: Place,
): Promise<{ readonly code: number; readonly offset: bigint }> {
  return (await offsets(channel, kind, [place])).get(placeKey(place)) ?? { code: NO_ANSWER, offset: -1n };
}

export interface ProducerState {
  readonly lastSequence: number;
  readonly lastTimestampMs: bigint;
  readonly epoch: number;
}

/**
 * Followers answer this too, from their own state: the caller checks the leader epoch before and after (3.1).
 * `undefined` as state: the broker lists no such producer.
 */
export async function producerState(
  channel: Channel,
  place: Pick<Place, 'topic' | 'partition'>,
  producerId: bigint,
): Promise<{ readonly code: number; readonly state: ProducerState | undefined }> {
  const answer = await channel.send(
    describeProducers,
    { topics: [{ name: place.topic, partitionIndexes: [place.partition] }] },
    { timeoutMs: PROBE_TIMEOUT_MS },
  );
  const partition = answer.topics[0]?.partitions[0];
  if (partition === undefined) return { code: NO_ANSWER, state: undefined };
  const found = partition.activeProducers.find((each) => each.producerId === producerId);
  return {
    code: partition.errorCode,
    state: found && {
      lastSequence: found.lastSequence,
      lastTimestampMs: found.lastTimestamp,
      epoch: found.producerEpoch,
    },
  };
}

/** Raises the log start; waits for the live replicas. Idempotent. By name: the caller has just seen the topic's id. */
export async function raiseLogStart(
  channel: Channel,
  wanted: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[],
): Promise<ReadonlyMap<string, { readonly code: number; readonly logStart: bigint }>> {
  const answer = await channel.send(
    deleteRecords,
    {
      timeoutMs: PROBE_TIMEOUT_MS,
      topics: byTopic(wanted).map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
      })),
    },
    // The lease was asked for this moment.
    { timeoutMs: PROBE_TIMEOUT_MS + 5_000, atOnce: true },
  );
  const found = new Map<string, { readonly code: number; readonly logStart: bigint }>();
  for (const { name, partitions } of answer.topics) {
    for (const { partitionIndex, errorCode, lowWatermark } of partitions) {
      found.set(placeKey({ topic: name, partition: partitionIndex }), { code: errorCode, logStart: lowWatermark });
    }
  }
  return found;
}

export interface ReadRequest {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly position: bigint;
  /** [3.5] Source reads carry the epoch of the batch before `position`; −1 only where there is none. */
  readonly lastFetchedEpoch: number;
  readonly committedOnly: boolean;
  readonly bytesMax: number;
  readonly waitMs: number;
}

export interface ReadAnswer {
  readonly code: number;
  readonly records: Buffer;
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[];
  readonly highWatermark: bigint;
  readonly lastStableOffset: bigint;
  readonly logStart: bigint;
  /** Epoch −1: none was given. */
  readonly diverging: { readonly epoch: number; readonly endOffset: bigint };
  readonly throttled: boolean;
}

const EMPTY = Buffer.alloc(0);

/** One partition, sessionless, by topic id: a topic made again under the same name answers 100 (T7). */
export async function readOnce(channel: Channel, wanted: ReadRequest): Promise<ReadAnswer> {
  const answer = await channel.send(
    fetch,
    {
      maxWaitMs: wanted.waitMs,
      minBytes: 1,
      maxBytes: wanted.bytesMax,
      isolationLevel: wanted.committedOnly ? 1 : 0,
      sessionEpoch: -1,
      topics: [
        {
          topic: wanted.topic,
          topicId: wanted.topicId,
          partitions: [
            {
              partition: wanted.partition,
              currentLeaderEpoch: wanted.leaderEpoch,
              fetchOffset: wanted.position,
              lastFetchedEpoch: wanted.lastFetchedEpoch,
              partitionMaxBytes: wanted.bytesMax,
            },
          ],
        },
      ],
    },
    { timeoutMs: PROBE_TIMEOUT_MS + wanted.waitMs, versionMin: 13 },
  );
  const data = answer.responses[0]?.partitions[0];
  return {
    code: answer.errorCode !== 0 ? answer.errorCode : (data?.errorCode ?? NO_ANSWER),
    records: data?.records ?? EMPTY,
    abortedTransactions: data?.abortedTransactions ?? [],
    highWatermark: data?.highWatermark ?? -1n,
    lastStableOffset: data?.lastStableOffset ?? -1n,
    logStart: data?.logStartOffset ?? -1n,
    diverging: data?.divergingEpoch ?? { epoch: -1, endOffset: -1n },
    throttled: answer.throttleTimeMs > 0,
  };
}

function byTopic<T extends { readonly topic: string }>(places: readonly T[]): [string, T[]][] {
  const grouped = new Map<string, T[]>();
  for (const place of places) {
    const list = grouped.get(place.topic);
    if (list) list.push(place);
    else grouped.set(place.topic, [place]);
  }
  return [...grouped];
}
