/** Produce: one batch per partition, by topic id from version 13 on. Transactional batches are checked with their coordinator. */

import type { ProduceRequest, ProduceResponse } from '../../protocol/api/produce.js';
import { errorCode } from '../../protocol/errors.js';
import type { BatchView } from '../../protocol/records/header.js';
import type { Draft } from '../../protocol/schema.js';
import type { PartitionLog } from '../log/partition-log.js';
import { type ProducedEntry, producedEntry } from '../log/produced-entry.js';
import { type BrokerState, type Handler, type RequestContext, Unanswerable } from '../state.js';

const BY_TOPIC_ID = 13;
/** From here on a transactional batch may add its own partition to the transaction (KIP-890). */
const ADDS_PARTITION = 12;
const TELLS_ABORTABLE = 11;
const ACKS = [0, 1, -1];

type PartitionAnswer = Draft<ProduceResponse['responses'][number]['partitionResponses'][number]>;
/** With these Kafka does not tell where the log starts. */
const TELLS_NO_START: ReadonlySet<number> = new Set([
  errorCode.CORRUPT_MESSAGE,
  errorCode.MESSAGE_TOO_LARGE,
  errorCode.RECORD_LIST_TOO_LARGE,
  errorCode.KAFKA_STORAGE_ERROR,
]);

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
  | {
      readonly kind: 'log';
      readonly log: PartitionLog;
      readonly batch: BatchView;
      readonly index: number;
      readonly place: string;
    }
  | { readonly kind: 'refused'; readonly answer: PartitionAnswer };

/** In the order of the request. `mayAdd`: a transactional batch takes its partition into the transaction. */
function aimAll(broker: BrokerState, request: ProduceRequest, context: RequestContext, mayAdd: boolean): Aim[] {
  const entries = new Map(
    request.topicData.flatMap(({ partitionData }) =>
      partitionData.map((data) => [data, producedEntry(data.records, context.version)] as const),
    ),
  );
  const refusal = refusalOfAll(request, [...entries.values()], context);
  return request.topicData.flatMap((topicData) => {
    const byId = context.version >= BY_TOPIC_ID;
    const topic = byId ? broker.topics.byId(topicData.topicId) : broker.topics.get(topicData.name);
    const name = byId ? topic?.name : topicData.name;
    const mayWrite = name !== undefined && context.rights.may('WRITE', 'TOPIC', name);
    return topicData.partitionData.map((data): Aim => {
      const { index } = data;
      const refused = (code: number, message?: string): Aim => ({
        kind: 'refused',
        answer: { ...failed(index, code), errorMessage: message ?? null },
      });
      if (refusal !== undefined) return refused(refusal.code, refusal.message);
      if (name !== undefined && !mayWrite) return refused(errorCode.TOPIC_AUTHORIZATION_FAILED);
      if (topic === undefined) {
        return refused(byId ? errorCode.UNKNOWN_TOPIC_ID : errorCode.UNKNOWN_TOPIC_OR_PARTITION);
      }
      const log = topic.partitions[index];
      if (log === undefined) return refused(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
      const entry = entries.get(data);
      if (entry === undefined) return refused(errorCode.INVALID_RECORD);
      if (entry.kind === 'refused') return refused(entry.code, entry.message);
      // Told for all of the request.
      if (entry.kind === 'senseless') return refused(entry.refusal.code, entry.refusal.message);
      if (!ACKS.includes(request.acks)) return refused(errorCode.INVALID_REQUIRED_ACKS);
      if (topic.internal) return refused(errorCode.INVALID_TOPIC_EXCEPTION);
      const { batch } = entry;
      const place = { topic: topic.name, partition: index };
      const unverified = refusalOfTransaction(broker, { request, batch, place, context, mayAdd });
      if (unverified !== undefined) return refused(unverified);
      return { kind: 'log', log, batch, index, place: `${topic.name}-${index}` };
    });
  });
}

function appendAll(request: ProduceRequest, context: RequestContext, aims: readonly Aim[]) {
  const answers = aims.map((aim) => (aim.kind === 'log' ? append(aim, context) : aim.answer));
  if (request.acks === 0) {
    const refused = answers.find((answer) => (answer.errorCode ?? errorCode.NONE) !== errorCode.NONE);
    if (refused) throw new Unanswerable(`a batch for partition ${refused.index} is refused: ${refused.errorCode}`);
    return undefined;
  }
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

function append(aim: Aim & { readonly kind: 'log' }, { version, nowMs }: RequestContext): PartitionAnswer {
  const { log, batch, index, place } = aim;
  const beginsAtZero = version >= ADDS_PARTITION && batch.isTransactional;
  const outcome = log.appendProduced(batch, { nowMs, place, beginsAtZero });
  if (outcome.kind === 'refused') {
    return {
      ...failed(index, outcome.code),
      logStartOffset: TELLS_NO_START.has(outcome.code) ? -1n : log.logStartOffset,
      errorMessage: outcome.message,
      recordErrors: (outcome.recordErrors ?? []).map(({ batchIndex, message }) => ({
        batchIndex,
        batchIndexErrorMessage: message,
      })),
    };
  }
  const { baseOffset, logAppendTimeMs } = outcome;
  return { index, baseOffset, logAppendTimeMs, logStartOffset: log.logStartOffset };
}

function failed(index: number, code: number): PartitionAnswer {
  return { index, errorCode: code, baseOffset: -1n, logAppendTimeMs: -1n, logStartOffset: -1n };
}

function refusalOfAll(
  { transactionalId }: ProduceRequest,
  entries: readonly ProducedEntry[],
  { rights }: RequestContext,
): { readonly code: number; readonly message?: string } | undefined {
  for (const entry of entries) if (entry.kind === 'senseless') return entry.refusal;
  const transactional = entries.some((entry) => entry.kind === 'batch' && entry.batch.isTransactional);
  if (!transactional) return undefined;
  const mayWrite = transactionalId !== null && rights.may('WRITE', 'TRANSACTIONAL_ID', transactionalId);
  return mayWrite ? undefined : { code: errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
}

function refusalOfTransaction(
  broker: BrokerState,
  asked: {
    readonly request: ProduceRequest;
    readonly batch: BatchView;
    readonly place: { readonly topic: string; readonly partition: number };
    readonly context: RequestContext;
    readonly mayAdd: boolean;
  },
): number | undefined {
  const { batch, context } = asked;
  const { transactionalId } = asked.request;
  if (transactionalId === null || !batch.isTransactional) return undefined;
  return broker.transactions.verify({
    transactionalId,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    place: asked.place,
    mayAdd: asked.mayAdd,
    tellsAbortable: context.version >= TELLS_ABORTABLE,
    nowMs: context.nowMs,
  });
}
