/**
 * The part of the broker's conformance suite about transactions of version 2 (KIP-890): each end raises the producer's epoch,
 * and partitions are taken in by writing to them.
 */
import assert from 'node:assert/strict';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { describeTransactions } from '../../src/protocol/api/describe-transactions.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { listTransactions } from '../../src/protocol/api/list-transactions.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { writeTxnMarkers } from '../../src/protocol/api/write-txn-markers.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, LATEST, type WireTopic, type Writer } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';
import type { Target } from './conformance-suite.js';
import { type Bench, TransactionalWriter } from './conformance-transactions.js';

type Ended = [code: number, producerId: bigint, epoch: number];

const COMMITTED = 1;
const NOBODY = [-1n, -1] as const;
const PENDING = 51;
/** The first Produce that takes its partition into the transaction, and the last that names topics. */
const ADDS = 12;

/** A producer of version 2; `writer` is what the last end told. */
class RaisingWriter {
  readonly first: TransactionalWriter;
  writer: Required<Writer> = { producerId: -1n, epoch: -1 };

  constructor(wire: Wire, id?: string) {
    this.first = new TransactionalWriter(wire, id);
  }

  get id(): string {
    return this.first.id;
  }

  async init(timeoutMs?: number): Promise<this> {
    await this.first.init(timeoutMs);
    this.writer = this.first.writer;
    return this;
  }

  /** Adds the partition by the way. 51 while the last transaction is being finished. */
  async append(topic: WireTopic, sequence: number, count: number, writer = this.writer): Promise<[number, bigint]> {
    const how = { transactionalId: this.id, version: ADDS };
    let answered: [number, bigint] = [-1, -1n];
    await until('an append', 30_000, async () => {
      answered = await topic.append(batchOf(writer, sequence, count, { transactional: true }), how);
      return answered[0] !== PENDING;
    });
    return answered;
  }

  /** What it answers when nothing is being finished any more. */
  async end(committed: boolean, writer = this.writer): Promise<Ended> {
    let answered: Ended = [-1, ...NOBODY];
    await until('an end', 30_000, async () => {
      const { producerId, epoch: producerEpoch } = writer;
      const request = { transactionalId: this.id, producerId, producerEpoch, committed };
      const answer = await this.first.wire.send(endTxn, 5, request);
      answered = [answer.errorCode, answer.producerId, answer.producerEpoch];
      return answer.errorCode !== PENDING;
    });
    return answered;
  }

  /** An end that must go through. */
  async ended(committed: boolean): Promise<void> {
    const [code, producerId, epoch] = await this.end(committed);
    assert.equal(code, 0);
    this.writer = { producerId, epoch };
  }

  at(epoch: number): Required<Writer> {
    return { ...this.writer, epoch };
  }
}

const V2 = 'transactions of version 2';

