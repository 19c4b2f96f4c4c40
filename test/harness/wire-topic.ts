/**
 * One partition as a raw client sees it: appends batches of any producer id, markers, reads, log end. What the suites on
 * broker behaviour are written in.
 */
import type { Clock } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/node/clock.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteRecords } from '../../src/protocol/api/delete-records.js';
import { describeProducers } from '../../src/protocol/api/describe-producers.js';
import { type FetchRequest, fetch } from '../../src/protocol/api/fetch.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { offsetForLeaderEpoch } from '../../src/protocol/api/offset-for-leader-epoch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { type BatchToEncode, encodeBatch } from '../../src/protocol/records/encode.js';
import { type BatchView, batchesIn } from '../../src/protocol/records/header.js';
import type { Draft } from '../../src/protocol/schema.js';
import { until } from './until.js';
import type { Wire } from './wire.js';

export const LATEST = -1n;
export const EARLIEST = -2n;
export const MAX_TIMESTAMP = -3n;

export interface Writer {
  readonly producerId: bigint;
  readonly epoch?: number;
}

/** `count` small records, from `sequence` on. */
export function batchOf(
  writer: Writer,
  sequence: number,
  count: number,
  more: Partial<BatchToEncode> & { readonly timestamp?: bigint } = {},
): Buffer {
  const { timestamp = BigInt(Date.now()), ...rest } = more;
  return encodeBatch({
    records: Array.from({ length: count }, (_, i) => ({ timestamp, value: Buffer.from(`${sequence + i}`) })),
    producerId: writer.producerId,
    producerEpoch: writer.epoch ?? 0,
    baseSequence: sequence,
    ...rest,
  });
}

export class WireTopic {
  readonly wire: Wire;
  readonly name: string;
  readonly id: string;
  /** What waiting and default timestamps go by: that of a simulated host in a simulated world. */
  readonly clock: Clock;

  private constructor(wire: Wire, name: string, id: string, clock: Clock) {
    this.wire = wire;
    this.name = name;
    this.id = id;
    this.clock = clock;
  }

  static async create(
    wire: Wire,
    name: string,
    options: {
      readonly partitions?: number;
      readonly configs?: Readonly<Record<string, string>>;
      /** Brokers of each partition, the preferred leader first; default: wherever the cluster puts it. */
      readonly assignments?: readonly (readonly number[])[];
      readonly clock?: Clock;
    } = {},
  ): Promise<WireTopic> {
    const configs = Object.entries(options.configs ?? {}).map(([key, value]) => ({ name: key, value }));
    const assignments = (options.assignments ?? []).map((brokerIds, partitionIndex) => ({
      partitionIndex,
      brokerIds: [...brokerIds],
    }));
    const numPartitions = assignments.length > 0 ? -1 : (options.partitions ?? 1);
    const topic = { name, numPartitions, replicationFactor: -1, assignments, configs };
    const { topics } = await wire.ask(createTopics, { topics: [topic], timeoutMs: 30_000 });
    if (topics[0]?.errorCode !== 0)
      throw new Error(`create ${name}: ${topics[0]?.errorCode} ${topics[0]?.errorMessage}`);
    return WireTopic.find(wire, name, options.clock);
  }

  /** Waits until every partition has a leader that also answers: metadata is known before the logs are made, one by one. */
  static async find(wire: Wire, name: string, clock: Clock = systemClock): Promise<WireTopic> {
    let id = '';
    let led: number[] = [];
    const hasLeaders = async () => {
      const { topics } = await wire.ask(metadata, { topics: [{ name }], allowAutoTopicCreation: false });
      const [topic] = topics;
      if (topic?.errorCode !== 0 || topic.partitions.some(({ leaderId }) => leaderId < 0)) return false;
      id = topic.topicId;
      led = topic.partitions.map(({ partitionIndex }) => partitionIndex);
      return true;
    };
    await until(`a leader for ${name}`, 20_000, hasLeaders, clock);
    const found = new WireTopic(wire, name, id, clock);
    const answer = async () => {
      const answers = await Promise.all(led.map((partition) => found.offset(LATEST, { partition })));
      return answers.every(({ errorCode }) => errorCode === 0);
    };
    await until(`answering leaders for ${name}`, 20_000, answer, clock);
    return found;
  }

  /** One that is there, over a connection to whoever leads what will be asked for: nothing is waited for. */
  static there(wire: Wire, topic: { readonly name: string; readonly id: string }): WireTopic {
    return new WireTopic(wire, topic.name, topic.id, systemClock);
  }

  /** The same topic over another connection. */
  over(wire: Wire): WireTopic {
    return new WireTopic(wire, this.name, this.id, this.clock);
  }

