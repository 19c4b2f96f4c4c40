/** Produce: one batch per partition, by topic id from version 13 on. Transactional batches are checked with their coordinator. */

import type { ProduceRequest, ProduceResponse } from '../../protocol/api/produce.js';
import { errorCode } from '../../protocol/errors.js';
import {
  ATTRIBUTES_AT,
  CURRENT_MAGIC,
  MAGIC_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  TRANSACTIONAL_BIT,
} from '../../protocol/records/header.js';
import type { Draft } from '../../protocol/schema.js';
import type { PartitionLog } from '../log/partition-log.js';
import type { BrokerState, Handler, RequestContext } from '../state.js';

const BY_TOPIC_ID = 13;
/** From here on a transactional batch may add its own partition to the transaction (KIP-890). */
const ADDS_PARTITION = 12;
const TELLS_ABORTABLE = 11;
const ACKS = [0, 1, -1];

type PartitionAnswer = Draft<ProduceResponse['responses'][number]['partitionResponses'][number]>;
type PartitionRequest = ProduceRequest['topicData'][number]['partitionData'][number];

export const answerProduce: Handler<ProduceRequest, ProduceResponse> = (broker, request, context) => {
  const aims = aimAll(broker, request, context, context.version >= ADDS_PARTITION);
  const { transactionalId } = request;
  // A partition must not keep data of a transaction of which its coordinator, after a power loss, knows nothing.
  const adding = transactionalId !== null && context.version >= ADDS_PARTITION;
  const flushing = adding ? broker.transactions.unflushed(transactionalId) : undefined;
  if (flushing === undefined) return appendAll(request, context, aims);
  return flushing.then(() => appendAll(request, context, aimAll(broker, request, context, false)));
};

/** Where a batch of the request goes, or why it goes nowhere. */
type Aim =
  | { readonly kind: 'log'; readonly log: PartitionLog; readonly data: PartitionRequest }
  | { readonly kind: 'refused'; readonly answer: PartitionAnswer };

/** In the order of the request. `mayAdd`: a transactional batch takes its partition into the transaction. */
function aimAll(broker: BrokerState, request: ProduceRequest, context: RequestContext, mayAdd: boolean): Aim[] {
  const refusal = refusalOfAll(request, context);
  const refused = (data: PartitionRequest, code: number): Aim => ({
    kind: 'refused',
    answer: failed(data.index, code),
  });
  return request.topicData.flatMap((topicData) => {
    const byId = context.version >= BY_TOPIC_ID;
    const topic = byId ? broker.topics.byId(topicData.topicId) : broker.topics.get(topicData.name);
    const name = byId ? topic?.name : topicData.name;
    const mayWrite = name !== undefined && context.rights.may('WRITE', 'TOPIC', name);
    return topicData.partitionData.map((data): Aim => {
      if (refusal !== undefined) return refused(data, refusal);
      if (name !== undefined && !mayWrite) return refused(data, errorCode.TOPIC_AUTHORIZATION_FAILED);
      if (topic === undefined) {
        return refused(data, byId ? errorCode.UNKNOWN_TOPIC_ID : errorCode.UNKNOWN_TOPIC_OR_PARTITION);
      }
      const log = topic.partitions[data.index];
      if (log === undefined) return refused(data, errorCode.UNKNOWN_TOPIC_OR_PARTITION);
      if (!ACKS.includes(request.acks)) return refused(data, errorCode.INVALID_REQUIRED_ACKS);
      if (topic.internal) return refused(data, errorCode.INVALID_TOPIC_EXCEPTION);
      const place = { topic: topic.name, partition: data.index };
      const unverified = refusalOfTransaction(broker, { request, data, place, context, mayAdd });
      return unverified === undefined ? { kind: 'log', log, data } : refused(data, unverified);
    });
  });
}

function appendAll(request: ProduceRequest, context: RequestContext, aims: readonly Aim[]) {
  const answers = aims.map((aim) => (aim.kind === 'log' ? append(aim.log, aim.data, context) : aim.answer));
  if (request.acks === 0) return undefined;
  let at = 0;
  const responses = request.topicData.map(({ name, topicId, partitionData }) => {
    const partitionResponses = answers.slice(at, at + partitionData.length);
    at += partitionData.length;
    return { name, topicId, partitionResponses };
  });
  const unflushed = aims.flatMap((aim) => (aim.kind === 'log' && aim.log.mustFlush ? [aim.log] : []));
  if (unflushed.length === 0) return { responses };
  return Promise.all(unflushed.map((log) => log.flushed())).then(() => ({ responses }));
}

function append(log: PartitionLog, data: PartitionRequest, context: RequestContext): PartitionAnswer {
  const beginsAtZero = context.version >= ADDS_PARTITION && isTransactional(data.records);
  const outcome = log.appendProduced(data.records, context.nowMs, beginsAtZero);
  if (outcome.kind === 'refused') {
    return {
      ...failed(data.index, outcome.code),
      logStartOffset: outcome.code === errorCode.INVALID_TIMESTAMP ? log.logStartOffset : -1n,
      errorMessage: outcome.message,
      recordErrors: (outcome.recordErrors ?? []).map(({ batchIndex, message }) => ({
        batchIndex,
        batchIndexErrorMessage: message,
      })),
    };
  }
  const { baseOffset, logAppendTimeMs } = outcome;
  return { index: data.index, baseOffset, logAppendTimeMs, logStartOffset: log.logStartOffset };
}

function failed(index: number, code: number): PartitionAnswer {
  return { index, errorCode: code, baseOffset: -1n, logAppendTimeMs: -1n, logStartOffset: -1n };
}

function refusalOfAll(request: ProduceRequest, { rights }: RequestContext): number | undefined {
  const data = request.topicData.flatMap((topic) => topic.partitionData);
  const transactional = data.some(({ records }) => isTransactional(records));
  if (!transactional) return undefined;
  const { transactionalId } = request;
  const mayWrite = transactionalId !== null && rights.may('WRITE', 'TRANSACTIONAL_ID', transactionalId);
  return mayWrite ? undefined : errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

function refusalOfTransaction(
  broker: BrokerState,
  asked: {
    readonly request: ProduceRequest;
    readonly data: PartitionRequest;
    readonly place: { readonly topic: string; readonly partition: number };
    readonly context: RequestContext;
    readonly mayAdd: boolean;
  },
): number | undefined {
  const { records } = asked.data;
  const { transactionalId } = asked.request;
  if (transactionalId === null || records === null || !isTransactional(records)) return undefined;
  return broker.transactions.verify({
    transactionalId,
    producerId: records.readBigInt64BE(PRODUCER_ID_AT),
    producerEpoch: records.readInt16BE(PRODUCER_EPOCH_AT),
    place: asked.place,
    mayAdd: asked.mayAdd,
    tellsAbortable: asked.context.version >= TELLS_ABORTABLE,
    nowMs: asked.context.nowMs,
  });
}

function isTransactional(records: Buffer | null): boolean {
  if (records === null || records.length < PRODUCER_EPOCH_AT + 2) return false;
  // In an older format something else stands there.
  if (records.readInt8(MAGIC_AT) !== CURRENT_MAGIC) return false;
  return (records.readInt16BE(ATTRIBUTES_AT) & TRANSACTIONAL_BIT) !== 0;
}
