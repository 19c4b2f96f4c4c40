/**
 * Fetch: reads what is there, and waits for more when there is less than was asked for. With a session (KIP-227) what is
 * asked for is what `fetch-sessions.ts` remembers, and only news is told.
 */

import type { MemoryPool } from '../../base/memory-pool.js';
import type { FetchRequest, FetchResponse } from '../../protocol/api/fetch.js';
import { errorCode } from '../../protocol/errors.js';
import { BatchView } from '../../protocol/records/header.js';
import type { Draft } from '../../protocol/schema.js';
import type { NameOf } from '../fetch-sessions.js';
import { unreadableCode } from '../log/damage.js';
import type { PartitionLog } from '../log/partition-log.js';
import { clientOf } from '../quotas/limits.js';
import { type BrokerState, type Handler, type RequestContext, Withholdable } from '../state.js';
import { withLastOfEach } from '../twice.js';
import { leaderEpochError } from './leader-epoch.js';

const BY_TOPIC_ID = 13;
/** From here on who asks with an old epoch is told of the new one, and where the leader is (KIP-951). */
const TELLS_LEADER = 16;
/** Epochs of a session that say what the request is. */
const NO_SESSION = -1;
const OPENS_SESSION = 0;
const READ_COMMITTED = 1;
const ISOLATION_LEVELS = [0, READ_COMMITTED];
/** A reader that wants many bytes is not woken for each of them. */
const REREAD_AFTER_MS = 5;
const NO_RECORDS = Buffer.alloc(0);

type PartitionAnswer = Draft<FetchResponse['responses'][number]['partitions'][number]>;
type PartitionRequest = FetchRequest['topics'][number]['partitions'][number];

type TopicRequest = FetchRequest['topics'][number];

const NAMED = {
  topic: ({ topic, topicId }: TopicRequest) => `${topic} ${topicId}`,
  partitions: ({ partitions }: TopicRequest) => partitions,
  index: ({ partition }: PartitionRequest) => partition,
  with: (topic: TopicRequest, partitions: PartitionRequest[]): TopicRequest => ({ ...topic, partitions }),
};

interface Reading {
  readonly response: Draft<FetchResponse>;
  readonly bytes: number;
  /** Something that must be told at once: an error, a divergence. */
  readonly urgent: boolean;
  readonly logs: readonly PartitionLog[];
}

export const answerFetch: Handler<FetchRequest, FetchResponse> = (broker, asked, context) => {
  const request = { ...asked, topics: withLastOfEach(asked.topics, NAMED) };
  const { fetchSessions } = broker;
  const byTopicId = context.version >= BY_TOPIC_ID;
  const nowMs = broker.clock.monotonicMs();
  const nameOf: NameOf = (topicId) => broker.topics.byId(topicId)?.name;
  const withoutSession = () => {
    if (isSenseless(broker, request, context)) return refuseFetch(asked, context.version);
    return whenRead(fetchWithinQuota(broker, request, context), (response) => new Withholdable(response, {}));
  };
  if (request.sessionEpoch === NO_SESSION) {
    fetchSessions.close(request.sessionId);
    return withoutSession();
  }
  if (request.sessionEpoch === OPENS_SESSION) {
    fetchSessions.close(request.sessionId);
    if (isSenseless(broker, request, context)) return refuseFetch(asked, context.version);
    const answer = fetchWithinQuota(broker, request, context);
    const slots = broker.configs.number('max.incremental.fetch.session.cache.slots');
    // Kept back, it opens none.
    const open = (response: Response): Response => {
      const sessionId = fetchSessions.open(request, response.responses ?? [], { byTopicId, nameOf, slots, nowMs });
      return { ...response, sessionId };
    };
    return whenRead(answer, (response) => new Withholdable(response, {}, open));
  }
  const session = fetchSessions.goOn(request, byTopicId, nowMs);
  if (typeof session === 'number') return { errorCode: session };
  if (session.size === 0) {
    fetchSessions.close(session.id);
    return withoutSession();
  }
  session.resolve(nameOf);
  const all = { ...request, topics: session.topics };
  if (isSenseless(broker, all, context)) return refuseFetch(asked, context.version);
  const answer = fetchWithinQuota(broker, all, context);
  return whenRead(answer, (response) => {
    const news = session.newsIn(response.responses ?? []);
    const remember = (told: Response): Response => {
      session.remember(news, { isFirst: false });
      return told;
    };
    const sessionId = session.id;
    return new Withholdable({ ...response, sessionId, responses: news }, { sessionId }, remember);
  });
};

