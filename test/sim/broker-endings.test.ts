/** How transactions of the embedded broker end when it ends meanwhile: between two steps, and before the client was told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Broker } from '../../src/broker/broker.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteGroups } from '../../src/protocol/api/delete-groups.js';
import { describeTransactions } from '../../src/protocol/api/describe-transactions.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetDelete } from '../../src/protocol/api/offset-delete.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { produce } from '../../src/protocol/api/produce.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import type { Wire } from '../harness/wire.js';
import { openSimWire, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const HOST = 'b';
const WITHIN_MS = 60_000;
const ID = 'x';

/** A producer of version 2 whose transaction holds one record of topic `t`. */
class Scene {
  readonly world: World;
  readonly #config: Readonly<Record<string, string>>;
  readonly #topicConfig: Readonly<Record<string, string>>;
  #broker: Broker | undefined;
  #wire: Wire | undefined;
  topicId = '';
  producerId = -1n;
  producerEpoch = -1;

  constructor(
    seed: number,
    config: Readonly<Record<string, string>> = {},
    topicConfig: Readonly<Record<string, string>> = {},
  ) {
    this.world = new World(seed);
    this.#config = config;
    this.#topicConfig = topicConfig;
  }

  async start(): Promise<this> {
    this.#broker = await startSimBroker(this.world, HOST, { config: this.#config });
    this.#wire = await openSimWire(this.world, this.#broker);
    return this;
  }

  /** Gone, and there again. */
  async again(power: boolean): Promise<void> {
    if (power) this.world.losePower(HOST);
    else this.world.kill(HOST);
    await this.start();
  }

  ask<Q, S>(api: Api<Q, S>, body: Draft<Q>, version?: number): Promise<S> {
    return this.world.finish(api.name, WITHIN_MS, this.send(api, body, version));
  }

  send<Q, S>(api: Api<Q, S>, body: Draft<Q>, version?: number): Promise<S> {
    assert.ok(this.#wire);
    return this.#wire.ask(api, body, version);
  }

  async open(): Promise<this> {
    await this.start();
    const configs = Object.entries(this.#topicConfig).map(([name, value]) => ({ name, value }));
    const topics = [{ name: 't', numPartitions: 1, replicationFactor: 1, configs }];
    const made = await this.ask(createTopics, { topics, timeoutMs: 1000 });
    this.topicId = made.topics[0]?.topicId ?? '';
    await this.ask(findCoordinator, { keyType: 0, coordinatorKeys: ['g'] });
    await this.ask(findCoordinator, { keyType: 1, coordinatorKeys: [ID] });
    const asked = { transactionalId: ID, transactionTimeoutMs: 30_000, producerId: -1n, producerEpoch: -1 };
    const { producerId, producerEpoch } = await this.ask(initProducerId, asked);
    Object.assign(this, { producerId, producerEpoch });
    assert.equal(await this.produce(producerEpoch), 0);
    return this;
  }

  get claim() {
    return { transactionalId: ID, producerId: this.producerId, producerEpoch: this.producerEpoch };
  }

  async produce(producerEpoch: number): Promise<number | undefined> {
    const records = [{ timestamp: BigInt(this.world.host('client').clock.nowMs()), value: Buffer.from('v') }];
    const batch = { records, producerId: this.producerId, producerEpoch, baseSequence: 0, transactional: true };
    const topicData = [{ name: 't', partitionData: [{ index: 0, records: encodeBatch(batch) }] }];
    const answer = await this.ask(produce, { transactionalId: ID, acks: -1, timeoutMs: 1000, topicData }, 12);
    return answer.responses[0]?.partitionResponses[0]?.errorCode;
  }

  async end(committed: boolean) {
    const { errorCode, producerEpoch } = await this.ask(endTxn, { ...this.claim, committed }, 5);
    return [errorCode, producerEpoch];
  }

  async logEnd(): Promise<bigint | undefined> {
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1n }];
    const topics = [{ name: 't', partitions }];
    const answer = await this.ask(listOffsets, { replicaId: -1, isolationLevel: 0, topics });
    return answer.topics[0]?.partitions[0]?.offset;
  }

  async offset(): Promise<bigint | undefined> {
    const groups = [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] }];
    const answer = await this.ask(offsetFetch, { groups, requireStable: true }, 8);
    return answer.groups[0]?.topics[0]?.partitions[0]?.committedOffset;
  }
}

test('the decision is on the disk before the first marker is written [broker 2.8]', async () => {
  // What a loss of power leaves of a decision that was not flushed is chance.
  for (let seed = 0; seed < 8; seed++) {
    const scene = await new Scene(seed, { 'log.flush.interval.messages': '1' }).open();
    const disk = scene.world.diskOf(HOST);
    disk.syncTakesMs = () => 5;
    let isOver = false;
    disk.onCall = ({ kind, path }) => {
      if (kind !== 'write' || !path.includes(`/${scene.topicId}/`)) return;
      disk.onCall = undefined;
      scene.world.losePower(HOST);
      isOver = true;
    };
    scene.send(endTxn, { ...scene.claim, committed: true }, 5).catch(() => undefined);
    await scene.world.until('the first marker', WITHIN_MS, () => isOver);
    await scene.start();
    const { transactionStates } = await scene.ask(describeTransactions, { transactionalIds: [ID] });
    assert.match(transactionStates[0]?.transactionState ?? '', /^(Prepare|Complete)Commit$/, `seed ${seed}`);
  }
});

