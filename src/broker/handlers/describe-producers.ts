/** DescribeProducers: what a partition remembers of its producers. */

import type { DescribeProducersRequest, DescribeProducersResponse } from '../../protocol/api/describe-producers.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';
import { NOT_HOSTED } from './kafka-words.js';

const UNKNOWN = errorCode.UNKNOWN_TOPIC_OR_PARTITION;

export const answerDescribeProducers: Handler<DescribeProducersRequest, DescribeProducersResponse> = (
  broker,
  request,
  { rights },
) => ({
  topics: request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const isKnown = broker.topics.get(name) !== undefined;
      if (!rights.may('READ', 'TOPIC', name)) {
        return { partitionIndex, errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED };
      }
      const log = broker.topics.partition(name, partitionIndex);
      if (log === undefined) return { partitionIndex, errorCode: UNKNOWN, errorMessage: isKnown ? null : NOT_HOSTED };
      const activeProducers = [...log.producers.all].map((state) => ({
        producerId: state.producerId,
        producerEpoch: state.epoch,
        lastSequence: state.batches[state.batches.length - 1]?.lastSequence ?? -1,
        lastTimestamp: state.lastTimestamp,
        coordinatorEpoch: state.coordinatorEpoch,
        currentTxnStartOffset: state.transactionStart ?? -1n,
      }));
      return { partitionIndex, activeProducers };
    }),
  })),
});
