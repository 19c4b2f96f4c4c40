import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  FAKE_TOKEN,
  type FakeCluster,
  fakeCluster,
  fakeSurroundings,
  linkView,
  mirrorView,
} from '../../test/harness/fake-clusters.js';
import { createApp } from '../api/app.js';
import { systemClock } from '../base/node/clock.js';
import { refusal } from '../model/errors.js';
import { listenHttp } from '../serve/http.js';
import { main } from './main.js';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function useKlink(t: TestContext, clusters: readonly FakeCluster[]) {
  const directory = mkdtempSync(join(tmpdir(), 'klink cli '));
  const listener = await listenHttp(createApp(fakeSurroundings(clusters)), { host: '127.0.0.1', port: 0 }, systemClock);
  t.after(async () => {
    await listener.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const env = {
    KLINK_HOME: directory,
    KLINK_URL: `http://127.0.0.1:${listener.address.port}`,
    KLINK_TOKEN: FAKE_TOKEN,
  };
  const run = async (line: string, input = '', extra: Record<string, string> = {}): Promise<Run> => {
    let out = '';
    let err = '';
    const code = await main(line.split(' ').filter(Boolean), {
      env: { ...env, ...extra },
      workingDirectory: directory,
      input: (async function* () {
        yield input;
      })(),
      inputIsTerminal: false,
      async out(text) {
        out += text;
      },
      err(text) {
        err += text;
      },
      onInterrupt: () => () => undefined,
    });
    return { code, out, err };
  };
  return { run, directory };
}

const two = () => [fakeCluster('original', 'o-id'), fakeCluster('dr', 'd-id')] as const;

test('the selected cluster is remembered and marked, in short and long form', async (t) => {
  const { run } = await useKlink(t, two());
  assert.equal((await run('topic list')).code, 1);
  assert.match((await run('topic list')).err, /^Error: no Kafka cluster selected\n\nSuggestions:\n {4}Select one/);
  assert.match((await run('kafka cluster use original')).err, /Set Kafka cluster "o-id"/);
  assert.match((await run('cluster list')).out, / \* +\| o-id \| original/);
  assert.equal((await run('kafka topic list')).out, 'None found.\n');
  assert.equal((await run('topic list --cluster nope')).code, 1);
});

test('topics are made, listed as JSON, and refused when they exist', async (t) => {
  const { run } = await useKlink(t, two());
  assert.equal((await run('topic create orders --partitions 3 --cluster d-id')).out, 'Created topic "orders".\n');
  const listed = await run('topic list --cluster dr -o json');
  assert.deepEqual(JSON.parse(listed.out), [
    { name: 'orders', is_internal: false, replication_factor: 1, partition_count: 3 },
  ]);
  const again = await run('topic create orders --cluster dr');
  assert.equal(again.code, 1);
  assert.match(again.err, /^Error: topic "orders" already exists for Kafka cluster "d-id"\n\nSuggestions:/);
  assert.equal((await run('topic create orders --cluster dr --if-not-exists')).code, 0);
  assert.equal((await run('topic create new --cluster dr --dry-run')).out, '[DRY RUN] Created topic "new".\n');
  assert.match((await run('topic describe nope --cluster dr')).err, /^Error: unknown topic "nope"\n/);
  assert.equal((await run('topic create x --partitions none --cluster dr')).code, 1);
});

test('deleting asks first, and anything but yes keeps the topic', async (t) => {
  const [original, dr] = two();
  dr.topics.set('orders', { name: 'orders', isInternal: false, replicationFactor: 1, partitions: 1 });
  const { run } = await useKlink(t, [original, dr]);
  const no = await run('topic delete orders --cluster dr', 'n\n');
  assert.deepEqual([no.code, no.out], [0, 'Are you sure you want to delete topic "orders"? (y/n): ']);
  const silent = await run('topic delete orders --cluster dr');
  assert.equal(silent.code, 1);
  assert.match(silent.err, /Error: nobody answered, so nothing was changed\n\nSuggestions:\n.*--force/);
  assert.equal(dr.topics.size, 1);
  assert.match((await run('topic delete orders --cluster dr', 'y\n')).out, /Deleted topic "orders"\.\n$/);
  assert.match((await run('topic delete orders --cluster dr --force')).err, /Error: topic "orders" not found/);
});

test('link create prints its settings, never a secret', async (t) => {
  const [original, dr] = two();
  const { run, directory } = await useKlink(t, [original, dr]);
  writeFileSync(join(directory, 'l.config'), 'consumer.offset.sync.ms=1000\nsasl.jaas.config=${env:SECRET}\n');
  const line = 'link create l --cluster dr --source-cluster original --source-bootstrap-server a:1 --config l.config';
  const made = await run(line);
  assert.equal(
    made.out,
    'Created cluster link "l" with configs:\n"bootstrap.servers"="a:1"\n"consumer.offset.sync.ms"="1000"\n"link.mode"="DESTINATION"\n\n',
  );
  const [call] = dr.calls as { createLink: { sourceClusterId: string; settings: Map<string, string> } }[];
  assert.equal(call?.createLink.sourceClusterId, 'o-id');
  assert.equal(call?.createLink.settings.get('sasl.jaas.config'), '${env:SECRET}');
  const again = await run(line);
  assert.equal(again.code, 1);
  assert.match(again.err, /^Error: REST request failed: Cluster link 'l' already exists\./);
  assert.match((await run('link describe nope --cluster dr')).err, /Error: cluster link "nope" not found/);
});

test('ACLs are made one for each operation, listed, and deleted after a question; the fence stays', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  const flags = '--principal User:app --topic orders --prefix --cluster dr';
  const made = await run(`kafka acl create --allow --operations read,describe-configs ${flags} -o json`);
  assert.deepEqual(
    JSON.parse(made.out).map((acl: { operation: string; pattern_type: string }) => [acl.operation, acl.pattern_type]),
    [
      ['READ', 'PREFIXED'],
      ['DESCRIBE_CONFIGS', 'PREFIXED'],
    ],
  );
  assert.match(
    (await run('acl list --cluster dr')).out,
    /User:app +\| ALLOW +\| READ +\| \* +\| TOPIC +\| orders +\| LITERAL/,
  );
  const question = 'Are you sure you want to delete the ACL(s) corresponding to these parameters? (y/n): ';
  const drop = 'acl delete --deny --operations write,delete --topic orders --cluster dr --principal';
  assert.equal((await run(`${drop} User:app`, 'n\n')).out, question);
  assert.equal((await run(`${drop} User:app`, 'y\n')).out, `${question}Deleted 2 ACLs.\n`);
  assert.match((await run(`${drop} User:* --force`)).err, /^2 matching ACLs are klink's fence of a mirror topic/);
  const wrong = await run('acl create --allow --deny --operations fly --topic a --cluster-scope --cluster dr');
  assert.equal(wrong.code, 1);
  for (const part of [
    '4 errors occurred',
    '`--principal` must',
    'one of `--allow`',
    'value: FLY',
    '`--cluster-scope`, ',
  ]) {
    assert.ok(wrong.err.includes(part), `${part} in ${wrong.err}`);
  }
});

test('link configuration: listed without secrets, updated and reset, and never by an empty command', async (t) => {
  const [original, dr] = two();
  dr.linkViews.set('l', linkView('l', 'o-id'));
  const { run } = await useKlink(t, [original, dr]);
  const listed = await run('link configuration list l --cluster dr -o json');
  assert.deepEqual(JSON.parse(listed.out), [
    {
      config_name: 'sasl.jaas.config',
      config_value: '',
      read_only: false,
      sensitive: true,
      source: 'DYNAMIC_CLUSTER_LINK_CONFIG',
    },
  ]);
  const update = 'kafka link configuration update l --cluster dr';
  const done = await run(`${update} --config consumer.offset.sync.ms=1000 --reset username password --no-validate`);
  assert.equal(done.out, 'Updated cluster link "l".\n');
  assert.deepEqual(dr.calls, [
    {
      alterLink: 'l',
      changes: [
        { name: 'consumer.offset.sync.ms', value: '1000' },
        { name: 'username', value: undefined },
        { name: 'password', value: undefined },
      ],
      options: { validateOnly: false, validateLink: false },
    },
  ]);
  assert.equal((await run(`${update} --config a=1 --dry-run`)).out, '[DRY RUN] Updated cluster link "l".\n');
  assert.match((await run(update)).err, /^Error: nothing to change/);
  const nope = await run('link configuration update nope --config a=1 --cluster dr');
  assert.match(nope.err, /Error: cluster link "nope" not found/);
});

test('mirror describe without a link means the live mirror, else the newest stopped one', async (t) => {
  const [original, dr] = two();
  dr.mirrorViews.push(mirrorView('old', 'orders', 'STOPPED', 5), mirrorView('older', 'orders', 'STOPPED', 4));
  const { run } = await useKlink(t, [original, dr]);
  const stopped = JSON.parse((await run('mirror describe orders --cluster dr -o json')).out);
  assert.deepEqual([stopped[0].link_name, stopped[0].mirror_status], ['old', 'STOPPED']);
  dr.mirrorViews.push(mirrorView('live', 'orders', 'ACTIVE', 1));
  const live = await run('mirror describe orders --cluster dr');
  assert.match(live.out, /live/);
  assert.match(live.out, /source end 10, seen .* ago/);
  assert.match((await run('mirror describe nope --cluster dr')).err, /Error: mirror topic "nope" not found/);
});

test('a dry run exits 0 with errors in rows, a real run 1, unless the state is reached', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  await run('link create l --cluster dr --source-cluster original --source-bootstrap-server a:1');
  dr.mirrorViews.push(mirrorView('l', 'orders', 'ACTIVE'), mirrorView('l', 'gone', 'STOPPED'));
  assert.equal((await run('mirror pause gone --link l --cluster dr --dry-run')).code, 0);
  const refused = await run('mirror pause gone --link l --cluster dr');
  assert.equal(refused.code, 1);
  assert.match(refused.out, /has already/);
  const over = await run('mirror failover orders --cluster dr -o json');
  assert.deepEqual([over.code, over.err], [0, 'Topic "orders" is writable.\n']);
  assert.equal(JSON.parse(over.out)[0].error_code, '');
  assert.equal((await run('mirror failover orders --link l --cluster dr')).code, 0);
  assert.match((await run('mirror failover orders --link l --cluster dr --stop')).err, /accepted for older runbooks/);
});

test('a name that is no mirror exits 1 and does not keep failover from waiting for the others', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  await run('link create l --cluster dr --source-cluster original --source-bootstrap-server a:1');
  dr.mirrorViews.push(mirrorView('l', 'orders', 'ACTIVE'));
  const over = await run('mirror failover orders nix --link l --cluster dr');
  assert.deepEqual([over.code, over.err], [1, 'Topic "orders" is writable.\n']);
});

