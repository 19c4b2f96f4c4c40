import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentedApp } from '../../test/harness/documented-app.js';
import {
  FAKE_TOKEN,
  type FakeCluster,
  fakeCluster,
  fakeSurroundings,
  linkView,
  mirrorView,
} from '../../test/harness/fake-clusters.js';

interface Seen {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any shape of answer.
  readonly body: any;
}

function serve(clusters: readonly FakeCluster[] = [fakeCluster('dr', 'dr-id')]) {
  const app = documentedApp(fakeSurroundings(clusters));
  return async (method: string, path: string, body?: unknown, token: string | null = FAKE_TOKEN): Promise<Seen> => {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await app.request(path, { method, headers, ...init });
    const text = await response.text();
    return { status: response.status, text, body: text === '' ? undefined : JSON.parse(text) };
  };
}

test('health needs no token, everything else does', async () => {
  const ask = serve();
  assert.equal((await ask('GET', '/healthz', undefined, null)).status, 200);
  for (const token of [null, 'wrong', `${FAKE_TOKEN}x`]) {
    const refused = await ask('GET', '/kafka/v3/clusters', undefined, token);
    assert.equal(refused.status, 401);
    assert.deepEqual(refused.body, { error_code: 40101, message: 'Authentication failed' });
  }
});

test('the operator token is also taken as a Basic password', async () => {
  const app = documentedApp(fakeSurroundings([]));
  const authorization = `Basic ${Buffer.from(`anyone:${FAKE_TOKEN}`).toString('base64')}`;
  assert.equal((await app.request('/v3/clusters', { headers: { authorization } })).status, 200);
});

test('both bases and a trailing slash serve the same', async () => {
  const ask = serve();
  for (const path of ['/kafka/v3/clusters', '/v3/clusters', '/v3/clusters/', '/kafka/v3/clusters/?x=1']) {
    const seen = await ask('GET', path);
    assert.equal(seen.status, 200, path);
    assert.equal(seen.body.data[0].cluster_id, 'dr-id');
  }
});

test('unknown cluster, topic, link and path have their published codes', async () => {
  const ask = serve();
  const cases: [string, number, number][] = [
    ['/v3/clusters/nope/topics', 404, 404],
    ['/v3/clusters/dr-id/topics/nope', 404, 40403],
    ['/v3/clusters/dr-id/links/nope', 404, 404],
    ['/v3/clusters/dr-id/links/nope/mirrors', 404, 404],
    ['/v3/clusters/dr-id/consumer-groups/nope', 404, 404],
    ['/v3/nothing', 404, 404],
  ];
  for (const [path, status, code] of cases) {
    const seen = await ask('GET', path);
    assert.deepEqual([seen.status, seen.body.error_code], [status, code], path);
    assert.notEqual(seen.body.message, '');
  }
});

test('a wrong method is 405, not 404', async () => {
  const seen = await serve()('PATCH', '/v3/clusters/dr-id/links/x');
  assert.deepEqual([seen.status, seen.body.error_code], [405, 405]);
});

test('a topic that exists is 400 with 40002', async () => {
  const ask = serve();
  const topic = { topic_name: 'orders', partitions_count: 3 };
  const made = await ask('POST', '/v3/clusters/dr-id/topics', topic);
  assert.deepEqual([made.status, made.body.partitions_count], [201, 3]);
  const again = await ask('POST', '/v3/clusters/dr-id/topics', topic);
  assert.deepEqual(
    [again.status, again.body.error_code, again.body.message],
    [400, 40002, "Topic 'orders' already exists."],
  );
});

test('validate_only creates no topic', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  const ask = serve([cluster]);
  const seen = await ask('POST', '/v3/clusters/dr-id/topics', { topic_name: 'orders', validate_only: true });
  assert.equal(seen.status, 200);
  assert.equal(cluster.topics.size, 0);
});

test('a body that is no JSON or misses a field says which', async () => {
  const ask = serve();
  assert.equal((await ask('POST', '/v3/clusters/dr-id/topics', '{')).body.error_code, 400);
  assert.match((await ask('POST', '/v3/clusters/dr-id/topics', {})).body.message, /topic_name/);
  assert.equal((await ask('POST', '/v3/clusters/dr-id/topics', 'x'.repeat(1024 * 1024 + 1))).status, 413);
});

test('link create takes name and flags from the query and refuses a second of the name with 40902', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  const ask = serve([cluster]);
  const path = '/kafka/v3/clusters/dr-id/links/?link_name=dr-link&validate_link=false';
  const body = { source_cluster_id: 'src', configs: [{ name: 'bootstrap.servers', value: 'a:1' }] };
  assert.equal((await ask('POST', path, body)).status, 204);
  assert.deepEqual(cluster.calls, [
    {
      createLink: {
        name: 'dr-link',
        sourceClusterId: 'src',
        linkId: undefined,
        settings: new Map([['bootstrap.servers', 'a:1']]),
      },
      options: { validateOnly: false, validateLink: false },
    },
  ]);
  const again = await ask('POST', path, body);
  assert.deepEqual([again.status, again.body.error_code], [409, 40902]);
  assert.equal((await ask('POST', '/v3/clusters/dr-id/links', body)).status, 400);
});

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