/** With an isolation level that is none, once there is something to be read with it. */
function isSenseless(
  broker: BrokerState,
  { topics, isolationLevel, ...request }: FetchRequest,
  context: RequestContext,
) {
  if (ISOLATION_LEVELS.includes(isolationLevel)) return false;
  return topics.some((wanted) => {
    const topic = topicOf(broker, wanted, context);
    if (topic === undefined || !mayRead(topic.name, request, context)) return false;
    return wanted.partitions.some(({ partition }) => topic.partitions[partition] !== undefined);
  });
}

function topicOf(broker: BrokerState, { topic, topicId }: TopicRequest, { version }: RequestContext) {
  return version >= BY_TOPIC_ID ? broker.topics.byId(topicId) : broker.topics.get(topic);
}

/** Followers act for the cluster. */
function mayRead(name: string, request: Pick<FetchRequest, 'replicaId' | 'replicaState'>, { rights }: RequestContext) {
  const fromFollower = request.replicaId >= 0 || request.replicaState.replicaId >= 0;
  return fromFollower ? rights.mayOnCluster('CLUSTER_ACTION') : rights.may('READ', 'TOPIC', name);
}

/** The whole of it, as Kafka does what it cannot make sense of. Who knows topic ids reads one code for all. */
function refuseFetch({ sessionId, topics }: FetchRequest, version: number): Draft<FetchResponse> {
  const code = errorCode.UNKNOWN_SERVER_ERROR;
  if (version >= BY_TOPIC_ID) return { errorCode: code, sessionId };
  const responses = topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => unread(partition, code)),
  }));
  return { errorCode: code, sessionId, responses };
}

type Response = Draft<FetchResponse>;

function whenRead<T>(answer: Response | Promise<Response>, then: (answer: Response) => T): T | Promise<T> {
  return answer instanceof Promise ? answer.then(then) : then(answer);
}

function fetchWithinQuota(broker: BrokerState, request: FetchRequest, context: RequestContext) {
  const atOnceMax = broker.quotas.isIdle ? undefined : broker.quotas.fetchBytesMax(clientOf(context));
  if (atOnceMax !== undefined) return fetchRecords(broker, atMost(request, atOnceMax), context);
  return fetchRecords(broker, request, context);
}

/** A quota leaves less than what is more than its windows hold. */
function atMost(request: FetchRequest, bytes: number): FetchRequest {
  const maxBytes = Math.min(request.maxBytes, bytes);
  return { ...request, maxBytes, minBytes: Math.min(request.minBytes, maxBytes) };
}

function fetchRecords(broker: BrokerState, request: FetchRequest, context: RequestContext) {
  const first = read(broker, request, context);
  const enough = first.urgent || first.bytes >= request.minBytes || request.maxWaitMs <= 0 || first.logs.length === 0;
  return enough ? first.response : waitForMore(broker, request, context, first);
}

