/** Clients that are not ours work against the embedded broker: kafkajs and @platformatic/kafka. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { type Embedded, startEmbedded } from '../harness/embedded.js';
import { until } from '../harness/until.js';

describe('foreign clients', () => {
  let broker: Embedded;
  before(async () => {
    broker = await startEmbedded();
  });
  after(() => broker.stop());

  test('kafkajs: topics, transactions, groups, offsets', async (t) => {
    const kafka = new kafkajs.Kafka({ brokers: [broker.bootstrap], logLevel: kafkajs.logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    t.after(() => admin.disconnect());
    await admin.createTopics({ topics: [{ topic: 'kafkajs', numPartitions: 3 }] });
    const producer = kafka.producer({ transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    t.after(() => producer.disconnect());
    for (let i = 0; i < 4; i++) {
      const transaction = await producer.transaction();
      await transaction.send({
        topic: 'kafkajs',
        messages: [{ key: `${i}`, value: i % 2 === 0 ? `kept ${i}` : 'gone' }],
      });
      const offset = String(i);
      const topics = [{ topic: 'kafkajs', partitions: [{ partition: 0, offset }] }];
      await transaction.sendOffsets({ consumerGroupId: 'by-transaction', topics });
      if (i % 2 === 0) await transaction.commit();
      else await transaction.abort();
    }
    const offsets = await admin.fetchOffsets({ groupId: 'by-transaction', topics: ['kafkajs'] });
    assert.equal(offsets[0]?.partitions.find(({ partition }) => partition === 0)?.offset, '2');
    const consumer = kafka.consumer({ groupId: 'kafkajs' });
    await consumer.connect();
    t.after(() => consumer.disconnect());
    await consumer.subscribe({ topic: 'kafkajs', fromBeginning: true });
    const seen: string[] = [];
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    await until('two records', 20_000, () => seen.length === 2);
    assert.deepEqual(seen.sort(), ['kept 0', 'kept 2']);
    const { groups } = await admin.describeGroups(['kafkajs']);
    assert.equal(groups[0]?.state, 'Stable');
  });

  test('@platformatic/kafka: produce with compression, consume in a group, commit', async (t) => {
    const common = { bootstrapBrokers: [broker.bootstrap] };
    const admin = new Admin({ clientId: 'admin', ...common });
    t.after(() => admin.close());
    await admin.createTopics({ topics: ['platformatic'], partitions: 2, replicas: 1 });
    const producer = new Producer({
      clientId: 'producer',
      idempotent: true,
      compression: 'gzip',
      serializers: stringSerializers,
      ...common,
    });
    t.after(() => producer.close());
    for (let i = 0; i < 20; i++) {
      await producer.send({ messages: [{ topic: 'platformatic', key: `k${i}`, value: `v${i}` }] });
    }
    const consumer = new Consumer({
      groupId: 'platformatic',
      clientId: 'consumer',
      deserializers: stringDeserializers,
      ...common,
    });
    t.after(() => consumer.close(true));
    const stream = await consumer.consume({ topics: ['platformatic'], mode: 'earliest', autocommit: false });
    const seen = new Set<string>();
    for await (const message of stream) {
      seen.add(message.value);
      if (seen.size === 20) {
        await message.commit();
        break;
      }
    }
    await stream.close();
    assert.equal(seen.size, 20);
  });
});
