/**
 * The records for one partition on their way: in order, one batch at a time, each sent until its fate is known or its time
 * is over. One batch in flight keeps order and sequence simple, and fills the next batch meanwhile.
 */
import { produce } from '../protocol/api/produce.js';
import type { CodecName } from '../protocol/compression/codec.js';
import { errorCode, errorName, isRetriable } from '../protocol/errors.js';
import { encodeBatch } from '../protocol/records/encode.js';
import type { RecordHeader } from '../protocol/records/record.js';
import type { Sent } from './producer.js';
import type { TopicLeaders } from './topic-leaders.js';
import { type KafkaCluster, KafkaError, NotSent, OutcomeUnknown } from './types.js';

export interface Identity {
  readonly producerId: bigint;
  readonly epoch: number;
}

export interface PendingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  readonly timestamp: bigint;
  readonly bytes: number;
  resolve(sent: Sent): void;
  reject(error: Error): void;
}

export interface LaneSurroundings {
  readonly cluster: KafkaCluster;
  readonly leaders: TopicLeaders;
  readonly codec: CodecName;
  readonly deliveryTimeoutMs: number;
  /** The producer's id, asked for until `endMs` when there is none. */
  identity(endMs: number): Promise<Identity>;
  /** The broker knows this id in another state than we do: it must not be used again. */
  refuseIdentity(refused: Identity): void;
  /** A batch of this partition is about to leave. */
  leaving(partition: number): void;
  /** False when there is no time for another attempt. */
  pause(attempt: number, endMs: number): Promise<boolean>;
}

export interface Batch {
  readonly records: readonly PendingRecord[];
  readonly endMs: number;
}

const BATCH_BYTES = 512 * 1024;
const BATCH_RECORDS = 10_000;
const ATTEMPT_MS = 30_000;
/** The broker gives up a little earlier than we do, so that we hear of it. */
const BROKER_MS = 25_000;
const ALL_IN_SYNC = -1;

/** Metadata may be old. */
const LOOK_AGAIN: ReadonlySet<number> = new Set([
  errorCode.UNKNOWN_TOPIC_OR_PARTITION,
  errorCode.LEADER_NOT_AVAILABLE,
  errorCode.NOT_LEADER_OR_FOLLOWER,
  errorCode.FENCED_LEADER_EPOCH,
  errorCode.UNKNOWN_TOPIC_ID,
]);
/** Appended perhaps, although the answer is an error. */
const MAY_STAND: ReadonlySet<number> = new Set([
  errorCode.REQUEST_TIMED_OUT,
  errorCode.NOT_LEADER_OR_FOLLOWER,
  errorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  errorCode.KAFKA_STORAGE_ERROR,
  errorCode.UNKNOWN_SERVER_ERROR,
]);
/** The broker's memory of this id is not ours: it lost it, or the id was fenced. */
const STRANGER: ReadonlySet<number> = new Set([
  errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  errorCode.INVALID_PRODUCER_EPOCH,
  errorCode.UNKNOWN_PRODUCER_ID,
]);

export class ProducerLane {
  readonly #partition: number;
  readonly #tools: LaneSurroundings;
  #queue: PendingRecord[] = [];
  #running: Promise<void> | undefined;
  #identity: Identity | undefined;
  #nextSequence = 0;
  /** What we know of the leader may be old. */
  #lookAgain = false;
  /** Lower after a batch was refused for its size; grows back with success. */
  #recordsMax = BATCH_RECORDS;

  constructor(partition: number, tools: LaneSurroundings) {
    this.#partition = partition;
    this.#tools = tools;
  }

