/** Who may call what: the operator, keys with and without rights, and what is said to those who are not let in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentedApp } from '../../test/harness/documented-app.js';
import type { FakeCallers } from '../../test/harness/fake-callers.js';
import { FAKE_TOKEN, fakeCluster, fakeSurroundings, linkView, mirrorView } from '../../test/harness/fake-clusters.js';
import { namingRights } from './caller-rights.js';
import type { ClusterAdmin } from './ports.js';
import { aclQuery, filterOf } from './schemas/acls.js';

function stage(rights: readonly string[] = [], topicRights: readonly string[] = []) {
  const [original, dr] = [fakeCluster('original', 'o-id'), fakeCluster('dr', 'd-id')];
  const at = (cluster: typeof dr) => cluster.callers as FakeCallers;
  const own = fakeCluster('as-app', 'd-id');
  at(dr).keys.set('sa-1', { secret: 'right', admin: own.admin, rights, topicRights });
  const app = documentedApp(fakeSurroundings([original, dr]));
  const ask = async (method: string, path: string, login = 'sa-1:right', body?: unknown) => {
    const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await app.request(path, { method, headers: { authorization }, ...init });
    const text = await response.text();
    // biome-ignore lint/suspicious/noExplicitAny: tests read any shape of answer.
    const answer: any = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, body: answer, headers: response.headers };
  };
  return { original, dr, own, ask, callers: at(dr), originalCallers: at(original) };
}

test('a key asks as itself over its own admin, and every login is released [identity 2.1]', async () => {
  const { dr, own, ask, callers } = stage();
  own.topics.set('mine', { name: 'mine', isInternal: false, replicationFactor: 1, partitions: 1 });
  dr.topics.set('all', { name: 'all', isInternal: false, replicationFactor: 1, partitions: 1 });
  const seen = await ask('GET', '/kafka/v3/clusters/d-id/topics');
  assert.deepEqual(
    seen.body.data.map((each: { topic_name: string }) => each.topic_name),
    ['mine'],
  );
  assert.equal((await ask('GET', '/kafka/v3/clusters/d-id/topics/nope')).status, 404);
  assert.equal(callers.open, 0);
});

test('wrong, unknown, and of another cluster: one answer [identity 2.3]', async () => {
  const { ask } = stage();
  const path = '/kafka/v3/clusters/d-id/topics';
  for (const login of ['sa-1:wrong', 'sa-2:right', ':', 'no colon']) {
    const seen = await ask('GET', path, login);
    assert.deepEqual([seen.status, seen.body], [401, { error_code: 40101, message: 'Authentication failed' }], login);
  }
  assert.equal((await ask('GET', '/kafka/v3/clusters/o-id/topics')).status, 401);
});

test('each trouble of a login has its status: 429 with a time, 503, and the reason why keys mean nothing [identity 2.4] [identity 2.5]', async () => {
  const { ask, callers } = stage();
  const path = '/kafka/v3/clusters/d-id/topics';
  callers.trouble = { kind: 'guessing', retryAfterMs: 1_200 };
  const held = await ask('GET', path);
  assert.deepEqual([held.status, held.headers.get('retry-after')], [429, '2']);
  callers.trouble = { kind: 'unavailable', reason: 'no broker answers' };
  const away = await ask('GET', path);
  assert.deepEqual([away.status, away.body.error_code], [503, 50003]);
  assert.match(away.body.message, /no broker answers/);
  callers.trouble = { kind: 'no-logins', reason: 'klink connects without SASL' };
  const none = await ask('GET', path);
  assert.equal(none.status, 401);
  assert.match(none.body.message, /without SASL/);
  assert.equal((await ask('GET', path, `x:${FAKE_TOKEN}`)).status, 200);
});

test('a path without cluster takes a key of the home cluster, or of another that knows it', async () => {
  const { ask, originalCallers, own } = stage();
  assert.equal((await ask('GET', '/kafka/v3/clusters')).status, 200);
  assert.equal((await ask('GET', '/klink/v1/clusters', 'sa-1:wrong')).status, 401);
  originalCallers.keys.set('sa-o', { secret: 's', admin: own.admin, rights: [] });
  assert.equal((await ask('GET', '/klink/v1/clusters', 'sa-o:s')).status, 200);
});

test('a path without cluster asks nobody about a key that a cluster has let in already [identity 2.1]', async () => {
  const { ask, callers, originalCallers, own } = stage();
  originalCallers.keys.set('sa-o', { secret: 's', admin: own.admin, rights: [] });
  originalCallers.live.add('sa-o');
  assert.equal((await ask('GET', '/klink/v1/clusters', 'sa-o:s')).status, 200);
  assert.deepEqual([...callers.tried, ...originalCallers.tried], []);
  assert.deepEqual([callers.open, originalCallers.open], [0, 0], 'given back');
  assert.equal((await ask('GET', '/klink/v1/clusters', 'sa-o:wrong')).status, 401);
});

test('a cluster that is not managed is refused, naming the setting; strangers do not learn even that', async () => {
  const { ask } = stage();
  const seen = await ask('GET', '/kafka/v3/clusters/other/topics');
  assert.equal(seen.status, 404);
  assert.match(seen.body.message, /Cluster other cannot be found.*`clusters` in klink\.yaml/);
  assert.equal((await ask('GET', '/kafka/v3/clusters/other/topics', 'sa-1:wrong')).status, 401);
});

test('links and mirrors: DESCRIBE to see them, ALTER to change them [identity 2.7]', async () => {
  const links = '/kafka/v3/clusters/d-id/links';
  const body = { source_cluster_id: 'o', configs: [{ name: 'bootstrap.servers', value: 'a:1' }] };
  const none = stage();
  for (const path of [links, `${links}/-/mirrors`, '/klink/v1/clusters/d-id/consumer-groups/g/ready']) {
    const seen = await none.ask('GET', path);
    assert.deepEqual([seen.status, seen.body.error_code], [403, 40301], path);
    assert.match(seen.body.message, /User:sa-1 needs DESCRIBE on the cluster/);
  }
  const seeing = stage(['DESCRIBE']);
  assert.equal((await seeing.ask('GET', links)).status, 200);
  seeing.dr.linkViews.set('l', linkView('l', null));
  for (const [method, path, given] of [
    ['POST', `${links}?link_name=x`, body],
    ['DELETE', `${links}/l`, undefined],
    ['PUT', `${links}/l/configs:alter`, { data: [{ name: 'a', value: 'b' }] }],
    ['POST', `${links}/l/mirrors`, { source_topic_name: 't' }],
    ['POST', `${links}/l/mirrors:failover`, { mirror_topic_names: ['t'] }],
  ] as const) {
    const seen = await seeing.ask(method, path, undefined, given);
    assert.deepEqual([seen.status, seen.body.error_code], [403, 40301], path);
    assert.match(seen.body.message, /needs ALTER on the cluster/);
  }
  assert.deepEqual(seeing.dr.calls, []);
  const changing = stage(['DESCRIBE', 'ALTER']);
  assert.equal((await changing.ask('POST', `${links}?link_name=x`, undefined, body)).status, 204);
});

test('a key may not make klink read its own files and variables', async () => {
  const { ask, dr } = stage(['DESCRIBE', 'ALTER']);
  for (const value of ['${file:/etc/passwd}', '${env:HOME}']) {
    const body = {
      configs: [
        { name: 'bootstrap.servers', value: 'a:1' },
        { name: 'sasl.jaas.config', value },
      ],
    };
    const seen = await ask('POST', '/kafka/v3/clusters/d-id/links?link_name=x', undefined, body);
    assert.equal(seen.status, 400);
    assert.match(seen.body.message, /A key may not use/);
    const operator = await ask(
      'POST',
      `/kafka/v3/clusters/d-id/links?link_name=y${value.length}`,
      `x:${FAKE_TOKEN}`,
      body,
    );
    assert.equal(operator.status, 204);
  }
  assert.equal(dr.calls.length, 2);
});

test('deleting a mirror needs DELETE on its topic and ALTER on the cluster, asked before it is forgotten [identity 2.7]', async () => {
  for (const [rights, topicRights, missing] of [
    [['ALTER'], [], /DELETE on topic "m"/],
    [['DESCRIBE'], ['DELETE'], /ALTER on the cluster/],
  ] as const) {
    const { dr, own, ask } = stage(rights, topicRights);
    dr.mirrorViews.push(mirrorView('l', 'm', 'ACTIVE'));
    own.topics.set('m', { name: 'm', isInternal: false, replicationFactor: 1, partitions: 1 });
    const seen = await ask('DELETE', '/kafka/v3/clusters/d-id/topics/m');
    assert.equal(seen.status, 403);
    assert.match(seen.body.message, missing);
    assert.deepEqual([...dr.calls, ...own.calls], []);
  }
  const { dr, own, ask } = stage(['ALTER'], ['DELETE']);
  dr.mirrorViews.push(mirrorView('l', 'm', 'ACTIVE'));
  own.topics.set('m', { name: 'm', isInternal: false, replicationFactor: 1, partitions: 1 });
  assert.equal((await ask('DELETE', '/kafka/v3/clusters/d-id/topics/m')).status, 204);
  assert.deepEqual([dr.calls, own.calls], [[{ deleteMirror: 'm' }], [{ deleteTopic: 'm' }]]);
});

/** A method that is missing here does not compile. Null: Kafka leaves out what the caller may not see. */
const asked: {
  readonly [M in keyof ClusterAdmin]: readonly [args: Parameters<ClusterAdmin[M]>, right: string | null];
} = {
  controllerId: [[], null],
  brokers: [[], null],
  topics: [[], null],
  allPartitions: [[], null],
  allTopicConfigs: [[], null],
  groups: [[], null],
  topic: [['t'], 'DESCRIBE on topic "t"'],
  partitions: [['t'], 'DESCRIBE on topic "t"'],
  topicRights: [['t'], 'DESCRIBE on topic "t"'],
  createTopic: [
    [{ name: 't', partitions: 1, replicationFactor: 1, configs: new Map() }, false],
    'CREATE on topic "t" or on the cluster',
  ],
  growTopic: [['t', 2], 'ALTER on topic "t"'],
  deleteTopic: [['t'], 'DELETE on topic "t"'],
  topicConfigs: [['t'], 'DESCRIBE_CONFIGS on topic "t"'],
  alterTopicConfigs: [['t', [], false], 'ALTER_CONFIGS on topic "t"'],
  reassignments: [[], 'DESCRIBE on the cluster'],
  brokerConfigs: [[1], 'DESCRIBE_CONFIGS on the cluster'],
  clusterConfigs: [[], 'DESCRIBE_CONFIGS on the cluster'],
  alterClusterConfigs: [[[], false], 'ALTER_CONFIGS on the cluster'],
  group: [['g'], 'DESCRIBE on group "g"'],
  groupOffsets: [['g'], 'DESCRIBE on group "g" and on the topics it reads'],
  acls: [[filterOf(aclQuery.parse({}))], 'DESCRIBE on the cluster'],
  addAcls: [[[]], 'ALTER on the cluster'],
  removeAcls: [[filterOf(aclQuery.parse({}))], 'ALTER on the cluster'],
};