test('failover goes on waiting while no klink owns the destination', async (t) => {
  const [original, dr] = two();
  const { links } = dr;
  let asked = 0;
  const restarting: FakeCluster = {
    ...dr,
    links: {
      ...links,
      mirror: async (link, topic) => {
        asked += 1;
        if (asked > 1) return links.mirror(link, topic);
        return { ok: false, error: refusal('NOT_OWNER', 'This klink cannot decide for the cluster (joining).') };
      },
    },
  };
  const { run } = await useKlink(t, [original, restarting]);
  await run('link create l --cluster dr --source-cluster original --source-bootstrap-server a:1');
  dr.mirrorViews.push(mirrorView('l', 'orders', 'ACTIVE'));
  const over = await run('mirror failover orders --link l --cluster dr');
  assert.equal(over.code, 0);
  assert.match(
    over.err,
    /^Waiting for "orders": This klink cannot decide .*start one there\. Ctrl-C ends this waiting only\.\nTopic "orders" is writable\.\n$/,
  );
});

test('a dry run names the groups above the end, for people; the real run does not', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  await run('link create l --cluster dr --source-cluster original --source-bootstrap-server a:1');
  dr.mirrorViews.push(mirrorView('l', 'orders', 'ACTIVE'));
  const named = /\n\nConsumer group above the mirror's end of "orders": g \(partition 0: 9 → 7\)\n$/;
  assert.match((await run('mirror failover orders --cluster dr --dry-run')).out, named);
  assert.doesNotMatch((await run('mirror failover orders --cluster dr')).out, named);
});

