/** DeleteRecords: raises the log start; the answer waits until that is durable. Offset −1 means the high watermark. */

import type { DeleteRecordsRequest, DeleteRecordsResponse } from '../../protocol/api/delete-records.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import type { BrokerState, Handler } from '../state.js';
import { withLastOfEach } from '../twice.js';

type TopicRequest = DeleteRecordsRequest['topics'][number];
type PartitionRequest = TopicRequest['partitions'][number];

const NAMED = {
  topic: ({ name }: TopicRequest) => name,
  partitions: ({ partitions }: TopicRequest) => partitions,
  index: ({ partitionIndex }: PartitionRequest) => partitionIndex,
  with: (topic: TopicRequest, partitions: PartitionRequest[]): TopicRequest => ({ ...topic, partitions }),
};

type PartitionAnswer = Draft<DeleteRecordsResponse['topics'][number]['partitions'][number]>;

export const answerDeleteRecords: Handler<DeleteRecordsRequest, DeleteRecordsResponse> = async (
  broker,
  request,
  { rights },
) => ({
  topics: await Promise.all(
    withLastOfEach(request.topics, NAMED).map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map(({ partitionIndex, offset }) =>
          rights.may('DELETE', 'TOPIC', name)
            ? deleteBefore(broker, { name, partitionIndex, offset })
            : { partitionIndex, lowWatermark: -1n, errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED },
        ),
      ),
    })),
  ),
});

async function deleteBefore(
  broker: BrokerState,
  wanted: { readonly name: string; readonly partitionIndex: number; readonly offset: bigint },
): Promise<PartitionAnswer> {
  const { name, partitionIndex } = wanted;
  const refuse = (code: number) => ({ partitionIndex, lowWatermark: -1n, errorCode: code });
  const topic = broker.topics.get(name);
  const log = topic?.partitions[partitionIndex];
  if (topic === undefined || log === undefined) return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (topic.internal) return refuse(errorCode.INVALID_TOPIC_EXCEPTION);
  // A topic may do neither.
  if (log.settings.compacts && !log.settings.deletes) return refuse(errorCode.POLICY_VIOLATION);
  const offset = wanted.offset === -1n ? log.highWatermark : wanted.offset;
  if (offset < 0n || offset > log.highWatermark) return refuse(errorCode.OFFSET_OUT_OF_RANGE);
  try {
    await log.deleteRecordsBefore(offset);
  } catch (error) {
    broker.log.error({ topic: name, partition: partitionIndex, error: String(error) }, 'DeleteRecords failed');
    return refuse(errorCode.KAFKA_STORAGE_ERROR);
  }
  return { partitionIndex, lowWatermark: log.logStartOffset, errorCode: errorCode.NONE };
}
