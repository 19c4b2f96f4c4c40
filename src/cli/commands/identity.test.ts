/** Logins, accounts and keys at the terminal, against clusters of plain values. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';
import type { FakeCallers } from '../../../test/harness/fake-callers.js';

async function stage(t: TestContext) {
  const [original, dr] = two();
  const klink = await useKlink(t, [original, dr]);
  const key = (cluster: typeof dr, name: string, secret: string, rights: readonly string[] = []) =>
    (cluster.callers as FakeCallers).keys.set(name, { secret, admin: cluster.admin, rights });
  const file = join(klink.directory, 'credentials.json');
  const account = async (name = 'app') => {
    const made = await klink.run(`iam service-account create ${name} --description d -o json`);
    return (JSON.parse(made.out) as { id: string }).id;
  };
  return { ...klink, original, dr, key, file, account };
}

const NO_TOKEN = { KLINK_TOKEN: '' };

test('login says who one is: the operator by token, a key by its name, until logout', async (t) => {
  const { run, dr, key, file, env } = await stage(t);
  assert.match((await run('login')).out, /^Logged in to http:\S+ as its operator\.\n$/);
  key(dr, 'sa-1', 'hidden-1');
  const refused = await run('login --api-key sa-1 --api-secret -', 'wrong\n', NO_TOKEN);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /refused the login with API key "sa-1"/);
  assert.equal((await run('topic list --cluster dr', '', NO_TOKEN)).code, 1);
  const seen = await run('login --api-key sa-1 --api-secret -', 'hidden-1\n', NO_TOKEN);
  assert.match(seen.out, /^Logged in to \S+ as API key "sa-1"\.\n$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await run('topic list --cluster dr', '', NO_TOKEN)).code, 0);
  const denied = await run('link list --cluster dr', '', NO_TOKEN);
  assert.match(denied.err, /User:sa-1 needs DESCRIBE on the cluster/);
  assert.equal((await run('link list --cluster dr')).code, 0, 'a token that is named counts for more');
  assert.equal((await run('logout', '', NO_TOKEN)).out, 'You are now logged out.\n');
  assert.equal((await run('topic list --cluster dr', '', NO_TOKEN)).code, 1);
  // By --url: later commands mean that server.
  const elsewhere = { ...NO_TOKEN, KLINK_URL: '' };
  const far = await run(`login --url ${env.KLINK_URL} --api-key sa-1`, '', {
    ...elsewhere,
    KLINK_API_SECRET: 'hidden-1',
  });
  assert.equal(far.code, 0, far.err);
  assert.equal((await run('topic list --cluster dr', '', elsewhere)).code, 0);
  assert.equal((await run('logout', '', elsewhere)).code, 0);
  assert.match((await run('topic list --cluster dr', '', elsewhere)).err, /no klink server is running here/);
});

test('a secret is asked for, read from a file or a variable, and never taken from the command line', async (t) => {
  const { run, dr, key, directory } = await stage(t);
  key(dr, 'sa-1', 'hidden-1');
  const asked = await run('login', 'sa-1\nhidden-1\n', NO_TOKEN);
  assert.equal(asked.code, 0, asked.err);
  assert.match(asked.err, /^API key: API secret: $/);
  const literal = await run('login --api-key sa-1 --api-secret hidden-1', '', NO_TOKEN);
  assert.match(literal.err, /can be seen by everybody on this machine/);
  writeFileSync(join(directory, 'secret'), 'hidden-1\n');
  assert.equal((await run('login --api-key sa-1 --api-secret-file secret', '', NO_TOKEN)).code, 0);
  assert.equal((await run('login --api-key sa-1 --save', '', { ...NO_TOKEN, KLINK_API_SECRET: 'hidden-1' })).code, 0);
});

test('a file of secrets that others can read is refused', async (t) => {
  const { run, dr, key, file } = await stage(t);
  key(dr, 'sa-1', 'hidden-1');
  await run('login --api-key sa-1 --api-secret -', 'hidden-1\n', NO_TOKEN);
  chmodSync(file, 0o644);
  assert.match((await run('topic list --cluster dr', '', NO_TOKEN)).err, /can be read by others/);
  chmodSync(file, 0o600);
  writeFileSync(file, '{');
  assert.match((await run('topic list --cluster dr', '', NO_TOKEN)).err, /is damaged/);
});

test('environments: there is one, it is the selected one, and another is not found', async (t) => {
  const { run } = await stage(t);
  const listed = JSON.parse((await run('environment list -o json')).out);
  assert.deepEqual(listed, [{ is_current: true, id: 'env-default', name: 'default' }]);
  assert.equal((await run('environment use env-default')).out, 'Using environment "env-default".\n');
  assert.match((await run('environment describe')).out, /env-default/);
  assert.match((await run('environment use env-2')).err, /environment "env-2" not found/);
});

test('service accounts are made, listed, described, updated and deleted', async (t) => {
  const { run, account } = await stage(t);
  const id = await account();
  assert.match((await run(`iam service-account describe ${id}`)).out, /\| Name +\| app/);
  assert.equal((await run('iam service-account create app --description d')).code, 1);
  assert.match((await run('iam service-account create other')).err, /required flag `--description/);
  const updated = await run(`iam service-account update ${id} --description new`);
  assert.equal(updated.err, `Updated the description of service account "${id}" to "new".\n`);
  assert.deepEqual(JSON.parse((await run('iam service-account list -o json')).out), [
    { id, name: 'app', description: 'new' },
  ]);
  assert.deepEqual(JSON.parse((await run('iam service-account list --display-name x -o json')).out), []);
  const kept = await run(`iam service-account delete ${id}`, 'n\n');
  assert.deepEqual([kept.code, kept.out], [0, `Are you sure you want to delete service account "${id}"? (y/n): `]);
  assert.equal((await run(`iam service-account delete ${id} --force`)).out, `Deleted service account "${id}".\n`);
  assert.match((await run(`iam service-account delete ${id} --force`)).err, /service account "\S+" not found/);
});

test('a key is shown once, kept here, used on its cluster, rotated and deleted [identity 1.2]', async (t) => {
  const { run, account, file } = await stage(t);
  const id = await account();
  const made = await run(`api-key create --resource original --service-account ${id} -o json`);
  const { api_key, api_secret } = JSON.parse(made.out) as { api_key: string; api_secret: string };
  assert.equal(api_key, id);
  assert.match(
    made.err,
    /^It logs in by SCRAM-SHA-512\. Save the API key and secret\. The secret is not retrievable later\.\n$/,
  );
  assert.ok(readFileSync(file, 'utf8').includes(api_secret));
  assert.equal((await run(`api-key use ${id}`)).out, `Using API Key "${id}".\n`);
  await run(`api-key create --resource dr --service-account ${id} --use`);
  const unclear = await run(`api-key use ${id}`);
  assert.match(unclear.err, /stored for several clusters: d-id, o-id[\s\S]*--resource/);
  assert.equal((await run(`kafka topic list --cluster dr`)).code, 0, 'REST goes on as operator');
  const listed = JSON.parse((await run(`api-key list -o json`)).out);
  assert.deepEqual(
    listed.map((row: Record<string, unknown>) => [
      row.is_current,
      row.key,
      row.resource_type,
      row.resource,
      row.mechanism,
    ]),
    [
      [true, id, 'kafka', 'o-id', 'SCRAM-SHA-512'],
      [true, id, 'kafka', 'd-id', 'SCRAM-SHA-512'],
    ],
  );
  assert.equal((await run(`api-key create --resource dr --service-account ${id}`)).code, 0);
  const third = await run(`api-key create --resource dr --service-account ${id}`);
  assert.match(third.err, /already has two API keys[\s\S]*api-key delete/);
  assert.match((await run(`api-key delete ${id} --resource dr --force`)).err, /has two secrets.*--mechanism/);
  const gone = await run(`api-key delete ${id} --resource dr --mechanism SCRAM-SHA-512 --force`);
  assert.equal(gone.out, `Deleted API key "${id}".\n`);
  assert.equal((await run(`api-key use ${id} --resource dr`)).code, 0, 'the newer secret is still stored');
  assert.equal((await run(`api-key delete ${id} --resource dr --force`)).code, 0);
  assert.match((await run(`api-key use ${id} --resource dr`)).err, /no secret of API key "\S+" is stored/);
  const renamed = await run(`api-key update ${id} --description newer`);
  assert.equal(renamed.err, `Updated the description of API key "${id}" to "newer".\n`);
  assert.match((await run(`api-key describe ${id}`)).out, /newer/);
  assert.match((await run('api-key describe sa-nope')).err, /API key "sa-nope" not found/);
});

test('the secret of a key made elsewhere is stored from standard input, and not replaced unasked', async (t) => {
  const { run, file } = await stage(t);
  const stored = await run('api-key store alice - --resource dr', 's1\n');
  assert.deepEqual([stored.code, stored.err], [0, 'Stored secret for API key "alice".\n']);
  assert.match(
    (await run('api-key store alice s2 --resource dr')).err,
    /another secret of API key "alice"[\s\S]*--force/,
  );
  assert.equal((await run('api-key store alice s2 --resource dr --force')).code, 0);
  assert.ok(readFileSync(file, 'utf8').includes('"s2"'));
  assert.match(
    (await run('api-key use alice --resource original')).err,
    /no secret of API key "alice" is stored for cluster "o-id"/,
  );
});

test('acl --service-account means the Kafka user of its name', async (t) => {
  const { run, dr } = await stage(t);
  const flags = '--allow --operations read --topic orders --cluster dr';
  assert.equal((await run(`kafka acl create --service-account sa-1 ${flags}`)).code, 0);
  assert.match(JSON.stringify(dr.calls), /"principal":"User:sa-1"/);
  const both = await run(`acl create --service-account sa-1 --principal User:x ${flags}`);
  assert.match(both.err, /exclude each other/);
  assert.match((await run(`acl create ${flags}`)).err, /`--principal` or `--service-account` must be set/);
});

test('a key for one call: given, stored or in a variable, but with no other login and not between the records', async (t) => {
  const { run, directory } = await stage(t);
  await run('topic create orders --cluster dr');
  const refused = async (line: string, problem: RegExp, env: Record<string, string> = {}) => {
    const { code, err } = await run(`topic ${line} --cluster dr`, '', env);
    assert.match(err, problem);
    assert.equal(code, 1);
  };
  await refused('consume orders --api-secret x', /^Error: `--api-secret` needs `--api-key`\n/);
  await refused('produce orders --api-secret-file x', /^Error: `--api-secret-file` needs `--api-key`\n/);
  await refused('consume orders --api-key sa-1 --config a=b', /^Error: `--api-key` and `--config` both say/);
  await refused('produce orders --api-key sa-1 --api-secret -', /^Error: standard input holds the records/);
  await refused('consume orders --api-key sa-1 --api-secret x --api-secret-file y', /exclude each other/);
  await refused('consume orders --api-key sa-1 --api-secret=', /^Error: `--api-secret` is empty/);
  writeFileSync(join(directory, 'empty'), '\n');
  await refused('consume orders --api-key sa-1 --api-secret-file empty', /file of the secret is empty/);
  const none =
    /^Error: no secret of API key "sa-1" is given, and none is stored for cluster "d-id"[\s\S]*api-key store sa-1 -/;
  await refused('consume orders --api-key sa-1', none);
  // With a secret it goes as far as the cluster, which is none.
  const away = /Check that a broker answers at/;
  await refused('consume orders --api-key sa-1', away, { KLINK_API_SECRET: 'x' });
  await run('api-key store sa-1 - --resource dr', 'x\n');
  await refused('consume orders --api-key sa-1', away);
});