test('what Kafka does not allow names the right that is missing, whatever was asked [identity 2.7]', async () => {
  const { own, callers } = stage();
  const login = await callers.logIn({ name: 'sa-1', secret: 'right', peer: '' });
  assert.equal(login.kind, 'accepted');
  const refuse = async () => {
    throw Object.assign(new Error('no'), { code: 29, codeName: 'TOPIC_AUTHORIZATION_FAILED' });
  };
  for (const [method, [args, right]] of Object.entries(asked)) {
    Object.assign(own.admin, { [method]: refuse });
    const named = namingRights(login.session) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const message = `Request is not authorized${right === null ? '' : `: User:sa-1 needs ${right}.`}`;
    await assert.rejects(
      async () => await named[method]?.(...args),
      { status: 403, errorCode: 40301, message },
      method,
    );
  }
});

test('a right that is missing is told by the answer [identity 2.7]', async () => {
  const { own, ask } = stage();
  const refuse = async () => {
    throw Object.assign(new Error('no'), { code: 29, codeName: 'TOPIC_AUTHORIZATION_FAILED' });
  };
  Object.assign(own.admin, { createTopic: refuse });
  const seen = await ask('POST', '/kafka/v3/clusters/d-id/topics', undefined, { topic_name: 'orders' });
  assert.deepEqual([seen.status, seen.body.error_code], [403, 40301]);
  assert.equal(
    seen.body.message,
    'Request is not authorized: User:sa-1 needs CREATE on topic "orders" or on the cluster.',
  );
});

test('the settings of a mirror: a key that Kafka refuses learns of the fence, not of a right that it would get in vain [identity 2.7]', async () => {
  const { dr, own, ask } = stage();
  const alterTopicConfigs = async () => {
    throw Object.assign(new Error('no'), { code: 29, codeName: 'TOPIC_AUTHORIZATION_FAILED' });
  };
  Object.assign(own.admin, { alterTopicConfigs });
  dr.mirrorViews.push(mirrorView('l', 'mirror', 'ACTIVE'));
  const change = async (topic: string) => {
    const path = `/kafka/v3/clusters/d-id/topics/${topic}/configs/min.insync.replicas`;
    const { status, body } = await ask('PUT', path, undefined, { value: '2' });
    assert.deepEqual([status, body.error_code], [403, 40301]);
    return body.message as string;
  };
  assert.match(
    await change('mirror'),
    /"mirror" is a mirror, and its fence .* only the operator may change its settings/,
  );
  assert.match(await change('ordinary'), /User:sa-1 needs ALTER_CONFIGS on topic "ordinary"/);
});
