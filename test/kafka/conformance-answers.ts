/**
 * The part of the broker's conformance suite about requests that make no sense, or not all of it: what no client of Apache
 * Kafka asks for, and is answered all the same. test/differential met them.
 */
import assert from 'node:assert/strict';
import { addOffsetsToTxn } from '../../src/protocol/api/add-offsets-to-txn.js';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteRecords } from '../../src/protocol/api/delete-records.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { describeProducers } from '../../src/protocol/api/describe-producers.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, MAX_TIMESTAMP, type WireTopic, type Writer } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';
import { TransactionalWriter } from './conformance-transactions.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
  readonly newName: () => string;
}

const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';
const D = 2n ** 61n + 4321n;
const READ_COMMITTED = 1;
const BY_NAME = 12;
/** The highest version before the partition is taken into the transaction by the way. */
const BEFORE_ADDING = 11;
const PLAIN: Writer = { producerId: -1n, epoch: -1 };

const BEGIN_OF_BATCH = 'stable offset in front of the log';

export function answerConformance(suite: Suite, bench: Bench): void {
  const plain = () => batchOf(PLAIN, -1, 1, { baseSequence: -1 });
  const describeAll = (t: WireTopic, partitions: readonly number[], wanted: { isolationLevel?: number } = {}) =>
    bench.wire().send(fetch, BY_NAME, {
      maxWaitMs: 0,
      minBytes: 0,
      sessionEpoch: -1,
      isolationLevel: 0,
      topics: [
        { topic: t.name, partitions: partitions.map((partition) => ({ partition, partitionMaxBytes: 1 << 20 })) },
      ],
      ...wanted,
    });
  const offsetsOf = (t: WireTopic, version: number, timestamps: readonly bigint[], name = t.name) => {
    const partitions = timestamps.map((timestamp) => ({ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }));
    const request = { replicaId: -1, isolationLevel: 0, topics: [{ name, partitions }] };
    return bench.wire().send(listOffsets, version, request);
  };
  const produceAll = (transactionalId: string | null, topics: readonly (readonly [WireTopic, readonly Buffer[]])[]) =>
    bench.wire().send(produce, BEFORE_ADDING, {
      transactionalId,
      acks: -1,
      timeoutMs: 30_000,
      topicData: topics.map(([{ name }, batches]) => ({
        name,
        partitionData: batches.map((records) => ({ index: 0, records })),
      })),
    });

  suite.describe('what makes no sense', () => {
    suite.behaviour('a leader epoch below all is a leader epoch, but for Fetch [4.1]', async () => {
      const t = await bench.topic();
      await t.append(plain());
      assert.equal((await t.epochEnd(0, -2)).errorCode, 74);
      const { errorCode, leaderEpoch, endOffset } = await t.epochEnd(-2);
      assert.deepEqual([errorCode, leaderEpoch, endOffset], [0, -2, 0n]);
      assert.equal((await t.epochEnd(-1)).endOffset, -1n);
      assert.equal((await t.fetch(0n, { currentLeaderEpoch: -2 })).errorCode, 0);
    });

    suite.behaviour(
      'a special timestamp is one from its version on, whether the topic is there or not [4.4]',
      async () => {
        const t = await bench.topic();
        for (const [timestamp, from] of [
          [-3n, 7],
          [-4n, 8],
        ] as const) {
          const codes = async (version: number, name?: string) =>
            (await offsetsOf(t, version, [timestamp], name)).topics[0]?.partitions[0]?.errorCode;
          assert.deepEqual([await codes(from - 1), await codes(from)], [35, 0], `${timestamp}`);
          assert.deepEqual([await codes(from - 1, bench.newName()), await codes(from, bench.newName())], [35, 3]);
        }
      },
    );

    suite.behaviour('ListOffsets refuses a partition that is asked for twice [4.4]', async () => {
      const t = await bench.topic();
      const { topics } = await offsetsOf(t, 5, [-1n, -2n]);
      const codes = new Set(topics[0]?.partitions.map(({ errorCode }) => errorCode));
      assert.deepEqual([...codes], [42]);
    });

    suite.behaviour(
      'a partition that is named twice is read once, and written once, as it is named last [3.9, 4.3]',
      async () => {
        const t = await bench.topic({}, 2);
        const [one, other] = [batchOf({ producerId: D }, 5, 1), batchOf({ producerId: D }, 7, 2)];
        const { responses } = await produceAll(null, [[t, [one, other]]]);
        assert.deepEqual(
          responses[0]?.partitionResponses.map(({ errorCode, baseOffset }) => [errorCode, baseOffset]),
          [[0, 0n]],
        );
        assert.equal((await t.batches())[0]?.baseSequence, 7);
        const read = await describeAll(t, [0, 1, 0]);
        const indexes = read.responses.flatMap(({ partitions }) => partitions.map((each) => each.partitionIndex));
        assert.deepEqual(indexes.sort(), [0, 1]);
      },
    );

    suite.behaviour(
      'Fetch refuses limits below zero for the first that has records, and an unknown isolation [4.3]',
      async () => {
        const t = await bench.topic({}, 2);
        for (const partition of [0, 1]) await t.produce(plain(), { partition });
        assert.equal((await t.fetch(0n, { partitionMaxBytes: -1 })).errorCode, -1);
        assert.equal((await t.fetch(1n, { partitionMaxBytes: -1 })).errorCode, 0);
        assert.equal((await t.fetch(0n, { maxBytes: -1 })).errorCode, -1);
        const unknown = await describeAll(t, [0, 1], { isolationLevel: 2 });
        assert.equal(unknown.errorCode, -1);
        assert.deepEqual(
          unknown.responses[0]?.partitions.map(({ errorCode }) => errorCode),
          [-1, -1],
        );
      },
    );

    suite.behaviour(
      'where Fetch looked at no log, or the first batch has no room, no transaction is spoken of [4.3]',
      async () => {
        const t = await bench.topic({}, 2);
        for (const partition of [0, 1]) await t.produce(plain(), { partition });
        const refused = await describeAll(t, [7]);
        assert.deepEqual(refused.responses[0]?.partitions[0]?.abortedTransactions, []);
        assert.equal((await t.fetch(9n, { isolationLevel: READ_COMMITTED })).abortedTransactions, null);
        const partitions = [0, 1].map((partition) => ({ partition, partitionMaxBytes: partition === 0 ? 1 << 20 : 1 }));
        const { responses } = await bench.wire().send(fetch, BY_NAME, {
          sessionEpoch: -1,
          isolationLevel: READ_COMMITTED,
          topics: [{ topic: t.name, partitions }],
        });
        const [whole, cut] = [0, 1].map((index) =>
          responses[0]?.partitions.find(({ partitionIndex }) => partitionIndex === index),
        );
        assert.deepEqual([whole?.abortedTransactions, cut?.abortedTransactions, cut?.errorCode], [[], null, 0]);
      },
    );

    suite.behaviour(
      'the highest timestamp is told of deleted records as long as their segment is there [4.4]',
      async () => {
        const t = await bench.topic();
        const timestamp = BigInt(Date.now() - 1000);
        await t.append(batchOf(PLAIN, -1, 2, { baseSequence: -1, timestamp }));
        await t.deleteRecords(2n);
        const { offset, timestamp: told } = await t.offset(MAX_TIMESTAMP);
        assert.deepEqual([offset, told], [0n, timestamp]);
      },
    );

    suite.behaviour('a request with batches of two transactional producers is refused as a whole [3.9]', async () => {
      const [t, other] = [await bench.topic(), await bench.topic()];
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await writer.add(t), 0);
      const batch = (of: Writer) => batchOf(of, 0, 1, { transactional: true });
      const { responses } = await produceAll(writer.id, [
        [t, [batch(writer.writer)]],
        [other, [batch({ producerId: D })]],
      ]);
      assert.equal(await writer.end(false), 0);
      const codes = responses.flatMap(({ partitionResponses }) => partitionResponses.map(({ errorCode }) => errorCode));
      assert.deepEqual(codes, [49, 49]);
    });

    suite.behaviour(
      'a transaction that is open on a partition is not asked for again, whatever its id is called [5.2]',
      async () => {
        const t = await bench.topic();
        const writer = await new TransactionalWriter(bench.wire()).init();
        const batch = (sequence: number) => batchOf(writer.writer, sequence, 1, { transactional: true });
        const before = await produceAll('somebody', [[t, [batch(0)]]]);
        assert.equal(before.responses[0]?.partitionResponses[0]?.errorCode, 49);
        assert.equal(await writer.add(t), 0);
        assert.deepEqual(await writer.append(t, 0, 1), [0, 0n]);
        const { responses } = await produceAll('somebody', [[t, [batch(1)]]]);
        assert.equal(responses[0]?.partitionResponses[0]?.errorCode, 0);
        assert.equal(await writer.end(true), 0);
      },
    );

    suite.behaviour(
      'a marker without an epoch refuses all markers of the request, whether they were written or not [3.9]',
      async () => {
        const t = await bench.topic();
        const codes = (epochs: readonly number[]) =>
          bench
            .wire()
            .send(writeTxnMarkers, 1, {
              markers: epochs.map((producerEpoch, i) => ({
                producerId: D + BigInt(i),
                producerEpoch,
                topics: [{ name: t.name, partitionIndexes: [0] }],
              })),
            })
            .then(({ markers }) => markers.map(({ topics }) => topics[0]?.partitions[0]?.errorCode));
        assert.deepEqual(await codes([0, -1]), [-1, -1]);
        assert.equal(await t.end(), 1n);
      },
    );

    suite.behaviour(
      'a marker of transactions of version 2 raises the epoch of what is open, or is refused [3.4]',
      ['transactions of version 2'],
      async (otherwise) => {
        const t = await bench.topic();
        const writer = await new TransactionalWriter(bench.wire()).init();
        assert.equal(await writer.add(t), 0);
        assert.deepEqual(await writer.append(t, 0, 1), [0, 0n]);
        const { producerId, epoch } = writer.writer;
        const end = async (producerEpoch: number) => {
          const topics = [{ name: t.name, partitionIndexes: [0] }];
          const marker = { producerId, producerEpoch, transactionVersion: 2, topics };
          const version = otherwise('transactions of version 2') ? 1 : 2;
          const { markers } = await bench.wire().send(writeTxnMarkers, version, { markers: [marker] });
          return markers[0]?.topics[0]?.partitions[0]?.errorCode;
        };
        assert.equal(await end(epoch), otherwise('transactions of version 2') ? 0 : 47);
        assert.equal(await end(epoch + 1), 0);
        assert.equal(await end(epoch + 1), 0, 'once it is over it is taken again');
      },
    );

    suite.behaviour(
      'a partition that knows a later epoch asks no coordinator [5.2]',
      ['fences in front of the coordinator'],
      async (otherwise) => {
        const t = await bench.topic();
        assert.equal(await t.markers([{ producerId: D, epoch: 3 }]), 0);
        const batch = batchOf({ producerId: D, epoch: 2 }, 0, 1, { transactional: true });
        const { responses } = await produceAll('nobody-knows', [[t, [batch]]]);
        const [answer] = responses[0]?.partitionResponses ?? [];
        const code = otherwise('fences in front of the coordinator') ? 49 : 47;
        assert.deepEqual([answer?.errorCode, answer?.logStartOffset], [code, -1n]);
      },
    );

    suite.behaviour('what comes behind a batch that the coordinator refused is refused, too [3.2]', async () => {
      const t = await bench.topic();
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.deepEqual(await writer.append(t, 0, 2), [120, -1n]);
      assert.equal(await writer.add(t), 0);
      assert.deepEqual(await writer.append(t, 2, 1), [45, -1n]);
      assert.deepEqual(await t.append(batchOf(writer.writer, 2, 1)), [45, -1n], 'outside of a transaction as well');
      assert.deepEqual(await writer.append(t, 0, 2), [0, 0n]);
      assert.deepEqual(await writer.append(t, 2, 1), [0, 2n]);
      assert.equal(await writer.end(true), 0);
    });

    suite.behaviour('DeleteRecords goes by what a partition is named with last [4.5]', async () => {
      const t = await bench.topic();
      const remove = async (...offsets: bigint[]) => {
        const partitions = offsets.map((offset) => ({ partitionIndex: 0, offset }));
        const request = { topics: [{ name: t.name, partitions }], timeoutMs: 10_000 };
        return (await bench.wire().ask(deleteRecords, request)).topics[0]?.partitions.map((each) => each.lowWatermark);
      };
      for (let i = 0; i < 3; i++) await t.append(plain());
      assert.deepEqual(await remove(2n, 1n), [1n]);
    });

    suite.behaviour(
      'what DeleteRecords leaves of a batch in an open transaction is not read as committed [3.5]',
      [BEGIN_OF_BATCH],
      async (otherwise) => {
        const t = await bench.topic();
        const writer = await new TransactionalWriter(bench.wire()).init();
        await t.append(plain());
        assert.equal(await writer.add(t), 0);
        assert.deepEqual(await writer.append(t, 0, 3), [0, 1n]);
        assert.equal((await t.deleteRecords(2n)).lowWatermark, 2n);
        const { lastStableOffset, logStartOffset, records } = await t.fetch(2n, { isolationLevel: READ_COMMITTED });
        assert.deepEqual([logStartOffset, records?.length], [2n, 0]);
        assert.equal(lastStableOffset, otherwise(BEGIN_OF_BATCH) ? 2n : 1n);
        assert.equal(await writer.end(false), 0);
      },
    );

    suite.behaviour('records without timestamps have a highest one [4.4]', async () => {
      const t = await bench.topic();
      await t.append(batchOf(PLAIN, -1, 1, { baseSequence: -1, timestamp: -1n }));
      const { offset, timestamp } = await t.offset(MAX_TIMESTAMP);
      assert.deepEqual([offset, timestamp], [0n, -1n]);
    });

    suite.behaviour("a marker has the type of timestamps that the topic's settings say [3.9]", async () => {
      const t = await bench.topic({ 'message.timestamp.type': 'LogAppendTime' });
      assert.equal(await t.markers([{ producerId: D, epoch: 0 }]), 0);
      assert.equal((await t.batches())[0]?.timestampType, 'LogAppendTime');
    });

    suite.behaviour('half a producer is refused, and old clients are not told of a fence [5.2]', async () => {
      const init = (version: number, producerId: bigint, producerEpoch: number, transactionalId: string | null) =>
        bench
          .wire()
          .send(initProducerId, version, { transactionalId, transactionTimeoutMs: 60_000, producerId, producerEpoch })
          .then(({ errorCode }) => errorCode);
      assert.equal(await init(4, -1n, 0, null), 42);
      assert.equal(await init(4, D, -1, null), 42);
      const { id } = await new TransactionalWriter(bench.wire()).init();
      assert.deepEqual([await init(3, D, 0, id), await init(4, D, 0, id)], [47, 90]);
    });
  });

  suite.describe('in the words of Kafka', () => {
    suite.behaviour('a group without a name has offsets, but no transaction [5.1]', async () => {
      const t = await bench.topic();
      const wire = bench.wire();
      await until('the coordinator', 20_000, async () => {
        const { coordinators } = await wire.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['any'] });
        return coordinators[0]?.errorCode === 0;
      });
      const partitions = [{ partitionIndex: 0, committedOffset: 5n, committedMetadata: 'noted' }];
      const committed = await wire.send(offsetCommit, 8, { groupId: '', topics: [{ name: t.name, partitions }] });
      assert.equal(committed.topics[0]?.partitions[0]?.errorCode, 0);
      const groups = [{ groupId: '', topics: [{ name: t.name, partitionIndexes: [0] }] }];
      const { groups: read } = await wire.send(offsetFetch, 8, { groups });
      assert.equal(read[0]?.topics[0]?.partitions[0]?.committedOffset, 5n);
    });

    suite.behaviour(
      'what is noted beside an offset counts in characters, and too much of it is left out [5.1]',
      async () => {
        const t = await bench.topic({}, 3);
        const wire = bench.wire();
        const noted = ['x'.repeat(4096), 'x'.repeat(4097), 'ä'.repeat(4096)];
        const partitions = noted.map((committedMetadata, partitionIndex) => ({
          partitionIndex,
          committedOffset: 5n,
          committedMetadata,
        }));
        const topics = [{ name: t.name, partitions }];
        // In no order.
        const codesOf = (answer: { topics: { partitions: { partitionIndex: number; errorCode: number }[] }[] }) =>
          noted.map((_, i) => answer.topics[0]?.partitions.find((each) => each.partitionIndex === i)?.errorCode);
        const groupId = bench.newName();
        assert.deepEqual(codesOf(await wire.send(offsetCommit, 8, { groupId, topics })), [0, 12, 0]);
        const writer = await new TransactionalWriter(wire).init();
        const { producerId, epoch: producerEpoch } = writer.writer;
        const adding = { transactionalId: writer.id, producerId, producerEpoch, groupId };
        assert.equal((await wire.send(addOffsetsToTxn, 3, adding)).errorCode, 0);
        const claim = { transactionalId: writer.id, producerId, producerEpoch, generationId: -1 };
        assert.deepEqual(codesOf(await wire.send(txnOffsetCommit, 3, { ...claim, groupId, topics })), [0, 12, 0]);
        assert.equal(await writer.end(true), 0);
      },
    );

    suite.behaviour(
      'settings of a new topic are looked at before its partitions, and it has an id if only asked about [4.2]',
      async () => {
        const create = async (topic: { configs?: [string, string | null][]; numPartitions?: number }, more = {}) => {
          const { configs = [], ...rest } = topic;
          const named = configs.map(([name, value]) => ({ name, value }));
          const wanted = {
            name: bench.newName(),
            numPartitions: 1,
            replicationFactor: 1,
            ...rest,
            ...more,
            configs: named,
          };
          const { topics } = await bench.wire().send(createTopics, 7, { topics: [wanted], validateOnly: true });
          return topics[0];
        };
        const asked = await create({});
        assert.deepEqual([asked?.errorCode, asked?.errorMessage], [0, null]);
        assert.notEqual(asked?.topicId, ZERO_UUID);
        assert.equal((await create({ numPartitions: 0, configs: [['retention.ms', 'soon']] }))?.errorCode, 40);
        assert.match(
          (
            await create({
              configs: [
                ['no.such', '1'],
                ['retention.ms', null],
              ],
            })
          )?.errorMessage ?? '',
          /^Null value not supported for topic configs: retention.ms$/,
        );
        const assignments = (...brokerIds: number[][]) => ({
          numPartitions: -1,
          replicationFactor: -1,
          assignments: brokerIds.map((ids, partitionIndex) => ({ partitionIndex, brokerIds: ids })),
        });
        assert.match((await create({}, assignments([])))?.errorMessage ?? '', /empty replica list/);
        assert.match((await create({}, assignments([77])))?.errorMessage ?? '', /no such broker is registered/);
        assert.match(
          (await create({}, { assignments: assignments([1]).assignments }))?.errorMessage ?? '',
          /factor was not set/,
        );
      },
    );

    suite.behaviour('who deletes a topic names it once, by name or by id [4.2]', async () => {
      const t = await bench.topic();
      const remove = async (...topics: { name: string | null; topicId?: string }[]) =>
        (await bench.wire().send(deleteTopics, 6, { topics, timeoutMs: 30_000 })).responses.map(
          ({ errorCode, errorMessage }) => [errorCode, errorMessage],
        );
      assert.deepEqual(await remove({ name: null }), [[42, 'Neither topic name nor id were specified.']]);
      assert.deepEqual(await remove({ name: t.name, topicId: t.id }), [
        [42, 'You may not specify both topic name and topic id.'],
      ]);
      assert.deepEqual(await remove({ name: t.name }, { name: t.name }), [[42, 'Duplicate topic name.']]);
      assert.deepEqual(await remove({ name: null, topicId: t.id }, { name: null, topicId: t.id }), [
        [42, 'Duplicate topic id.'],
      ]);
      assert.deepEqual(await remove({ name: bench.newName() }), [
        [3, 'This server does not host this topic-partition.'],
      ]);
      assert.deepEqual(await remove({ name: null, topicId: t.id }), [[0, null]]);
    });

    suite.behaviour('what is not there is named in the same words, or without any [4.2]', async () => {
      const name = bench.newName();
      const wire = bench.wire();
      const grown = await wire.ask(createPartitions, {
        topics: [{ name, count: 2, assignments: null }],
        timeoutMs: 30_000,
      });
      assert.deepEqual([grown.results[0]?.errorCode, grown.results[0]?.errorMessage], [3, null]);
      const { topics } = await wire.ask(describeProducers, { topics: [{ name, partitionIndexes: [0] }] });
      assert.equal(topics[0]?.partitions[0]?.errorMessage, 'This server does not host this topic-partition.');
      const t = await bench.topic();
      const configs = [{ name: 'no.such', configOperation: 0, value: '1' }];
      const resources = [{ resourceType: 2, resourceName: t.name, configs }];
      const { responses } = await wire.ask(incrementalAlterConfigs, { resources });
      assert.equal(responses[0]?.errorMessage, 'Unknown topic config name: no.such');
    });
  });
}
