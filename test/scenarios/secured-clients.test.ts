/** Clients that are not ours log in at the embedded broker, with TLS too, and get what its ACLs allow: docs/spec/broker.md §9. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { type Embedded, startEmbedded } from '../harness/embedded.js';
import { pythonPath } from '../harness/python.js';
import { until } from '../harness/until.js';

const run = promisify(execFile);
/** Produces one record and reads it back, as a group. */
const LIBRDKAFKA = `
import sys, confluent_kafka as kafka
bootstrap, ca, mechanism, user, password, topic = sys.argv[1:]
login = {'bootstrap.servers': bootstrap, 'security.protocol': 'SASL_SSL', 'ssl.ca.location': ca,
         'sasl.mechanisms': mechanism, 'sasl.username': user, 'sasl.password': password}
failed = []
producer = kafka.Producer({**login, 'enable.idempotence': True})
producer.produce(topic, b'by ' + mechanism.encode(), on_delivery=lambda error, _: error and failed.append(str(error)))
assert producer.flush(20) == 0 and not failed, failed
consumer = kafka.Consumer({**login, 'group.id': 'allowed-' + mechanism, 'auto.offset.reset': 'earliest'})
consumer.subscribe([topic])
while True:
    message = consumer.poll(20)
    assert message is not None and message.error() is None, message and message.error()
    if message.value() == b'by ' + mechanism.encode(): break
consumer.close()
print('done')
`;

describe('foreign clients that log in', () => {
  let broker: Embedded;
  let admin: kafkajs.Admin;
  const login = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', username: string, password = username) =>
    new kafkajs.Kafka({
      brokers: [broker.sasl],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 1 },
      sasl: { mechanism, username, password } as kafkajs.SASLOptions,
    });

  before(async () => {
    broker = await startEmbedded({ tls: true });
    admin = login('scram-sha-512', 'admin').admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'allowed' }, { topic: 'other' }] });
    const allow = (resourceType: number, operation: number) => ({
      resourceType,
      resourceName: 'allowed',
      resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
      principal: 'User:app',
      host: '*',
      operation,
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
    });
    const { TOPIC, GROUP } = kafkajs.AclResourceTypes;
    const { READ, WRITE } = kafkajs.AclOperationTypes;
    await admin.createAcls({ acl: [allow(TOPIC, READ), allow(TOPIC, WRITE), allow(GROUP, READ)] });
  });
  after(async () => {
    await admin.disconnect();
    await broker.stop();
  });

  test('kafkajs: each mechanism, and no more than the ACLs allow', async (t) => {
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      const producer = login(mechanism, 'app').producer();
      await producer.connect();
      t.after(() => producer.disconnect());
      await producer.send({ topic: 'allowed', messages: [{ value: mechanism }] });
      await assert.rejects(producer.send({ topic: 'other', messages: [{ value: 'x' }] }), /not authorized/i);
      const wrong = login(mechanism, 'app', 'wrong').producer();
      await assert.rejects(wrong.connect(), /authentication failed/i);
    }
    const consumer = login('scram-sha-256', 'app').consumer({ groupId: 'allowed-kafkajs' });
    await consumer.connect();
    t.after(() => consumer.disconnect());
    await consumer.subscribe({ topic: 'allowed', fromBeginning: true });
    const seen = new Set<string>();
    await consumer.run({ eachMessage: async ({ message }) => void seen.add(String(message.value)) });
    await until('the three records', 20_000, () => seen.has('plain') && seen.has('scram-sha-512'));
  });

  test('@platformatic/kafka: SASL_SSL with the broker’s own authority', async (t) => {
    const common = {
      bootstrapBrokers: [broker.saslSsl],
      tls: { ca: readFileSync(broker.ca, 'utf8') },
      sasl: { mechanism: 'SCRAM-SHA-256' as const, username: 'app', password: 'app' },
    };
    const producer = new Producer({ clientId: 'producer', serializers: stringSerializers, ...common });
    t.after(() => producer.close());
    await producer.send({ messages: [{ topic: 'allowed', value: 'by platformatic' }] });
    const other = new Admin({ clientId: 'admin', ...common, retries: 0 });
    t.after(() => other.close());
    await assert.rejects(other.createTopics({ topics: ['made'], partitions: 1, replicas: 1 }));
  });

  test('librdkafka: SASL_SSL, by PLAIN and by SCRAM', async (t) => {
    let python: string;
    try {
      python = await pythonPath();
    } catch (error) {
      return t.skip(error instanceof Error ? error.message : String(error));
    }
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-512']) {
      const args = [broker.saslSsl, broker.ca, mechanism, 'app', 'app', 'allowed'];
      const { stdout } = await run(python, ['-c', LIBRDKAFKA, ...args], { timeout: 60_000 });
      assert.equal(stdout.trim(), 'done');
    }
  });
});
