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
    '`--principal` must',
    'one of `--allow`',
    'value: FLY',
    '`--cluster-scope`, ',
  ]) {
    assert.ok(wrong.err.includes(part), `${part} in ${wrong.err}`);
  }
});
