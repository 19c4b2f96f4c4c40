/**
 * The part of the broker's conformance suite about requests of which a part is malformed, or named twice: what becomes of the rest.
 * test/differential met them.
 */
import assert from 'node:assert/strict';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { BATCH_LENGTH_AT, LENGTH_PREFIX_BYTES, TRANSACTIONAL_BIT } from '../../src/protocol/records/header.js';
import { type RawBatch, rawBatch } from '../harness/raw-batch.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, type WireTopic } from '../harness/wire-topic.js';
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
    more: { version?: number } = {},
  ) => {
    const { responses } = await bench.wire().send(produce, more.version ?? PRODUCE, {
      transactionalId: 'nobody-knows',
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