test('a partition whose topic asks for flushes gets one marker, also where nothing else is flushed [broker 2.8]', async () => {
  const scene = await new Scene(1, {}, { 'flush.messages': '1' }).open();
  scene.world.diskOf(HOST).syncTakesMs = () => 5;
  assert.deepEqual(await scene.end(true), [0, scene.producerEpoch + 1]);
  assert.equal(await scene.logEnd(), 2n);
});

for (const committed of [true, false]) {
  const how = committed ? 'a commit' : 'an abort';
  test(`${how} of version 2 that is asked for again after a crash is answered as the first, and raises the epoch once [broker 5.2]`, async () => {
    for (const power of [false, true]) {
      const scene = await new Scene(1, { 'log.flush.interval.messages': '1' }).open();
      const raised = scene.producerEpoch + 1;
      assert.deepEqual(await scene.end(committed), [0, raised]);
      const logEnd = await scene.logEnd();
      for (let times = 0; times < 3; times++) {
        await scene.again(power);
        assert.deepEqual(await scene.end(committed), [0, raised]);
        assert.equal(await scene.logEnd(), logEnd, 'no further marker');
      }
      assert.equal((await scene.end(!committed))[0], 48);
      assert.equal(await scene.produce(raised), 0);
    }
  });
}

test('an end that is asked for at any point of a crash is answered once it is asked for again, and raises the epoch once [broker 5.2]', async () => {
  let calls = 0;
  for (let isOver = true; isOver; ) {
    const left = ++calls;
    for (const power of [false, true]) {
      const scene = await new Scene(left, { 'log.flush.interval.messages': '1' }).open();
      const disk = scene.world.diskOf(HOST);
      let count = left;
      let answered = false;
      isOver = false;
      disk.onCall = () => {
        if (--count > 0) return;
        disk.onCall = undefined;
        if (power) scene.world.losePower(HOST);
        else scene.world.kill(HOST);
        isOver = true;
      };
      const asked = scene.send(endTxn, { ...scene.claim, committed: true }, 5);
      asked.then(
        () => {
          answered = true;
        },
        () => undefined,
      );
      await scene.world.until('the answer, or the crash', WITHIN_MS, () => answered || isOver);
      disk.onCall = undefined;
      await scene.again(power);
      const raised = scene.producerEpoch + 1;
      assert.deepEqual(await scene.end(true), [0, raised], `${left} disk calls, power ${power}`);
      assert.deepEqual(await scene.end(true), [0, raised]);
      assert.equal(await scene.produce(raised), 0);
    }
  }
  assert.ok(calls > 4, `${calls} disk calls`);
});

test('an offset committed behind that of an open transaction counts when that has committed, and after a crash [broker 5.7]', async () => {
  const scene = await new Scene(1).open();
  const topics = (offset: bigint) => [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: offset }] }];
  await scene.ask(txnOffsetCommit, { ...scene.claim, groupId: 'g', generationId: -1, topics: topics(5n) }, 5);
  await scene.ask(offsetCommit, { groupId: 'g', generationIdOrMemberEpoch: -1, topics: topics(7n) }, 8);
  assert.deepEqual(await scene.end(true), [0, scene.producerEpoch + 1]);
  assert.equal(await scene.offset(), 7n);
  await scene.again(false);
  assert.equal(await scene.offset(), 7n);
});

for (const what of ['an offset', 'a group'] as const) {
  test(`${what} that is deleted takes with it what an open transaction had committed, also after a crash [broker 5.7]`, async () => {
    const scene = await new Scene(1).open();
    const partitions = [{ partitionIndex: 0, committedOffset: 9n }];
    const topics = [{ name: 't', partitions }];
    await scene.ask(txnOffsetCommit, { ...scene.claim, groupId: 'g', generationId: -1, topics }, 5);
    if (what === 'an offset') {
      const wanted = [{ name: 't', partitions: [{ partitionIndex: 0 }] }];
      const { topics: told } = await scene.ask(offsetDelete, { groupId: 'g', topics: wanted });
      assert.equal(told[0]?.partitions[0]?.errorCode, 0);
    } else {
      const { results } = await scene.ask(deleteGroups, { groupsNames: ['g'] });
      assert.equal(results[0]?.errorCode, 0);
    }
    assert.deepEqual(await scene.end(true), [0, scene.producerEpoch + 1]);
    assert.equal(await scene.offset(), -1n);
    await scene.again(false);
    assert.equal(await scene.offset(), -1n);
  });
}
