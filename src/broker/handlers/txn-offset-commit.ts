/** TxnOffsetCommit: offsets that count once the transaction commits. Passes beside living members, as in Kafka (T18). */

import type { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../protocol/api/txn-offset-commit.js';
import { errorCode } from '../../protocol/errors.js';
import type { BrokerState, Handler, RequestContext } from '../state.js';
import { OFFSETS_TOPIC } from '../topics/internal.js';
import { partitionFor } from '../topics/internal-journal.js';

const TELLS_ABORTABLE = 4;

export const answerTxnOffsetCommit: Handler<TxnOffsetCommitRequest, TxnOffsetCommitResponse> = (
  broker,
  request,
  context,
) => {
  const mayRead = (name: string) => context.rights.may('READ', 'TOPIC', name);
  const isThere = (name: string, partition: number) => broker.topics.partition(name, partition) !== undefined;
  const topics = request.topics
    .filter(({ name }) => mayRead(name))
    .map((topic) => ({
      ...topic,
      partitions: topic.partitions.filter(({ partitionIndex }) => isThere(topic.name, partitionIndex)),
    }))
    .filter(({ partitions }) => partitions.length > 0);
  const code = topics.length === 0 ? errorCode.NONE : commit(broker, { ...request, topics }, context);
  const codeOf = (name: string, partition: number) => {
    if (!mayRead(name)) return errorCode.TOPIC_AUTHORIZATION_FAILED;
    return isThere(name, partition) ? code : errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  };
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: codeOf(name, partitionIndex),
      })),
    })),
  };
};

export function refuseTxnOffsetCommit(request: TxnOffsetCommitRequest, code: number) {
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    })),
  };
}

function commit(broker: BrokerState, request: TxnOffsetCommitRequest, context: RequestContext): number {
  const topic = broker.topics.get(OFFSETS_TOPIC);
  if (topic === undefined) return errorCode.COORDINATOR_NOT_AVAILABLE;
  if (request.groupId === '') return errorCode.INVALID_GROUP_ID;
  const { transactionalId, producerId, producerEpoch } = request;
  const place = { topic: OFFSETS_TOPIC, partition: partitionFor(request.groupId, topic.partitions.length) };
  const { nowMs } = context;
  const claim = { transactionalId, producerId, producerEpoch };
  const unverified = broker.transactions.verify({
    ...claim,
    place,
    nowMs,
    mayAdd: false,
    tellsAbortable: context.version >= TELLS_ABORTABLE,
  });
  if (unverified !== undefined) return unverified;
  const offsets = request.topics.flatMap(({ name, partitions }) =>
    partitions.map((each) => ({
      topic: name,
      partition: each.partitionIndex,
      committed: {
        offset: each.committedOffset,
        leaderEpoch: each.committedLeaderEpoch,
        metadata: each.committedMetadata ?? '',
        committedMs: nowMs,
      },
    })),
  );
  const commitRequest = {
    generationId: request.generationId,
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    knowsEpochs: true,
    offsets,
    producer: { producerId, producerEpoch },
  };
  const error = broker.groups.commitError(broker.groups.get(request.groupId), commitRequest);
  return error === errorCode.NONE ? broker.groups.commit(request.groupId, commitRequest) : error;
}
