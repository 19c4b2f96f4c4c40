/**
 * An ordinary idempotent producer for one topic: acks from all in-sync replicas, batches as records come, keys placed as
 * every Kafka client places them, keyless records on one partition after another.
 *
 * A lost answer is followed by the same batch under the same sequence, which the broker recognises: that is right here,
 * where the producer id is ours alone (the engine's are not, and it never resends). What cannot be delivered in time
 * fails with what is known: KafkaError or NotSent (it is not in the log), OutcomeUnknown (it may be). Records behind a
 * failed one of the same partition fail with it: nothing overtakes what was lost. Source: KIP-98, KIP-480.
 */

import { sleep } from '../base/clock.js';
import { randomInt } from '../base/random.js';
import { type Backoff, backoffMs } from '../base/retry.js';
import { initProducerId } from '../protocol/api/init-producer-id.js';
import type { CodecName } from '../protocol/compression/codec.js';
import { errorCode, errorName } from '../protocol/errors.js';
import type { RecordHeader } from '../protocol/records/record.js';
import { COORDINATOR_MOVES } from './moved.js';
import { partitionOfKey } from './partitioner.js';
import { type Identity, type LaneSurroundings, ProducerLane } from './producer-lane.js';
import { TopicLeaders } from './topic-leaders.js';
import { type KafkaCluster, KafkaError, NotSent, OutcomeUnknown } from './types.js';

export interface ProducerOptions {
  readonly cluster: KafkaCluster;
  readonly topic: string;
  /** From the first attempt for a record to its failure; default 60 000. */
  readonly deliveryTimeoutMs?: number;
  readonly codec?: CodecName;
  /** Bytes of records that wait for their acknowledgement; `send` waits for room beyond it. Default 32 MiB. */
  readonly bufferBytesMax?: number;
}

export interface RecordToSend {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly RecordHeader[];
  /** Default: by the key, or the partition that is filled at the moment. */
  readonly partition?: number | undefined;
  /** Default: now. */
  readonly timestampMs?: bigint | undefined;
}

export interface Sent {
  readonly partition: number;
  /** −1 when only known to be in the log. */
  readonly offset: bigint;
  /** The record's, or the broker's where the topic keeps the time of appending. */
  readonly timestampMs: bigint;
}

const DELIVERY_TIMEOUT_MS = 60_000;
const BUFFER_BYTES_MAX = 32 * 1024 * 1024;
const OPEN_TIMEOUT_MS = 30_000;
const BACKOFF: Backoff = { firstMs: 50, capMs: 1_000 };
/** What a record takes in memory beside its bytes, roughly. */
const RECORD_OVERHEAD_BYTES = 128;

/** Rejects with KafkaError (3 unknown topic, 29 …) or NotSent when no broker answers. */
export async function openProducer(options: ProducerOptions): Promise<Producer> {
  const leaders = new TopicLeaders(options.cluster, options.topic);
  await leaders.refresh(OPEN_TIMEOUT_MS);
  return new Producer(options, leaders);
}

export class Producer {
  readonly #options: ProducerOptions;
  readonly #leaders: TopicLeaders;
  readonly #lanes = new Map<number, ProducerLane>();
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  readonly #surroundings: LaneSurroundings;
  #bytes = 0;
  #asking: Promise<Identity> | undefined;
  #identity: Identity | undefined;
  /** Where keyless records go until their batch leaves. */
  #sticky: number | undefined;
  #closed = false;

  constructor(options: ProducerOptions, leaders: TopicLeaders) {
    this.#options = options;
    this.#leaders = leaders;
    const { cluster } = options;
    this.#surroundings = {
      cluster,
      leaders,
      codec: options.codec ?? 'none',
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS,
      identity: (endMs) => this.#ownIdentity(endMs),
      refuseIdentity: (refused) => this.#forgetIdentity(refused),
      leaving: (partition) => {
        if (this.#sticky === partition) this.#sticky = undefined;
      },
      pause: async (attempt, endMs) => {
        const pauseMs = backoffMs(BACKOFF, attempt, cluster.random);
        if (cluster.clock.monotonicMs() + pauseMs >= endMs) return false;
        await sleep(cluster.clock, pauseMs);
        return true;
      },
    };
  }

