/**
 * The part of the broker's conformance suite about requests of which a part is malformed, or named twice: what becomes of the rest.
 * test/differential met them.
 */
import assert from 'node:assert/strict';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { describeTopicPartitions } from '../../src/protocol/api/describe-topic-partitions.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { codecNumber } from '../../src/protocol/compression/codec.js';
import {
  BATCH_LENGTH_AT,
  batchesIn,
  LENGTH_PREFIX_BYTES,
  TIMESTAMP_TYPE_BIT,
  TRANSACTIONAL_BIT,
} from '../../src/protocol/records/header.js';
import { type RawBatch, rawBatch } from '../harness/raw-batch.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, MAX_TIMESTAMP, type WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';
import { TransactionalWriter } from './conformance-transactions.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
}

const D = 2n ** 61n + 8765n;
/** Topics go by name. */
const PRODUCE = 11;
const LAST_BEFORE_ZSTD = 6;
const LAST_BY_ID = 13;
const OF_BROKERS = 4;
const UNKNOWN_CODEC = 5;

export function malformedConformance(suite: Suite, bench: Bench): void {
  /** What is told of each partition, in the order of partitions. */
  const produceAll = async (
    t: WireTopic,
    batches: readonly (readonly [number, Buffer])[],
    more: { version?: number; transactionalId?: string | null } = {},
  ) => {
    const { responses } = await bench.wire().send(produce, more.version ?? PRODUCE, {
      transactionalId: more.transactionalId === undefined ? 'nobody-knows' : more.transactionalId,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: t.name, partitionData: batches.map(([index, records]) => ({ index, records })) }],
    });
    return responses
      .flatMap(({ partitionResponses }) => partitionResponses)
      .sort((one, other) => one.index - other.index)
      .map(({ index, errorCode, logStartOffset }) => [index, errorCode, logStartOffset]);
  };
  /** So many bytes of a batch, and the length says so. */
  const shortened = (bytes: number, raw: RawBatch = {}) => {
    const batch = rawBatch(raw).subarray(0, bytes);
    batch.writeInt32BE(bytes - LENGTH_PREFIX_BYTES, BATCH_LENGTH_AT);
    return batch;
  };

  suite.describe('what is malformed in part', () => {
    suite.behaviour(
      'of a partition that is named twice the sound batch is written, and told is what is wrong with the other one [3.9]',
      async () => {
        const t = await bench.topic({}, 2);
        const [first, last] = [batchOf({ producerId: D }, 5, 1), batchOf({ producerId: D }, 7, 1)];
        const two = Buffer.concat([rawBatch(), rawBatch()]);
        const answers = await produceAll(t, [
          [0, first],
          [0, two],
          [1, rawBatch()],
          [0, last],
        ]);
        assert.deepEqual(answers, [
          [0, 87, -1n],
          [1, 0, 0n],
        ]);
        assert.deepEqual(
          (await t.batches()).map(({ baseSequence }) => baseSequence),
          [7],
        );
        assert.deepEqual(
          await produceAll(t, [
            [0, last],
            [0, two],
          ]),
          [[0, 87, -1n]],
        );
        assert.equal(await t.end(), 1n, 'the same again');
      },
    );

    suite.behaviour('a batch that ends in front of its producer refuses the whole request [3.1]', async () => {
      const t = await bench.topic({}, 2);
      const beside = async (batch: Buffer, partition = 1) =>
        (
          await produceAll(t, [
            [0, rawBatch()],
            [partition, batch],
          ])
        ).map(([, code]) => code);
      const transactional = { attributes: TRANSACTIONAL_BIT, producerId: D, producerEpoch: 0, baseSequence: 0 };
      for (const batch of [shortened(26), shortened(50), shortened(56, transactional)]) {
        assert.deepEqual(await beside(batch), [-1, -1]);
      }
      assert.equal(await t.end(), 0n);
      assert.deepEqual(await beside(shortened(50), 7), [0, 3], 'but where it goes to no partition');
      assert.deepEqual(await beside(shortened(51)), [0, 2]);
      assert.deepEqual(await beside(shortened(60)), [0, 2]);
    });

    suite.behaviour('below Produce 7 an unknown codec refuses the whole request, later its batch [3.1]', async () => {
      const t = await bench.topic({}, 2);
      const both = (version: number) =>
        produceAll(
          t,
          [
            [0, rawBatch()],
            [1, rawBatch({ attributes: UNKNOWN_CODEC })],
          ],
          { version },
        );
      assert.deepEqual(await both(LAST_BEFORE_ZSTD), [
        [0, -1, -1n],
        [1, -1, -1n],
      ]);
      assert.deepEqual(await both(PRODUCE), [
        [0, 0, 0n],
        [1, -1, 0n],
      ]);
    });

    suite.behaviour('a topic that is named twice is answered once [3.9]', async () => {
      const t = await bench.topic({}, 2);
      const topicData = [1, 0].map((index) => ({ name: t.name, partitionData: [{ index, records: rawBatch() }] }));
      const { responses } = await bench.wire().send(produce, PRODUCE, { acks: -1, timeoutMs: 30_000, topicData });
      assert.deepEqual(
        responses.map(({ partitionResponses }) => partitionResponses.map(({ index }) => index).sort()),
        [[0, 1]],
      );
    });

    suite.behaviour(
      'a segment ends in front of a batch that is there already, or refused for its sequence [3.2]',
      async () => {
        const t = await bench.topic({ 'segment.ms': '60000' });
        const at = (minutes: number) => ({ timestamp: BigInt(Date.now() - minutes * 60_000) });
        const writer = { producerId: D };
        for (const [sequence, minutes, code] of [
          [0, 50, 0],
          [0, 40, 0],
          [1, 50, 0],
          [7, 30, 45],
          [2, 50, 0],
        ] as const) {
          assert.equal((await t.append(batchOf(writer, sequence, 1, at(minutes))))[0], code);
        }
        for (const offset of [0n, 1n, 2n]) {
          const { records } = await t.fetch(offset);
          assert.equal([...batchesIn(records ?? Buffer.alloc(0))].length, 1, 'nobody reads beyond a segment');
        }
      },
    );

    suite.behaviour('a marker from outside that is larger than max.message.bytes is refused [3.4]', async () => {
      const t = await bench.topic({ 'max.message.bytes': '77' });
      const fits = await bench.topic({ 'max.message.bytes': '78' });
      assert.equal(await t.markers([{ producerId: D, epoch: 0 }]), 10);
      assert.equal(await t.end(), 0n);
      assert.equal(await fits.markers([{ producerId: D, epoch: 0 }]), 0);
    });

    suite.behaviour('a topic without a name is one to go on with, but none to begin with [4.2]', async () => {
      const t = await bench.topic();
      const codes = async (cursor: { topicName: string; partitionIndex: number } | null) => {
        const topics = [{ name: t.name }, { name: '' }];
        const answer = await bench.wire().ask(describeTopicPartitions, { topics, responsePartitionLimit: 9, cursor });
        return answer.topics.map(({ errorCode }) => errorCode);
      };
      assert.deepEqual(await codes(null), [-1, -1]);
      assert.deepEqual(await codes({ topicName: '', partitionIndex: 0 }), [17, 0]);
      assert.deepEqual(await codes({ topicName: t.name, partitionIndex: 0 }), [0]);
    });

    suite.behaviour(
      'how a producer begins goes by who asked first for its transaction [3.2]',
      ['transactions of version 2'],
      async (otherwise) => {
        if (otherwise('transactions of version 2')) return;
        const t = await bench.topic({}, 2);
        const writer = await new TransactionalWriter(bench.wire()).init();
        const batch = () => batchOf(writer.writer, 3, 1, { transactional: true });
        const codeOf = async (partition: number, version: number) =>
          (await t.append(batch(), { partition, version, transactionalId: writer.id }))[0];
        assert.equal(await codeOf(0, PRODUCE), 120);
        assert.equal(await codeOf(0, PRODUCE + 1), 0);
        assert.equal(await codeOf(1, PRODUCE + 1), 45);
        assert.equal(await writer.end(false), 0);
      },
    );

    suite.behaviour('a highest timestamp that no record has is not found [4.4]', async () => {
      const t = await bench.topic();
      const raw = { attributes: TIMESTAMP_TYPE_BIT, records: [{ timestampDelta: 7n }] };
      assert.deepEqual(await t.append(rawBatch(raw)), [0, 0n]);
      const { errorCode, offset } = await t.offset(MAX_TIMESTAMP);
      assert.deepEqual([errorCode, offset], [0, -1n]);
    });

    suite.behaviour('a malformed entry is of a transaction, too, and needs its id [3.1]', async () => {
      const t = await bench.topic();
      const zstd = rawBatch({ codec: 'zstd', attributes: codecNumber('zstd') | TRANSACTIONAL_BIT });
      const two = Buffer.concat([rawBatch({ attributes: TRANSACTIONAL_BIT }), rawBatch()]);
      for (const [records, code] of [
        [zstd, 76],
        [two, 87],
      ] as const) {
        assert.deepEqual(await produceAll(t, [[0, records]], { version: LAST_BEFORE_ZSTD }), [[0, code, -1n]]);
        const without = { version: LAST_BEFORE_ZSTD, transactionalId: null };
        assert.deepEqual(await produceAll(t, [[0, records]], without), [[0, 53, -1n]]);
      }
    });

    suite.behaviour('a partition that is named twice is read in the place of the first [4.3]', async () => {
      const t = await bench.topic({}, 2);
      for (const partition of [0, 1]) await t.produce(rawBatch(), { partition });
      const partitions = [
        { partition: 0, fetchOffset: 3n },
        { partition: 1, fetchOffset: 0n },
        { partition: 0, fetchOffset: 0n },
      ].map((each) => ({ ...each, partitionMaxBytes: 1 << 20 }));
      const topics = [{ topicId: t.id, partitions }];
      const { responses } = await bench.wire().send(fetch, LAST_BY_ID, { sessionEpoch: -1, maxBytes: 1, topics });
      const read = responses
        .flatMap(({ partitions: told }) => told)
        .filter(({ records }) => (records?.length ?? 0) > 0)
        .map(({ partitionIndex }) => partitionIndex);
      assert.deepEqual(read, [0], 'the limit leaves nothing for the other one');
    });

    suite.behaviour('a batch that is written anew has a whole producer or none [3.7]', async () => {
      const t = await bench.topic({ 'compression.type': 'gzip' });
      const code = async (raw: RawBatch) => (await t.append(rawBatch(raw)))[0];
      assert.equal(await code({ producerId: D, producerEpoch: -1, baseSequence: 0 }), -1);
      assert.equal(await code({ producerId: -5n, producerEpoch: 0, baseSequence: -1 }), -1);
      assert.equal(await t.end(), 0n);
      assert.equal(await code({ producerId: D, producerEpoch: 0, baseSequence: 0 }), 0);
      assert.equal(await code({ producerId: -1n, producerEpoch: 3, baseSequence: 0 }), 0);
    });

    suite.behaviour('an isolation level that is none is refused where there is something to read [4.3]', async () => {
      const t = await bench.topic();
      const read = async (topics: readonly { topicId: string; partitions: { partition: number }[] }[]) =>
        (await bench.wire().send(fetch, LAST_BY_ID, { isolationLevel: 2, sessionEpoch: -1, topics })).errorCode;
      assert.equal(await read([]), 0);
      assert.equal(await read([{ topicId: t.id, partitions: [{ partition: 7 }] }]), 0);
      assert.equal(await read([{ topicId: t.id, partitions: [{ partition: 7 }, { partition: 0 }] }]), -1);
    });

    suite.behaviour(
      'a broker that asks for a partition twice is told once of it where each has its own code [5.2]',
      async () => {
        const t = await bench.topic();
        const writer = await new TransactionalWriter(bench.wire()).init();
        const { producerId, epoch: producerEpoch } = writer.writer;
        const ask = async (verifyOnly: boolean, partitions: number[]) => {
          const topics = [{ name: t.name, partitions }];
          const transactions = [{ transactionalId: writer.id, producerId, producerEpoch, verifyOnly, topics }];
          const answer = await bench.wire().send(addPartitionsToTxn, OF_BROKERS, { transactions });
          return answer.resultsByTransaction[0]?.topicResults
            .flatMap(({ resultsByPartition }) => resultsByPartition)
            .map(({ partitionErrorCode }) => partitionErrorCode);
        };
        assert.deepEqual(await ask(true, [0, 0]), [120]);
        assert.deepEqual((await ask(false, [0, 7, 7, 0]))?.sort(), [3, 55]);
        assert.deepEqual(await ask(false, [0, 0]), [0, 0]);
        assert.equal(await writer.end(false), 0);
      },
    );
  });
}
