/** AddPartitionsToTxn in the form clients use (up to version 3): all partitions are added, or none. */

import type {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../protocol/api/add-partitions-to-txn.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';
import { isInternalName } from '../topics/internal.js';
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
  const may = (topic: string) => !isInternalName(topic) && context.rights.may('WRITE', 'TOPIC', topic);
  const allMayBe = places.every(({ topic, partition }) => may(topic) && exists(topic, partition));
  const claim = {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
  };
  const code = allMayBe
    ? olderFencedCode(broker.transactions.addPartitions(claim, places, context.nowMs), context.version < TELLS_FENCED)
    : errorCode.OPERATION_NOT_ATTEMPTED;
  const codeOf = (topic: string, partition: number) => {
    if (!may(topic)) return errorCode.TOPIC_AUTHORIZATION_FAILED;
    return exists(topic, partition) ? code : errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  };
  return {
    resultsByTopicV3AndBelow: request.v3AndBelowTopics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: codeOf(name, partitionIndex),
      })),
    })),
  };
};

export function refuseAddPartitions(request: AddPartitionsToTxnRequest, code: number) {
  return {
    resultsByTopicV3AndBelow: request.v3AndBelowTopics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({ partitionIndex, partitionErrorCode: code })),
    })),
  };
}
