/** What holds for whatever is asked: credentials, bases, codes, bodies, numbers and names. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { serve } from '../../test/harness/asking.js';
import { documentedApp } from '../../test/harness/documented-app.js';
import { FAKE_TOKEN, fakeCluster, fakeSurroundings, linkView, mirrorView } from '../../test/harness/fake-clusters.js';
import { systemClock } from '../base/node/clock.js';
import { listenHttp } from '../serve/http.js';
import { createApp } from './app.js';

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

test('a verb that nobody knows is 404, not another method at the path of one that is known [1.3]', async () => {
  for (const path of ['links/x/mirrors:promote-local', 'topics/x/configs:change', 'acls:all']) {
    assert.equal((await serve()('POST', `/v3/clusters/dr-id/${path}`, {})).status, 404, path);
  }
  assert.equal((await serve()('DELETE', '/v3/clusters/dr-id/links/x/mirrors:promote')).status, 405);
});

test('a setting that something new is given twice is refused, not taken from the last', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  const configs = [
    { name: 'retention.ms', value: '1' },
    { name: 'retention.ms', value: null },
  ];
  const cases = [
    ['topics', { topic_name: 'orders', configs }],
    ['links?link_name=x', { configs }],
    ['links/dr-link/mirrors', { source_topic_name: 'orders', configs }],
  ] as const;
  for (const [path, body] of cases) {
    const seen = await serve([cluster])('POST', `/v3/clusters/dr-id/${path}`, body);
    assert.deepEqual([seen.status, seen.body.error_code], [400, 40002], path);
    assert.match(seen.body.message, /'retention.ms' is given twice/);
  }
  assert.equal(cluster.topics.size, 0);
});

test('what may be left out of a new topic may be null: generated clients write every field', async () => {
  const wanted = { topic_name: 'orders', partitions_count: null, replication_factor: null, configs: null };
  const ask = serve();
  assert.equal((await ask('POST', '/v3/clusters/dr-id/topics', { ...wanted, validate_only: null })).status, 201);
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

test('who sends too much is told that the connection ends with the answer [1.9]', async () => {
  const headers = { authorization: `Bearer ${FAKE_TOKEN}` };
  const body = ' '.repeat(1024 * 1024 + 1);
  const seen = await documentedApp(fakeSurroundings([])).request('/v3/clusters/x/topics', {
    method: 'POST',
    headers,
    body,
  });
  assert.deepEqual([seen.status, seen.headers.get('connection')], [413, 'close']);
});

test('a path with a step of dots means nothing, not what is left when it is resolved [1.1]', async (t) => {
  const cluster = fakeCluster('dr', 'dr-id');
  const listener = await listenHttp(
    createApp(fakeSurroundings([cluster])),
    { host: '127.0.0.1', port: 0 },
    systemClock,
  );
  t.after(() => listener.close());
  const ask = async (path: string, method = 'GET') => {
    const headers = { authorization: `Bearer ${FAKE_TOKEN}`, connection: 'close' };
    const asked = request({ ...listener.address, method, path, headers }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
  const topics = '/kafka/v3/clusters/dr-id/topics';
  assert.equal(await ask(topics), 200);
  for (const dots of ['..', '.', '%2e%2e', '%2E.', '%2e']) {
    assert.equal(await ask(`${topics}/orders/configs/${dots}`, 'DELETE'), 404, dots);
    assert.equal(await ask(`${topics}/x/../?a=1`), 404);
  }
  assert.equal(await ask(`${topics}?a=/../b`), 200, 'what is asked is no path');
});

test('offsets are written in full, beyond what a double holds', async () => {
  const cluster = fakeCluster('dr', 'dr-id');
  cluster.linkViews.set('dr-link', linkView('dr-link', 'src'));
  cluster.mirrorViews.push(mirrorView('dr-link', 'orders', 'ACTIVE'));
  const seen = await serve([cluster])('GET', '/v3/clusters/dr-id/links/dr-link/mirrors/orders');
  assert.ok(seen.text.includes('"last_source_fetch_offset":9007199254740993'));
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
