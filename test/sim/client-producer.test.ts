/** The producer of the command line where brokers do not know its topic. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openProducer } from '../../src/client/producer.js';
import { KafkaError } from '../../src/client/types.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { ScriptedCluster } from './scripted-cluster.js';

test('a topic that was just made is asked for until the brokers know it [client 4.5]', async () => {
  const kafka = await ScriptedCluster.start(1);
  kafka.described = { ...kafka.described, topics: [{ name: 't', errorCode: 3 }] };
  const opened = kafka.finish(openProducer({ cluster: kafka.client(), topic: 't' }));
  kafka.broker(1).on(metadata, () => {
    if (kafka.broker(1).count(metadata) === 4) kafka.lead('t', [1]);
    return kafka.described;
  });
  await opened;
  assert.equal(kafka.broker(1).count(metadata), 4);
});

test('a topic that nobody knows is refused after a few seconds, by its name [client 4.5]', async () => {
  const kafka = await ScriptedCluster.start(1);
  kafka.described = { ...kafka.described, topics: [{ name: 'orderz', errorCode: 3 }] };
  const opened = kafka.finish(openProducer({ cluster: kafka.client(), topic: 'orderz' }));
  await assert.rejects(
    opened,
    (error) => error instanceof KafkaError && error.code === 3 && /"orderz"/.test(error.message),
  );
  assert.ok(kafka.world.nowMs > 3_000 && kafka.world.nowMs < 6_000, String(kafka.world.nowMs));
});
