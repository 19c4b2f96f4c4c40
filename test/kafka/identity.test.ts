/**
 * Accounts, keys and callers with a whole klink and a real cluster: KLINK_BROKERS=embedded|4.3.0|3.9.1. What takes long or
 * must be timed is in test/sim/callers.test.ts and test/sim/control-identity.test.ts. Spec: docs/spec/identity.md.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { main } from '../../src/cli/main.js';
import { Destination } from '../harness/destination.js';
import { useEmbedded } from '../harness/embedded.js';
import { KlinkProcess } from '../harness/klink-process.js';
import { until } from '../harness/until.js';
import { withAdmin } from '../system/link-stage.js';

const OWNED_WITHIN_MS = 60_000;
const SEEN_WITHIN_MS = 15_000;

const destination = await Destination.start();
test.after(() => destination.stop());
const klink = KlinkProcess.use(test, {
  clusters: [
    {
      name: 'dr',
      bootstrap: destination.bootstrap,
      home: true,
      principal: { username: 'klink', password: 'klink' },
    },
  ],
});
await klink.start();
interface Managed {
  readonly cluster_id: string;
  readonly ownership: string;
}
let clusterId = '';
await until('the cluster is owned', OWNED_WITHIN_MS, async () => {
  const { data } = await klink.ask<{ data: Managed[] }>('GET', '/klink/v1/clusters');
  clusterId = data[0]?.cluster_id ?? '';
  return data[0]?.ownership === 'owner';
});

interface Key {
  readonly key: string;
  readonly secret: string;
  readonly mechanism: string;
}

async function account(name: string): Promise<string> {
  return (await klink.ask<{ id: string }>('POST', '/klink/v1/service-accounts', { name })).id;
}

function makeKey(service_account: string): Promise<Key> {
  return klink.ask<Key>('POST', '/klink/v1/api-keys', { resource: clusterId, service_account });
}

async function as({ key, secret }: Pick<Key, 'key' | 'secret'>, method: string, path: string, body?: unknown) {
  const authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${klink.url}${path}`, { method, headers: { authorization }, ...init });
  const text = await answer.text();
  const parsed = text === '' ? {} : (JSON.parse(text) as { message?: string; error_code?: number });
  return { status: answer.status, message: parsed.message ?? '', code: parsed.error_code };
}

/** Brokers learn of a user and of an ACL a moment after they were told. */
async function untilStatus(status: number, ask: () => Promise<{ readonly status: number }>): Promise<void> {
  await until(`it is ${status}`, SEEN_WITHIN_MS, async () => (await ask()).status === status);
}

function allow(principal: string, operation: string, resource: { readonly type: string; readonly name: string }) {
  return klink.ask('POST', `/kafka/v3/clusters/${clusterId}/acls`, {
    resource_type: resource.type,
    resource_name: resource.name,
    pattern_type: 'LITERAL',
    principal: `User:${principal}`,
    host: '*',
    operation,
    permission: 'ALLOW',
  });
}

const topics = () => `/kafka/v3/clusters/${clusterId}/topics`;
const links = () => `/kafka/v3/clusters/${clusterId}/links`;
const cluster = { type: 'CLUSTER', name: 'kafka-cluster' };

test('both slots of an account log in, each with its own secret; a third is refused, a deleted one is out [identity 1.2]', async () => {
  const id = await account('rotating');
  const first = await makeKey(id);
  const second = await makeKey(id);
  assert.deepEqual(
    [first.key, second.key, first.mechanism, second.mechanism],
    [id, id, 'SCRAM-SHA-512', 'SCRAM-SHA-256'],
  );
  for (const key of [first, second]) await untilStatus(200, () => as(key, 'GET', topics()));
  const third = await klink.rest('POST', '/klink/v1/api-keys', { resource: clusterId, service_account: id });
  assert.equal(third.status, 409);
  const login = await klink.ask<{ mechanisms: string[] }>('GET', `/klink/v1/clusters/${clusterId}/login?name=${id}`);
  assert.deepEqual(login.mechanisms, ['SCRAM-SHA-512', 'SCRAM-SHA-256']);
  await klink.ask('DELETE', `/klink/v1/api-keys/${id}?mechanism=SCRAM-SHA-512`);
  await until('one is left', SEEN_WITHIN_MS, async () => {
    const left = await klink.ask<{ mechanisms: string[] }>('GET', `/klink/v1/clusters/${clusterId}/login?name=${id}`);
    return left.mechanisms.join() === 'SCRAM-SHA-256';
  });
  assert.equal((await as(second, 'GET', topics())).status, 200);
});

