/** REST's view of a cluster of several brokers that learn of a topic one after the other. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { clusterAdmin } from '../../src/serve/cluster-admin.js';
import { ScriptedCluster } from './scripted-cluster.js';

const topic = { name: 't', partitions: 1, replicationFactor: 1, configs: new Map<string, string>() };

async function twoBrokers(): Promise<ScriptedCluster> {
  const kafka = await ScriptedCluster.start(2);
  for (const broker of kafka.brokers) broker.on(createTopics, () => ({ topics: [{ name: 't', errorCode: 0 }] }));
  kafka.lead('t', [1]);
  return kafka;
}

test('a topic that was made is there for whichever broker is asked next', async () => {
  const kafka = await twoBrokers();
  const unknown = { ...kafka.described, topics: [{ name: 't', errorCode: 3 }] };
  kafka.broker(2).on(metadata, () => (kafka.broker(2).count(metadata) < 4 ? unknown : kafka.described));
  await kafka.finish(clusterAdmin(kafka.client()).createTopic(topic, false));
  assert.equal(kafka.broker(2).count(metadata), 4);
});

test('a broker that stays silent, or never learns of it, keeps nobody for long', async () => {
  for (const second of ['silence', 'unknown'] as const) {
    const kafka = await twoBrokers();
    const unknown = { ...kafka.described, topics: [{ name: 't', errorCode: 3 }] };
    kafka.broker(2).on(metadata, () => (second === 'silence' ? 'silence' : unknown));
    await kafka.finish(clusterAdmin(kafka.client()).createTopic(topic, false));
    assert.ok(kafka.world.nowMs >= 4_900 && kafka.world.nowMs < 7_000, `${second}: ${kafka.world.nowMs}`);
  }
});