test('--without-barrier says what it means for groups, in a dry run too, and takes one topic [8]', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  await run('link create l --cluster dr --source-cluster original --source-bootstrap-server a:1');
  const withoutBarrier = [{ partition: 2, end: 7n, reason: 'no leader' }];
  dr.mirrorViews.push({ ...mirrorView('l', 'orders', 'PENDING_STOPPED'), withoutBarrier });
  const line = 'mirror failover orders --cluster dr --without-barrier 2 --without-barrier 3';
  const means =
    /Partition 2 ends without barrier.*\(no leader\): it was proven up to offset 7, to which consumer groups/;
  const dry = await run(`${line} --dry-run`);
  assert.deepEqual([dry.code, dry.err], [0, '']);
  assert.match(dry.out, means);
  assert.match(dry.out, /\nPartition 3 ends without barrier/);
  assert.match((await run('mirror describe orders --cluster dr')).out, means);
  assert.equal((await run(line)).code, 0);
  for (const wrong of ['orders other --without-barrier 1', 'orders --without-barrier x', 'orders --without-barrier']) {
    assert.equal((await run(`mirror failover ${wrong} --cluster dr`)).code, 1, wrong);
  }
});

test('a refused --without-barrier exits 1, although the topic is being stopped [8]', async (t) => {
  const [original, dr] = two();
  const { links } = dr;
  const message = "Partition 0 of topic 'orders' can have its barrier.";
  const refusing: FakeCluster = {
    ...dr,
    links: {
      ...links,
      alterMirrors: async () => {
        const row = { mirrorTopic: 'orders', lags: [], groupsAbove: [], withoutBarrier: [] };
        return { ok: true, value: [{ ...row, refusal: { code: 400, message } }] };
      },
    },
  };
  const { run } = await useKlink(t, [original, refusing]);
  await run('link create l --cluster dr --source-cluster original --source-bootstrap-server a:1');
  dr.mirrorViews.push(mirrorView('l', 'orders', 'PENDING_STOPPED'));
  assert.equal((await run('mirror failover orders --cluster dr --no-wait')).code, 0);
  const refused = await run('mirror failover orders --cluster dr --no-wait --without-barrier 0 -o json');
  assert.equal(refused.code, 1);
  assert.equal(JSON.parse(refused.out)[0].error_message, message);
});