test('wrong and unknown are answered alike, and a user of PLAIN logs in as well [identity 2.1] [identity 2.3]', async () => {
  const key = await makeKey(await account('alike'));
  await untilStatus(200, () => as(key, 'GET', topics()));
  const wrong = await as({ ...key, secret: 'wrong' }, 'GET', topics());
  const unknown = await as({ key: 'sa-nobody', secret: 'wrong' }, 'GET', topics());
  assert.deepEqual(wrong, { status: 401, message: 'Authentication failed', code: 40101 });
  assert.deepEqual(unknown, wrong);
  assert.equal((await as({ key: 'app', secret: 'app' }, 'GET', topics())).status, 200);
});

test('a caller has its own rights: Kafka allows and refuses, and the answer names what is missing [identity 2.7]', async () => {
  const id = await account('rights');
  const key = await makeKey(id);
  await untilStatus(200, () => as(key, 'GET', topics()));
  const mine = { topic_name: `of-${id}`, partitions_count: 1, replication_factor: 1 };
  const refused = await as(key, 'POST', topics(), mine);
  assert.deepEqual([refused.status, refused.code], [403, 40301]);
  assert.match(refused.message, new RegExp(`User:${id} needs CREATE on topic "of-${id}"`));
  await allow(id, 'CREATE', { type: 'TOPIC', name: mine.topic_name });
  await untilStatus(201, () => as(key, 'POST', topics(), mine));
  const seen = await as(key, 'GET', links());
  assert.equal(seen.status, 403);
  assert.match(seen.message, /needs DESCRIBE on the cluster/);
  await allow(id, 'DESCRIBE', cluster);
  await untilStatus(200, () => as(key, 'GET', links()));
  const configs = [{ name: 'bootstrap.servers', value: '127.0.0.1:1' }];
  const made = await as(key, 'POST', `${links()}?link_name=l&validate_link=false`, { configs });
  assert.equal(made.status, 403);
  assert.match(made.message, /needs ALTER on the cluster/);
  assert.equal((await as(key, 'POST', '/klink/v1/service-accounts', { name: 'more' })).status, 403);
  await allow(id, 'ALTER', cluster);
  await untilStatus(204, () => as(key, 'POST', `${links()}?link_name=l&validate_link=false`, { configs }));
  assert.equal((await as(key, 'DELETE', `${links()}/l`)).status, 200);
});

test('settings of a fenced mirror: no key changes them whatever it is granted, the operator does, and after failover the key [identity 2.7] [6.1]', async (t) => {
  const source = await useEmbedded(t);
  const there = new Kafka({ brokers: [source.bootstrap], logLevel: logLevel.NOTHING });
  await withAdmin(there, (admin) => admin.createTopics({ topics: [{ topic: 'fenced' }], waitForLeaders: true }));
  const id = await account('fenced');
  const key = await makeKey(id);
  const topic = { type: 'TOPIC', name: 'fenced' };
  for (const operation of ['ALTER_CONFIGS', 'DESCRIBE_CONFIGS']) await allow(id, operation, topic);
  const configs = [{ name: 'bootstrap.servers', value: source.bootstrap }];
  await klink.ask('POST', `${links()}?link_name=f`, { configs });
  await klink.ask('POST', `${links()}/f/mirrors`, { source_topic_name: 'fenced' });
  const setting = `${topics()}/fenced/configs/flush.ms`;
  const shown = async () => (await klink.ask<{ value: string }>('GET', setting)).value;
  const before = await shown();
  await untilStatus(200, () => as(key, 'GET', setting));
  const refused = await as(key, 'PUT', setting, { value: '4711' });
  assert.deepEqual([refused.status, refused.code], [403, 40301], refused.message);
  assert.match(refused.message, /topic "fenced" is a mirror, and its fence keeps .* only the operator may change/);
  assert.equal(await shown(), before);
  await klink.ask('PUT', setting, { value: '4712' });
  await until('it is as the operator says', SEEN_WITHIN_MS, async () => (await shown()) === '4712');

  await klink.ask('POST', `${links()}/f/mirrors:failover`, { mirror_topic_names: ['fenced'] });
  await until('it has failed over', OWNED_WITHIN_MS, async () => {
    const { mirror_status } = await klink.ask<{ mirror_status: string }>('GET', `${links()}/f/mirrors/fenced`);
    return mirror_status === 'STOPPED';
  });
  await untilStatus(204, () => as(key, 'PUT', setting, { value: '4713' }));
  await klink.ask('DELETE', `${links()}/f`);
});

