/**
 * A klink that is no super user, with just the rights of docs/spec/rights.md on both sides, from an empty cluster to a failover:
 * mirror and ACLs come over, the application that may write at both sides cannot write to the mirror, and can afterwards.
 * KLINK_MODE_2_KAFKA=4.3.0|3.9.1, default both.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addAcls, findAcls } from '../../src/client/admin/acls.js';
import { openCluster } from '../../src/client/cluster.js';
import type { KafkaCluster } from '../../src/client/types.js';
import { bootstrapAddresses } from '../../src/engine/source/address.js';
import { engineRights, linkRights } from '../../src/model/rights.js';
import { surroundings } from '../harness/destination.js';
import { grantOf } from '../harness/granting.js';
import { type TestKafka, useKafka } from '../harness/kafka.js';
import { KlinkProcess } from '../harness/klink-process.js';
import { until } from '../harness/until.js';
import { foreignClient, numbers, withAdmin, withProducer } from '../system/link-stage.js';

const FILTERS =
  '{"aclFilters": [{"resourceFilter": {"resourceType": "any", "patternType": "any"}}, ' +
  '{"resourceFilter": {"resourceType": "cluster", "patternType": "any", "filterType": "EXCLUDE"}}]}';
const versions = [process.env.KLINK_MODE_2_KAFKA ?? ['4.3.0', '3.9.1']].flat() as ('4.3.0' | '3.9.1')[];

interface Mirror {
  readonly mirror_status: string;
}
interface Detail {
  readonly fence: string;
  readonly partitions: readonly { readonly mirror_end: number }[];
}

for (const version of versions) {
  test(`klink without super user on Apache Kafka ${version}, from nothing to a failover [6.6] [9.1]`, async (t) => {
    const [source, destination] = await Promise.all([useKafka(t, { version }), useKafka(t, { version })]);
    const there = asAdmin(t, source);
    const here = asAdmin(t, destination);
    const writes = { resource: 'TOPIC', operation: 'WRITE', name: 'orders', need: '' } as const;
    await addAcls(there, [...linkRights.map((each) => grantOf(each, 'User:link')), grantOf(writes, 'User:app')]);
    await addAcls(here, [
      ...engineRights.map((each) => grantOf(each, 'User:link')),
      { ...grantOf(writes, 'User:app'), resourceName: 'ord', pattern: 'PREFIXED' },
    ]);
    await withAdmin(foreignClient(source, 'admin'), (admin) =>
      admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'orders', numPartitions: 2 }] }),
    );
    await withProducer(foreignClient(source, 'app'), (producer) =>
      producer.send({ topic: 'orders', messages: numbers(1, 5).map((each) => ({ ...each, partition: 0 })) }),
    );

    const klink = KlinkProcess.use(t, {
      clusters: [
        {
          name: 'dr',
          bootstrap: destination.sasl,
          home: true,
          principal: { username: 'link', password: 'link' },
        },
      ],
      env: { SOURCE_PASSWORD: 'link' },
    });
    await klink.start();
    await until('klink owns the destination', 60_000, async () => {
      const { data } = await klink.ask<{ data: readonly { ownership: string }[] }>('GET', '/klink/v1/clusters');
      if (data[0]?.ownership !== 'owner') throw new Error(JSON.stringify(data));
      return true;
    });
    const links = `/kafka/v3/clusters/${destination.clusterId}/links`;
    const settings = {
      'bootstrap.servers': source.sasl,
      'security.protocol': 'SASL_PLAINTEXT',
      username: 'link',
      password: '${env:SOURCE_PASSWORD}',
      'acl.sync.enable': 'true',
      'acl.sync.ms': '1000',
      'acl.filters': FILTERS,
      'consumer.offset.sync.enable': 'true',
      'consumer.offset.sync.ms': '1000',
      'consumer.offset.group.filters': '{"groupFilters": [{"name": "*"}]}',
    };
    const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await klink.ask('POST', `${links}?link_name=lk`, { source_cluster_id: source.clusterId, configs });
    await klink.ask('POST', `${links}/lk/mirrors`, { source_topic_name: 'orders' });
    const detail = () =>
      klink.ask<Detail>('GET', `/klink/v1/clusters/${destination.clusterId}/links/lk/mirrors/orders`);
    await until('it is copied', 60_000, async () => (await detail()).partitions[0]?.mirror_end === 5);
    assert.match((await detail()).fence, /super users and User:link/);
    await until('the grant has come over', 30_000, async () => {
      return (await findAcls(here, { ...grantOf(writes, 'User:app') })).length === 1;
    });
    const write = (kafka: TestKafka) =>
      withProducer(foreignClient(kafka, 'app'), (producer) =>
        producer.send({ topic: 'orders', messages: [{ value: 'mine', partition: 1 }] }),
      );
    await assert.rejects(write(destination), /not authorized/i);
    await klink.ask('POST', `/kafka/v3/clusters/${destination.clusterId}/acls`, everybody);
    const listed = await klink.ask<{ data: readonly { held_back?: boolean; principal: string }[] }>(
      'GET',
      `/kafka/v3/clusters/${destination.clusterId}/acls?principal=User:*&permission=ALLOW`,
    );
    assert.deepEqual(
      listed.data.map(({ principal, held_back }) => [principal, held_back]),
      [['User:*', true]],
    );
    await assert.rejects(write(destination), /not authorized/i);

    await source.brokers[0]?.kill9();
    await klink.ask('POST', `${links}/lk/mirrors:failover`, { mirror_topic_names: ['orders'] });
    await until('it has failed over', 60_000, async () => {
      const { mirror_status } = await klink.ask<Mirror>('GET', `${links}/lk/mirrors/orders`);
      return mirror_status === 'STOPPED';
    });
    await write(destination);
    assert.equal((await findAcls(here, { principal: 'User:*', permission: 'ALLOW' })).length, 1);
    const left = await findAcls(here, { resourceType: 'TOPIC', permission: 'DENY' });
    assert.deepEqual(left, [], 'nothing of the fence is left');
  });
}

const everybody = {
  resource_type: 'TOPIC',
  resource_name: 'orders',
  pattern_type: 'LITERAL',
  principal: 'User:*',
  host: '*',
  operation: 'WRITE',
  permission: 'ALLOW',
};

function asAdmin(scope: { after(end: () => Promise<void>): void }, kafka: TestKafka): KafkaCluster {
  const bootstrap = bootstrapAddresses(kafka.sasl);
  assert.ok(bootstrap.ok);
  const cluster = openCluster({
    ...surroundings,
    name: 'as admin',
    bootstrap: bootstrap.value,
    security: { sasl: { mechanism: 'PLAIN', username: 'admin', password: 'admin' } },
    clientId: 'test',
  });
  scope.after(() => cluster.close());
  return cluster;
}