test('mirror describe names the rights that pass the fence and what they allow [6.2]', async (t) => {
  const [original, dr] = two();
  const grants = [
    { principal: 'User:ops', host: '*', operation: 'DELETE' },
    { principal: 'User:*', host: '10.0.0.1', operation: 'ALL' },
  ] as const;
  dr.mirrorViews.push({ ...mirrorView('l', 'orders', 'ACTIVE'), passing: { grants, unknown: 'NotSent' } });
  const { run } = await useKlink(t, [original, dr]);
  const { out } = await run('mirror describe orders --cluster dr');
  const lines = [
    'Passes the fence: User:ops, by DELETE on CLUSTER, can delete the topic.',
    'Passes the fence: User:* from 10.0.0.1, by ALL on CLUSTER, can delete the topic, write transaction markers into it and take the fence away.',
    'Which rights on the cluster pass the fence is not known: NotSent.',
  ];
  assert.ok(out.endsWith(`\n${lines.join('\n')}\n`), out);
});

test('mirror describe says what will be deleted after a promotion and which groups have not read it [8 (5)]', async (t) => {
  const [original, dr] = two();
  dr.mirrorViews.push(mirrorView('l', 'orders', 'STOPPED'));
  const unread = [{ group: 'g', partition: 0, offset: 3n, records: 5n }];
  const partitions = [{ partition: 0, logStart: 1n, below: 8n }];
  dr.forecast.deletions = { dueAtMs: 9, settings: {}, partitions, unread, remarks: ['more'], unknown: ['the rest'] };
  const { run } = await useKlink(t, [original, dr]);
  const lines = [
    'Will be deleted for their age: at most 7 records of partition 0 (offsets 1 to 7).',
    'Not read by consumer group g: 5 of them on partition 0, where it stands at 3.',
    'Will be deleted as well: more.',
    'Not known: the rest.',
  ];
  const { out } = await run('mirror describe orders --cluster dr');
  assert.ok(out.endsWith(`\n${lines.join('\n')}\n`), out);
  dr.forecast.deletions = { dueAtMs: 9, settings: {}, partitions: [], unread: [], remarks: [], unknown: [] };
  assert.match((await run('mirror describe orders --cluster dr')).out, /deleted for their age: no records\.\n$/);
  assert.equal((await run('mirror promote orders --cluster dr --retention never')).code, 1);
});

test('mirror describe tells what the destination has lost, how often and when last [2.4]', async (t) => {
  const [original, dr] = two();
  const view = mirrorView('l', 'orders', 'ACTIVE');
  const truncations = { count: 3, from: 9n, to: 5n, atMs: 0 };
  dr.mirrorViews.push({ ...view, partitions: view.partitions.map((each) => ({ ...each, truncations })) });
  const { run } = await useKlink(t, [original, dr]);
  const { out } = await run('mirror describe orders --cluster dr');
  const line =
    'Partition 0: DESTINATION_TRUNCATED 3 times, the last at 1970-01-01T00:00:00.000Z: the destination lost acknowledged records, offsets 5 to 8.\n';
  assert.ok(out.includes(line), out);
});