test('a key writes records by REST as itself; each says where it is written, or what is missing [rest 2.10]', async () => {
  const id = await account('writing');
  const key = await makeKey(id);
  const topic = `written-by-${id}`;
  const path = `${topics()}/${topic}/records`;
  await klink.ask('POST', topics(), { topic_name: topic, partitions_count: 2, replication_factor: 1 });
  await untilStatus(200, () => as(key, 'GET', topics()));
  const hidden = await as(key, 'POST', path, {});
  assert.deepEqual([hidden.status, hidden.code], [403, 40301]);
  await allow(id, 'DESCRIBE', { type: 'TOPIC', name: topic });
  await until('writing is what it may not', SEEN_WITHIN_MS, async () => {
    const { status, code, message } = await as(key, 'POST', path, {});
    return status === 200 && code === 40301 && message.includes(`User:${id} needs WRITE on topic "${topic}"`);
  });
  await allow(id, 'WRITE', { type: 'TOPIC', name: topic });
  const record = { partition_id: 1, value: { type: 'STRING', data: 'x' } };
  await until('it writes', SEEN_WITHIN_MS, async () => (await as(key, 'POST', path, record)).code === 200);
  const authorization = `Basic ${Buffer.from(`${id}:${key.secret}`).toString('base64')}`;
  const body = [1, 2, 3].map(() => JSON.stringify(record)).join('\n');
  const answer = await fetch(`${klink.url}${path}`, { method: 'POST', headers: { authorization }, body });
  const reports = (await answer.text()).split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    reports.map(({ error_code, partition_id, offset }) => [error_code, partition_id, offset]),
    [1, 2, 3].map((offset) => [200, 1, offset]),
  );
  const asOperator = await klink.rest('POST', path, record);
  assert.equal(asOperator.status, 403);
});

test('the key in use writes and reads as itself; what is missing is named as the ACL that would allow it [identity 3.2]', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'klink cli '));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  let interrupt: () => void = () => undefined;
  const run = async (line: string, input = '', until: (out: string) => boolean = () => false) => {
    let out = '';
    let err = '';
    const code = await main(line.split(' '), {
      env: { KLINK_HOME: home, KLINK_URL: klink.url, KLINK_TOKEN_FILE: join(klink.stateDirectory, 'operator-token') },
      workingDirectory: home,
      input: (async function* () {
        yield input;
      })(),
      inputIsTerminal: false,
      hideInput: () => undefined,
      async out(text) {
        out += text;
        if (until(out)) interrupt();
      },
      err(text) {
        err += text;
      },
      onInterrupt(fire) {
        interrupt = fire;
        return () => undefined;
      },
    });
    return { code, out, err };
  };
  const topic = 'records';
  assert.equal((await run(`topic create ${topic} --partitions 1 --cluster dr`)).code, 0);
  const id = await account('cli');
  const made = await run(`api-key create --resource dr --service-account ${id} --use`);
  assert.equal(made.code, 0, made.err);
  await until('it may log in, and write not yet', SEEN_WITHIN_MS, async () =>
    /not allowed as "sa-/.test((await run(`topic produce ${topic} --cluster dr`, '1\n')).err),
  );
  const denied = await run(`topic produce ${topic} --cluster dr`, '1\n');
  const advice = `klink acl create --allow --service-account ${id} --operations write,describe --topic ${topic}`;
  assert.ok(denied.err.includes(advice), denied.err);
  await run(`kafka acl create --allow --service-account ${id} --operations read,write --topic ${topic} --cluster dr`);
  await until('it may write', SEEN_WITHIN_MS, async () => {
    return (await run(`topic produce ${topic} --cluster dr`, '1\n2\n')).code === 0;
  });
  const group = await run(`topic consume ${topic} --group g --from-beginning --cluster dr`);
  assert.match(group.err, new RegExp(`--service-account ${id} --operations read --consumer-group g`));
  await run(`acl create --allow --service-account ${id} --operations read --consumer-group g --cluster dr`);
  await until('it may read', SEEN_WITHIN_MS, async () => {
    const read = await run(`topic consume ${topic} --group g --from-beginning --cluster dr`, '', (out) =>
      /2\n/.test(out),
    );
    return read.code === 0 && read.out === '1\n2\n';
  });
  // A key that is named for one call, and may nothing, goes before the one in use.
  const other = await account('other');
  const { secret } = await makeKey(other);
  const named = `--cluster dr --api-key ${other}`;
  await until('it may log in', SEEN_WITHIN_MS, async () =>
    (await run(`topic produce ${topic} ${named} --api-secret ${secret}`, '3\n')).err.includes(
      `not allowed as "${other}"`,
    ),
  );
  const typed = await run(`topic consume ${topic} ${named} --api-secret -`, `${secret}\n`);
  assert.ok(typed.err.includes(`not allowed as "${other}"`), typed.err);
  const wrong = await run(`topic consume ${topic} ${named} --api-secret wrong`);
  assert.ok(wrong.err.includes(`refused the login as "${other}"`), wrong.err);
});

test('a cluster that is away is 503 for keys, and the operator is told so too [identity 2.5]', async () => {
  const key = await makeKey(await account('away'));
  await untilStatus(200, () => as(key, 'GET', topics()));
  await destination.stop();
  const gone = await as({ ...key, secret: 'other' }, 'GET', topics());
  assert.deepEqual([gone.status, gone.code], [503, 50003]);
  assert.match(gone.message, /cannot be checked now/);
});
