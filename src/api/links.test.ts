/** What the endpoints of links and mirrors take, hand on and answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../test/harness/asking.js';
import { fakeCluster, linkView, mirrorView } from '../../test/harness/fake-clusters.js';

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
