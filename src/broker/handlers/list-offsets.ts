/** ListOffsets: log start, end, by time, and the special timestamps of newer Kafkas. */

import type { ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/api/list-offsets.js';
import { errorCode } from '../../protocol/errors.js';
import { DecodeError } from '../../protocol/reader.js';
import type { Draft } from '../../protocol/schema.js';
import { unreadableCode } from '../log/damage.js';
import { firstAtOrAfter, withHighestTimestamp } from '../log/offset-by-time.js';
import type { PartitionLog } from '../log/partition-log.js';
import type { Handler } from '../state.js';
import { twiceIn } from '../twice.js';
import { leaderEpochError } from './leader-epoch.js';

const READ_COMMITTED = 1;
const LATEST = -1n;
const EARLIEST = -2n;
const MAX_TIMESTAMP = -3n;
const EARLIEST_LOCAL = -4n;
const LATEST_TIERED = -5n;
const EARLIEST_PENDING_UPLOAD = -6n;
/** Which version each of them came with. */
const KNOWN_FROM: ReadonlyMap<bigint, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
]);

type PartitionAnswer = Draft<ListOffsetsResponse['topics'][number]['partitions'][number]>;
type PartitionRequest = ListOffsetsRequest['topics'][number]['partitions'][number];

export const answerListOffsets: Handler<ListOffsetsRequest, ListOffsetsResponse> = (broker, request, context) => {
  const { topics, isolationLevel } = request;
  const twice = twiceIn(
    topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex }) => placeOf(name, partitionIndex))),
  );
  const answer = (name: string, wanted: PartitionRequest): PartitionAnswer => {
    const { partitionIndex } = wanted;
    if (!context.rights.may('DESCRIBE', 'TOPIC', name)) {
      return none(partitionIndex, errorCode.TOPIC_AUTHORIZATION_FAILED);
    }
    if (twice.has(placeOf(name, partitionIndex))) return none(partitionIndex, errorCode.INVALID_REQUEST);
    if (!isKnown(wanted.timestamp, context.version)) return none(partitionIndex, errorCode.UNSUPPORTED_VERSION);
    const log = broker.topics.partition(name, partitionIndex);
    if (log === undefined) return none(partitionIndex, errorCode.UNKNOWN_TOPIC_OR_PARTITION);
    if (log.isOffline) return none(partitionIndex, errorCode.KAFKA_STORAGE_ERROR);
    const epochError = leaderEpochError(wanted.currentLeaderEpoch, log.leaderEpoch);
    if (epochError !== errorCode.NONE) return none(partitionIndex, epochError);
    try {
      const end = isolationLevel === READ_COMMITTED ? log.lastStableOffset : log.highWatermark;
      return lookUp(log, wanted, end);
    } catch (error) {
      // What stands behind the header of a batch is not looked at when it is appended.
      const code = error instanceof DecodeError ? errorCode.CORRUPT_MESSAGE : unreadableCode(error);
      return none(partitionIndex, code);
    }
  };
  // One that is named twice is answered once.
  const answered = new Set<string>();
  const isFirst = (name: string, partition: number) => {
    const place = placeOf(name, partition);
    if (!twice.has(place)) return true;
    const before = answered.size;
    return answered.add(place).size > before;
  };
  return {
    topics: topics
      .map(({ name, partitions }) => ({
        name,
        partitions: partitions.filter((each) => isFirst(name, each.partitionIndex)).map((each) => answer(name, each)),
      }))
      .filter(({ partitions }) => partitions.length > 0),
  };
};

function placeOf(name: string, partition: number): string {
  return `${name}-${partition}`;
}

function isKnown(timestamp: bigint, version: number): boolean {
  return timestamp >= 0n || version >= (KNOWN_FROM.get(timestamp) ?? Number.POSITIVE_INFINITY);
}

function lookUp(log: PartitionLog, { partitionIndex, timestamp }: PartitionRequest, end: bigint): PartitionAnswer {
  const plain = (offset: bigint, leaderEpoch: number): PartitionAnswer => ({
    partitionIndex,
    timestamp: -1n,
    offset,
    leaderEpoch,
  });
  if (timestamp === LATEST) return plain(end, log.leaderEpoch);
  if (timestamp === EARLIEST || timestamp === EARLIEST_LOCAL) {
    return plain(log.logStartOffset, log.epochs.epochOf(log.logStartOffset));
  }
  if (timestamp === LATEST_TIERED || timestamp === EARLIEST_PENDING_UPLOAD) return plain(-1n, -1);
  const found = timestamp === MAX_TIMESTAMP ? withHighestTimestamp(log) : firstAtOrAfter(log, timestamp);
  if (found === undefined || found.offset >= end) return none(partitionIndex, errorCode.NONE);
  return { partitionIndex, timestamp: found.timestamp, offset: found.offset, leaderEpoch: found.leaderEpoch };
}

function none(partitionIndex: number, code: number): PartitionAnswer {
  return { partitionIndex, errorCode: code, timestamp: -1n, offset: -1n, leaderEpoch: -1 };
}