function waitForMore(
  broker: BrokerState,
  request: FetchRequest,
  context: RequestContext,
  first: Reading,
): Promise<Draft<FetchResponse>> {
  discard(broker, first);
  return new Promise((resolve) => {
    let timer = broker.clock.setTimer(request.maxWaitMs, () => finish(read(broker, request, context).response));
    const deadline = broker.clock.monotonicMs() + request.maxWaitMs;
    let waking = false;
    const wake = () => {
      if (waking) return;
      waking = true;
      timer.cancel();
      timer = broker.clock.setTimer(request.minBytes <= 1 ? 0 : REREAD_AFTER_MS, look);
    };
    const look = () => {
      waking = false;
      const reading = read(broker, request, context);
      const left = deadline - broker.clock.monotonicMs();
      if (reading.urgent || reading.bytes >= request.minBytes || left <= 0) return finish(reading.response);
      discard(broker, reading);
      timer = broker.clock.setTimer(left, () => finish(read(broker, request, context).response));
    };
    const stops = first.logs.map((log) => log.watch(wake));
    // Nobody is there to be told.
    const onAbort = () => finish({});
    context.signal.addEventListener('abort', onAbort, { once: true });
    const finish = (response: Response) => {
      timer.cancel();
      for (const stop of stops) stop();
      context.signal.removeEventListener('abort', onAbort);
      resolve(response);
    };
  });
}

/** Less than was asked for: it is read again, with what has come since. */
function discard(broker: BrokerState, { response }: Reading): void {
  for (const { partitions = [] } of response.responses ?? []) {
    for (const { records } of partitions) if (records) broker.answerMemory.giveBack(records.buffer);
  }
}

function read(broker: BrokerState, request: FetchRequest, context: RequestContext): Reading {
  const budget = { left: Math.min(request.maxBytes, broker.configs.number('fetch.max.bytes')), empty: true };
  const logs: PartitionLog[] = [];
  let bytes = 0;
  let urgent = false;
  let nodeEndpoints: Draft<FetchResponse['nodeEndpoints']> = [];
  const responses = request.topics.map((wanted) => {
    const byId = context.version >= BY_TOPIC_ID;
    const topic = topicOf(broker, wanted, context);
    // In a session a topic that was deleted still has its name.
    const known = topic?.name ?? (wanted.topic === '' ? undefined : wanted.topic);
    const refused = known !== undefined && !mayRead(known, request, context);
    const partitions = wanted.partitions.map((each): PartitionAnswer => {
      if (refused) {
        urgent = true;
        return unread(each.partition, errorCode.TOPIC_AUTHORIZATION_FAILED);
      }
      const log = topic?.partitions[each.partition];
      if (log === undefined) {
        urgent = true;
        if (byId && known === undefined) return unread(each.partition, errorCode.UNKNOWN_TOPIC_ID);
        const another = byId && topic === undefined ? broker.topics.partition(wanted.topic, each.partition) : undefined;
        if (another !== undefined) {
          budget.left = Math.max(0, budget.left);
          return failed(each.partition, errorCode.INCONSISTENT_TOPIC_ID);
        }
        return unread(each.partition, errorCode.UNKNOWN_TOPIC_OR_PARTITION);
      }
      logs.push(log);
      const answer = readPartition(log, each, {
        budget,
        committed: request.isolationLevel === READ_COMMITTED,
        memory: broker.answerMemory,
      });
      // As in Kafka a limit below zero holds for the first one only.
      budget.left = Math.max(0, budget.left);
      bytes += answer.records?.length ?? 0;
      if (answer.errorCode !== undefined && answer.errorCode !== errorCode.NONE) urgent = true;
      if (answer.divergingEpoch !== undefined) urgent = true;
      if (answer.errorCode === errorCode.FENCED_LEADER_EPOCH && context.version >= TELLS_LEADER) {
        const { nodeId } = broker;
        nodeEndpoints = [{ nodeId, ...context.advertised, rack: null }];
        return { ...answer, currentLeader: { leaderId: nodeId, leaderEpoch: log.leaderEpoch } };
      }
      return answer;
    });
    return { topic: wanted.topic, topicId: wanted.topicId, partitions };
  });
  return { response: { responses, nodeEndpoints }, bytes, urgent, logs };
}