test('mirror describe keeps notes of a stopped mirror apart from the fence', async (t) => {
  const [original, dr] = two();
  const note = 'settings that delete records apply from 2026-01-01T00:00:00.000Z on: retention.ms=default';
  dr.mirrorViews.push({ ...mirrorView('l', 'orders', 'STOPPED'), notes: [note] });
  const { run } = await useKlink(t, [original, dr]);
  const { out } = await run('mirror describe orders --cluster dr');
  assert.ok(out.endsWith(`\nNote: ${note}\n`), out);
  assert.doesNotMatch(out, /Fence/);
});

test('mirror list refuses a status that does not exist', async (t) => {
  const { run } = await useKlink(t, two());
  const wrong = await run('mirror list --cluster dr --mirror-status bogus');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /There is no mirror status 'bogus'\. Give one of ACTIVE, /);
  assert.equal((await run('mirror list --cluster dr --mirror-status active')).out, 'None found.\n');
});

test('link describe tells what is wrong with a task of the link', async (t) => {
  const [original, dr] = two();
  const errors = [{ error_code: 'INTERNAL_ERROR', error_message: 'not allowed to read groups' }];
  dr.linkViews.set('l', {
    ...linkView('l', 'o-id'),
    tasks: [
      { task_name: 'ConsumerOffsetSync', state: 'IN_ERROR', errors },
      { task_name: 'TopicConfigsSync', state: 'ACTIVE', errors: [] },
    ],
  });
  const { run } = await useKlink(t, [original, dr]);
  const { out } = await run('link describe l --cluster dr');
  assert.ok(out.endsWith('+\n\nConsumerOffsetSync: INTERNAL_ERROR: not allowed to read groups\n'), out);
});

test('lag of a partition that the group has no offset for is not called an unknown group', async (t) => {
  const [original, dr] = two();
  const info = { group: 'g', state: 'Empty', protocolType: 'consumer', assignor: '', coordinator: 1, members: [] };
  dr.groups.set('g', { info, offsets: [] });
  const { run } = await useKlink(t, [original, dr]);
  const { err } = await run('consumer group lag describe g --topic orders --partition 7 --cluster dr');
  assert.match(err, /^Error: consumer group "g" has no offset for partition 7 of topic "orders"\n/);
});

test('ready says yes with exit code 0 and no with 1', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  const no = await run('consumer group ready g --link l --cluster dr');
  assert.deepEqual([no.code, no.out], [1, 'no\n  mirror lag is 3\n']);
  Object.assign(dr.ready, { ready: true, reasons: [] });
  const yes = await run('kafka consumer group ready g --link l --cluster dr');
  assert.equal(yes.code, 0);
  assert.match(yes.out, /^yes /);
});

test('a wrong token, a wrong address and no server each say what to do', async (t) => {
  const { run } = await useKlink(t, two());
  assert.match(
    (await run('cluster list', '', { KLINK_TOKEN: 'x' })).err,
    /Authentication failed\n\nSuggestions:\n.*--token-file/,
  );
  const gone = await run('cluster list --url http://127.0.0.1:1');
  assert.match(gone.err, /^Error: unable to establish Kafka REST connection: http:\/\/127.0.0.1:1: /);
  assert.match((await run('cluster list', '', { KLINK_URL: '' })).err, /no klink server is running here/);
});

test('the only cluster is meant without a selection, and one that never answered is called that', async (t) => {
  const { run } = await useKlink(t, [{ ...fakeCluster('dr', 'd-id'), id: () => undefined }]);
  assert.match((await run('link list')).err, /^Error: cluster "dr" has not answered since the server was started/);
});

test('a misspelt command suggests the right one', async (t) => {
  const { run } = await useKlink(t, two());
  const wrong = await run('mirror lst');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /Did you mean list\?/);
  assert.match(
    (await run('topic create')).err,
    /^Error: missing .*\n\nSuggestions:\n {4}See `klink topic create --help`\.\n$/,
  );
  assert.match((await run('mirror failover --help')).out, /--no-wait/);
});

test('a peer that closes every connection is told apart from success, and the process lives to say so', async (t) => {
  const closer = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(closer, 'listening');
  t.after(() => closer.close());
  const { port } = closer.address() as AddressInfo;
  const client = fileURLToPath(new URL('../api/client/api-client.js', import.meta.url));
  const clock = fileURLToPath(new URL('../base/node/clock.js', import.meta.url));
  const script = `
    const { ApiClient } = await import(${JSON.stringify(client)});
    const { systemClock } = await import(${JSON.stringify(clock)});
    const api = new ApiClient({ url: 'http://127.0.0.1:${port}', token: 't', timeoutMs: 500, clock: systemClock });
    await api.managedClusters().catch((error) => console.log(error.name));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(stdout, 'ServerUnreachable\n');
});
