/** What all commands share: which cluster is meant, which server is asked, and how a command ends. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { two, useKlink } from '../../test/harness/cli-run.js';
import { fakeCluster } from '../../test/harness/fake-clusters.js';

test('the selected cluster is remembered and marked, in short and long form', async (t) => {
  const { run } = await useKlink(t, two());
  assert.equal((await run('topic list')).code, 1);
  assert.match((await run('topic list')).err, /^Error: no Kafka cluster selected\n\nSuggestions:\n {4}Select one/);
  const used = 'Set Kafka cluster "o-id" as the active cluster for environment "env-default".\n';
  assert.equal((await run('kafka cluster use original')).err, used);
  assert.match((await run('cluster list')).out, / \* +\| o-id \| original/);
  assert.equal((await run('kafka topic list')).out, 'None found.\n');
  assert.equal((await run('topic list --cluster nope')).code, 1);
});

test('an environment that a runbook names must be that of the server', async (t) => {
  const { run } = await useKlink(t, two());
  const [{ id }] = JSON.parse((await run('environment list -o json')).out);
  assert.equal((await run(`kafka topic list --cluster dr --environment ${id}`)).out, 'None found.\n');
  const other = await run('kafka topic list --cluster dr --environment env-abc');
  assert.equal(other.code, 1);
  assert.match(other.err, /^Error: environment "env-abc" not found or access forbidden\n/);
});

test('a wrong token, a wrong address and no server each say what to do', async (t) => {
  const { run } = await useKlink(t, two());
  assert.match(
    (await run('cluster list', '', { KLINK_TOKEN: 'x' })).err,
    /Authentication failed\n\nSuggestions:\n.*--token-file/,
  );
  const gone = await run('cluster list --url http://127.0.0.1:1');
  assert.match(
    gone.err,
    /^Error: unable to establish Kafka REST connection: http:\/\/127.0.0.1:1: .*\n\nSugg.*\n.*npm start/,
  );
  assert.match((await run('cluster list', '', { KLINK_URL: '' })).err, /no klink server is running here/);
});

test('the only cluster is meant without a selection, and one that never answered is called that', async (t) => {
  const { run } = await useKlink(t, [{ ...fakeCluster('dr', 'd-id'), id: () => undefined }]);
  assert.match((await run('link list')).err, /^Error: cluster "dr" has not answered since the server was started/);
});

test('a selected cluster that has not answered a new server is named, with what to do', async (t) => {
  let id: string | undefined = 'o-id';
  const { run } = await useKlink(t, [{ ...fakeCluster('original', 'o-id'), id: () => id }, fakeCluster('dr', 'd-id')]);
  await run('cluster use original');
  id = undefined;
  assert.match(
    (await run('topic list')).err,
    /^Error: the selected Kafka cluster "o-id" .* "original" has not answered/,
  );
});

test('a misspelt command suggests the right one', async (t) => {
  const { run } = await useKlink(t, two());
  const wrong = await run('mirror lst');
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.err,
    /^Error: unknown command "lst" for "klink mirror"\n\nSuggestions:\n {4}Did you mean `klink mirror list`\?\n/,
  );
  const offsets = await run('kafka consumer group offset reset --group a');
  assert.equal(offsets.code, 1);
  assert.match(
    offsets.err,
    /^Error: unknown command "offset" for "klink kafka consumer group"\n\nSuggestions:\n.*--reset-offsets/,
  );
  assert.match((await run('iam service-account use sa-1')).err, /`klink api-key use/);
  assert.match((await run('kafka list')).err, /There is `klink kafka topic list`/);
  assert.match((await run('topic --cluster dr list')).err, /^Error: unknown flag "--cluster" for "klink topic"\n/);
  const flag = await run('topic delete orders --froce');
  assert.match(flag.err, /^Error: unknown flag "--froce" for "klink topic delete"\n\nSuggestions:\n.*`--force`/);
  assert.match(
    (await run('topic create')).err,
    /^Error: missing .*\n\nSuggestions:\n {4}See `klink topic create --help`\.\n$/,
  );
  const level = await run('kafka topic');
  assert.deepEqual([level.code, level.err], [0, '']);
  assert.match(level.out, /^Usage: klink kafka topic /);
  assert.match((await run('mirror failover --help')).out, /--no-wait/);
});

test('an answer of something that is no klink server is told apart from a refusal', async (t) => {
  const proxy = createHttpServer((_, response) => response.writeHead(502).end('<html>Bad Gateway</html>'));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { run } = await useKlink(t, two());
  assert.equal(
    (await run(`cluster list --url ${url}`)).err,
    `Error: Kafka REST request failed: GET ${url}/klink/v1/clusters: 502 Bad Gateway\n`,
  );
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