  push(record: PendingRecord): void {
    this.#queue.push(record);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Records of the same turn share a batch.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      this.#tools.leaving(this.#partition);
      const endMs = this.#nowMs() + this.#tools.deliveryTimeoutMs;
      const batch = { records: this.#take(), endMs };
      try {
        const appended = await this.#deliver(batch);
        if (appended === 'split') continue;
        const { base, timeMs } = appended;
        for (const [at, record] of batch.records.entries()) {
          const timestampMs = timeMs < 0n ? record.timestamp : timeMs;
          record.resolve({ partition: this.#partition, offset: base < 0n ? -1n : base + BigInt(at), timestampMs });
        }
      } catch (error) {
        this.#fail(batch, error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  #take(): PendingRecord[] {
    let bytes = 0;
    let count = 0;
    for (const record of this.#queue) {
      bytes += record.bytes;
      if (count > 0 && (bytes > BATCH_BYTES || count >= this.#recordsMax)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Throws what is known of the batch when it failed. */
  async #deliver(batch: Batch): Promise<Appended | 'split'> {
    /** An attempt may have been appended: from then on only the broker's yes is an answer. */
    let mayStand: Error | undefined;
    let failure: Error | undefined;
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0 && !(await this.#tools.pause(attempt - 1, batch.endMs))) break;
      let outcome: Outcome;
      try {
        outcome = await this.#attempt(batch);
      } catch (error) {
        if (error instanceof OutcomeUnknown) mayStand = error;
        else if (!(error instanceof NotSent)) throw mayStand ? unknown(mayStand, error as Error) : error;
        failure = error as Error;
        continue;
      }
      const { code } = outcome;
      if (code === 0 || code === errorCode.DUPLICATE_SEQUENCE_NUMBER) {
        this.#recordsMax = Math.min(BATCH_RECORDS, this.#recordsMax * 2);
        this.#nextSequence = (this.#nextSequence + batch.records.length) & 0x7fffffff;
        return code === 0 ? outcome.appended : { base: -1n, timeMs: -1n };
      }
      failure = new KafkaError(code, errorName(code), `writing to ${this.#name()}`, outcome.detail);
      if (STRANGER.has(code)) {
        this.#forgetIdentity();
        if (mayStand) throw unknown(mayStand, failure);
        continue;
      }
      if (isTooLarge(code) && batch.records.length > 1 && mayStand === undefined) {
        this.#halve(batch);
        return 'split';
      }
      if (MAY_STAND.has(code)) mayStand = failure;
      if (!isRetriable(code)) throw mayStand ? unknown(mayStand, failure) : failure;
    }
    const late = failure ?? new NotSent(`no time was left to write to ${this.#name()}`);
    throw mayStand ? unknown(mayStand, late) : late;
  }

  async #attempt(batch: Batch): Promise<Outcome> {
    const { cluster, leaders, codec } = this.#tools;
    const identity = await this.#ownIdentity(batch.endMs);
    const leader = await this.#leader(batch.endMs);
    const records = encodeBatch({
      records: batch.records,
      baseOffset: 0n,
      codec,
      producerId: identity.producerId,
      producerEpoch: identity.epoch,
      baseSequence: this.#nextSequence,
    });
    const request = {
      transactionalId: null,
      acks: ALL_IN_SYNC,
      timeoutMs: BROKER_MS,
      topicData: [
        {
          name: leaders.topic,
          topicId: leader.topicId,
          partitionData: [{ index: this.#partition, records }],
        },
      ],
    };
    const timeoutMs = Math.max(1, Math.min(ATTEMPT_MS, batch.endMs - this.#nowMs()));
    try {
      const channel = await cluster.channel(leader.broker, 'produce');
      const { responses } = await channel.send(produce, request, { timeoutMs });
      const told = responses[0]?.partitionResponses[0];
      const code = told?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
      if (LOOK_AGAIN.has(code)) this.#lookAgain = true;
      const appended = { base: told?.baseOffset ?? -1n, timeMs: told?.logAppendTimeMs ?? -1n };
      return { code, appended, detail: told?.errorMessage ?? null };
    } catch (error) {
      // Perhaps this broker does not lead any more.
      this.#lookAgain = true;
      throw error;
    }
  }

  async #leader(endMs: number): Promise<{ readonly broker: number; readonly topicId: string }> {
    const { leaders } = this.#tools;
    if (this.#lookAgain) await this.#refresh(endMs);
    const leader = leaders.partition(this.#partition)?.leader ?? -1;
    if (leader >= 0) return { broker: leader, topicId: leaders.known?.topicId ?? '' };
    this.#lookAgain = true;
    throw new NotSent(`${this.#name()} has no leader now`);
  }

  async #refresh(endMs: number): Promise<void> {
    try {
      await this.#tools.leaders.refresh(Math.max(1, Math.min(10_000, endMs - this.#nowMs())));
      this.#lookAgain = false;
    } catch (error) {
      // A broker that has just started may not know the topic yet.
      if (error instanceof KafkaError && isRetriable(error.code)) throw new NotSent(error.message, { cause: error });
      throw error;
    }
  }

  async #ownIdentity(endMs: number): Promise<Identity> {
    if (this.#identity !== undefined) return this.#identity;
    this.#identity = await this.#tools.identity(endMs);
    this.#nextSequence = 0;
    return this.#identity;
  }

  #forgetIdentity(): void {
    if (this.#identity !== undefined) this.#tools.refuseIdentity(this.#identity);
    this.#identity = undefined;
  }

  /** Nothing of it is in the log: it goes again in smaller batches. */
  #halve(batch: Batch): void {
    this.#queue = [...batch.records, ...this.#queue];
    this.#recordsMax = Math.ceil(batch.records.length / 2);
  }

  #fail(batch: Batch, error: Error): void {
    // What the broker remembers of this id is not known any more.
    if (error instanceof OutcomeUnknown) this.#forgetIdentity();
    for (const record of batch.records) record.reject(error);
    const behind = new NotSent(`a record before it was not written: ${error.message}`, { cause: error });
    for (const record of this.#queue.splice(0)) record.reject(behind);
  }

  #name(): string {
    return `${this.#tools.leaders.topic}/${this.#partition} of ${this.#tools.cluster.name}`;
  }

  #nowMs(): number {
    return this.#tools.cluster.clock.monotonicMs();
  }
}

interface Appended {
  /** Offset of the first record; −1: in the log, but not known where. */
  readonly base: bigint;
  /** −1: the records keep their own. */
  readonly timeMs: bigint;
}

interface Outcome {
  readonly code: number;
  readonly appended: Appended;
  readonly detail: string | null;
}

function isTooLarge(code: number): boolean {
  return code === errorCode.MESSAGE_TOO_LARGE || code === errorCode.RECORD_LIST_TOO_LARGE;
}

function unknown(mayStand: Error, last: Error): OutcomeUnknown {
  if (mayStand === last) return mayStand instanceof OutcomeUnknown ? mayStand : new OutcomeUnknown(last.message);
  return new OutcomeUnknown(`${last.message}; it may have been written before: ${mayStand.message}`, { cause: last });
}
