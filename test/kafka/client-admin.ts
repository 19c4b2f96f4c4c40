/** The admin calls, said once for each kind of broker. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { systemRandom } from '../../src/base/node/random.js';
import { randomUuid } from '../../src/base/random.js';
import { type AclBinding, addAcls, findAcls, removeAcls } from '../../src/client/admin/acls.js';
import { alterTopicConfig, brokerConfig, topicConfig, topicConfigs } from '../../src/client/admin/configs.js';
import { describeCluster } from '../../src/client/admin/describe-cluster.js';
import { committedOffsets } from '../../src/client/admin/group-offsets.js';
import { describeGroup, listGroups } from '../../src/client/admin/groups.js';
import { listOffsets } from '../../src/client/admin/offsets.js';
import { describeProducers } from '../../src/client/admin/producers.js';
import { deleteRecords } from '../../src/client/admin/records.js';
import { createTopic, deleteTopic, growTopic } from '../../src/client/admin/topics.js';
import { type KafkaCluster, KafkaError, NotSent } from '../../src/client/types.js';
import { consumerGroupHeartbeat } from '../../src/protocol/api/consumer-group-heartbeat.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { clusterAdmin } from '../../src/serve/cluster-admin.js';
import { type ClientBroker, plain, useCluster } from '../harness/client-broker.js';
import { topicName } from '../harness/engine-brokers.js';
import { until } from '../harness/until.js';

export function adminSuite(broker: ClientBroker, cluster: KafkaCluster): void {
  function refusedWith(code: number): (error: unknown) => boolean {
    return (error) => {
      assert.ok(error instanceof KafkaError, String(error));
      assert.equal(error.code, code, error.message);
      return true;
    };
  }

  async function newTopic(partitions = 1, configs: Record<string, string> = {}): Promise<string> {
    const name = topicName('admin');
    await createTopic(cluster, { name, partitions, replicationFactor: 1, configs });
    await until(`${name} is led`, 10_000, async () => {
      const { topics } = await cluster.metadata([name]);
      return topics[0]?.partitions.length === partitions && topics[0].partitions.every(({ leader }) => leader >= 0);
    });
    return name;
  }

  test('what REST tells of brokers, partitions and settings is what the cluster has, and defaults for all change back', async () => {
    const admin = clusterAdmin(cluster);
    const name = await newTopic(2, { 'retention.ms': '77' });
    const [first] = await admin.brokers();
    assert.ok(first && first.port > 0);
    const partitions = await admin.partitions(name);
    assert.deepEqual(
      partitions?.map(({ partition, replicas, isr }) => [partition, replicas.length, isr.length]),
      [
        [0, 1, 1],
        [1, 1, 1],
      ],
    );
    assert.equal(await admin.partitions('no-such-topic'), undefined);
    assert.equal((await admin.allPartitions()).filter(({ topic }) => topic === name).length, 2);
    assert.deepEqual(await admin.reassignments(), []);
    assert.ok((await admin.topicRights(name)).includes('WRITE'));
    const retention = (await admin.allTopicConfigs()).get(name)?.find((each) => each.name === 'retention.ms');
    assert.deepEqual([retention?.value, retention?.synonyms[0]?.source], ['77', 'DYNAMIC_TOPIC_CONFIG']);
    assert.ok((await admin.brokerConfigs(first.id)).some((each) => each.name === 'log.retention.ms'));

    const setting = 'log.retention.ms';
    const value = '604800001';
    const found = async () => (await admin.clusterConfigs()).find((each) => each.name === setting);
    await admin.alterClusterConfigs([{ name: setting, value }], true);
    assert.equal(await found(), undefined, 'a dry run sets nothing');
    await admin.alterClusterConfigs([{ name: setting, value }], false);
    await until('it is set for all brokers', 10_000, async () => (await found())?.value === value);
    assert.equal((await found())?.source, 'DYNAMIC_DEFAULT_BROKER_CONFIG');
    await admin.alterClusterConfigs([{ name: setting, value: undefined }], false);
    await until('it is taken back', 10_000, async () => (await found()) === undefined);
    const unknown = admin.alterClusterConfigs([{ name: 'broker.id', value: '9' }], false);
    await assert.rejects(unknown, (error) => error instanceof KafkaError);
  });

  test('a topic is made, grown and deleted, and each refusal has its code', async () => {
    const name = topicName('admin');
    await createTopic(cluster, { name, partitions: 2, replicationFactor: -1 }, { validateOnly: true });
    assert.equal((await cluster.metadata([name])).topics[0]?.errorCode, 3);
    const { topicId } = await createTopic(cluster, { name, partitions: 2, replicationFactor: 1 });
    await until('it is described', 10_000, async () => {
      const found = (await cluster.metadata('all')).topics.find((topic) => topic.name === name);
      return found?.topicId === topicId && found.partitions.length === 2;
    });
    const again = createTopic(cluster, { name, partitions: 2, replicationFactor: 1 });
    await assert.rejects(again, refusedWith(36));
    await growTopic(cluster, { name, count: 4 });
    await assert.rejects(growTopic(cluster, { name, count: 4 }), refusedWith(37));
    await deleteTopic(cluster, name);
    await until('it is gone', 10_000, async () => (await cluster.metadata([name])).topics[0]?.errorCode === 3);
    await assert.rejects(deleteTopic(cluster, name), refusedWith(3));
    const bad = { name: topicName('admin'), partitions: 1, replicationFactor: 1, configs: { 'retention.ms': 'soon' } };
    await assert.rejects(createTopic(cluster, bad), refusedWith(40));
  });

  test('settings are changed one by one, and say where they come from', async () => {
    const name = await newTopic(1, { 'retention.ms': '5000' });
    const settingOf = async (setting: string) =>
      (await topicConfig(cluster, name, { names: [setting], synonyms: true })).find((each) => each.name === setting);
    await until('the settings are readable', 10_000, async () => (await settingOf('retention.ms')) !== undefined);
    assert.deepEqual(
      [(await settingOf('retention.ms'))?.value, (await settingOf('retention.ms'))?.source],
      ['5000', 'DYNAMIC_TOPIC_CONFIG'],
    );
    await alterTopicConfig(cluster, name, [{ name: 'retention.ms', value: '-1' }], { validateOnly: true });
    assert.equal((await settingOf('retention.ms'))?.value, '5000');
    await alterTopicConfig(cluster, name, [
      { name: 'retention.ms', value: undefined },
      { name: 'max.message.bytes', value: '2000' },
    ]);
    await until('both have changed', 10_000, async () => {
      const [retention, size] = [await settingOf('retention.ms'), await settingOf('max.message.bytes')];
      return retention?.isDefault === true && size?.value === '2000' && size.synonyms.length > 1;
    });
    const nonsense = alterTopicConfig(cluster, name, [{ name: 'no.such.setting', value: '1' }]);
    await assert.rejects(nonsense, refusedWith(40));
    const both = await topicConfigs(cluster, [name, 'there-is-no-such-topic']);
    assert.ok(both.get(name)?.ok);
    const missing = both.get('there-is-no-such-topic');
    assert.equal(missing?.ok === false && missing.error.code, 3);
    const own = (await cluster.metadata([])).brokers[0]?.id ?? -1;
    const limits = await brokerConfig(cluster, own, { names: ['message.max.bytes'] });
    assert.equal(limits[0]?.name, 'message.max.bytes');
    const nobody = brokerConfig(cluster, 4711, { timeoutMs: 300 });
    await assert.rejects(nobody, (error) => error instanceof NotSent && /no broker 4711/.test(error.message));
  });

  test('offsets of all partitions come at once, each with its own outcome', async () => {
    const name = await newTopic(3);
    const places = [0, 1, 2, 7].map((partition) => ({ topic: name, partition }));
    const latest = await listOffsets(cluster, [...places, { topic: 'no-such-topic', partition: 0 }], {
      kind: 'latest',
    });
    for (const partition of [0, 1, 2]) {
      const found = latest.get(`${name}/${partition}`);
      assert.equal(found?.ok && found.value.offset, 0n);
    }
    for (const key of [`${name}/7`, 'no-such-topic/0']) {
      const found = latest.get(key);
      assert.ok(found?.ok === false && found.error instanceof KafkaError && found.error.code === 3, key);
    }
    const at = await listOffsets(cluster, [{ topic: name, partition: 0 }], { kind: 'at', timestampMs: 0n });
    const found = at.get(`${name}/0`);
    assert.equal(found?.ok && found.value.offset, -1n);
  });

  test('records are deleted from the front, and producers are described', async () => {
    const name = await newTopic(1);
    const place = { topic: name, partition: 0 };
    const deleted = await deleteRecords(cluster, [{ ...place, offset: -1n }]);
    assert.deepEqual(deleted.get(`${name}/0`), { ok: true, value: 0n });
    const beyond = (await deleteRecords(cluster, [{ ...place, offset: 5n }])).get(`${name}/0`);
    assert.ok(beyond?.ok === false && beyond.error instanceof KafkaError && beyond.error.code === 1);
    assert.deepEqual((await describeProducers(cluster, [place])).get(`${name}/0`), { ok: true, value: [] });
  });

  test('a group is listed, described and its offsets are read; one that does not exist is absent', async () => {
    const name = await newTopic(2);
    const group = topicName('group');
    assert.equal(await describeGroup(cluster, group), undefined);
    assert.deepEqual((await committedOffsets(cluster, [group])).get(group), []);
    const channel = await cluster.channel(await cluster.coordinator('group', group), 'test');
    await channel.send(
      offsetCommit,
      {
        groupId: group,
        generationIdOrMemberEpoch: -1,
        topics: [{ name, partitions: [{ partitionIndex: 1, committedOffset: 5n, committedMetadata: 'note' }] }],
      },
      { versionMax: 9 },
    );
    const listed = (await listGroups(cluster)).find((each) => each.group === group);
    assert.deepEqual(listed && [listed.state, listed.coordinator], [
      'Empty',
      await cluster.coordinator('group', group),
    ]);
    const described = await describeGroup(cluster, group);
    assert.deepEqual(described && [described.type, described.state, described.members], ['classic', 'Empty', []]);
    const committed = { topic: name, partition: 1, offset: 5n, leaderEpoch: -1, metadata: 'note' };
    assert.deepEqual((await committedOffsets(cluster, [group])).get(group), [committed]);
    const places = [{ topic: name, partition: 0 }];
    assert.deepEqual((await committedOffsets(cluster, [group], { places })).get(group), []);
  });

  test('a group of the newer protocol with a member is not called dead [client 3.4]', async (t) => {
    // Kafka 3.9 knows the protocol, but does not use it unless told to; the embedded broker does not offer it.
    if (broker.kind !== '4.3.0') return assert.notEqual(broker.kind, '4.3.0');
    const name = await newTopic(2);
    const group = topicName('newer');
    const other = useCluster(t, broker);
    const channel = await other.channel(await other.coordinator('group', group), 'test');
    const memberId = randomUuid(systemRandom);
    const joining = { groupId: group, memberId, memberEpoch: 0, rebalanceTimeoutMs: 10_000, topicPartitions: [] };
    const joined = await channel.send(consumerGroupHeartbeat, { ...joining, subscribedTopicNames: [name] });
    assert.equal(joined.errorCode, 0, joined.errorMessage ?? '');
    await until('it is described with its member', 10_000, async () => {
      const described = await describeGroup(cluster, group);
      assert.deepEqual([described?.type, described?.members.length], ['consumer', 1]);
      return true;
    });
    const listed = (await listGroups(cluster)).find((each) => each.group === group);
    assert.equal(listed?.type, 'consumer');
  });

  test('the cluster says who it is and what we may do', async (t) => {
    const described = await describeCluster(cluster);
    assert.equal(described.clusterId, (await cluster.metadata([])).clusterId);
    assert.ok(described.rights?.has('ALTER'), JSON.stringify([...(described.rights ?? [])]));
    const ordinary = useCluster(t, { ...broker, sasl: plain('app') });
    assert.equal((await describeCluster(ordinary)).rights?.has('ALTER'), false);
  });

  test('a wrong password is refused in so many words', async (t) => {
    const wrong = useCluster(t, { ...broker, sasl: plain('app', 'wrong') });
    await assert.rejects(wrong.metadata([]), (error) => {
      return error instanceof KafkaError && error.code === 58 && /login as app/.test(error.message);
    });
  });

  test('ACLs are made twice, found and deleted', async () => {
    const name = topicName('acl');
    const deny: AclBinding = {
      resourceType: 'TOPIC',
      resourceName: name,
      pattern: 'LITERAL',
      principal: 'User:app',
      host: '*',
      operation: 'WRITE',
      permission: 'DENY',
    };
    const allow: AclBinding = { ...deny, operation: 'READ', permission: 'ALLOW', pattern: 'PREFIXED' };
    await addAcls(cluster, [deny, allow]);
    await addAcls(cluster, [deny]);
    const sorted = (found: readonly AclBinding[]) => [...found].sort((a, b) => (a.operation < b.operation ? -1 : 1));
    await until('both are found', 10_000, async () => {
      const found = await findAcls(cluster, { resourceType: 'TOPIC', resourceName: name });
      assert.deepEqual(sorted(found), [allow, deny]);
      return true;
    });
    assert.deepEqual(await findAcls(cluster, { resourceName: name, permission: 'DENY' }), [deny]);
    assert.deepEqual(
      (await findAcls(cluster, { resourceType: 'TOPIC', resourceName: `${name}-more`, pattern: 'MATCH' })).filter(
        (each) => each.resourceName === name,
      ),
      [allow],
    );
    assert.deepEqual(await removeAcls(cluster, [deny]), [deny]);
    assert.deepEqual(await removeAcls(cluster, [deny]), []);
    await until('one is left', 10_000, async () => {
      assert.deepEqual(await findAcls(cluster, { resourceName: name }), [allow]);
      return true;
    });
  });
}
