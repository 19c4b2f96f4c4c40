/** The part of the broker's conformance suite about transactions: fencing, last stable offset, aborted data. */
import assert from 'node:assert/strict';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, LATEST, type WireTopic, type Writer } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';
import type { Target } from './conformance-suite.js';

export interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly reopen: (old: WireTopic) => Promise<WireTopic>;
  readonly wire: () => Wire;
}

const COMMITTED = 1;
let made = 0;

/** A transactional producer, one request at a time. Never above EndTxn 4: from 5 on an end raises the epoch. */
export class TransactionalWriter {
  readonly id: string;
  readonly wire: Wire;
  writer: Required<Writer> = { producerId: -1n, epoch: -1 };

  constructor(wire: Wire, id = `txn-${process.pid}-${Date.now()}-${made++}`) {
    this.wire = wire;
    this.id = id;
  }

  /** 14, 15, 16 and 51 say "not yet". */
  async init(timeoutMs = 60_000): Promise<this> {
    await until(`InitProducerId of ${this.id}`, 30_000, async () => {
      await this.wire.ask(findCoordinator, { keyType: 1, key: this.id, coordinatorKeys: [this.id] });
      const request = { transactionalId: this.id, transactionTimeoutMs: timeoutMs, producerId: -1n, producerEpoch: -1 };
      const { errorCode, producerId, producerEpoch } = await this.wire.ask(initProducerId, request, 4);
      if ([14, 15, 16, 51].includes(errorCode)) return false;
      assert.equal(errorCode, 0);
      this.writer = { producerId, epoch: producerEpoch };
      return true;
    });
    return this;
  }

  /** KIP-360: a raise only if `expected` is still the epoch. The code and the epoch; 51 says "not yet". */
  async raise(expected: number): Promise<[number, number]> {
    let answered: [number, number] = [-1, -1];
    await until(`a raise from epoch ${expected} of ${this.id}`, 30_000, async () => {
      const request = { transactionalId: this.id, transactionTimeoutMs: 60_000, producerId: this.writer.producerId };
      const answer = await this.wire.ask(initProducerId, { ...request, producerEpoch: expected }, 4);
      answered = [answer.errorCode, answer.producerEpoch];
      return answer.errorCode !== 51;
    });
    return answered;
  }

  /** 51 while the last transaction is still being finished. */
  async add(topic: WireTopic, partitions: number[] = [0]): Promise<number> {
    let code = -1;
    await until('AddPartitionsToTxn', 30_000, async () => {
      const { resultsByTopicV3AndBelow } = await this.wire.ask(
        addPartitionsToTxn,
        {
          v3AndBelowTransactionalId: this.id,
          v3AndBelowProducerId: this.writer.producerId,
          v3AndBelowProducerEpoch: this.writer.epoch,
          v3AndBelowTopics: [{ name: topic.name, partitions }],
        },
        3,
      );
      // Apache Kafka answers in no order.
      const results = resultsByTopicV3AndBelow[0]?.resultsByPartition;
      code = results?.find(({ partitionIndex }) => partitionIndex === partitions[0])?.partitionErrorCode ?? -1;
      return code !== 51;
    });
    return code;
  }

  async end(committed: boolean): Promise<number> {
    const { producerId, epoch: producerEpoch } = this.writer;
    const request = { transactionalId: this.id, producerId, producerEpoch, committed };
    return (await this.wire.ask(endTxn, request, 4)).errorCode;
  }

  append(topic: WireTopic, sequence: number, count: number): Promise<[number, bigint]> {
    return topic.append(batchOf(this.writer, sequence, count, { transactional: true }), {
      transactionalId: this.id,
      version: 11,
    });
  }
}

