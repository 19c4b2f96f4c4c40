/** Writers for the source of a link: plain batches of any codec and age, and real transactions that commit or abort. */
import type { Clock } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/node/clock.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import type { CodecName } from '../../src/protocol/compression/codec.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { until } from './until.js';
import type { Wire } from './wire.js';
import type { WireTopic } from './wire-topic.js';

export interface PlainBatch {
  readonly partition?: number;
  readonly codec?: CodecName;
  readonly timestamp?: bigint;
  readonly valueBytes?: number;
}

const written = new WeakMap<WireTopic, number>();

/** Nothing was appended, and soon it will be: a topic that was just made, a leader that moves. */
const NOT_YET: ReadonlySet<number> = new Set([3, 5, 6, 100]);

/** One batch of `count` records as a plain producer sends it. Gives its base offset. */
export async function writePlain(topic: WireTopic, count: number, given: PlainBatch = {}): Promise<bigint> {
  const bytes = encodeBatch({ records: records(topic, count, given), codec: given.codec ?? 'none' });
  let base = -1n;
  await until(
    `a batch is written to ${topic.name}`,
    20_000,
    async () => {
      const answer = await topic.produce(bytes, { partition: given.partition ?? 0 });
      if (NOT_YET.has(answer.errorCode)) return false;
      base = answer.baseOffset;
      if (answer.errorCode !== 0)
        throw new Error(`produce to ${topic.name}: ${answer.errorCode} ${answer.errorMessage}`);
      return true;
    },
    topic.clock,
  );
  return base;
}

function records(topic: WireTopic, count: number, given: PlainBatch) {
  const timestamp = given.timestamp ?? BigInt(topic.clock.nowMs());
  const first = written.get(topic) ?? 0;
  written.set(topic, first + count);
  return Array.from({ length: count }, (_, i) => {
    const number = first + i;
    return {
      timestamp,
      key: number % 7 === 0 ? null : Buffer.from(`k${number}`),
      value: Buffer.from(`v${number}-${'x'.repeat(given.valueBytes ?? 10)}`),
      headers: number % 3 === 0 ? [{ key: 'n', value: Buffer.from(String(number)) }] : [],
    };
  });
}

/** The previous transaction is still being finished. */
const CONCURRENT_TRANSACTIONS = 51;
/** Of EndTxn and of Produce: from here on an end raises the epoch, and a write takes its partition in (KIP-890). */
const RAISES = 5;
const TAKES_IN = 12;

/**
 * A transactional producer over one connection; single-node clusters only, where every broker coordinates. As current clients
 * it uses transactions of version 2 where they are offered: its data and the marker behind it have different epochs then.
 */
export class Transactions {
  readonly #wire: Wire;
  readonly #id: string;
  readonly #clock: Clock;
  #producerId = -1n;
  #epoch = -1;
  readonly #sequences = new Map<string, number>();

  constructor(wire: Wire, id: string, clock: Clock = systemClock) {
    this.#wire = wire;
    this.#id = id;
    this.#clock = clock;
  }

  async init(): Promise<this> {
    await this.#until('a transaction coordinator', async () => {
      await this.#wire.ask(findCoordinator, { key: this.#id, keyType: 1, coordinatorKeys: [this.#id] });
      const request = { transactionalId: this.#id, transactionTimeoutMs: 60_000, producerId: -1n, producerEpoch: -1 };
      const answer = await this.#wire.ask(initProducerId, request, 4);
      this.#producerId = answer.producerId;
      this.#epoch = answer.producerEpoch;
      return answer.errorCode === 0;
    });
    return this;
  }

  /** Adds `count` records to the open transaction. */
  async write(topic: WireTopic, count: number, given: PlainBatch = {}): Promise<bigint> {
    const partition = given.partition ?? 0;
    if (!this.#raises) await this.#take(topic, partition);
    const key = `${topic.name}/${partition}`;
    const sequence = this.#sequences.get(key) ?? 0;
    const bytes = encodeBatch({
      records: records(topic, count, given),
      codec: given.codec ?? 'none',
      producerId: this.#producerId,
      producerEpoch: this.#epoch,
      baseSequence: sequence,
      transactional: true,
    });
    let base = -1n;
    await this.#until('a batch of the transaction is written', async () => {
      const version = this.#raises ? TAKES_IN : TAKES_IN - 1;
      const answer = await topic.produce(bytes, { partition, transactionalId: this.#id, version });
      if (NOT_YET.has(answer.errorCode) || answer.errorCode === CONCURRENT_TRANSACTIONS) return false;
      if (answer.errorCode !== 0) throw new Error(`transactional produce: ${answer.errorCode} ${answer.errorMessage}`);
      base = answer.baseOffset;
      return true;
    });
    this.#sequences.set(key, sequence + count);
    return base;
  }

  async end(committed: boolean): Promise<void> {
    await this.#until('the transaction ends', async () => {
      const request = {
        transactionalId: this.#id,
        producerId: this.#producerId,
        producerEpoch: this.#epoch,
        committed,
      };
      const answer = await this.#wire.ask(endTxn, request, this.#raises ? RAISES : RAISES - 1);
      if (answer.errorCode !== 0) return false;
      if (!this.#raises) return true;
      this.#producerId = answer.producerId;
      this.#epoch = answer.producerEpoch;
      this.#sequences.clear();
      return true;
    });
  }

  get #raises(): boolean {
    return (this.#wire.range(endTxn)?.max ?? 0) >= RAISES;
  }

  async #take(topic: WireTopic, partition: number): Promise<void> {
    await this.#until('the partition is in the transaction', async () => {
      const answer = await this.#wire.ask(
        addPartitionsToTxn,
        {
          v3AndBelowTransactionalId: this.#id,
          v3AndBelowProducerId: this.#producerId,
          v3AndBelowProducerEpoch: this.#epoch,
          v3AndBelowTopics: [{ name: topic.name, partitions: [partition] }],
        },
        3,
      );
      return answer.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode === 0;
    });
  }

  #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    return until(what, 60_000, condition, this.#clock);
  }
}
