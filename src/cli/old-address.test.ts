import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../test/harness/cli-run.js';

test('a bootstrap server with a protocol in front is taken, and today’s spelling named once', async (t) => {
  const { run } = await useKlink(t, two());
  const create = 'kafka link create l --cluster dr --source-cluster-id original --source-bootstrap-server';
  const made = await run(`${create} SASL_SSL://a:1,SASL_SSL://b:1 --config security.protocol=SASL_SSL`);
  assert.match(
    made.err,
    /^Note: --source-cluster-id is .*\nNote: a bootstrap server as `SASL_SSL:\/\/host:port` .*security\.protocol=SASL_SSL\.\n$/,
  );
  assert.equal(made.code, 0);
  assert.equal(
    (await run('link create m --cluster dr --source-cluster original --source-bootstrap-server a:1')).err,
    '',
  );
});