test('link settings are set, reset and altered at the published places; anything else is refused there', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  const ask = serve([cluster]);
  const path = '/kafka/v3/clusters/dr-id/links/dr-link/configs';
  const name = 'consumer.offset.sync.ms';
  assert.equal((await ask('PUT', `${path}/${name}`, { value: '1000' })).status, 204);
  assert.equal((await ask('DELETE', `${path}/${name}`)).status, 204);
  const data = [
    { name, value: '5' },
    { name: 'username', operation: 'DELETE' },
    { name: 'password', value: null },
  ];
  assert.equal((await ask('PUT', `${path}:alter?validate_only=true&validate_link=false`, { data })).status, 204);
  const changed = { validateOnly: false, validateLink: true };
  assert.deepEqual(cluster.calls, [
    { alterLink: 'dr-link', changes: [{ name, value: '1000' }], options: changed },
    { alterLink: 'dr-link', changes: [{ name, value: undefined }], options: changed },
    {
      alterLink: 'dr-link',
      changes: [
        { name, value: '5' },
        { name: 'username', value: undefined },
        { name: 'password', value: undefined },
      ],
      options: { validateOnly: true, validateLink: false },
    },
  ]);
  const twice = await ask('PUT', `${path}:alter`, {
    data: [
      { name, value: '1' },
      { name, value: '2' },
    ],
  });
  assert.match(twice.body.message, /given twice/);
  assert.equal((await ask('POST', `${path}:alter`, { data })).status, 405);
  assert.equal((await ask('PUT', `${path}/${name}`, { valu: '1' })).status, 400);
  assert.equal((await ask('PUT', `${path.replace('dr-link', 'nope')}/${name}`, { value: '1' })).status, 404);
  assert.equal(cluster.calls.length, 3, 'what was refused has changed nothing');
});

test('sensitive link settings are null under both sets of names', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  const seen = await serve([cluster])('GET', '/v3/clusters/dr-id/links/dr-link/configs');
  const [setting] = seen.body.data;
  assert.deepEqual(
    [setting.value, setting.is_sensitive, setting.sensitive, setting.is_default, setting.default],
    [null, true, true, false, false],
  );
  assert.ok(!seen.text.includes('secret'));
});

test('tasks are null unless asked for, then an array', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  const ask = serve([cluster]);
  assert.equal((await ask('GET', '/v3/clusters/dr-id/links/dr-link')).body.tasks, null);
  assert.deepEqual((await ask('GET', '/v3/clusters/dr-id/links/dr-link?include_tasks=true')).body.tasks, []);
});

test('offsets are written in full, beyond what a double holds', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  cluster.mirrorViews.push(mirrorView('dr-link', 'orders', 'ACTIVE'));
  const seen = await serve([cluster])('GET', '/v3/clusters/dr-id/links/dr-link/mirrors/orders');
  assert.ok(seen.text.includes('"last_source_fetch_offset":9007199254740993'));
});

test('mirrors of all links are listed below a dash, and filtered by state', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.mirrorViews.push(mirrorView('a', 'one', 'ACTIVE'), mirrorView('b', 'two', 'STOPPED'));
  const ask = serve([cluster]);
  assert.equal((await ask('GET', '/v3/clusters/dr-id/links/-/mirrors')).body.data.length, 2);
  const stopped = await ask('GET', '/v3/clusters/dr-id/links/-/mirrors?mirror_status=stopped');
  assert.deepEqual(
    stopped.body.data.map((each: { mirror_topic_name: string }) => each.mirror_topic_name),
    ['two'],
  );
});

test('a verb that a topic refuses is a row inside a 200', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  cluster.mirrorViews.push(mirrorView('dr-link', 'one', 'ACTIVE'), mirrorView('dr-link', 'two', 'STOPPED'));
  const ask = serve([cluster]);
  const path = '/v3/clusters/dr-id/links/dr-link/mirrors:failover';
  const dry = await ask('POST', `${path}?validate_only=true`, { mirror_topic_names: ['one', 'two'] });
  assert.equal(dry.status, 200);
  assert.deepEqual(
    dry.body.data.map((row: { error_code: number | null }) => row.error_code),
    [null, 400],
  );
  assert.equal(cluster.mirrorViews[0]?.status, 'ACTIVE');
  const all = await ask('POST', path, { mirror_topic_name_pattern: 'o.*' });
  assert.deepEqual(
    all.body.data.map((row: { mirror_topic_name: string }) => row.mirror_topic_name),
    ['one'],
  );
  assert.equal((await ask('POST', path, {})).status, 400);
  assert.equal((await ask('POST', path, { mirror_topic_name_pattern: '(' })).body.error_code, 40002);
});

