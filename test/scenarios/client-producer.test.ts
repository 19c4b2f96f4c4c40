/** The producer for the command line, on an embedded broker that is restarted and behind a network that loses answers. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemNetwork } from '../../src/base/node/network.js';
import { createTopic } from '../../src/client/admin/topics.js';
import { partitionOfKey } from '../../src/client/partitioner.js';
import { openProducer } from '../../src/client/producer.js';
import { type KafkaCluster, KafkaError, NotSent, OutcomeUnknown } from '../../src/client/types.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { produce } from '../../src/protocol/api/produce.js';
import { useCluster } from '../harness/client-broker.js';
import { useEmbedded } from '../harness/embedded.js';
import { LogReader } from '../harness/engine-log.js';
import { FaultyNetwork } from '../harness/faulty-network.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';

const broker = await useEmbedded(test);
const network = new FaultyNetwork(systemNetwork);
const cluster = useCluster(test, { address: broker, sasl: undefined }, { network });

async function newTopic(name: string, partitions = 1, configs: Record<string, string> = {}): Promise<string> {
  await createTopic(cluster, { name, partitions, replicationFactor: 1, configs });
  return name;
}

const record = (text: string) => ({ key: null, value: Buffer.from(text) });

/** The values a partition holds, in order. */
async function valuesIn(topic: string, partition = 0): Promise<string[]> {
  const wire = await Wire.open(broker);
  try {
    const { records } = await new LogReader(await WireTopic.find(wire, topic)).visible(partition);
    return [...records.values()].map(({ value }) => value?.toString() ?? '');
  } finally {
    wire.close();
  }
}

test('records of one turn go in order, and each is told its offset', async () => {
  const topic = await newTopic('in-order');
  const producer = await openProducer({ cluster, topic });
  const texts = Array.from({ length: 500 }, (_, i) => `r${i}`);
  const sent = await Promise.all(texts.map((text) => producer.send(record(text))));
  assert.deepEqual(
    sent.map(({ offset }) => offset),
    texts.map((_, i) => BigInt(i)),
  );
  await producer.close();
  assert.deepEqual(await valuesIn(topic), texts);
  await assert.rejects(producer.send(record('late')), NotSent);
});

test('keys go where every Kafka client puts them, and keyless records reach all partitions [client 4.4]', async () => {
  const topic = await newTopic('spread', 4);
  const producer = await openProducer({ cluster, topic });
  for (const key of ['a', 'order-7', '', 'ü', 'a longer key']) {
    const { partition } = await producer.send({ key: Buffer.from(key), value: null });
    assert.equal(partition, partitionOfKey(Buffer.from(key), 4));
  }
  const seen = new Set<number>();
  await until('each partition has got a record', 20_000, async () => {
    seen.add((await producer.send(record('x'))).partition);
    return seen.size === 4;
  });
  await producer.close();
});

test('a record is told its time: its own, or where the topic keeps it the broker’s', async () => {
  for (const [type, own] of [
    ['CreateTime', true],
    ['LogAppendTime', false],
  ] as const) {
    const topic = await newTopic(`time-${type}`, 1, { 'message.timestamp.type': type });
    const producer = await openProducer({ cluster, topic });
    const { timestampMs } = await producer.send({ ...record('x'), timestampMs: 1_700_000_000_000n });
    assert.equal(timestampMs === 1_700_000_000_000n, own, `${type}: ${timestampMs}`);
    assert.ok(own || timestampMs > 1_750_000_000_000n, `${timestampMs}`);
    await producer.close();
  }
});

test('a lost answer is followed by the same batch, and nothing is there twice [client 4.1]', async () => {
  const topic = await newTopic('lost-answer');
  const producer = await openProducer({ cluster, topic });
  await producer.send(record('0'));
  network.plan(produce, { kind: 'lose-answer' });
  network.plan(produce, { kind: 'lose-request' });
  network.plan(produce, { kind: 'lose-answer' });
  const sent = await Promise.all(['1', '2', '3'].map((text) => producer.send(record(text))));
  assert.deepEqual(
    sent.map(({ offset }) => offset),
    [1n, 2n, 3n],
  );
  assert.equal(network.pending, 0);
  await producer.send(record('4'));
  await producer.close();
  assert.deepEqual(await valuesIn(topic), ['0', '1', '2', '3', '4']);
});

