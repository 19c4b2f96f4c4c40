/** TxnOffsetCommit: offsets that count once the transaction commits. Passes beside living members, as in Kafka (T18). */

import type { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../protocol/api/txn-offset-commit.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import type { BrokerState, Handler, RequestContext } from '../state.js';
import { OFFSETS_TOPIC } from '../topics/internal.js';
import { partitionFor } from '../topics/internal-journal.js';
import { isMetadataTooLarge } from './offset-commit.js';

const TOO_LARGE = errorCode.OFFSET_METADATA_TOO_LARGE;
const TELLS_ABORTABLE = 4;
/** From here on the group's partition of the offsets topic is taken into the transaction by the way (KIP-890). */
const ADDS_PARTITION = 5;

export const answerTxnOffsetCommit: Handler<TxnOffsetCommitRequest, TxnOffsetCommitResponse> = (
  broker,
  request,
  context,
) => {
  const topics = request.topics
    .filter(({ name }) => mayRead(name, context))
    .map((topic) => ({
      ...topic,
      partitions: topic.partitions.filter(({ partitionIndex }) => isThere(broker, topic.name, partitionIndex)),
    }))
    .filter(({ partitions }) => partitions.length > 0);
  const asked = { ...request, topics };
  const mayAdd = context.version >= ADDS_PARTITION;
  const answer = (code: number) => answerAll(broker, request, context, code);
  if (topics.length === 0) return answer(errorCode.NONE);
  const refusal = refusalOf(broker, asked, context, mayAdd);
  if (refusal !== errorCode.NONE) return answer(refusal);
  // The offsets must not outlive, over a power loss, what the coordinator knows of the transaction.
  const flushing = mayAdd ? broker.transactions.unflushed(request.transactionalId) : undefined;
  if (flushing === undefined) return answer(commit(broker, asked, context));
  return flushing.then(
    () => answer(refusalOf(broker, asked, context, false) || commit(broker, asked, context)),
    () => answer(errorCode.NOT_COORDINATOR),
  );
};

function isThere(broker: BrokerState, name: string, partition: number): boolean {
  return broker.topics.partition(name, partition) !== undefined;
}

function mayRead(name: string, context: RequestContext): boolean {
  return context.rights.may('READ', 'TOPIC', name);
}

function answerAll(
  broker: BrokerState,
  request: TxnOffsetCommitRequest,
  context: RequestContext,
  code: number,
): Draft<TxnOffsetCommitResponse> {
  const codeOf = (name: string, partition: number) => {
    if (!mayRead(name, context)) return errorCode.TOPIC_AUTHORIZATION_FAILED;
    return isThere(broker, name, partition) ? code : errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  };
  const isTaken = (metadata: string | null) => code !== errorCode.NONE || !isMetadataTooLarge(broker, metadata);
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, committedMetadata }) => ({
        partitionIndex,
        errorCode: codeOf(name, partitionIndex) || (isTaken(committedMetadata) ? code : TOO_LARGE),
      })),
    })),
  };
}

export function refuseTxnOffsetCommit(request: TxnOffsetCommitRequest, code: number) {
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code })),
    })),
  };
}

/** Before anything is committed: is it this producer's turn? */
function refusalOf(
  broker: BrokerState,
  request: TxnOffsetCommitRequest,
  context: RequestContext,
  mayAdd: boolean,
): number {
  const topic = broker.topics.get(OFFSETS_TOPIC);
  if (topic === undefined) return errorCode.COORDINATOR_NOT_AVAILABLE;
  if (request.groupId === '') return errorCode.INVALID_GROUP_ID;
  if (broker.groups.isOffline(request.groupId)) return errorCode.NOT_COORDINATOR;
  const { transactionalId, producerId, producerEpoch } = request;
  const place = { topic: OFFSETS_TOPIC, partition: partitionFor(request.groupId, topic.partitions.length) };
  // Its transaction is known there already.
  const producers = topic.partitions[place.partition]?.producers;
  if (producers?.isFenced(producerId, producerEpoch)) return errorCode.INVALID_PRODUCER_EPOCH;
  if (producers?.isOpen(producerId, producerEpoch)) return errorCode.NONE;
  const tellsAbortable = context.version >= TELLS_ABORTABLE;
  const claim = { transactionalId, producerId, producerEpoch };
  const code = broker.transactions.verify({ ...claim, place, nowMs: context.nowMs, mayAdd, tellsAbortable });
  return code ?? errorCode.NONE;
}

function commit(broker: BrokerState, request: TxnOffsetCommitRequest, { nowMs }: RequestContext): number {
  const { producerId, producerEpoch } = request;
  const offsets = request.topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ committedMetadata }) => !isMetadataTooLarge(broker, committedMetadata))
      .map((each) => ({
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
