/** AddPartitionsToTxn in the form clients use (up to version 3): all partitions are added, or none. */

import type {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../protocol/api/add-partitions-to-txn.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';
import { olderFencedCode } from './fenced-code.js';

const TELLS_FENCED = 2;

export const answerAddPartitionsToTxn: Handler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> = (
  broker,
  request,
  context,
) => {
  const places = request.v3AndBelowTopics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ topic: name, partition })),
  );
  const exists = (topic: string, partition: number) => broker.topics.partition(topic, partition) !== undefined;
  const allExist = places.every(({ topic, partition }) => exists(topic, partition));
  const claim = {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
  };
  const code = allExist
    ? olderFencedCode(broker.transactions.addPartitions(claim, places, context.nowMs), context.version < TELLS_FENCED)
    : errorCode.OPERATION_NOT_ATTEMPTED;
  return {
    resultsByTopicV3AndBelow: request.v3AndBelowTopics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: exists(name, partitionIndex) ? code : errorCode.UNKNOWN_TOPIC_OR_PARTITION,
      })),
    })),
  };
};