  async produce(
    records: Buffer,
    options: { readonly partition?: number; readonly transactionalId?: string; readonly version?: number } = {},
  ) {
    const partitionData = [{ index: options.partition ?? 0, records }];
    const request = {
      transactionalId: options.transactionalId ?? null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: this.name, topicId: this.id, partitionData }],
    };
    const { responses } = await this.wire.ask(produce, request, options.version);
    const answer = responses[0]?.partitionResponses[0];
    if (answer === undefined) throw new Error('an answer without partitions');
    return answer;
  }

  /** One request for partitions 0, 1… */
  async produceTo(records: readonly Buffer[]) {
    const partitionData = records.map((each, index) => ({ index, records: each }));
    const topicData = [{ name: this.name, topicId: this.id, partitionData }];
    const { responses } = await this.wire.ask(produce, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData,
    });
    return responses[0]?.partitionResponses ?? [];
  }

  /** The error code and base offset, the two things most tests look at. */
  async append(records: Buffer, options: Parameters<WireTopic['produce']>[1] = {}): Promise<[number, bigint]> {
    const { errorCode, baseOffset } = await this.produce(records, options);
    return [errorCode, baseOffset];
  }

  /** One marker per entry; the merged code for partition 0 of the last producer. */
  async markers(
    entries: readonly {
      readonly producerId: bigint;
      readonly epoch: number;
      readonly coordinatorEpoch?: number;
      readonly commit?: boolean;
    }[],
    partition = 0,
  ): Promise<number | undefined> {
    const { markers } = await this.wire.send(writeTxnMarkers, 1, {
      markers: entries.map((entry) => ({
        producerId: entry.producerId,
        producerEpoch: entry.epoch,
        transactionResult: entry.commit ?? false,
        coordinatorEpoch: entry.coordinatorEpoch ?? 0,
        topics: [{ name: this.name, partitionIndexes: [partition] }],
      })),
    });
    return markers[markers.length - 1]?.topics[0]?.partitions[0]?.errorCode;
  }

  async offset(timestamp: bigint, options: { readonly committed?: boolean; readonly partition?: number } = {}) {
    const partitions = [{ partitionIndex: options.partition ?? 0, currentLeaderEpoch: -1, timestamp }];
    const topics = [{ name: this.name, partitions }];
    const { topics: answered } = await this.wire.ask(listOffsets, {
      replicaId: -1,
      isolationLevel: options.committed ? 1 : 0,
      topics,
      timeoutMs: 10_000,
    });
    const answer = answered[0]?.partitions[0];
    if (answer === undefined) throw new Error('an answer without partitions');
    return answer;
  }

  /** The same once the leader knows it: a leader that has just begun, or is busy, answers with an error. */
  async known(timestamp: bigint, options: Parameters<WireTopic['offset']>[1] = {}): Promise<bigint> {
    let found = -1n;
    const answered = async () => {
      const { errorCode, offset } = await this.offset(timestamp, options);
      found = offset;
      if (errorCode !== 0 || offset < 0n) throw new Error(`code ${errorCode}, offset ${offset}`);
      return true;
    };
    await until(`an offset of ${this.name}`, 20_000, answered, this.clock);
    return found;
  }

  async end(): Promise<bigint> {
    return this.known(LATEST);
  }

  async epochEnd(leaderEpoch: number, currentLeaderEpoch = -1) {
    const topics = [{ topic: this.name, partitions: [{ partition: 0, currentLeaderEpoch, leaderEpoch }] }];
    const answer = (await this.wire.ask(offsetForLeaderEpoch, { replicaId: -1, topics })).topics[0]?.partitions[0];
    if (answer === undefined) throw new Error('an answer without partitions');
    return answer;
  }

  async leaderEpoch(): Promise<number> {
    const { topics } = await this.wire.ask(metadata, { topics: [{ name: this.name }], allowAutoTopicCreation: false });
    return topics[0]?.partitions[0]?.leaderEpoch ?? -1;
  }

  async producers() {
    const topics = [{ name: this.name, partitionIndexes: [0] }];
    return (await this.wire.ask(describeProducers, { topics })).topics[0]?.partitions[0]?.activeProducers ?? [];
  }

  async fetch(
    fetchOffset: bigint,
    options: Draft<FetchRequest['topics'][number]['partitions'][number]> &
      Draft<Pick<FetchRequest, 'isolationLevel' | 'maxWaitMs' | 'minBytes' | 'maxBytes'>> & {
        readonly topicId?: string;
        readonly version?: number;
      } = {},
  ) {
    const {
      isolationLevel = 0,
      maxWaitMs = 0,
      minBytes = 1,
      maxBytes = 1 << 24,
      topicId = this.id,
      version,
      ...rest
    } = options;
    const wanted = {
      partition: 0,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      logStartOffset: -1n,
      partitionMaxBytes: 1 << 24,
    };
    const response = await this.wire.ask(
      fetch,
      {
        replicaId: -1,
        maxWaitMs,
        minBytes,
        maxBytes,
        isolationLevel,
        sessionEpoch: -1,
        topics: [{ topic: this.name, topicId, partitions: [{ ...wanted, fetchOffset, ...rest }] }],
      },
      version,
    );
    const answer = response.responses[0]?.partitions[0];
    if (answer === undefined) throw new Error(`a fetch answer without partitions: ${response.errorCode}`);
    return answer;
  }

  /** The headers of every batch in the log, from `from` to the end. */
  async batches(from = 0n): Promise<BatchView[]> {
    const found: BatchView[] = [];
    for (let offset = from; ; ) {
      const { records, highWatermark } = await this.fetch(offset);
      for (const batch of batchesIn(records ?? Buffer.alloc(0))) {
        if (batch.kind !== 'batch') throw new Error(`magic ${batch.magic}`);
        found.push(batch);
        offset = batch.nextOffset;
      }
      if (offset >= highWatermark) return found;
    }
  }

  async deleteRecords(offset: bigint, partition = 0) {
    const topics = [{ name: this.name, partitions: [{ partitionIndex: partition, offset }] }];
    const answer = (await this.wire.ask(deleteRecords, { topics, timeoutMs: 10_000 })).topics[0]?.partitions[0];
    if (answer === undefined) throw new Error('an answer without partitions');
    return answer;
  }
}
