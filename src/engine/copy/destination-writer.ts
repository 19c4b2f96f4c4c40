/**
 * Produce connections to the destination: each request carries one batch each of many partitions, a few requests are in
 * flight per connection. Pulls: at the moment of a send every ready partition is asked for its next batch, so that the
 * window rule sees the moment it speaks of (3.2). Never resends. Spec: docs/spec/engine.md 3.2, 3.3.
 */
import type { Clock } from '../../base/clock.js';
import { type Channel, type KafkaCluster, NotSent } from '../../client/types.js';
import { produce } from '../../protocol/api/produce.js';
import { errorCode } from '../../protocol/errors.js';
import type { ProduceAnswer } from './reply.js';

/** The broker's own limit for acks = all, and ours behind it: its code 7 says more than our silence. */
const BROKER_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 45_000;
const ACKS_ALL = -1;

export interface Appender {
  readonly mirrorTopic: string;
  readonly destinationTopicId: string;
  readonly partition: number;
  /** The bytes of the next batch, or undefined when none may go now; `ready` is to be called when that changes. */
  take(channel: Channel, brokerNowMs: number): Buffer | undefined;
  /** Answers come in the order of `take`. */
  answered(answer: ProduceAnswer): void;
  /** Sent or not, no answer will come for the oldest batch taken. */
  unanswered(reason: string): void;
}

export interface WriterOptions {
  readonly cluster: KafkaCluster;
  readonly clock: Clock;
  readonly requestBytesMax: number;
  readonly requestsInFlightMax: number;
  readonly connectionsPerBroker: number;
  clockAheadMs(): number;
}

export interface Lane {
  readonly channel: Channel;
  ready(appender: Appender): void;
}

export class DestinationWriter {
  readonly #options: WriterOptions;
  readonly #lanes = new Map<string, ProduceLane>();

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** The lane of this partition: always the same connection while it is open. Rejects NotSent. */
  async lane(broker: number, appender: Appender): Promise<Lane> {
    const purpose = `produce-${spread(appender.mirrorTopic, appender.partition) % this.#options.connectionsPerBroker}`;
    const channel = await this.#options.cluster.channel(broker, purpose);
    const key = `${broker}/${purpose}`;
    const known = this.#lanes.get(key);
    if (known?.channel === channel) return known;
    const lane = new ProduceLane(channel, this.#options);
    this.#lanes.set(key, lane);
    return lane;
  }
}

function spread(topic: string, partition: number): number {
  let hash = partition;
  for (let i = 0; i < topic.length; i++) hash = (Math.imul(hash, 31) + topic.charCodeAt(i)) >>> 0;
  return hash;
}

class ProduceLane implements Lane {
  readonly channel: Channel;
  readonly #options: WriterOptions;
  /** [1.3] Topics are named by their ids. */
  readonly #byId: boolean;
  readonly #ready = new Set<Appender>();
  #requests = 0;
  #pumpDue = false;

  constructor(channel: Channel, options: WriterOptions) {
    this.channel = channel;
    this.#options = options;
    this.#byId = (channel.versionOf(produce) ?? 0) >= 13;
  }

  ready(appender: Appender): void {
    this.#ready.add(appender);
    if (this.#pumpDue) return;
    // At the end of this turn, so that all partitions of one fetch answer share a request.
    this.#pumpDue = true;
    queueMicrotask(() => {
      this.#pumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#requests < this.#options.requestsInFlightMax) {
      const taken = this.#collect();
      if (taken.length === 0) return;
      this.#requests++;
      // It rejects only by a mistake of ours.
      void this.#send(taken);
    }
  }

  /** One batch per partition. Who gave one goes to the back of the line; who gave none has to call `ready` again. */
  #collect(): Taken[] {
    // [3.2] A clock behind ours is no reason to take a batch for younger: the next leader's may be right.
    const nowMs = this.#options.clock.nowMs() + Math.max(0, this.#options.clockAheadMs());
    const taken: Taken[] = [];
    let bytes = 0;
    for (const appender of [...this.#ready]) {
      this.#ready.delete(appender);
      const batch = appender.take(this.channel, nowMs);
      if (batch === undefined) continue;
      taken.push({ appender, batch });
      this.#ready.add(appender);
      bytes += batch.length;
      if (bytes >= this.#options.requestBytesMax) break;
    }
    return taken;
  }

  async #send(taken: readonly Taken[]): Promise<void> {
    // What the partitions make of it is no failure of the request: they would be told twice, the second time of another batch.
    const told = await this.#ask(taken).catch(notAnswered);
    for (const { appender } of taken) {
      if (typeof told === 'string') appender.unanswered(told);
      else appender.answered(told.get(this.#nameOf(appender)) ?? NO_ANSWER);
    }
    this.#requests--;
    this.#pump();
  }

  /** By `nameOf`. Rejects as the channel does. */
  async #ask(taken: readonly Taken[]): Promise<ReadonlyMap<string, ProduceAnswer>> {
    const { responses } = await this.channel.send(
      produce,
      { transactionalId: null, acks: ACKS_ALL, timeoutMs: BROKER_TIMEOUT_MS, topicData: topicData(taken) },
      { timeoutMs: ANSWER_TIMEOUT_MS },
    );
    const answers = new Map<string, ProduceAnswer>();
    for (const topic of responses) {
      for (const partition of topic.partitionResponses) {
        answers.set(`${this.#byId ? topic.topicId : topic.name}/${partition.index}`, {
          code: partition.errorCode,
          baseOffset: partition.baseOffset,
          logAppendTimeMs: partition.logAppendTimeMs,
          logStart: partition.logStartOffset,
          message: partition.errorMessage ?? partition.recordErrors[0]?.batchIndexErrorMessage ?? null,
        });
      }
    }
    return answers;
  }

  #nameOf({ destinationTopicId, mirrorTopic, partition }: Appender): string {
    return `${this.#byId ? destinationTopicId : mirrorTopic}/${partition}`;
  }
}

function notAnswered(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `${error instanceof NotSent ? 'not sent' : 'no answer'}: ${reason}`;
}

const NO_ANSWER: ProduceAnswer = {
  code: errorCode.REQUEST_TIMED_OUT,
  baseOffset: -1n,
  logAppendTimeMs: -1n,
  logStart: -1n,
  message: 'the answer does not name this partition',
};

interface Taken {
  readonly appender: Appender;
  readonly batch: Buffer;
}

function topicData(taken: readonly Taken[]) {
  const topics = new Map<
    string,
    { name: string; topicId: string; partitionData: { index: number; records: Buffer }[] }
  >();
  for (const { appender, batch } of taken) {
    let topic = topics.get(appender.mirrorTopic);
    if (topic === undefined) {
      topic = { name: appender.mirrorTopic, topicId: appender.destinationTopicId, partitionData: [] };
      topics.set(appender.mirrorTopic, topic);
    }
    topic.partitionData.push({ index: appender.partition, records: batch });
  }
  return [...topics.values()];
}
