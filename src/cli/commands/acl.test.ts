/** `klink acl`, against clusters of plain values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';

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
    '`--principal` or `--service-account` must',
    'one of `--allow`',
    'value: FLY',
    '`--cluster-scope`, ',
  ]) {
    assert.ok(wrong.err.includes(part), `${part} in ${wrong.err}`);
  }
});

test('--operation, repeated and in capitals, means --operations, and says so once', async (t) => {
  const { run } = await useKlink(t, two());
  const flags = '--allow --principal User:app --operation READ --operation DESCRIBE_CONFIGS --topic a --cluster dr';
  const made = await run(`kafka acl create ${flags} -o yaml`);
  assert.equal(
    made.err,
    'Note: `--operation` is accepted for older runbooks; today it is written `--operations read,describe-configs`.\n',
  );
  assert.match(made.out, /operation: READ\n[\s\S]*operation: DESCRIBE_CONFIGS\n/);
});

test('acl list passes on every filter, and --all none', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  const filtered = await run(
    'acl list --deny --operations describe-configs --host 10.0.0.1 --prefix --topic a --cluster dr',
  );
  assert.equal(filtered.code, 0);
  assert.equal((await run('acl list --all --cluster dr')).code, 0);
  const nothing = { resourceType: undefined, resourceName: undefined, pattern: undefined, principal: undefined };
  const all = { ...nothing, host: undefined, operation: undefined, permission: undefined };
  const deny = { operation: 'DESCRIBE_CONFIGS', permission: 'DENY', host: '10.0.0.1' };
  const topic = { resourceType: 'TOPIC', resourceName: 'a', pattern: 'PREFIXED' };
  assert.deepEqual(dr.calls, [{ acls: { ...all, ...topic, ...deny } }, { acls: all }]);
  const both = await run('acl list --all --topic a --allow --deny --cluster dr');
  assert.match(
    both.err,
    /^Error: 2 errors occurred:\n\t\* `--allow` and `--deny` exclude.*\n\t\* `--all` goes with no/,
  );
});

test('a service account is the principal of its id, and goes with no other', async (t) => {
  const { run } = await useKlink(t, two());
  const line = 'kafka acl create --allow --operations read --topic dr-topic --cluster dr --service-account';
  assert.equal(JSON.parse((await run(`${line} sa-a1b2c3 -o json`)).out)[0].principal, 'User:sa-a1b2c3');
  assert.match((await run(`${line} Cluster-Linking-Demo`)).err, /^Error: "Cluster-Linking-Demo" is not the id of/);
  assert.match(
    (await run(`${line} sa-a1b2c3 --principal User:a`)).err,
    /^Error: `--principal` and `--service-account` exclude/,
  );
});

test('an ACL for a service account that is not there is set, with a note that nobody has it', async (t) => {
  const { run } = await useKlink(t, two());
  const line = 'acl create --allow --operations read --topic a --cluster dr';
  const note =
    /^Note: there is no service account "sa-a1b2c3": nobody has[^\n]*`klink iam service-account create <name>/;
  for (const who of ['--service-account sa-a1b2c3', '--principal User:sa-a1b2c3']) {
    const made = await run(`${line} ${who}`);
    assert.equal(made.code, 0);
    assert.match(made.err, note);
  }
  const account = JSON.parse((await run('iam service-account create app --description d -o json')).out).id;
  assert.equal((await run(`${line} --service-account ${account}`)).err, '');
  assert.equal((await run(`${line} --principal User:app`)).err, '');
});