interface HowToRead {
  readonly budget: { left: number; empty: boolean };
  readonly committed: boolean;
  readonly memory: MemoryPool;
}

/** What the disk does not give is told of this partition alone. */
function readPartition(log: PartitionLog, wanted: PartitionRequest, how: HowToRead): PartitionAnswer {
  try {
    return readSound(log, wanted, how);
  } catch (error) {
    return failed(wanted.partition, unreadableCode(error));
  }
}

function readSound(log: PartitionLog, wanted: PartitionRequest, how: HowToRead): PartitionAnswer {
  const partitionIndex = wanted.partition;
  const { fetchOffset } = wanted;
  if (log.isOffline) return failed(partitionIndex, errorCode.KAFKA_STORAGE_ERROR);
  // Here, and nowhere else, any negative epoch asks for no check.
  const epochError = leaderEpochError(Math.max(-1, wanted.currentLeaderEpoch), log.leaderEpoch);
  if (epochError !== errorCode.NONE) return failed(partitionIndex, epochError);
  const answer = {
    partitionIndex,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
    abortedTransactions: how.committed ? [] : null,
    records: NO_RECORDS,
  };
  if (wanted.lastFetchedEpoch >= 0) {
    const end = log.epochs.endOf(wanted.lastFetchedEpoch, log.logEndOffset);
    if (end === undefined) return failed(partitionIndex, errorCode.OFFSET_OUT_OF_RANGE);
    if (end.epoch < wanted.lastFetchedEpoch || end.endOffset < fetchOffset) {
      return { ...answer, abortedTransactions: null, divergingEpoch: { epoch: end.epoch, endOffset: end.endOffset } };
    }
  }
  if (fetchOffset < log.logStartOffset || fetchOffset > log.logEndOffset) {
    return failed(partitionIndex, errorCode.OFFSET_OUT_OF_RANGE);
  }
  const { budget } = how;
  const bytesMax = Math.min(wanted.partitionMaxBytes, budget.left);
  const upTo = how.committed ? log.lastStableOffset : log.highWatermark;
  if (bytesMax < 0 && fetchOffset < upTo) return failed(partitionIndex, errorCode.UNKNOWN_SERVER_ERROR);
  const records = log.read(fetchOffset, {
    bytesMax,
    atLeastOne: budget.empty,
    upTo,
    memory: how.memory,
  });
  // Kafka does not look which transactions were aborted where not even the first batch fits.
  if (records.length === 0)
    return bytesMax > 0 && fetchOffset < upTo ? { ...answer, abortedTransactions: null } : answer;
  budget.empty = false;
  const end = endOf(records);
  // Where the segment has more, Kafka fills what is left with the begin of it.
  const isCut = end < upTo && !log.segments.some(({ baseOffset }) => baseOffset === end);
  budget.left -= isCut ? Math.max(bytesMax, records.length) : records.length;
  if (!how.committed) return { ...answer, records };
  const abortedTransactions = log
    .abortedBetween(fetchOffset, end)
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
  return { ...answer, abortedTransactions, records };
}

/** The offset behind the last batch of `records`, which holds whole batches only. */
function endOf(records: Buffer): bigint {
  let at = 0;
  for (;;) {
    const size = 12 + records.readInt32BE(at + 8);
    if (at + size >= records.length) return new BatchView(records, at, size).nextOffset;
    at += size;
  }
}

/** Refused before any log was looked at. */
function unread(partitionIndex: number, code: number): PartitionAnswer {
  return { ...failed(partitionIndex, code), abortedTransactions: [] };
}

function failed(partitionIndex: number, code: number): PartitionAnswer {
  return {
    partitionIndex,
    errorCode: code,
    highWatermark: -1n,
    lastStableOffset: -1n,
    logStartOffset: -1n,
    abortedTransactions: null,
    records: NO_RECORDS,
  };
}