test('a broker that is killed and comes back loses and repeats nothing [client 4.1]', async () => {
  const topic = await newTopic('restart');
  const producer = await openProducer({ cluster, topic });
  const texts = Array.from({ length: 200 }, (_, i) => `r${i}`);
  const sending = texts.map((text, i) => (i < 20 ? producer.send(record(text)) : undefined));
  await Promise.all(sending);
  const rest = texts.slice(20).map((text) => producer.send(record(text)));
  await broker.kill9();
  const more = producer.send(record('while it was down'));
  await broker.restart();
  await Promise.all([...rest, more]);
  await producer.close();
  assert.deepEqual(await valuesIn(topic), [...texts, 'while it was down']);
});

test('a batch that is too large is halved; a record that is too large fails with all behind it [client 4.3]', async () => {
  const topic = await newTopic('too-large', 1, { 'max.message.bytes': '2000' });
  const producer = await openProducer({ cluster, topic });
  const texts = Array.from({ length: 100 }, (_, i) => String(i).padStart(100, '0'));
  await Promise.all(texts.map((text) => producer.send(record(text))));
  assert.deepEqual(await valuesIn(topic), texts);
  const [large, behind] = await Promise.allSettled([
    producer.send(record('x'.repeat(3000))),
    producer.send(record('behind it')),
  ]);
  assert.ok(large?.status === 'rejected' && large.reason instanceof KafkaError && large.reason.code === 10);
  assert.ok(behind?.status === 'rejected' && behind.reason instanceof NotSent, String(behind?.status));
  await producer.send(record('after'));
  await producer.close();
  assert.deepEqual(await valuesIn(topic), [...texts, 'after']);
});

test('what cannot be delivered in time says what is known of it [client 4.2]', async (t) => {
  const own = new FaultyNetwork(systemNetwork);
  const other = useCluster(t, { address: broker, sasl: undefined }, { network: own });
  const topic = await newTopic('in-time');
  const producer = await openProducer({ cluster: other, topic, deliveryTimeoutMs: 600 });
  await producer.send(record('0'));
  own.plan(produce, { kind: 'lose-answer' });
  for (let i = 0; i < 20; i++) own.plan(produce, { kind: 'lose-request' });
  await assert.rejects(producer.send(record('1')), OutcomeUnknown);
  assert.deepEqual(await valuesIn(topic), ['0', '1']);
  // Under a new id: what the broker remembers of the old one is not known.
  await until('it is usable again', 20_000, async () => {
    await producer.send(record('2'));
    return true;
  });
  await producer.close();
  assert.deepEqual(await valuesIn(topic), ['0', '1', '2']);
  await broker.kill9();
  try {
    const down = await openProducer({ cluster: withoutBroker(other, topic), topic, deliveryTimeoutMs: 300 });
    await assert.rejects(down.send(record('never')), NotSent);
    await down.close();
  } finally {
    await broker.restart();
  }
  assert.deepEqual(await valuesIn(topic), ['0', '1', '2']);
});

/** A cluster that still describes the topic, although nobody answers any more. */
function withoutBroker(real: KafkaCluster, topic: string): KafkaCluster {
  const partition = { partition: 0, leader: 1, leaderEpoch: 0, replicas: [1], isr: [1], errorCode: 0 };
  const described = { name: topic, topicId: '', isInternal: false, errorCode: 0, authorizedOperations: 0 };
  const topics = [{ ...described, partitions: [partition] }];
  return {
    ...real,
    name: real.name,
    clock: real.clock,
    random: real.random,
    metadata: async () => ({ answeredBy: 1, clusterId: '', controllerId: 1, brokers: [], topics }),
    channel: (at, purpose) => real.channel(at, purpose),
  };
}

test('records wait for room instead of growing without bound', async () => {
  const topic = await newTopic('room');
  const producer = await openProducer({ cluster, topic, bufferBytesMax: 2_000 });
  const asked = network.counts.get(produce.key) ?? 0;
  const texts = Array.from({ length: 50 }, (_, i) => String(i).padStart(500, '0'));
  await Promise.all(texts.map((text) => producer.send(record(text))));
  await producer.close();
  assert.deepEqual(await valuesIn(topic), texts);
  // Three of them fit at a time.
  assert.ok((network.counts.get(produce.key) ?? 0) - asked >= 16);
});

test('an unknown topic is refused at once, in Kafka’s words', async () => {
  const before = network.counts.get(metadata.key) ?? 0;
  const refused = openProducer({ cluster, topic: 'no-such-topic' });
  await assert.rejects(refused, (error) => error instanceof KafkaError && error.code === 3);
  assert.equal((network.counts.get(metadata.key) ?? 0) - before, 1);
});
