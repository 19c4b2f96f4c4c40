/**
 * Fetch sessions (KIP-227): what a consumer reads on and on. It names only what changes, and is told only what is new.
 * Pure; `fetch.ts` reads. Which session goes when there are too many is Kafka's order. Serves docs/spec/broker.md 4.3.
 */
import { type Random, randomInt } from '../base/random.js';
import type { FetchRequest, FetchResponse } from '../protocol/api/fetch.js';
import { errorCode } from '../protocol/errors.js';
import type { Draft } from '../protocol/schema.js';

type Topics = FetchRequest['topics'];
type Responses = readonly Draft<FetchResponse['responses'][number]>[];
type PartitionAnswer = Draft<FetchResponse['responses'][number]['partitions'][number]>;

const EPOCH_MAX = 2 ** 31 - 1;
/** One that was not used for so long may go, and a smaller one that has lived for so long. */
const EVICTED_AFTER_MS = 120_000;
/** Of all sessions together: a frame can name a million. Whoever finds no room names all partitions each time. */
const PARTITIONS_MAX = 200_000;

/** The name of a topic by its id, while there is one. */
export type NameOf = (topicId: string) => string | undefined;

interface Followed {
  /** Of a session by topic ids with its name, once that was known: it is kept when the topic is deleted. */
  topic: Topics[number];
  wanted: Topics[number]['partitions'][number];
  /** −1 where an error was told: whatever comes behind it is news. */
  toldHighWatermark: bigint;
  toldLogStart: bigint;
}

export class FetchSession {
  readonly id: number;
  readonly byTopicId: boolean;
  readonly createdMs: number;
  usedMs: number;
  /** What the next request has to say. */
  epoch = 1;
  /** In the order in which they are read: whoever was given records in the session goes to the end. */
  readonly #followed = new Map<string, Followed>();

  constructor(id: number, byTopicId: boolean, nowMs: number) {
    this.id = id;
    this.byTopicId = byTopicId;
    this.createdMs = nowMs;
    this.usedMs = nowMs;
  }

  get size(): number {
    return this.#followed.size;
  }

  /** All partitions, as a request without a session would name them, and with every name that is known. */
  get topics(): Topics {
    const topics: Topics = [];
    for (const { topic, wanted } of this.#followed.values()) {
      const last = topics[topics.length - 1];
      if (last?.topic === topic.topic && last.topicId === topic.topicId) last.partitions.push(wanted);
      else topics.push({ ...topic, partitions: [wanted] });
    }
    return topics;
  }

  change({ topics, forgottenTopicsData }: Pick<FetchRequest, 'topics' | 'forgottenTopicsData'>): void {
    for (const topic of topics) {
      for (const wanted of topic.partitions) {
        const key = this.#keyOf(topic, wanted.partition);
        const followed = this.#followed.get(key);
        if (followed) followed.wanted = wanted;
        else this.#followed.set(key, { topic, wanted, toldHighWatermark: -1n, toldLogStart: -1n });
      }
    }
    for (const topic of forgottenTopicsData) {
      for (const partition of topic.partitions) this.#followed.delete(this.#keyOf(topic, partition));
    }
  }

  /** Names of what goes by id. */
  resolve(nameOf: NameOf): void {
    if (!this.byTopicId) return;
    for (const followed of this.#followed.values()) {
      const { topic } = followed;
      const name = topic.topic === '' ? nameOf(topic.topicId) : undefined;
      if (name !== undefined) followed.topic = { ...topic, topic: name };
    }
  }

  /** This much of an answer is told. Whoever is given records in the session, not by what opens it, is read last next time. */
  remember(responses: Responses, { isFirst }: { readonly isFirst: boolean }): void {
    for (const topic of responses) {
      for (const answer of topic.partitions ?? []) {
        const key = this.#keyOf(topic, answer.partitionIndex ?? 0);
        const followed = this.#followed.get(key);
        if (followed === undefined) continue;
        [followed.toldHighWatermark, followed.toldLogStart] = boundsOf(answer);
        if (isFirst || !hasRecords(answer)) continue;
        this.#followed.delete(key);
        this.#followed.set(key, followed);
      }
    }
  }

