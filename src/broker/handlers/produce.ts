/** Produce: one batch per partition, by topic id from version 13 on. Transactional batches are checked with their coordinator. */

import type { ProduceRequest, ProduceResponse } from '../../protocol/api/produce.js';
import { errorCode } from '../../protocol/errors.js';
import type { BatchView } from '../../protocol/records/header.js';
import type { Draft } from '../../protocol/schema.js';
import type { PartitionLog } from '../log/partition-log.js';
import type { ProducedEntry } from '../log/produced-entry.js';
import type { Refusal } from '../log/refusal.js';
import { type BrokerState, type Handler, type RequestContext, Unanswerable } from '../state.js';
import { type ProducedRequest, producedRequest, type TopicData } from './produced-request.js';

const BY_TOPIC_ID = 13;
/** From here on a transactional batch may add its own partition to the transaction (KIP-890). */
const ADDS_PARTITION = 12;
const TELLS_ABORTABLE = 11;
/** What a coordinator says that cannot be asked now. Old producers would not try that again: they are told another code. */
const UNREACHED: ReadonlyMap<number, string> = new Map(
  (['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'] as const).map((name) => [errorCode[name], name]),
);
const ACKS = [0, 1, -1];

type PartitionAnswer = Draft<ProduceResponse['responses'][number]['partitionResponses'][number]>;
/** With these Kafka does not tell where the log starts. */
const TELLS_NO_START: ReadonlySet<number> = new Set([
  errorCode.CORRUPT_MESSAGE,
  errorCode.MESSAGE_TOO_LARGE,
  errorCode.RECORD_LIST_TOO_LARGE,
  errorCode.KAFKA_STORAGE_ERROR,
]);

export const answerProduce: Handler<ProduceRequest, ProduceResponse> = (broker, asked, context) => {
  const request: Request = { ...asked, ...producedRequest(asked, context.version) };
  const aims = aimAll(broker, request, context, context.version >= ADDS_PARTITION);
  const { transactionalId } = request;
  // A partition must not keep data of a transaction of which its coordinator, after a power loss, knows nothing.
  const flushing = transactionalId === null ? undefined : broker.transactions.unflushed(transactionalId);
  if (flushing === undefined) return appendAll(request, context, aims);
  // Where that fails, the coordinator is out, and says so when it is asked again.
  const go = () => appendAll(request, context, aimAll(broker, request, context, false));
  return flushing.then(go, go);
};

type Request = Omit<ProduceRequest, 'topicData'> & ProducedRequest;

/** Where a batch of the request goes, or why it goes nowhere. */
type Aim =
  | {
      readonly kind: 'log';
      readonly log: PartitionLog;
      readonly batch: BatchView;
      readonly index: number;
      readonly place: string;
      /** Told in place of what becomes of it. */
      readonly told: Refusal | undefined;
    }
  | { readonly kind: 'refused'; readonly answer: PartitionAnswer };

/** In the order of the request. `mayAdd`: a transactional batch takes its partition into the transaction. */
function aimAll(broker: BrokerState, request: Request, context: RequestContext, mayAdd: boolean): Aim[] {
  const { entries } = request;
  const refusal =
    refusalOfTransactional(request, context) ??
    refusalOfUnreadable(broker, request, context) ??
    refusalOfProducers(broker, request, context);
  return request.topicData.flatMap((topicData) => {
    const byId = context.version >= BY_TOPIC_ID;
    const topic = topicOf(broker, topicData, context);
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
      if (entry.kind !== 'batch') return refused(entry.refusal.code, entry.refusal.message);
      const { batch } = entry;
      const told = request.told.get(data);
      const judged = (code: number, message?: string) =>
        told ? refused(told.code, told.message) : refused(code, message);
      const place = { topic: topic.name, partition: index };
      const unverified = refusalOfTransaction(broker, { request, batch, log, place, context, mayAdd });
      if (unverified !== undefined) {
        const { code, message } = unverifiedAs(unverified);
        return judged(code, message);
      }
      // Its partition may be in the transaction by now.
      if (!ACKS.includes(request.acks)) return judged(errorCode.INVALID_REQUIRED_ACKS);
      if (topic.internal) return judged(errorCode.INVALID_TOPIC_EXCEPTION);
      return { kind: 'log', log, batch, index, place: `${topic.name}-${index}`, told };
    });
  });
}

function appendAll(request: Request, context: RequestContext, aims: readonly Aim[]) {
  const answers = aims.map((aim) => (aim.kind === 'log' ? appended(aim, context) : aim.answer));
  if (request.acks === 0) {
    const refused = answers.find((answer) => (answer.errorCode ?? errorCode.NONE) !== errorCode.NONE);
    if (refused) throw new Unanswerable(`a batch for partition ${refused.index} is refused: ${refused.errorCode}`);
    return undefined;
  }
  const respond = (of: readonly PartitionAnswer[]) => {
    let at = 0;
    const responses = request.topicData.map(({ name, topicId, partitionData }) => {
      const partitionResponses = of.slice(at, at + partitionData.length);
      at += partitionData.length;
      return { name, topicId, partitionResponses };
    });
    return { responses };
  };
  const isDue = aims.map((aim, at) => aim.kind === 'log' && !answers[at]?.errorCode && aim.log.mustFlush);
  if (!isDue.includes(true)) return respond(answers);
  const settled = aims.map((aim, at) => {
    const answer = answers[at] ?? {};
    return aim.kind === 'log' && isDue[at] ? onceFlushed(aim, answer) : answer;
  });
  return Promise.all(settled).then(respond);
}

