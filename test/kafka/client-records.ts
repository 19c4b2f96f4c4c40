/**
 * Producer and consumer, said once for each kind of broker: exact commits, transactions, a group shared with a foreign
 * client, and a broker that is killed in the middle.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import kafkajs from 'kafkajs';
import { committedOffsets } from '../../src/client/admin/group-offsets.js';
import { describeGroup } from '../../src/client/admin/groups.js';
import { createTopic } from '../../src/client/admin/topics.js';
import { type ConsumerOptions, openConsumer } from '../../src/client/consumer.js';
import { openProducer } from '../../src/client/producer.js';
import { assignRanges } from '../../src/client/range-assignor.js';
import { type KafkaCluster, KafkaError } from '../../src/client/types.js';
import { type ClientBroker, plain, useCluster } from '../harness/client-broker.js';
import { topicName } from '../harness/engine-brokers.js';
import { until } from '../harness/until.js';

export function recordsSuite(broker: ClientBroker, cluster: KafkaCluster): void {
  const never = new AbortController().signal;
  const WITHIN_MS = 60_000;

  async function newTopic(what: string, partitions: number): Promise<string> {
    const name = topicName(what);
    await createTopic(cluster, { name, partitions, replicationFactor: 1 });
    await until(`${name} is led`, WITHIN_MS, async () => {
      const { topics } = await cluster.metadata([name]);
      return topics[0]?.partitions.length === partitions && topics[0].partitions.every(({ leader }) => leader >= 0);
    });
    return name;
  }

  async function write(topic: string, values: readonly string[], partitions: number): Promise<void> {
    const producer = await openProducer({ cluster, topic });
    await Promise.all(
      values.map((value, i) => producer.send({ key: null, value: Buffer.from(value), partition: i % partitions })),
    );
    await producer.close();
  }

  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => String(from + i));

  async function consume(topics: string, group: string, more: Partial<ConsumerOptions> = {}) {
    const consumer = await openConsumer({ cluster, topics, group, from: 'earliest', ...more });
    return {
      consumer,
      /** Reads and handles exactly `count` records; those behind them are handed out and not handled. */
      async take(count: number): Promise<string[]> {
        const values: string[] = [];
        const endMs = performance.now() + WITHIN_MS;
        while (values.length < count) {
          assert.ok(performance.now() < endMs, `only ${values.length} of ${count}`);
          for (const record of (await consumer.read(never)).slice(0, count - values.length)) {
            values.push(record.value?.toString() ?? '');
            consumer.handled(record);
          }
        }
        return values;
      },
      close: () => consumer.close(),
    };
  }

  async function committed(group: string): Promise<bigint> {
    const found = (await committedOffsets(cluster, [group])).get(group) ?? [];
    return found.reduce((sum, { offset }) => sum + offset, 0n);
  }

  test('a group goes on exactly behind the last handled record', async () => {
    const topic = await newTopic('exact', 2);
    const group = topicName('group');
    await write(topic, numbers(0, 50), 2);
    const all: string[] = [];
    for (const count of [1, 20, 5, 24]) {
      const reader = await consume(topic, group);
      all.push(...(await reader.take(count)));
      await reader.close();
      assert.equal(await committed(group), BigInt(all.length));
      assert.equal((await describeGroup(cluster, group))?.state, 'Empty');
    }
    assert.deepEqual(all.sort(), numbers(0, 50).sort());
  });

  test('transactions of a foreign client: aborted ones are not seen, and the group ends without lag', async (t) => {
    const topic = await newTopic('transactions', 1);
    const group = topicName('group');
    const producer = foreign().producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    t.after(() => producer.disconnect());
    for (let i = 0; i < 6; i++) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: `${i}a` }, { value: `${i}b` }] });
      if (i % 2 === 0) await transaction.abort();
      else await transaction.commit();
    }
    const reader = await consume(topic, group);
    assert.deepEqual(await reader.take(6), ['1a', '1b', '3a', '3b', '5a', '5b']);
    await reader.close();
    // Twelve records and six markers.
    assert.equal(await committed(group), 18n);
  });

  test('a group shared with a foreign client: nothing is missed, and nothing comes again that was handled here', async (t) => {
    const topic = await newTopic('shared', 6);
    const group = topicName('group');
    const ours = new Set<string>();
    const theirs = new Set<string>();
    const again: string[] = [];
    const total = 600;
    const stop = new AbortController();
    const reading = (async () => {
      const { consumer } = await consume(topic, group, { sessionTimeoutMs: 6_000 });
      while (!stop.signal.aborted) {
        for (const record of await consumer.read(stop.signal)) {
          if (stop.signal.aborted) break;
          const value = record.value?.toString() ?? '';
          if (ours.has(value)) again.push(value);
          ours.add(value);
          consumer.handled(record);
        }
      }
      await consumer.close();
    })();
    await write(topic, numbers(0, 120), 6);
    await until('all is read here', WITHIN_MS, () => ours.size === 120);
    const partner = foreign().consumer({ groupId: group, partitionAssigners: [foreignRange], heartbeatInterval: 500 });
    t.after(() => partner.disconnect());
    await partner.connect();
    await partner.subscribe({ topic, fromBeginning: true });
    await partner.run({
      autoCommitThreshold: 1,
      eachMessage: async ({ message }) => {
        const value = String(message.value);
        if (ours.has(value)) again.push(value);
        theirs.add(value);
      },
    });
    for (let from = 120; from < total - 120; from += 60) await write(topic, numbers(from, 60), 6);
    await until('both have read', WITHIN_MS, async () => {
      if (theirs.size > 0 && new Set([...ours, ...theirs]).size === total - 120) return true;
      const described = await describeGroup(cluster, group);
      const members = described?.members.map(({ partitions }) => partitions.length);
      throw new Error(`here ${ours.size}, there ${theirs.size}, ${described?.state} ${members}`);
    });
    stop.abort();
    await reading;
    await write(topic, numbers(total - 120, 120), 6);
    await until('the partner has read the rest', WITHIN_MS, () => new Set([...ours, ...theirs]).size === total);
    assert.deepEqual(again, []);
    assert.ok(ours.size > 120, `only ${ours.size} were read here after the partner came`);
  });

  test('a broker that is killed in the middle loses and repeats nothing', async () => {
    const topic = await newTopic('killed', 2);
    const group = topicName('group');
    const reader = await consume(topic, group);
    const producer = await openProducer({ cluster, topic, deliveryTimeoutMs: 120_000 });
    const send = (value: string, i: number) =>
      producer.send({ key: null, value: Buffer.from(value), partition: i % 2 }).then(() => value);
    await Promise.all(numbers(0, 100).map(send));
    const before = await reader.take(100);
    const sending = Promise.all(numbers(100, 200).map(send));
    await broker.kill9();
    const reading = reader.take(200);
    await broker.start();
    await sending;
    const all = [...before, ...(await reading)];
    await reader.close();
    await producer.close();
    assert.deepEqual(all.sort(), numbers(0, 300).sort());
    assert.equal(await committed(group), 300n);
  });

  test('a principal without rights is told which one is missing', async (t) => {
    const topic = await newTopic('forbidden', 1);
    const ordinary = useCluster(t, { ...broker, sasl: plain('app') });
    const refused = (code: number) => (error: unknown) => {
      assert.ok(error instanceof KafkaError, String(error));
      assert.equal(error.code, code, error.message);
      return true;
    };
    await assert.rejects(openProducer({ cluster: ordinary, topic }), refused(29));
    await assert.rejects(openConsumer({ cluster: ordinary, topics: topic, group: 'g', from: 'earliest' }), refused(29));
  });

  function foreign() {
    const { sasl } = broker;
    return new kafkajs.Kafka({
      brokers: [`${broker.address.host}:${broker.address.port}`],
      logLevel: kafkajs.logLevel.NOTHING,
      sasl: { mechanism: 'plain', username: sasl.username, password: sasl.password },
    });
  }
}

/** kafkajs brings no `range` of its own; every other client does. */
const foreignRange: kafkajs.PartitionAssigner = ({ cluster: seen }) => ({
  name: 'range',
  version: 0,
  protocol: ({ topics }) => ({
    name: 'range',
    metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
  }),
  async assign({ members, topics }) {
    const subscribers = members.map(({ memberId }) => ({ memberId, topics }));
    const counts = topics.map((topic) => [topic, seen.findTopicPartitionMetadata(topic).length] as const);
    return [...assignRanges(subscribers, new Map(counts))].map(([memberId, places]) => {
      const assignment: Record<string, number[]> = {};
      for (const { topic, partition } of places) assignment[topic] = [...(assignment[topic] ?? []), partition];
      const bytes = { version: 0, assignment, userData: Buffer.alloc(0) };
      return { memberId, memberAssignment: kafkajs.AssignerProtocol.MemberAssignment.encode(bytes) };
    });
  },
});
