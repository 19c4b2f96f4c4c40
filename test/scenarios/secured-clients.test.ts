/** Clients that are not ours log in at the embedded broker, with TLS too, and get what its ACLs allow: docs/spec/broker.md §9. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import type kafkajs from 'kafkajs';
import type { Embedded } from '../harness/embedded.js';
import { type LoginMechanism, loggedIn, startSecured } from '../harness/secured-broker.js';
import { until } from '../harness/until.js';

describe('foreign clients that log in', () => {
  let broker: Embedded;
  let admin: kafkajs.Admin;
  const login = (mechanism: LoginMechanism, username: string, password = username) =>
    loggedIn(broker, mechanism, username, password);

  before(async () => {
    ({ broker, admin } = await startSecured());
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
});
