import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '../../base/node/clock.js';
import { seededRandom } from '../../base/random.js';
import type { KafkaCluster } from '../../client/types.js';
import { Topology } from './topology.js';

/** Brokers 1 … n that are asked in turn, each with its own belief about topic `t`. */
function scene(...beliefs: readonly string[]) {
  const ids = [...beliefs];
  let asked = 0;
  const cluster: KafkaCluster = {
    name: 'scripted',
    clock: systemClock,
    random: seededRandom(1),
    metadata: async () => {
      const at = asked++ % ids.length;
      const topic = { name: 't', topicId: ids[at] ?? '', isInternal: false, errorCode: 0, authorizedOperations: 0 };
      const partition = { partition: 0, leader: at + 1, leaderEpoch: 0, replicas: [1], isr: [1], errorCode: 0 };
      return {
        answeredBy: at + 1,
        clusterId: 'c',
        controllerId: 1,
        brokers: ids.map((_, index) => ({ id: index + 1, host: 'h', port: index })),
        topics: [{ ...topic, partitions: [partition] }],
      };
    },
    channel: () => Promise.reject(new Error('no channel here')),
    coordinator: () => Promise.reject(new Error('no coordinator here')),
    controller: async () => 1,
    close: async () => {},
  };
  const topology = new Topology(cluster);
  topology.want([{ name: 't', topicId: 'ours' }]);
  return { ids, topology, asked: () => asked, identity: () => topology.identity('t', 'ours') };
}

test('topics: one broker that is behind does not make a topic another one [1.3]', async () => {
  const { topology, identity, asked } = scene('older', 'ours', 'ours');
  await topology.refresh();
  assert.equal(identity(), 'same');
  assert.equal(asked(), 3);
  assert.equal(topology.leader('t', 0)?.broker, 3);
});

test('topics: what two brokers say is believed at once, and what a single one says where there is no other [1.3]', async () => {
  for (const ids of [['other', 'other', 'ours'], ['other']]) {
    const { topology, identity } = scene(...ids);
    await topology.refresh();
    assert.equal(identity(), 'recreated');
  }
});

test('topics: two brokers that contradict each other leave it unknown until they agree [1.3]', async () => {
  const { ids, topology, identity } = scene('other', 'ours');
  await topology.refresh();
  assert.equal(identity(), 'unknown');
  assert.equal(topology.leader('t', 0), undefined);
  ids[0] = 'ours';
  await topology.refresh();
  assert.equal(identity(), 'same');
});
