/** Where partitions begin and end, and where a time begins in them, as an ordinary reader sees it. */
import type { Result } from '../../base/result.js';
import { listOffsets as listOffsetsApi } from '../../protocol/api/list-offsets.js';
import type { KafkaCluster } from '../types.js';
import { askLeaders, byTopic, type LeaderQuestion, type Led, type Place } from './leaders.js';
import type { AdminOptions } from './patience.js';

export type OffsetSpec =
  /** The log start. */
  | { readonly kind: 'earliest' }
  /** The high watermark. */
  | { readonly kind: 'latest' }
  /** The last stable offset: where a read_committed reader has to wait. */
  | { readonly kind: 'committed' }
  /** The first record with this timestamp or a later one; −1 when there is none. */
  | { readonly kind: 'at'; readonly timestampMs: bigint };

export interface FoundOffset {
  readonly offset: bigint;
  /** Of the record there; −1 when not known. */
  readonly leaderEpoch: number;
}

const CONSUMER = -1;
/** Since then the question carries the leader epoch, and an old leader refuses it. */
const VERSION_MIN = 4;
const BROKER_TIMEOUT_MS = 10_000;

/** By `placeKey` (leaders.ts). Outcomes as of `askLeaders`. */
export function listOffsets(
  cluster: KafkaCluster,
  places: readonly Place[],
  spec: OffsetSpec,
  options: AdminOptions = {},
): Promise<ReadonlyMap<string, Result<FoundOffset, Error>>> {
  return askLeaders(cluster, places, offsetQuestion(spec), options);
}

export function offsetQuestion(spec: OffsetSpec): LeaderQuestion<Place, FoundOffset> {
  return {
    what: 'reading the offsets',
    repeatable: true,
    async ask(channel, places, options) {
      const request = {
        replicaId: CONSUMER,
        isolationLevel: spec.kind === 'committed' ? 1 : 0,
        timeoutMs: BROKER_TIMEOUT_MS,
        topics: byTopic(places).map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, leaderEpoch }: Led<Place>) => ({
            partitionIndex: partition,
            currentLeaderEpoch: leaderEpoch,
            timestamp: timestampOf(spec),
          })),
        })),
      };
      const { topics } = await channel.send(listOffsetsApi, request, { ...options, versionMin: VERSION_MIN });
      return topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode, offset, leaderEpoch }) => ({
          topic: name,
          partition: partitionIndex,
          code: errorCode,
          value: { offset, leaderEpoch },
        })),
      );
    },
  };
}

function timestampOf(spec: OffsetSpec): bigint {
  switch (spec.kind) {
    case 'earliest':
      return -2n;
    case 'latest':
    case 'committed':
      return -1n;
    case 'at':
      return spec.timestampMs;
  }
}
