import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  FAKE_TOKEN,
  type FakeCluster,
  fakeCluster,
  fakeSurroundings,
  mirrorView,
} from '../../test/harness/fake-clusters.js';
import { createApp } from '../api/app.js';
import { systemClock } from '../base/node/clock.js';
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
  assert.match((await run('cluster list', '', { KLINK_TOKEN: 'x' })).err, /REST request failed: Authentication failed/);
  const gone = await run('cluster list --url http://127.0.0.1:1');
  assert.match(gone.err, /^Error: unable to establish Kafka REST connection: http:\/\/127.0.0.1:1: /);
  assert.match((await run('cluster list', '', { KLINK_URL: '' })).err, /no klink server is running here/);
});

test('a misspelt command suggests the right one', async (t) => {
  const { run } = await useKlink(t, two());
  const wrong = await run('mirror lst');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /Did you mean list\?/);
  assert.match((await run('mirror failover --help')).out, /--no-wait/);
});