export function transactionConformance(suite: Suite, target: () => Target, bench: Bench): void {
  suite.describe('transactions', () => {
    suite.behaviour('the last stable offset waits for the end, and aborted data is named', async () => {
      const t = await bench.topic();
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.deepEqual(await t.append(batchOf({ producerId: -1n, epoch: -1 }, -1, 5, { baseSequence: -1 })), [0, 0n]);
      assert.equal(await writer.add(t), 0);
      assert.deepEqual(await writer.append(t, 0, 4), [0, 5n]);
      assert.deepEqual(await t.append(batchOf({ producerId: -1n, epoch: -1 }, -1, 1, { baseSequence: -1 })), [0, 9n]);
      assert.equal((await t.offset(LATEST)).offset, 10n);
      assert.equal((await t.offset(LATEST, { committed: true })).offset, 5n);
      const open = await t.fetch(0n, { isolationLevel: COMMITTED });
      assert.equal(open.lastStableOffset, 5n);
      assert.equal(open.highWatermark, 10n);
      assert.ok([...batchesIn(open.records ?? Buffer.alloc(0))].every((batch) => batch.baseOffset < 5n));
      const state = (await t.producers()).find(({ producerId }) => producerId === writer.writer.producerId);
      assert.equal(state?.currentTxnStartOffset, 5n);

      assert.equal(await writer.end(false), 0);
      await until('the marker', 10_000, async () => (await t.offset(LATEST, { committed: true })).offset === 11n);
      const aborted = await t.fetch(7n, { isolationLevel: COMMITTED });
      assert.deepEqual(aborted.abortedTransactions, [{ producerId: writer.writer.producerId, firstOffset: 5n }]);
      const [first] = batchesIn(aborted.records ?? Buffer.alloc(0));
      assert.equal(first?.baseOffset, 5n, 'the batch is returned, and the reader told [T12]');
      assert.equal((await t.fetch(7n)).abortedTransactions, null);
      assert.deepEqual((await t.fetch(11n, { isolationLevel: COMMITTED })).abortedTransactions, []);

      assert.equal(await writer.add(t), 0);
      assert.deepEqual(await writer.append(t, 4, 1), [0, 11n], 'an end before version 5 keeps epoch and sequence');
      assert.equal(await writer.end(true), 0);
      await until('the marker', 10_000, async () => (await t.offset(LATEST, { committed: true })).offset === 13n);
      const batches = await t.batches(9n);
      assert.equal(batches[batches.length - 1]?.isControl, true);
      assert.equal(batches[batches.length - 1]?.producerEpoch, writer.writer.epoch);
    });

    suite.behaviour(
      'a transaction without data leaves exactly one marker on each of its partitions [E19]',
      async () => {
        const t = await bench.topic({}, 2);
        const writer = await new TransactionalWriter(bench.wire()).init();
        for (let i = 1; i <= 3; i++) {
          assert.equal(await writer.add(t, [0, 1]), 0);
          assert.equal(await writer.end(false), 0);
          for (const partition of [0, 1]) {
            const ended = async () => (await t.offset(LATEST, { partition })).offset >= BigInt(i);
            await until(`the marker of partition ${partition}`, 10_000, ended);
            assert.equal((await t.offset(LATEST, { partition })).offset, BigInt(i));
          }
        }
      },
    );

    suite.behaviour('InitProducerId aborts what is open and fences whoever had the id [X13]', async () => {
      const t = await bench.topic();
      const old = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await old.add(t), 0);
      assert.deepEqual(await old.append(t, 0, 3), [0, 0n]);
      const next = await new TransactionalWriter(bench.wire(), old.id).init();
      assert.equal((await t.offset(LATEST, { committed: true })).offset, 4n, 'LSO = log end when it returns');
      assert.equal(next.writer.producerId, old.writer.producerId);
      assert.ok(next.writer.epoch > old.writer.epoch);
      assert.equal((await old.append(t, 3, 1))[0], 47);
      assert.equal(await old.end(true), 90);
      assert.equal(await old.add(t), 90);
      assert.equal(await next.add(t), 0);
      assert.deepEqual(await next.append(t, 0, 1), [0, 4n]);
      assert.equal(await next.end(true), 0);
    });

    suite.behaviour(
      'a raise that is asked for again is answered as before, until somebody takes over (KIP-360) [5.3]',
      async () => {
        const t = await bench.topic();
        const writer = await new TransactionalWriter(bench.wire()).init();
        const first = writer.writer.epoch;
        assert.deepEqual(await writer.raise(first), [0, first + 1]);
        assert.deepEqual(await writer.raise(first), [0, first + 1]);
        assert.deepEqual(await writer.raise(first + 1), [0, first + 2]);
        assert.deepEqual(await writer.raise(first), [90, -1], 'only the last raise is remembered');
        writer.writer = { ...writer.writer, epoch: first + 2 };
        assert.equal(await writer.add(t), 0);
        assert.deepEqual(await writer.append(t, 0, 1), [0, 0n]);
        assert.equal(await writer.end(true), 0);
        assert.deepEqual(await writer.raise(first + 1), [0, first + 2], 'a transaction later too');
        await new TransactionalWriter(bench.wire(), writer.id).init();
        assert.deepEqual(await writer.raise(first + 1), [90, -1]);
        assert.deepEqual(await writer.raise(first + 2), [90, -1]);
      },
    );

    suite.behaviour(
      'a raise from an epoch that is over is refused, and aborts what is open all the same [5.3]',
      ['raise in an open transaction'],
      async (otherwise) => {
        const t = await bench.topic();
        const old = await new TransactionalWriter(bench.wire()).init();
        const next = await new TransactionalWriter(bench.wire(), old.id).init();
        assert.equal(await next.add(t), 0);
        assert.deepEqual(await next.append(t, 0, 3), [0, 0n]);
        assert.deepEqual(await old.raise(old.writer.epoch), [90, -1]);
        assert.equal(await next.end(true), 90);
        await until('the marker', 10_000, async () => (await t.offset(LATEST, { committed: true })).offset === 4n);
        assert.equal((await t.fetch(0n, { isolationLevel: COMMITTED })).abortedTransactions?.length, 1);

        // The holder's own: from transactions of version 2 on it survives.
        const own = await new TransactionalWriter(bench.wire()).init();
        const { epoch } = own.writer;
        assert.equal(await own.add(t), 0);
        const survives = !otherwise('raise in an open transaction');
        assert.deepEqual(await own.raise(epoch), survives ? [0, epoch + 1] : [90, -1]);
        assert.equal(await own.end(true), 90);
      },
    );

    suite.behaviour('what was not begun cannot be ended, and an unknown id has no producer', async () => {
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await writer.end(true), 48);
      const nobody = new TransactionalWriter(bench.wire(), 'nobody-ever');
      nobody.writer = { producerId: 5n, epoch: 0 };
      assert.equal(await nobody.end(true), 49);
      const t = await bench.topic();
      assert.equal(await nobody.add(t), 49);
    });

    suite.behaviour('an end that is asked for again is confirmed, the other end is not', async () => {
      const t = await bench.topic();
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await writer.add(t), 0);
      assert.equal(await writer.end(true), 0);
      await until('the marker', 10_000, async () => (await t.end()) === 1n);
      await until('the end is complete', 10_000, async () => (await writer.end(true)) !== 51);
      assert.equal(await writer.end(true), 0);
      assert.equal(await writer.end(false), 48);
      assert.equal(await t.end(), 1n);
    });

    suite.behaviour('partitions that are not there keep the others out of the transaction', async () => {
      const t = await bench.topic();
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await writer.add(t, [7]), 3);
      assert.equal(await writer.add(t, [0, 7]), 55);
      assert.equal(await writer.end(true), 48);
    });

    suite.behaviour('data for a partition that is not in the transaction is refused', async () => {
      const t = await bench.topic();
      const other = await bench.topic();
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await writer.add(other), 0);
      assert.equal((await writer.append(t, 0, 1))[0], 120, 'TRANSACTION_ABORTABLE from Produce 11 on');
      assert.equal(await writer.end(false), 0);
    });

    suite.behaviour('ids for plain producers are all different', async () => {
      const ids = new Set<bigint>();
      for (let i = 0; i < 10; i++) {
        const request = { transactionalId: null, transactionTimeoutMs: 0, producerId: -1n, producerEpoch: -1 };
        const { errorCode, producerId, producerEpoch } = await bench.wire().ask(initProducerId, request, 4);
        assert.deepEqual([errorCode, producerEpoch], [0, 0]);
        ids.add(producerId);
      }
      assert.equal(ids.size, 10);
    });

    suite.behaviour(
      'plain batches of a transactional producer are taken until data is in the transaction [E19]',
      async () => {
        const t = await bench.topic();
        const writer = await new TransactionalWriter(bench.wire()).init();
        assert.deepEqual(await t.append(batchOf(writer.writer, 0, 1)), [0, 0n]);
        assert.equal(await writer.add(t), 0);
        assert.deepEqual(await t.append(batchOf(writer.writer, 1, 1)), [0, 1n]);
        assert.deepEqual(await writer.append(t, 2, 1), [0, 2n]);
        assert.equal((await t.append(batchOf(writer.writer, 3, 1)))[0], 48);
        assert.equal(await writer.end(true), 0);
      },
    );

    suite.behaviour('kill -9 in an open transaction: it is still open, and can be ended', async () => {
      let t = await bench.topic();
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await writer.add(t), 0);
      assert.deepEqual(await writer.append(t, 0, 3), [0, 0n]);
      await target().kill9();
      await target().start();
      t = await bench.reopen(t);
      assert.equal((await t.offset(LATEST, { committed: true })).offset, 0n);
      assert.equal((await t.offset(LATEST)).offset, 3n);
      const next = new TransactionalWriter(bench.wire(), writer.id);
      next.writer = writer.writer;
      await until('the coordinator is loaded', 20_000, async () => {
        await bench.wire().ask(findCoordinator, { keyType: 1, key: writer.id, coordinatorKeys: [writer.id] });
        const code = await next.end(false);
        if ([14, 15, 16].includes(code)) return false;
        assert.equal(code, 0);
        return true;
      });
      await until('the marker', 10_000, async () => (await t.offset(LATEST, { committed: true })).offset === 4n);
      const read = await t.fetch(0n, { isolationLevel: COMMITTED });
      assert.equal(read.abortedTransactions?.length, 1);
    });

    suite.behaviour('one that runs out of its time is aborted, and its producer fenced [5.3]', async () => {
      const t = await bench.topic();
      const writer = await new TransactionalWriter(bench.wire()).init(1000);
      assert.equal(await writer.add(t), 0);
      assert.deepEqual(await writer.append(t, 0, 3), [0, 0n]);
      await until('the abort', 20_000, async () => (await t.offset(LATEST, { committed: true })).offset === 4n);
      assert.equal((await t.fetch(0n, { isolationLevel: COMMITTED })).abortedTransactions?.length, 1);
      const [, marker] = await t.batches();
      assert.equal(marker?.producerEpoch, writer.writer.epoch + 1, 'at a raised epoch');
      assert.equal((await writer.append(t, 3, 1))[0], 47);
      assert.equal(await writer.end(true), 90);
      assert.equal(await writer.add(t), 90);
    });

    suite.behaviour('a marker from outside ends a hanging transaction [5.3]', async () => {
      const t = await bench.topic();
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await writer.add(t), 0);
      assert.deepEqual(await writer.append(t, 0, 2), [0, 0n]);
      const { producerId, epoch } = writer.writer;
      assert.equal(await t.markers([{ producerId, epoch, coordinatorEpoch: 1000 }]), 0);
      assert.equal((await t.offset(LATEST, { committed: true })).offset, 3n);
    });
  });
}
