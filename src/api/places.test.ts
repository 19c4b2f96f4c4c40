/** What the published endpoints around topics, brokers and groups tell: each from what a stocked cluster has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentedApp } from '../../test/harness/documented-app.js';
import { FAKE_TOKEN, type FakeCluster, fakeSurroundings } from '../../test/harness/fake-clusters.js';
import { stockedCluster } from '../../test/harness/rest-samples.js';

type Data = Readonly<Record<string, unknown>>;

type Answered = Data & { readonly status: number; readonly data: readonly Data[] };

function asks(cluster: FakeCluster) {
  const app = documentedApp(fakeSurroundings([cluster]));
  return async (path: string, method = 'GET', body?: unknown) => {
    const headers = { authorization: `Bearer ${FAKE_TOKEN}` };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await app.request(`/v3/clusters/dr-id/${path}`, { method, headers, ...sent });
    const text = await answer.text();
    const value: Data = text === '' ? {} : (JSON.parse(text) as Data);
    return { ...value, status: answer.status } as Answered;
  };
}

test('a partition names its leader, its replicas who is in sync, and what is moved', async () => {
  const ask = asks(stockedCluster());
  const base = 'http://klink.test/v3/clusters/dr-id/topics/orders/partitions/0';
  const partition = await ask('topics/orders/partitions/0');
  assert.deepEqual(partition.leader, { related: `${base}/replicas/1` });
  const { data: replicas } = await ask('topics/orders/partitions/0/replicas');
  assert.deepEqual(
    replicas.map(({ broker_id, is_leader, is_in_sync }) => [broker_id, is_leader, is_in_sync]),
    [
      [1, true, true],
      [2, false, false],
    ],
  );
  for (const path of ['orders/partitions/-', 'orders/partitions/0', '-/partitions/-']) {
    const moved = await ask(`topics/${path}/reassignment`);
    const first: Data = moved.data?.[0] ?? moved;
    assert.deepEqual([first.adding_replicas, first.removing_replicas], [[3], [2]], path);
  }
  assert.deepEqual((await ask('topics/mirrored/partitions/-/reassignment')).data, []);
  assert.equal((await ask('topics/mirrored/partitions/0/reassignment')).status, 404);
  assert.equal((await ask('topics/nope/partitions/-/reassignment')).error_code, 40403);
  assert.equal((await ask('topics/orders/partitions/1')).error_code, 40403);
});

test('rights on a topic are told where they are asked for', async () => {
  const ask = asks(stockedCluster());
  assert.deepEqual((await ask('topics/orders')).authorized_operations, []);
  const asked = await ask('topics/orders?include_authorized_operations=true');
  assert.deepEqual(asked.authorized_operations, ['READ', 'WRITE']);
});

test('default settings leave out what the topic itself says [2.7]', async () => {
  const ask = asks(stockedCluster());
  const [own] = (await ask('topics/orders/configs')).data;
  assert.deepEqual([own?.value, own?.is_default, own?.source], ['-1', false, 'DYNAMIC_TOPIC_CONFIG']);
  const [inherited] = (await ask('topics/orders/default-configs')).data;
  assert.deepEqual([inherited?.value, inherited?.is_default], ['604800000', true]);
  assert.equal((await ask('topics/nope/default-configs')).error_code, 40403);
});

test('the settings of all topics show a mirror as it will be [1.8]', async () => {
  const { data } = await asks(stockedCluster())('topics/-/configs');
  assert.deepEqual(
    data.map(({ topic_name, value }) => [topic_name, value]),
    [
      ['orders', '-1'],
      ['mirrored', '604800000'],
      ['stopped', '-1'],
    ],
  );
});

test('settings for all brokers are set, taken back and altered as Kafka has them, and nowhere else [2.6]', async () => {
  const cluster = stockedCluster();
  const ask = asks(cluster);
  const [config] = (await ask('broker-configs')).data;
  assert.deepEqual([config?.config_type, config?.source], ['BROKER', 'DYNAMIC_DEFAULT_BROKER_CONFIG']);
  const name = 'log.retention.ms';
  assert.equal((await ask(`broker-configs/${name}`, 'PUT', { value: '5' })).status, 204);
  assert.equal((await ask(`broker-configs/${name}`, 'DELETE')).status, 204);
  const data = [{ name, value: '6' }];
  assert.equal((await ask('broker-configs:alter', 'POST', { data, validate_only: true })).status, 204);
  assert.deepEqual(cluster.calls, [
    { alterClusterConfigs: [{ name, value: '5' }], validateOnly: false },
    { alterClusterConfigs: [{ name, value: undefined }], validateOnly: false },
    { alterClusterConfigs: [{ name, value: '6' }], validateOnly: true },
  ]);
  assert.equal((await ask(`brokers/1/configs/${name}`)).broker_id, 1);
  assert.equal((await ask(`brokers/1/configs/${name}`, 'PUT', { value: '5' })).status, 405);
  assert.equal((await ask('brokers/7')).message, 'Broker 7 cannot be found.');
});

test('a sensitive setting tells its value at no level [P9]', async () => {
  const cluster = stockedCluster();
  const secret = {
    name: 'ssl.key.password',
    value: 'hidden',
    isDefault: false,
    isReadOnly: false,
    isSensitive: true,
    source: 'DYNAMIC_BROKER_CONFIG',
    synonyms: [{ name: 'ssl.key.password', value: 'hidden', source: 'DYNAMIC_BROKER_CONFIG' }],
  };
  const ask = asks({ ...cluster, admin: { ...cluster.admin, brokerConfigs: async () => [secret] } });
  const seen = await ask('brokers/1/configs/ssl.key.password');
  assert.equal(seen.value, null);
  assert.ok(!JSON.stringify(seen).includes('hidden'));
});

test('a member of a group and the partitions it reads', async () => {
  const ask = asks(stockedCluster());
  assert.equal((await ask('consumer-groups/g/consumers/m-1')).client_id, 'c');
  const [assigned] = (await ask('consumer-groups/g/consumers/m-1/assignments')).data;
  assert.deepEqual([assigned?.topic_name, assigned?.partition_id], ['orders', 0]);
  assert.deepEqual(assigned?.lag, {
    related: 'http://klink.test/v3/clusters/dr-id/consumer-groups/g/lags/orders/partitions/0',
  });
  assert.equal((await ask('consumer-groups/g/consumers/nobody')).status, 404);
});

test('verbs that need a bidirectional link are refused with what to do instead [2.5]', async () => {
  const cluster = stockedCluster();
  const ask = asks(cluster);
  const body = { mirror_topic_names: ['mirrored'] };
  for (const verb of ['reverse-and-start-mirror', 'reverse-and-pause-mirror', 'truncate-and-restore']) {
    const refused = await ask(`links/dr-link/mirrors:${verb}`, 'POST', body);
    assert.deepEqual([refused.status, refused.error_code], [400, 40035]);
    assert.match(String(refused.message), /bidirectional.*Fail over or promote/s);
    assert.equal((await ask(`links/nope/mirrors:${verb}`, 'POST', body)).status, 404);
  }
  assert.deepEqual(cluster.calls, []);
});
