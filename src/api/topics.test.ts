/** What topics, ACLs and groups take and refuse, mirrors among them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../test/harness/asking.js';
import { fakeCluster, mirrorView } from '../../test/harness/fake-clusters.js';

test('a topic grows by PATCH; neither partitions nor settings of a mirror are changed by hand', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.topics.set('orders', { name: 'orders', isInternal: false, replicationFactor: 1, partitions: 1 });
  cluster.topics.set('mirrored', { name: 'mirrored', isInternal: false, replicationFactor: 1, partitions: 1 });
  cluster.mirrorViews.push(mirrorView('dr-link', 'mirrored', 'ACTIVE'));
  const ask = serve([cluster]);
  const topics = '/kafka/v3/clusters/dr-id/topics';
  const grown = await ask('PATCH', `${topics}/orders`, { partitions_count: 3 });
  assert.deepEqual([grown.status, grown.body.partitions_count], [200, 3]);
  assert.equal((await ask('PATCH', `${topics}/nope`, { partitions_count: 3 })).status, 404);
  assert.equal((await ask('PATCH', `${topics}/orders`, { partitions_count: 0 })).status, 400);
  const calls = cluster.calls.length;
  for (const [method, path, body] of [
    ['PATCH', `${topics}/mirrored`, { partitions_count: 3 }],
    ['PUT', `${topics}/mirrored/configs/retention.ms`, { value: '1' }],
    ['DELETE', `${topics}/mirrored/configs/retention.ms`, undefined],
    ['POST', `${topics}/mirrored/configs:alter`, { data: [{ name: 'retention.ms', value: '1' }] }],
  ] as const) {
    const refused = await ask(method, path, body);
    assert.equal(refused.status, 400);
    assert.match(refused.body.message, /is a mirror; .* until it is promoted/);
  }
  assert.equal(cluster.calls.length, calls, 'what was refused has changed nothing');
  const own = await ask('PUT', `${topics}/mirrored/configs/min.insync.replicas`, { value: '2' });
  assert.equal(own.status, 204, 'what no source decides is the destination’s own');
  assert.equal(cluster.calls.length, calls + 1);
});

test('ACLs: read by any of their words, made in whole, deleted only by what was said', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  const ask = serve([cluster]);
  const path = '/kafka/v3/clusters/dr-id/acls';
  const acl = {
    resource_type: 'TOPIC',
    resource_name: 'orders',
    pattern_type: 'LITERAL',
    principal: 'User:app',
    host: '*',
    operation: 'READ',
    permission: 'ALLOW',
  };
  const seen = await ask('GET', `${path}?resource_type=topic&pattern_type=MATCH&operation=ANY`);
  assert.equal(seen.status, 200);
  const { kind, metadata, ...shown } = seen.body.data[0];
  assert.deepEqual([kind, shown], ['KafkaAcl', { cluster_id: 'dr-id', ...acl }]);
  assert.match(metadata.self, /acls\?resource_type=TOPIC&resource_name=orders/);
  assert.equal((await ask('POST', path, acl)).status, 201);
  assert.equal((await ask('POST', `${path}:batch`, { data: [acl, { ...acl, operation: 'WRITE' }] })).status, 201);
  const said = 'resource_type=TOPIC&pattern_type=ANY&operation=ANY&permission=ANY';
  const deleted = await ask('DELETE', `${path}?${said}&principal=User:*`);
  assert.deepEqual([deleted.status, deleted.body.data.length, deleted.body.kept_of_fence.length], [200, 1, 1]);
  const filter = { resourceName: undefined, host: undefined, operation: undefined, permission: undefined };
  assert.deepEqual(cluster.calls.at(0), {
    acls: { ...filter, resourceType: 'TOPIC', pattern: 'MATCH', principal: undefined },
  });
  assert.deepEqual(cluster.calls.at(-1), {
    removeAcls: { ...filter, resourceType: 'TOPIC', pattern: undefined, principal: 'User:*' },
  });
  const calls = cluster.calls.length;
  for (const [method, at, body] of [
    ['GET', `${path}?operation=FLY`, undefined],
    ['DELETE', `${path}?resource_type=TOPIC&pattern_type=ANY&operation=ANY`, undefined],
    ['POST', path, { ...acl, host: undefined }],
    ['POST', path, { ...acl, principal: 'app' }],
    ['POST', path, { ...acl, operation: 'ANY' }],
    ['POST', path, { ...acl, resource_type: 'CLUSTER' }],
    ['POST', `${path}:batch`, { data: [] }],
  ] as const) {
    assert.equal((await ask(method, at, body)).status, 400, at);
  }
  assert.equal(cluster.calls.length, calls, 'what was refused has changed nothing');
});

test('a mirror shows the settings it will have, and refuses changes to them', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.topics.set('orders', { name: 'orders', isInternal: false, replicationFactor: 1, partitions: 1 });
  cluster.mirrorViews.push(mirrorView('dr-link', 'orders', 'ACTIVE'));
  const ask = serve([cluster]);
  const shown = await ask('GET', '/v3/clusters/dr-id/topics/orders/configs');
  assert.deepEqual([shown.body.data[0].value, shown.body.data[0].is_default], ['604800000', true]);
  const path = '/v3/clusters/dr-id/topics/orders/configs:alter';
  const refused = await ask('POST', path, { data: [{ name: 'retention.ms', value: '1' }] });
  assert.equal(refused.body.error_code, 40002);
});

test('lags of a group never go below zero and name the member that reads', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  const member = { memberId: 'm-1', instanceId: null, clientId: 'c', partitions: [{ topic: 'orders', partition: 0 }] };
  cluster.groups.set('g', {
    info: {
      group: 'g',
      state: 'Stable',
      type: 'classic',
      protocolType: 'consumer',
      assignor: 'range',
      coordinator: 1,
      members: [member],
    },
    offsets: [
      { topic: 'orders', partition: 0, committed: 5n, logEnd: 12n },
      { topic: 'orders', partition: 1, committed: 5n, logEnd: 3n },
    ],
  });
  const ask = serve([cluster]);
  const lags = await ask('GET', '/v3/clusters/dr-id/consumer-groups/g/lags');
  assert.deepEqual(
    lags.body.data.map((each: { lag: number; consumer_id: string }) => [each.lag, each.consumer_id]),
    [
      [7, 'm-1'],
      [0, ''],
    ],
  );
  const summary = await ask('GET', '/v3/clusters/dr-id/consumer-groups/g/lag-summary');
  assert.deepEqual([summary.body.total_lag, summary.body.max_lag, summary.body.max_lag_partition_id], [7, 7, 0]);
  const one = await ask('GET', '/v3/clusters/dr-id/consumer-groups/g/lags/orders/partitions/1');
  assert.equal(one.body.log_end_offset, 3);
  assert.equal((await ask('GET', '/v3/clusters/dr-id/consumer-groups/g')).body.state, 'STABLE');
});