export function raisingConformance(suite: Suite, target: () => Target, bench: Bench): void {
  /** Where there is no version 2, its requests are not offered: that is all there is to assert. */
  const behaviour = (fact: string, run: () => Promise<void>) =>
    suite.behaviour(fact, [V2], async (otherwise) => {
      if (otherwise(V2)) assert.equal(bench.wire().range(endTxn)?.max, 4);
      else await run();
    });
  const make = (id?: string) => new RaisingWriter(bench.wire(), id);
  const stable = async (topic: WireTopic, offset: bigint) =>
    until(`a stable offset of ${offset}`, 20_000, async () => {
      return (await topic.offset(LATEST, { committed: true })).offset === offset;
    });
  const stateOf = async (transactionalId: string) => {
    const { transactionStates } = await bench.wire().ask(describeTransactions, { transactionalIds: [transactionalId] });
    const [state] = transactionStates;
    assert.equal(state?.errorCode, 0);
    return state;
  };

  suite.describe('transactions of version 2', () => {
    behaviour('the feature is finalized, and clients who cannot read level 0 are not told of it [5.2]', async () => {
      const ask = (version: number) =>
        bench.wire().send(apiVersions, version, { clientSoftwareName: 'wire', clientSoftwareVersion: '1' });
      const { supportedFeatures, finalizedFeatures, finalizedFeaturesEpoch } = await ask(4);
      const named = { name: 'transaction.version' };
      assert.deepEqual(
        supportedFeatures.filter(({ name }) => name === named.name),
        [{ ...named, minVersion: 0, maxVersion: 2 }],
      );
      assert.deepEqual(
        finalizedFeatures.filter(({ name }) => name === named.name),
        [{ ...named, minVersionLevel: 2, maxVersionLevel: 2 }],
      );
      assert.ok(finalizedFeaturesEpoch >= 0n);
      const older = await ask(3);
      assert.ok(older.supportedFeatures.every(({ minVersion }) => minVersion > 0));
      assert.ok(older.finalizedFeatures.some(({ name }) => name === named.name));
    });

    behaviour('an end raises the epoch, and its marker carries the raised one [5.2]', async () => {
      const t = await bench.topic();
      const writer = await make().init();
      const { producerId, epoch } = writer.writer;
      assert.deepEqual(await writer.append(t, 0, 2), [0, 0n]);
      assert.deepEqual(await writer.append(t, 2, 1), [0, 2n]);
      assert.deepEqual(await writer.end(true), [0, producerId, epoch + 1]);
      await stable(t, 4n);
      const marker = (await t.batches()).at(-1);
      assert.deepEqual([marker?.isControl, marker?.producerEpoch], [true, epoch + 1]);
      assert.equal((await writer.append(t, 3, 1))[0], 47, 'the epoch before is over');
      writer.writer = writer.at(epoch + 1);
      assert.equal((await writer.append(t, 3, 1))[0], 45, 'the new one begins at 0');
      assert.deepEqual(await writer.append(t, 0, 1), [0, 4n]);
      assert.deepEqual(await writer.end(false), [0, producerId, epoch + 2]);
      await stable(t, 6n);
      const { abortedTransactions } = await t.fetch(0n, { isolationLevel: COMMITTED });
      assert.deepEqual(abortedTransactions, [{ producerId, firstOffset: 4n }]);
      const known = (await t.producers()).find((each) => each.producerId === producerId);
      assert.deepEqual([known?.producerEpoch, known?.lastSequence, known?.currentTxnStartOffset], [epoch + 2, -1, -1n]);
    });

    behaviour('the first batch of a producer has sequence 0, also where nobody knows the producer [3.2]', async () => {
      const t = await bench.topic();
      const writer = await make().init();
      assert.equal((await writer.append(t, 5, 1))[0], 45);
      assert.deepEqual(await writer.append(t, 0, 1), [0, 0n]);
      await writer.ended(true);
    });

    behaviour('an end is asked for again at the epoch before, and a new one at the raised epoch [5.2]', async () => {
      const t = await bench.topic();
      const writer = await make().init();
      const { producerId, epoch } = writer.writer;
      assert.deepEqual(await writer.append(t, 0, 1), [0, 0n]);
      assert.deepEqual(await writer.end(true, writer.at(epoch + 1)), [90, ...NOBODY]);
      assert.deepEqual(await writer.end(true), [0, producerId, epoch + 1]);
      assert.deepEqual(await writer.end(true), [0, producerId, epoch + 1], 'the answer was lost');
      assert.deepEqual(await writer.end(false), [48, ...NOBODY]);
      assert.deepEqual(await writer.end(true, writer.at(epoch + 1)), [48, ...NOBODY]);
      assert.deepEqual(await writer.end(false, writer.at(epoch + 1)), [0, producerId, epoch + 2], 'of nothing');
      assert.deepEqual(await writer.end(false, writer.at(epoch + 1)), [0, producerId, epoch + 2]);
      assert.deepEqual(await writer.end(true, writer.at(epoch + 1)), [48, ...NOBODY]);
      assert.deepEqual(await writer.end(true), [90, ...NOBODY], 'two raises ago');
      assert.deepEqual(await writer.end(true, { producerId: producerId + 1n, epoch }), [49, ...NOBODY]);
      assert.equal(await t.end(), 2n, 'an end of nothing leaves no marker');
    });

    behaviour('where nothing was begun, an abort raises the epoch and a commit is refused [5.2]', async () => {
      const writer = await make().init();
      const { producerId, epoch } = writer.writer;
      assert.deepEqual(await writer.end(true), [48, ...NOBODY]);
      assert.deepEqual(await writer.end(false, writer.at(epoch - 1)), [90, ...NOBODY]);
      assert.deepEqual(await writer.end(false), [0, producerId, epoch + 1]);
      assert.deepEqual(await writer.end(false), [0, producerId, epoch + 1], 'nothing is being finished any more');
      const state = await stateOf(writer.id);
      assert.deepEqual([state.transactionState, state.producerEpoch, state.topics], ['CompleteAbort', epoch + 1, []]);
      assert.ok(state.transactionStartTimeMs > 0n);
    });

    behaviour('an older Produce adds nothing, and nobody adds for an id that is not there [5.2]', async () => {
      const t = await bench.topic();
      const writer = await make().init();
      const batch = (of = writer.writer) => batchOf(of, 0, 1, { transactional: true });
      const transactionalId = writer.id;
      assert.deepEqual(await t.append(batch(), { transactionalId, version: 11 }), [120, -1n]);
      assert.deepEqual(await t.append(batch(), { transactionalId: 'nobody-ever', version: ADDS }), [49, -1n]);
      const other = { ...writer.writer, producerId: writer.writer.producerId + 1n };
      assert.deepEqual(await t.append(batch(other), { transactionalId, version: ADDS }), [49, -1n]);
      assert.equal((await stateOf(writer.id)).transactionState, 'Empty');
      assert.equal(await t.end(), 0n);
    });

    behaviour('offsets of a group take the group into the transaction [5.2]', async () => {
      const t = await bench.topic();
      const writer = await make().init();
      const groupId = `g-${writer.id}`;
      await until('the coordinator of the group', 20_000, async () => {
        const { coordinators } = await bench.wire().ask(findCoordinator, { keyType: 0, coordinatorKeys: [groupId] });
        return coordinators[0]?.errorCode === 0;
      });
      const commit = async (version: number, committedOffset: bigint, who = writer.writer) => {
        const partitions = [{ partitionIndex: 0, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }];
        const member = { generationId: -1, memberId: '', groupInstanceId: null };
        const { producerId, epoch: producerEpoch } = who;
        const claim = { transactionalId: writer.id, producerId, producerEpoch };
        const topics = [{ name: t.name, partitions }];
        let code = -1;
        await until('TxnOffsetCommit', 30_000, async () => {
          const answer = await bench.wire().send(txnOffsetCommit, version, { ...claim, ...member, groupId, topics });
          code = answer.topics[0]?.partitions[0]?.errorCode ?? -1;
          return ![14, 15, 16, PENDING].includes(code);
        });
        return code;
      };
      const committed = async () => {
        const topics = [{ name: t.name, partitionIndexes: [0] }];
        const { groups } = await bench
          .wire()
          .ask(offsetFetch, { groups: [{ groupId, topics }], requireStable: false }, 8);
        return groups[0]?.topics[0]?.partitions[0]?.committedOffset;
      };
      assert.equal(await commit(3, 1n), 48);
      assert.equal(await commit(4, 1n), 120);
      assert.equal(await commit(5, 7n), 0);
      assert.equal((await stateOf(writer.id)).topics[0]?.topic, '__consumer_offsets');
      assert.equal(await committed(), -1n);
      const old = writer.writer;
      await writer.ended(true);
      await until('the offset', 10_000, async () => (await committed()) === 7n);
      assert.equal((await writer.end(true, old))[0], 0, 'nothing is being finished any more');
      assert.equal(await commit(5, 3n, old), 47);
      assert.equal(await commit(5, 3n, { ...old, producerId: old.producerId + 1n }), 49);
      assert.equal(await committed(), 7n);
    });

    behaviour('one that runs out of its time is aborted, and a client of its own may go on [5.3]', async () => {
      const t = await bench.topic();
      const writer = await make().init(1000);
      const { producerId, epoch } = writer.writer;
      assert.deepEqual(await writer.append(t, 0, 3), [0, 0n]);
      await stable(t, 4n);
      assert.equal((await t.batches()).at(-1)?.producerEpoch, epoch + 1);
      assert.equal((await writer.append(t, 3, 1))[0], 47);
      assert.deepEqual(await writer.end(true), [48, ...NOBODY], 'it was not committed');
      assert.deepEqual(await writer.end(false), [0, producerId, epoch + 1]);
      await writer.ended(false);
      assert.deepEqual(await writer.append(t, 0, 1), [0, 4n]);
      await writer.ended(true);
      await stable(t, 6n);
    });

    behaviour('whoever takes over fences both the epoch and its retries [5.2]', async () => {
      const t = await bench.topic();
      const old = await make().init();
      assert.deepEqual(await old.append(t, 0, 2), [0, 0n]);
      const next = await make(old.id).init();
      assert.ok(next.writer.epoch >= old.writer.epoch + 2);
      assert.equal((await t.offset(LATEST, { committed: true })).offset, 3n);
      for (const commit of [true, false]) assert.deepEqual(await old.end(commit), [90, ...NOBODY]);
      assert.equal((await old.append(t, 2, 1))[0], 47);
      assert.deepEqual(await next.append(t, 0, 1), [0, 3n]);
      await next.ended(true);
    });

    behaviour('a client of version 1 keeps its epoch beside one of version 2, also with one id [5.2]', async () => {
      const t = await bench.topic();
      const writer = await make().init();
      const { first } = writer;
      const { epoch } = writer.writer;
      assert.equal(await first.add(t), 0);
      assert.deepEqual(await first.append(t, 0, 1), [0, 0n]);
      assert.equal(await first.end(true), 0);
      await stable(t, 2n);
      assert.equal((await t.batches()).at(-1)?.producerEpoch, epoch);
      assert.deepEqual(await writer.end(true), [48, ...NOBODY], 'to version 2 that is no retry');
      assert.deepEqual(await writer.append(t, 1, 1), [0, 2n], 'its sequences go on');
      assert.deepEqual(await writer.end(true), [0, writer.writer.producerId, epoch + 1]);
      await stable(t, 4n);
      await until('the end is complete', 10_000, async () => (await first.end(true)) !== PENDING);
      assert.equal(await first.end(true), 90);
    });

    behaviour('kill -9 in an open transaction and behind its end: it goes on, and the end is known [5.2]', async () => {
      let t = await bench.topic();
      let writer = await make().init();
      const { producerId, epoch } = writer.writer;
      const again = async () => {
        await target().kill9();
        await target().start();
        t = await bench.reopen(t);
        const next = make(writer.id);
        next.writer = writer.writer;
        writer = next;
        await until('the coordinator is loaded', 20_000, async () => {
          await bench.wire().ask(findCoordinator, { keyType: 1, key: writer.id, coordinatorKeys: [writer.id] });
          const { transactionStates } = await bench.wire().ask(describeTransactions, { transactionalIds: [writer.id] });
          return transactionStates[0]?.errorCode === 0;
        });
      };
      assert.deepEqual(await writer.append(t, 0, 2), [0, 0n]);
      await again();
      assert.deepEqual(await writer.append(t, 2, 1), [0, 2n]);
      assert.deepEqual(await writer.end(true), [0, producerId, epoch + 1]);
      await stable(t, 4n);
      // Killed before that is written, the broker writes the marker again.
      assert.deepEqual(await writer.end(true), [0, producerId, epoch + 1]);
      await again();
      assert.deepEqual(await writer.end(true), [0, producerId, epoch + 1]);
      assert.equal((await writer.append(t, 3, 1))[0], 47);
      writer.writer = writer.at(epoch + 1);
      assert.deepEqual(await writer.append(t, 0, 1), [0, 4n]);
      await writer.ended(true);
      await stable(t, 6n);
    });

    behaviour('brokers add and look at partitions of several transactions at once [5.2]', async () => {
      const t = await bench.topic();
      const one = await make().init();
      const two = await make().init();
      const ask = async (
        of: readonly {
          readonly writer: RaisingWriter;
          readonly id?: string;
          readonly only: boolean;
          readonly at?: number;
        }[],
      ) => {
        const transactions = of.map(({ writer, id, only, at }) => ({
          transactionalId: id ?? writer.id,
          producerId: writer.writer.producerId,
          producerEpoch: at ?? writer.writer.epoch,
          verifyOnly: only,
          topics: [{ name: t.name, partitions: [0] }],
        }));
        const { errorCode, resultsByTransaction } = await bench.wire().send(addPartitionsToTxn, 5, { transactions });
        assert.equal(errorCode, 0);
        const codeOf = (wanted: string) =>
          resultsByTransaction.find(({ transactionalId }) => transactionalId === wanted)?.topicResults[0]
            ?.resultsByPartition[0]?.partitionErrorCode;
        return transactions.map(({ transactionalId }) => codeOf(transactionalId));
      };
      assert.deepEqual(
        await ask([
          { writer: one, only: true },
          { writer: two, only: false },
        ]),
        [120, 0],
      );
      assert.deepEqual(
        await ask([
          { writer: one, only: true, at: 9 },
          { writer: two, only: true },
        ]),
        [90, 0],
      );
      assert.deepEqual(
        await ask([
          { writer: one, id: 'nobody-ever', only: true },
          { writer: one, id: '', only: true },
        ]),
        [49, 42],
      );
      assert.equal((await stateOf(one.id)).transactionState, 'Empty');
      assert.equal((await stateOf(two.id)).transactionState, 'Ongoing');
      await two.ended(false);
    });

    behaviour('a marker of version 2 is judged like the others [3.4]', async () => {
      const t = await bench.topic();
      const mark = async (transactionVersion: number, producerEpoch: number) => {
        const topics = [{ name: t.name, partitionIndexes: [0] }];
        const marker = { producerId: 99n, producerEpoch, transactionResult: false, coordinatorEpoch: 0, topics };
        const { markers } = await bench
          .wire()
          .send(writeTxnMarkers, 2, { markers: [{ ...marker, transactionVersion }] });
        return markers[0]?.topics[0]?.partitions[0]?.errorCode;
      };
      assert.deepEqual([await mark(2, 3), await mark(2, 3), await mark(0, 3), await mark(2, 4)], [0, 0, 0, 0]);
      assert.equal(await mark(2, 3), 47);
      assert.equal(await t.end(), 4n);
    });

    behaviour('transactions are listed by state, producer and duration [5.2]', async () => {
      const t = await bench.topic();
      const idle = await make(`list-${process.pid}-${Date.now()}-a`).init();
      const open = await make(`list-${process.pid}-${Date.now()}-b`).init();
      assert.deepEqual(await open.append(t, 0, 1), [0, 0n]);
      const list = async (by: {
        readonly stateFilters?: string[];
        readonly producerIdFilters?: bigint[];
        readonly durationFilter?: bigint;
      }) => {
        const all = { stateFilters: [], producerIdFilters: [], durationFilter: -1n };
        const answer = await bench.wire().send(listTransactions, 1, { ...all, ...by });
        const ids = answer.transactionStates.map(({ transactionalId }) => transactionalId);
        const shown = [idle.id, open.id].filter((id) => ids.includes(id)).map((id) => id.slice(-1));
        return [answer.errorCode, shown.join(''), ...answer.unknownStateFilters];
      };
      assert.deepEqual(await list({}), [0, 'ab']);
      assert.deepEqual(await list({ stateFilters: ['Ongoing', 'Nonsense'] }), [0, 'b', 'Nonsense']);
      assert.deepEqual(await list({ producerIdFilters: [idle.writer.producerId] }), [0, 'a']);
      assert.deepEqual(await list({ durationFilter: 3_600_000n, stateFilters: ['Ongoing'] }), [0, '']);
      await open.ended(false);
      const { transactionStates } = await bench
        .wire()
        .ask(describeTransactions, { transactionalIds: ['', 'nobody-ever'] });
      assert.deepEqual(
        transactionStates.map((each) => each.errorCode),
        [42, 105],
      );
    });

    behaviour('transactions are listed by a regular expression of RE2 over whole ids [5.2]', async () => {
      const [one, other] = [await make(`re-${process.pid}-a.b`).init(), await make(`re-${process.pid}-acb`).init()];
      const list = async (transactionalIdPattern: string | null) => {
        const all = { stateFilters: [], producerIdFilters: [], durationFilter: -1n };
        const answer = await bench.wire().send(listTransactions, 2, { ...all, transactionalIdPattern });
        const ids = answer.transactionStates.map(({ transactionalId }) => transactionalId);
        return [answer.errorCode, ...[one.id, other.id].filter((id) => ids.includes(id))];
      };
      for (const everything of [null, '', '.*']) assert.deepEqual(await list(everything), [0, one.id, other.id]);
      assert.deepEqual(await list(one.id), [0, one.id, other.id], 'a dot is any character');
      assert.deepEqual(await list(`re-${process.pid}-a\\.b`), [0, one.id]);
      assert.deepEqual(await list('re-'), [0], 'the whole id');
      assert.deepEqual(await list('re-(?=x).*'), [128]);
      assert.deepEqual(await list('['), [128]);
    });

    behaviour('an id of nothing is no id [5.2]', async () => {
      const claim = { transactionalId: '', producerId: 1n, producerEpoch: 0 };
      assert.equal((await bench.wire().send(endTxn, 5, { ...claim, committed: true })).errorCode, 42);
      assert.equal((await bench.wire().send(endTxn, 4, { ...claim, committed: true })).errorCode, 42);
      const request = { ...claim, transactionTimeoutMs: 1000 };
      assert.equal((await bench.wire().send(initProducerId, 5, request)).errorCode, 42);
    });
  });
}