  /** Resolves when all in-sync replicas have it. Calls for one partition keep their order. */
  async send(record: RecordToSend): Promise<Sent> {
    if (this.#closed) throw new NotSent('the producer has been closed');
    const bytes = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
    await this.#room(bytes);
    try {
      const partition = record.partition ?? this.#partitionFor(record.key);
      const timestamp = record.timestampMs ?? BigInt(this.#options.cluster.clock.nowMs());
      return await new Promise<Sent>((resolve, reject) => {
        const { key, value, headers = [] } = record;
        this.#lane(partition).push({ key, value, headers, timestamp, bytes, resolve, reject });
      });
    } finally {
      this.#bytes -= bytes;
      this.#admit();
    }
  }

  /** Waits until nothing is on its way any more; each `send` has been told its outcome by then. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.idle()));
  }

  #lane(partition: number): ProducerLane {
    const known = this.#lanes.get(partition);
    if (known !== undefined) return known;
    const lane = new ProducerLane(partition, this.#surroundings);
    this.#lanes.set(partition, lane);
    return lane;
  }

  #partitionFor(key: Buffer | null): number {
    const partitions = this.#leaders.known?.partitions ?? [];
    if (key !== null) return partitionOfKey(key, Math.max(1, partitions.length));
    if (this.#sticky !== undefined) return this.#sticky;
    const led = partitions.filter(({ leader }) => leader >= 0);
    const choice = led.length > 0 ? led : partitions;
    this.#sticky = choice[randomInt(this.#options.cluster.random, choice.length)]?.partition ?? 0;
    return this.#sticky;
  }

  /** Waits until the bytes have room, in the order of the calls; a record always fits an empty buffer. */
  async #room(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#bytes += bytes;
      return;
    }
    await new Promise<void>((go) => this.#waiting.push({ bytes, go }));
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#bytes += next.bytes;
      next.go();
    }
  }

  #fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= (this.#options.bufferBytesMax ?? BUFFER_BYTES_MAX);
  }

  #ownIdentity(endMs: number): Promise<Identity> {
    if (this.#asking !== undefined) return this.#asking;
    const asking = this.#askIdentity(endMs);
    this.#asking = asking;
    asking.then(
      (identity) => {
        this.#identity = identity;
      },
      () => {
        if (this.#asking === asking) this.#asking = undefined;
      },
    );
    return asking;
  }

  #forgetIdentity(refused: Identity): void {
    if (this.#identity !== refused) return;
    this.#identity = undefined;
    this.#asking = undefined;
  }

  async #askIdentity(endMs: number): Promise<Identity> {
    const { cluster, topic } = this.#options;
    const request = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1n, producerEpoch: -1 };
    for (let attempt = 0; ; attempt++) {
      let failure: Error;
      try {
        const timeoutMs = Math.max(1, Math.min(10_000, endMs - cluster.clock.monotonicMs()));
        const channel = await cluster.channel('any', 'produce-id');
        const answer = await channel.send(initProducerId, request, { timeoutMs });
        if (answer.errorCode === 0) return { producerId: answer.producerId, epoch: answer.producerEpoch };
        failure = new KafkaError(answer.errorCode, errorName(answer.errorCode), `a producer id to write "${topic}"`);
        if (!ID_LATER.has(answer.errorCode)) throw failure;
      } catch (error) {
        // No id is in use yet: an unknown outcome costs an id and nothing else.
        if (!(error instanceof NotSent || error instanceof OutcomeUnknown)) throw error;
        failure = error;
      }
      if (!(await this.#surroundings.pause(attempt, endMs))) throw new NotSent(failure.message, { cause: failure });
    }
  }
}

const ID_LATER: ReadonlySet<number> = new Set([
  ...COORDINATOR_MOVES,
  errorCode.CONCURRENT_TRANSACTIONS,
  errorCode.REQUEST_TIMED_OUT,
]);