/** The disk of one partition says nothing of the others. */
function onceFlushed(
  { log, index }: Aim & { readonly kind: 'log' },
  answer: PartitionAnswer,
): Promise<PartitionAnswer> {
  return log.flushed().then(
    () => answer,
    (error: unknown) => ({
      ...failed(index, errorCode.KAFKA_STORAGE_ERROR),
      errorMessage: `The disk failed: ${String(error)}`,
    }),
  );
}

function appended(aim: Aim & { readonly kind: 'log' }, context: RequestContext): PartitionAnswer {
  const answer = append(aim, context);
  if (aim.told === undefined) return answer;
  return { ...failed(aim.index, aim.told.code), errorMessage: aim.told.message };
}

function append(aim: Aim & { readonly kind: 'log' }, { nowMs }: RequestContext): PartitionAnswer {
  const { log, batch, index, place } = aim;
  const outcome = log.appendProduced(batch, { nowMs, place });
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

/** What the coordinator says of a partition, in the words of a produce answer. */
function unverifiedAs(code: number): { readonly code: number; readonly message?: string } {
  if (code === errorCode.INVALID_TXN_STATE) return { code, message: 'Partition was not added to the transaction' };
  const name = UNREACHED.get(code);
  if (name === undefined) return { code };
  const message = `Unable to verify the partition has been added to the transaction. Underlying error: ${name}`;
  return { code: errorCode.NOT_ENOUGH_REPLICAS, message };
}

function refusalOfTransactional(
  { transactionalId, entries }: Request,
  { rights }: RequestContext,
): { readonly code: number; readonly message?: string } | undefined {
  // It is looked for the first transactional batch, and no further.
  for (const entry of entries.values()) {
    if (entry.kind === 'senseless') return entry.refusal;
    const { isTransactional } = entry.kind === 'batch' ? entry.batch : entry;
    if (!isTransactional) continue;
    const mayWrite = transactionalId !== null && rights.may('WRITE', 'TRANSACTIONAL_ID', transactionalId);
    return mayWrite ? undefined : { code: errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED };
  }
  return undefined;
}

function refusalOfUnreadable(broker: BrokerState, request: Request, context: RequestContext): Refusal | undefined {
  for (const entry of entriesOfThere(broker, request, context)) if (entry.kind === 'unreadable') return entry.refusal;
  return undefined;
}

/** A request is one producer's. */
function refusalOfProducers(broker: BrokerState, request: Request, context: RequestContext) {
  if (request.entries.size < 2) return undefined;
  const producers = new Set<string>();
  for (const entry of entriesOfThere(broker, request, context)) {
    if (entry.kind !== 'batch' || !entry.batch.isTransactional) continue;
    const { producerId, producerEpoch } = entry.batch;
    if (producerId >= 0n) producers.add(`${producerId} ${producerEpoch}`);
  }
  const message = 'Transactional records contained more than one producer ID';
  return producers.size > 1 ? { code: errorCode.INVALID_PRODUCER_ID_MAPPING, message } : undefined;
}

/** Only what goes to partitions that are there. */
function* entriesOfThere(broker: BrokerState, request: Request, context: RequestContext): Generator<ProducedEntry> {
  for (const data of request.topicData) {
    const topic = topicOf(broker, data, context);
    if (topic === undefined || !context.rights.may('WRITE', 'TOPIC', topic.name)) continue;
    for (const each of data.partitionData) {
      const entry = request.entries.get(each);
      if (entry !== undefined && topic.partitions[each.index] !== undefined) yield entry;
    }
  }
}

function topicOf(broker: BrokerState, { topicId, name }: TopicData, { version }: RequestContext) {
  return version >= BY_TOPIC_ID ? broker.topics.byId(topicId) : broker.topics.get(name);
}

function refusalOfTransaction(
  broker: BrokerState,
  asked: {
    readonly request: Request;
    readonly batch: BatchView;
    readonly log: PartitionLog;
    readonly place: { readonly topic: string; readonly partition: number };
    readonly context: RequestContext;
    readonly mayAdd: boolean;
  },
): number | undefined {
  const { batch, context } = asked;
  const { transactionalId } = asked.request;
  if (transactionalId === null || !batch.isTransactional || batch.producerId < 0n) return undefined;
  // A partition that knows of a later epoch asks nobody.
  if (asked.log.producers.isFenced(batch.producerId, batch.producerEpoch)) return errorCode.INVALID_PRODUCER_EPOCH;
  // Its transaction is known here already.
  if (asked.log.producers.isOpen(batch.producerId, batch.producerEpoch)) return undefined;
  const { producerId, producerEpoch: epoch, baseSequence: sequence } = batch;
  asked.log.producers.askedAbout(
    { producerId, epoch, sequence, beginsAtZero: context.version >= ADDS_PARTITION },
    context.nowMs,
  );
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
