/**
 * Automation that speaks the published API, with another address in it: the requests that a provisioning tool, a migration
 * tool and the newer command line send, and answers decoded as their clients do. Nothing here knows klink but the address.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import kafkajs from 'kafkajs';
import { demandDocumented } from '../harness/documented.js';
import { type Embedded, useEmbedded } from '../harness/embedded.js';
import { KlinkProcess } from '../harness/klink-process.js';
import { decodeMirror, decodeRows, decodeSetting, listed, type Sdk, sdks, text } from '../harness/published-sdks.js';
import { until } from '../harness/until.js';

const WITHIN_MS = 60_000;
const RECORDS = 5;

type Ask = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly json: unknown }>;

/** With `Authorization` as the tool has it, and no header that it does not send. */
function asks(klink: KlinkProcess, authorization: string): Ask {
  return async (method, path, body) => {
    const answer = await fetch(`${klink.url}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(WITHIN_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await demandDocumented(method, answer.url, answer);
    const answered = await answer.text();
    return { status: answer.status, json: answered === '' ? undefined : (JSON.parse(answered) as unknown) };
  };
}

async function write(t: TestContext, cluster: Embedded, topic: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [cluster.bootstrap], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  t.after(() => producer.disconnect());
  await producer.send({ topic, messages: Array.from({ length: RECORDS }, (_, index) => ({ value: String(index) })) });
}

async function mirrorIs(ask: Ask, sdk: Sdk, url: string, status: string): Promise<void> {
  await until(`${url} is ${status}`, WITHIN_MS, async () => {
    const { json } = await ask('GET', url);
    // On its way to ACTIVE a mirror has states that the older client does not know: it does not look before that.
    const mirror = decodeMirror(sdk.name === 'older' && status === 'ACTIVE' ? sdks.newer : sdk, json);
    const caughtUp = mirror.lags.every(({ lag, offset }) => lag === 0 && offset === RECORDS);
    return mirror.status === status && (status !== 'ACTIVE' || caughtUp);
  });
  decodeMirror(sdk, (await ask('GET', url)).json);
}

test('disaster recovery is set up, changed and carried out by published requests of newer and older clients [1.1] [1.4] [1.6]', async (t) => {
  const [original, dr] = await Promise.all([useEmbedded(t), useEmbedded(t)]);
  const klink = KlinkProcess.use(t, {
    clusters: [
      { name: 'original', bootstrap: original.bootstrap },
      { name: 'dr', bootstrap: dr.bootstrap, home: true },
    ],
  });
  await klink.start();
  const bearer = asks(klink, `Bearer ${klink.token}`);
  const basic = asks(klink, `Basic ${Buffer.from(`anyone:${klink.token}`).toString('base64')}`);

  // First call of every on-premises command.
  await until('both clusters are listed, and klink acts', WITHIN_MS, async () => {
    const clusters = listed((await bearer('GET', '/kafka/v3/clusters')).json).map((each) => text(each, 'cluster_id'));
    const { status } = await bearer('GET', `/kafka/v3/clusters/${dr.clusterId}/links`);
    return clusters.length === 2 && status === 200;
  });
  const [source, target] = [`/kafka/v3/clusters/${original.clusterId}`, `/kafka/v3/clusters/${dr.clusterId}`];
  for (const name of ['orders', 'payments']) {
    const topic = { topic_name: name, partitions_count: 1, replication_factor: 1, configs: [] };
    assert.equal((await bearer('POST', `${source}/topics`, topic)).status, 201);
    const again = await bearer('POST', `${source}/topics`, topic);
    assert.deepEqual(
      [again.status, again.json],
      [400, { error_code: 40002, message: `Topic '${name}' already exists.` }],
    );
    await write(t, original, name);
  }

  await t.test('the newer client', async () => {
    const link = `${target}/links/newer`;
    const configs = [
      { name: 'bootstrap.servers', value: original.bootstrap },
      { name: 'link.mode', value: 'DESTINATION' },
      { name: 'consumer.offset.sync.ms', value: '1000' },
    ];
    const body = { source_cluster_id: original.clusterId, configs };
    const create = (query: string) => bearer('POST', `${target}/links?link_name=newer&${query}`, body);
    assert.ok((await create('validate_link=true&validate_only=true')).status < 300);
    assert.equal((await bearer('GET', link)).status, 404, 'a dry run makes no link');
    assert.ok((await create('validate_link=true&validate_only=false')).status < 300);
    assert.equal((await create('validate_link=true&validate_only=false')).status, 409);

    const alter = { data: [{ name: 'consumer.offset.sync.ms', value: '2000' }] };
    assert.equal((await bearer('PUT', `${link}/configs:alter`, alter)).status, 204);
    const settings = listed((await bearer('GET', `${link}/configs`)).json).map((each) =>
      decodeSetting(sdks.newer, each),
    );
    assert.equal(settings.find(({ name }) => name === 'consumer.offset.sync.ms')?.value, '2000');

    const mirror = { source_topic_name: 'orders', replication_factor: 1, configs: [] };
    assert.ok((await bearer('POST', `${link}/mirrors`, mirror)).status < 300);
    await mirrorIs(bearer, sdks.newer, `${link}/mirrors/orders`, 'ACTIVE');
    const active = listed((await bearer('GET', `${target}/links/-/mirrors?mirror_status=ACTIVE`)).json);
    assert.deepEqual(
      active.map((each) => text(each, 'mirror_topic_name')),
      ['orders'],
    );

    const names = { mirror_topic_names: ['orders'] };
    const dry = await bearer('POST', `${link}/mirrors:failover?validate_only=true`, names);
    assert.deepEqual(decodeRows(dry.json), [{ topic: 'orders', code: 0, message: '' }]);
    await mirrorIs(bearer, sdks.newer, `${link}/mirrors/orders`, 'ACTIVE');
    const kept = await bearer('DELETE', `${link}?force=false&validate_only=false`);
    assert.equal(kept.status, 403, 'a link with live mirrors stays');
    await bearer('POST', `${link}/mirrors:failover?validate_only=false`, names);
    await mirrorIs(bearer, sdks.newer, `${link}/mirrors/orders`, 'STOPPED');
    const [again] = decodeRows((await bearer('POST', `${link}/mirrors:failover?validate_only=false`, names)).json);
    assert.equal(again?.topic, 'orders');
    assert.notEqual(again?.message, '', 'a mirror that has stopped is refused in its row, inside a 200');
    const unknown = await bearer('POST', `${link}/mirrors:reverse-and-start-mirror?validate_only=false`, names);
    assert.equal(unknown.status, 400);
    const topic = (await bearer('GET', `${target}/topics/orders?include_authorized_operations=true`)).json;
    assert.ok((topic as { authorized_operations: string[] }).authorized_operations.includes('WRITE'));
  });

  await t.test('the older client, and a migration tool', async () => {
    const link = `${target}/links/older`;
    const configs = [{ name: 'bootstrap.servers', value: original.bootstrap }];
    const body = { source_cluster_id: original.clusterId, configs };
    // A slash before the query, and no flags.
    assert.ok((await basic('POST', `${target}/links/?link_name=older`, body)).status < 300);
    assert.equal((await basic('POST', `${target}/links/?link_name=older`, body)).status, 409, 'it exists: fine');
    const data = [{ name: 'consumer.offset.sync.ms', value: '1000' }];
    assert.equal((await basic('POST', `${link}/configs:alter`, { data })).status, 405);
    const setting = `${link}/configs/consumer.offset.sync.ms`;
    assert.equal((await basic('PUT', setting, { value: '1000' })).status, 204);
    assert.equal(decodeSetting(sdks.older, (await basic('GET', setting)).json).value, '1000');
    assert.equal((await basic('DELETE', setting)).status, 204);
    const { json: unset } = await basic('GET', setting);
    decodeSetting(sdks.older, unset);
    assert.equal((unset as { source: string }).source, 'DEFAULT_CONFIG', 'or every plan shows a drift');
    const health = (await basic('GET', link)).json as { link_error: string };
    assert.equal(health.link_error, 'NO_ERROR');

    assert.ok((await basic('POST', `${link}/mirrors`, { source_topic_name: 'payments' })).status < 300);
    await mirrorIs(basic, sdks.older, `${link}/mirrors/payments`, 'ACTIVE');
    const promoted = await basic('POST', `${link}/mirrors:promote`, { mirror_topic_names: ['payments'] });
    assert.deepEqual(decodeRows(promoted.json), [{ topic: 'payments', code: 0, message: '' }]);
    await mirrorIs(basic, sdks.older, `${link}/mirrors/payments`, 'STOPPED');
    assert.equal((await basic('GET', `${link}/mirrors/nope`)).status, 404);
    const missing = await basic('GET', `${target}/topics/nope`);
    assert.equal((missing.json as { error_code: number }).error_code, 40403);
    assert.equal((await basic('DELETE', link)).status, 200);
    assert.equal((await basic('GET', link)).status, 404);
  });

  // What a change of address is worth: the topics are ordinary now.
  for (const name of ['orders', 'payments']) await write(t, dr, name);
});
