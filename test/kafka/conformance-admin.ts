/** The part of the broker's conformance suite about topics and settings. */
import assert from 'node:assert/strict';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { describeAcls } from '../../src/protocol/api/describe-acls.js';
import { describeCluster } from '../../src/protocol/api/describe-cluster.js';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { batchOf, WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
  readonly newName: () => string;
}

const TOPIC = 2;
const BROKER = 4;
const SET = 0;
const REMOVE = 1;
const APPEND = 2;
const SUBTRACT = 3;
const UNKNOWN_ID = 'abcdefghijklmnopqrstuw';
const source = { topic: 1, default: 5 };

export function adminConformance(suite: Suite, bench: Bench): void {
  suite.describe('topics and settings', () => {
    const create = async (wanted: {
      name: string;
      numPartitions?: number;
      replicationFactor?: number;
      configs?: { name: string; value: string }[];
    }) => {
      const topic = { numPartitions: 1, replicationFactor: 1, configs: [], ...wanted };
      const { topics } = await bench.wire().ask(createTopics, { topics: [topic], timeoutMs: 20_000 });
      return topics[0]?.errorCode;
    };
    const configs = async (name: string) => {
      const resources = [{ resourceType: TOPIC, resourceName: name, configurationKeys: null }];
      const { results } = await bench.wire().ask(describeConfigs, { resources });
      assert.equal(results[0]?.errorCode, 0);
      return new Map(results[0]?.configs.map((each) => [each.name, each]));
    };
    const alter = async (name: string, changes: { name: string; configOperation: number; value: string | null }[]) => {
      const resources = [{ resourceType: TOPIC, resourceName: name, configs: changes }];
      const { responses } = await bench.wire().ask(incrementalAlterConfigs, { resources });
      return responses[0]?.errorCode;
    };

    suite.behaviour('what cannot be created is refused with its reason', async () => {
      const t = await bench.topic();
      assert.equal(await create({ name: t.name }), 36);
      assert.equal(await create({ name: 'no/slash' }), 17);
      assert.equal(await create({ name: bench.newName(), numPartitions: 0 }), 37);
      assert.equal(await create({ name: bench.newName(), replicationFactor: 9 }), 38);
      assert.equal(await create({ name: bench.newName(), configs: [{ name: 'no.such', value: '1' }] }), 40);
      assert.equal(await create({ name: bench.newName(), configs: [{ name: 'retention.ms', value: 'long' }] }), 40);
      assert.equal(await create({ name: bench.newName(), numPartitions: -1, replicationFactor: -1 }), 0);
    });

    suite.behaviour('what is not there is named so', async () => {
      const missing = bench.newName();
      const answer = await bench.wire().ask(metadata, { topics: [{ name: missing }], allowAutoTopicCreation: false });
      assert.equal(answer.topics[0]?.errorCode, 3);
      const byId = [{ topicId: UNKNOWN_ID, name: null }];
      assert.equal((await bench.wire().ask(metadata, { topics: byId })).topics[0]?.errorCode, 100);
      const gone = { topics: [{ name: missing }], topicNames: [missing], timeoutMs: 5000 };
      assert.equal((await bench.wire().ask(deleteTopics, gone)).responses[0]?.errorCode, 3);
      const resources = [{ resourceType: TOPIC, resourceName: missing, configurationKeys: null }];
      assert.equal((await bench.wire().ask(describeConfigs, { resources })).results[0]?.errorCode, 3);
      assert.equal(await alter(missing, [{ name: 'retention.ms', configOperation: SET, value: '5' }]), 3);
    });

    suite.behaviour('a setting of the broker without a value has no synonyms [6]', async () => {
      const { brokers } = await bench.wire().ask(metadata, { topics: [] });
      const resourceName = String(brokers[0]?.nodeId);
      const resources = [{ resourceType: BROKER, resourceName, configurationKeys: ['advertised.listeners'] }];
      const { results } = await bench.wire().ask(describeConfigs, { resources, includeSynonyms: true });
      const told = results[0]?.configs.map(({ name, value, synonyms }) => [name, value, synonyms]);
      assert.deepEqual(told, [['advertised.listeners', null, []]]);
    });

    suite.behaviour('metadata by topic id is served from version 12 on, and refuses the request before', async () => {
      const t = await bench.topic();
      const ask = async (version: number) => {
        const topics = [{ topicId: t.id, name: null }];
        return (await bench.wire().send(metadata, version, { topics, allowAutoTopicCreation: false })).topics[0];
      };
      for (const version of [10, 11]) {
        const answer = await ask(version);
        assert.deepEqual([answer?.errorCode, answer?.name, answer?.topicId], [42, '', t.id]);
      }
      const answer = await ask(12);
      assert.deepEqual([answer?.errorCode, answer?.name, answer?.topicId], [0, t.name, t.id]);
    });

    suite.behaviour('a topic grows, never shrinks', async () => {
      const t = await bench.topic({}, 2);
      const grow = async (count: number) => {
        const topics = [{ name: t.name, count, assignments: null }];
        return (await bench.wire().ask(createPartitions, { topics, timeoutMs: 20_000 })).results[0]?.errorCode;
      };
      assert.equal(await grow(1), 37);
      assert.equal(await grow(2), 37);
      assert.equal(await grow(4), 0);
      await until(
        'the new partitions answer',
        20_000,
        async () => (await t.offset(-1n, { partition: 3 })).errorCode === 0,
      );
      assert.deepEqual(await t.append(batchOf({ producerId: 77n }, 0, 1), { partition: 3 }), [0, 0n]);
    });

    suite.behaviour('a topic does not grow when it is only asked, named twice, or not there', async () => {
      const t = await bench.topic();
      const ask = async (topics: { name: string; count: number; assignments: null }[], validateOnly = false) => {
        const { results } = await bench.wire().ask(createPartitions, { topics, timeoutMs: 20_000, validateOnly });
        return results.map(({ errorCode }) => errorCode);
      };
      const two = { name: t.name, count: 2, assignments: null };
      assert.deepEqual(await ask([two], true), [0]);
      assert.deepEqual(await ask([two, two]), [42]);
      assert.deepEqual(await ask([{ ...two, name: bench.newName() }]), [3]);
      assert.deepEqual(await ask([{ ...two, count: 0 }]), [37]);
      assert.equal((await t.offset(-1n, { partition: 1 })).errorCode, 3);
      const assigned = async (brokers: number[][]) => {
        const assignments = brokers.map((ids) => ({ brokerIds: ids }));
        const topics = [{ name: t.name, count: 2, assignments }];
        return (await bench.wire().ask(createPartitions, { topics, timeoutMs: 20_000 })).results[0]?.errorCode;
      };
      assert.equal(await assigned([[4711]]), 39, 'a broker that nobody knows');
      assert.equal(await assigned([[]]), 39);
      const [id = -1] = await brokerIds(bench.wire());
      assert.equal(await assigned([[id], [id]]), 39, 'more assignments than partitions');
      assert.equal(await assigned([[id]]), 0);
      const answers = async () => (await t.offset(-1n, { partition: 1 })).errorCode === 0;
      await until('the new partition answers', 20_000, answers);
    });

    suite.behaviour('lists of settings are added to and taken from, each setting once in a request', async () => {
      const t = await bench.topic();
      const policy = { name: 'cleanup.policy' };
      const shown = async (value: string) => {
        const is = async () => (await configs(t.name)).get('cleanup.policy')?.value === value;
        await until(`cleanup.policy to be ${value}`, 10_000, is);
      };
      assert.equal(await alter(t.name, [{ ...policy, configOperation: APPEND, value: 'compact' }]), 0);
      await shown('delete,compact');
      assert.equal(
        await alter(t.name, [{ ...policy, configOperation: APPEND, value: 'compact' }]),
        0,
        'once is enough',
      );
      assert.equal(await alter(t.name, [{ ...policy, configOperation: SUBTRACT, value: 'delete' }]), 0);
      await shown('compact');
      assert.equal(
        await alter(t.name, [{ ...policy, configOperation: SUBTRACT, value: 'delete' }]),
        0,
        'nor is it there',
      );
      assert.equal(await alter(t.name, [{ ...policy, configOperation: APPEND, value: 'shred' }]), 40);
      assert.equal(await alter(t.name, [{ name: 'retention.ms', configOperation: SUBTRACT, value: '5' }]), 40);
      const once = { ...policy, configOperation: SET, value: 'delete' };
      assert.equal(await alter(t.name, [once, { ...once, value: 'compact' }]), 42);
      assert.equal(await alter(t.name, [{ ...once, value: null }]), 42);
      assert.equal(await alter(t.name, [{ name: 'retention.ms', configOperation: REMOVE, value: null }]), 0, 'not set');
      const both = [once, { name: 'retention.ms', configOperation: SET, value: 'long' }];
      assert.equal(await alter(t.name, both), 40);
      assert.equal((await configs(t.name)).get('cleanup.policy')?.value, 'compact', 'all of it or nothing');
      const resources = [{ resourceType: TOPIC, resourceName: t.name, configs: [once] }];
      const asked = await bench.wire().ask(incrementalAlterConfigs, { resources, validateOnly: true });
      assert.equal(asked.responses[0]?.errorCode, 0);
      assert.equal((await configs(t.name)).get('cleanup.policy')?.value, 'compact', 'it was only asked');
    });

    suite.behaviour(
      'settings have values and sources, are set and removed one by one',
      ['future timestamps'],
      async (otherwise) => {
        const t = await bench.topic({ 'retention.ms': '12345' });
        const before = await configs(t.name);
        assert.equal(before.get('retention.ms')?.value, '12345');
        assert.equal(before.get('retention.ms')?.configSource, source.topic);
        const defaults: Record<string, string> = {
          'cleanup.policy': 'delete',
          'compression.type': 'producer',
          'max.message.bytes': '1048588',
          'message.timestamp.type': 'CreateTime',
          'message.timestamp.before.max.ms': '9223372036854775807',
          'message.timestamp.after.max.ms': otherwise('future timestamps') ? '9223372036854775807' : '3600000',
          'retention.bytes': '-1',
          'segment.bytes': '1073741824',
          'segment.ms': '604800000',
        };
        for (const [name, value] of Object.entries(defaults)) {
          assert.equal(before.get(name)?.value, value, name);
          assert.equal(before.get(name)?.configSource, source.default, name);
        }
        const changes = [
          { name: 'retention.ms', configOperation: REMOVE, value: null },
          { name: 'message.timestamp.type', configOperation: SET, value: 'LogAppendTime' },
          { name: 'cleanup.policy', configOperation: APPEND, value: 'compact' },
        ];
        assert.equal(await alter(t.name, changes), 0);
        await until('the change to show', 10_000, async () => {
          return (await configs(t.name)).get('message.timestamp.type')?.value === 'LogAppendTime';
        });
        const after = await configs(t.name);
        assert.equal(after.get('retention.ms')?.value, '604800000');
        assert.equal(after.get('cleanup.policy')?.value, 'delete,compact');
        const produced = await t.produce(batchOf({ producerId: 77n }, 0, 1));
        assert.equal(produced.errorCode, 87, 'no key, and the topic is compacted now');
        assert.equal(await alter(t.name, [{ name: 'no.such', configOperation: SET, value: '1' }]), 40);
        assert.equal(await alter(t.name, [{ name: 'retention.ms', configOperation: SET, value: '-7' }]), 40);
        assert.equal(await alter(t.name, [{ name: 'retention.ms', configOperation: APPEND, value: '5' }]), 40);
      },
    );

    suite.behaviour('a smaller batch limit holds at once', async () => {
      const t = await bench.topic({ 'max.message.bytes': '200' });
      assert.equal((await t.append(batchOf({ producerId: 77n }, 0, 50)))[0], 10);
      assert.equal((await t.append(batchOf({ producerId: 77n }, 0, 1)))[0], 0);
    });

    suite.behaviour('another codec of the topic is applied, and the batch is otherwise the same', async () => {
      const t = await bench.topic({ 'compression.type': 'zstd' });
      assert.deepEqual(await t.append(batchOf({ producerId: 77n }, 0, 20, { codec: 'gzip' })), [0, 0n]);
      const [batch] = await t.batches();
      assert.equal(batch?.codec, 4);
      assert.equal(batch?.recordCount, 20);
      assert.equal(batch?.producerId, 77n);
      assert.ok(batch?.crcMatches());
    });

    suite.behaviour('the cluster tells its brokers, and what may be done when it is asked', async () => {
      const plain = await bench.wire().ask(describeCluster, {});
      assert.equal(plain.errorCode, 0);
      assert.ok(plain.brokers.length >= 1);
      assert.equal(plain.clusterAuthorizedOperations, -(2 ** 31));
      const asked = await bench.wire().ask(describeCluster, { includeClusterAuthorizedOperations: true });
      assert.ok((asked.clusterAuthorizedOperations & (1 << 7)) !== 0, 'ALTER');
    });

    suite.behaviour('without an authorizer there are no ACLs to describe', async () => {
      const any = { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 };
      const filter = { ...any, resourceNameFilter: null, principalFilter: null, hostFilter: null };
      assert.equal((await bench.wire().ask(describeAcls, filter)).errorCode, 54);
    });

    suite.behaviour('a topic made again has another id', async () => {
      const t = await bench.topic();
      const wanted = { topics: [{ name: t.name }], topicNames: [t.name], timeoutMs: 20_000 };
      assert.equal((await bench.wire().ask(deleteTopics, wanted)).responses[0]?.errorCode, 0);
      await until('the name to be free', 20_000, async () => (await create({ name: t.name })) === 0);
      const again = await WireTopic.find(bench.wire(), t.name);
      assert.notEqual(again.id, t.id);
      assert.equal(await again.end(), 0n);
    });
  });
}

async function brokerIds(wire: Wire): Promise<number[]> {
  return (await wire.ask(describeCluster, {})).brokers.map(({ brokerId }) => brokerId);
}