  /** What of an answer to all of it has to be told. */
  newsIn(responses: Responses): Responses {
    return responses.flatMap((topic) => {
      const partitions = (topic.partitions ?? []).filter((answer) => this.#isNews(topic, answer));
      return partitions.length === 0 ? [] : [{ ...topic, partitions }];
    });
  }

  #isNews(topic: Responses[number], answer: PartitionAnswer): boolean {
    const followed = this.#followed.get(this.#keyOf(topic, answer.partitionIndex ?? 0));
    if (followed === undefined) return true;
    const [highWatermark, logStart] = boundsOf(answer);
    const hasMoved = highWatermark !== followed.toldHighWatermark || logStart !== followed.toldLogStart;
    const hasFailed = (answer.errorCode ?? errorCode.NONE) !== errorCode.NONE;
    return hasRecords(answer) || hasMoved || hasFailed || answer.divergingEpoch !== undefined;
  }

  #keyOf(topic: { readonly topic?: string; readonly topicId?: string }, partition: number): string {
    return `${partition} ${this.byTopicId ? topic.topicId : topic.topic}`;
  }
}

function boundsOf({ highWatermark = -1n, logStartOffset = -1n }: PartitionAnswer): [bigint, bigint] {
  return [highWatermark, logStartOffset];
}

function hasRecords({ records }: PartitionAnswer): boolean {
  return (records?.length ?? 0) > 0;
}

export class FetchSessions {
  readonly #random: Random;
  /** The least recently used one first. */
  readonly #sessions = new Map<number, FetchSession>();
  #partitions = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** After an answer to all partitions of `request`. 0: there is no room, and the next request names all of them again. */
  open(
    request: FetchRequest,
    responses: Responses,
    at: { readonly byTopicId: boolean; readonly nameOf: NameOf; readonly slots: number; readonly nowMs: number },
  ): number {
    const session = new FetchSession(this.#freeId(), at.byTopicId, at.nowMs);
    session.change(request);
    session.resolve(at.nameOf);
    if (this.#partitions + session.size > PARTITIONS_MAX || !this.#hasRoom(session.size, at)) return 0;
    session.remember(responses, { isFirst: true });
    this.#sessions.set(session.id, session);
    this.#partitions += session.size;
    return session.id;
  }

  /** The session of a request that goes on with one, as that request changes it; or the code to refuse it with. */
  goOn(request: FetchRequest, byTopicId: boolean, nowMs: number): FetchSession | number {
    const session = this.#sessions.get(request.sessionId);
    if (session === undefined) return errorCode.FETCH_SESSION_ID_NOT_FOUND;
    if (session.epoch !== request.sessionEpoch) return errorCode.INVALID_FETCH_SESSION_EPOCH;
    if (session.byTopicId !== byTopicId) return errorCode.FETCH_SESSION_TOPIC_ID_ERROR;
    this.#partitions -= session.size;
    session.change(request);
    this.#partitions += session.size;
    session.epoch = session.epoch === EPOCH_MAX ? 1 : session.epoch + 1;
    session.usedMs = nowMs;
    this.#sessions.delete(session.id);
    this.#sessions.set(session.id, session);
    if (this.#partitions <= PARTITIONS_MAX) return session;
    this.close(session.id);
    return errorCode.FETCH_SESSION_ID_NOT_FOUND;
  }

  close(id: number): void {
    this.#partitions -= this.#sessions.get(id)?.size ?? 0;
    this.#sessions.delete(id);
  }

  #hasRoom(size: number, { slots, nowMs }: { readonly slots: number; readonly nowMs: number }): boolean {
    if (this.#sessions.size < slots) return true;
    const [oldest] = this.#sessions.values();
    if (oldest === undefined) return false;
    if (nowMs - oldest.usedMs > EVICTED_AFTER_MS) {
      this.close(oldest.id);
      return true;
    }
    let smallest: FetchSession | undefined;
    for (const each of this.#sessions.values()) {
      if (nowMs - each.createdMs <= EVICTED_AFTER_MS || each.size >= size) continue;
      if (smallest === undefined || each.size < smallest.size) smallest = each;
    }
    if (smallest === undefined) return false;
    this.close(smallest.id);
    return true;
  }

  #freeId(): number {
    for (;;) {
      const id = 1 + randomInt(this.#random, EPOCH_MAX - 1);
      if (!this.#sessions.has(id)) return id;
    }
  }
}
