/** Deletes records from the front of partitions: raises their log start. It never falls, so this may be repeated. */
import type { Result } from '../../base/result.js';
import { deleteRecords as deleteRecordsApi } from '../../protocol/api/delete-records.js';
import type { KafkaCluster } from '../types.js';
import { askLeaders, byTopic, type Place } from './leaders.js';
import type { AdminOptions } from './patience.js';

export interface RecordsBefore extends Place {
  /** The new log start; −1: the high watermark. */
  readonly offset: bigint;
}

const BROKER_TIMEOUT_MS = 15_000;

/** By `placeKey` (leaders.ts): the log start now. Outcomes as of `askLeaders`; what was sent is not sent again. */
export function deleteRecords(
  cluster: KafkaCluster,
  places: readonly RecordsBefore[],
  options: AdminOptions = {},
): Promise<ReadonlyMap<string, Result<bigint, Error>>> {
  return askLeaders(
    cluster,
    places,
    {
      what: 'deleting the records',
      repeatable: false,
      async ask(channel, asked, send) {
        const topics = byTopic(asked).map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
        }));
        const answer = await channel.send(deleteRecordsApi, { topics, timeoutMs: BROKER_TIMEOUT_MS }, send);
        return answer.topics.flatMap(({ name, partitions }) =>
          partitions.map((each) => ({
            topic: name,
            partition: each.partitionIndex,
            code: each.errorCode,
            value: each.lowWatermark,
          })),
        );
      },
    },
    options,
  );
}