test('a stopped mirror shows what will be deleted and who has not read it; retention goes with promote and failover [8 (5)]', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  cluster.mirrorViews.push(mirrorView('dr-link', 'one', 'STOPPED'), mirrorView('dr-link', 'two', 'ACTIVE'));
  const unread = [{ group: 'g', partition: 0, offset: 3n, records: 5n }];
  const partitions = [{ partition: 0, logStart: 1n, below: 8n }];
  const settings = { 'retention.ms': null };
  cluster.forecast.deletions = { dueAtMs: 9, settings, partitions, unread, remarks: ['r'], unknown: ['u'] };
  const ask = serve([cluster]);
  const path = '/klink/v1/clusters/dr-id/links/dr-link/mirrors';
  assert.deepEqual((await ask('GET', `${path}/one`)).body.deletions, {
    due_at_ms: 9,
    settings: [{ name: 'retention.ms', value: null }],
    partitions: [{ partition: 0, from: 1, below: 8, records_max: 7 }],
    unread_groups: [{ group: 'g', partition: 0, offset: 3, records: 5 }],
    remarks: ['r'],
    unknown: ['u'],
  });
  assert.equal((await ask('GET', `${path}/two`)).body.deletions, null);
  const verbs = '/v3/clusters/dr-id/links/dr-link/mirrors';
  const now = { mirror_topic_names: ['two'], retention: 'now' };
  assert.equal((await ask('POST', `${verbs}:resume`, now)).body.error_code, 40002);
  assert.equal((await ask('POST', `${verbs}:promote`, { ...now, retention: 'never' })).status, 400);
  assert.equal((await ask('POST', `${verbs}:promote`, now)).status, 200);
  assert.deepEqual((cluster.calls.at(-1) as { options: { retention: string } }).options.retention, 'now');
});

test('a partition shows how often the destination lost records of it, and which last [2.4]', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  const view = mirrorView('dr-link', 'one', 'ACTIVE');
  const truncations = { count: 2, from: 9n, to: 5n, atMs: 7 };
  cluster.mirrorViews.push({ ...view, partitions: view.partitions.map((each) => ({ ...each, truncations })) });
  cluster.mirrorViews.push(mirrorView('dr-link', 'two', 'ACTIVE'));
  const ask = serve([cluster]);
  const lost = async (topic: string) => {
    const { body } = await ask('GET', `/klink/v1/clusters/dr-id/links/dr-link/mirrors/${topic}`);
    return body.partitions[0].destination_truncated;
  };
  assert.deepEqual(await lost('one'), { count: 2, from: 9, to: 5, at_ms: 7 });
  assert.equal(await lost('two'), null);
});

test('without_barrier goes with one topic to promote and failover, and comes back with its reason [8]', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  const withoutBarrier = [{ partition: 2, end: 7n, reason: 'no leader' }];
  cluster.mirrorViews.push({ ...mirrorView('dr-link', 'one', 'PENDING_STOPPED'), withoutBarrier });
  const ask = serve([cluster]);
  const path = '/v3/clusters/dr-id/links/dr-link/mirrors';
  const one = { mirror_topic_names: ['one'], without_barrier: [2] };
  const shown = [{ partition: 2, end: 7, reason: 'no leader' }];
  const made = await ask('POST', `${path}:failover?validate_only=true`, one);
  assert.deepEqual(made.body.data[0].without_barrier, shown);
  const detail = await ask('GET', '/klink/v1/clusters/dr-id/links/dr-link/mirrors/one');
  assert.deepEqual(detail.body.without_barrier, shown);
  for (const [verb, body] of [
    ['pause', one],
    ['failover', { ...one, mirror_topic_names: ['one', 'two'] }],
    ['failover', { mirror_topic_name_pattern: 'o.*', without_barrier: [2] }],
  ] as const) {
    assert.equal((await ask('POST', `${path}:${verb}`, body)).body.error_code, 40002);
  }
  assert.equal((await ask('POST', `${path}:failover`, { ...one, without_barrier: [-1] })).status, 400);
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

test('names with slashes and percent signs reach their object', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.groups.set('a/b %', {
    info: {
      group: 'a/b %',
      state: 'Empty',
      type: 'classic',
      protocolType: 'consumer',
      assignor: '',
      coordinator: 1,
      members: [],
    },
    offsets: [],
  });
  const seen = await serve([cluster])('GET', `/v3/clusters/dr-id/consumer-groups/${encodeURIComponent('a/b %')}`);
  assert.equal(seen.body.consumer_group_id, 'a/b %');
});
