/** `klink link`, against clusters of plain values. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';
import { linkView, mirrorView } from '../../../test/harness/fake-clusters.js';

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
  const older = await run('link create o --cluster dr --config bootstrap.servers=a:1,link.prefix=eu.');
  assert.equal(older.err, 'Note: link.prefix → cluster.link.prefix\n');
  const again = await run(line);
  assert.equal(again.code, 1);
  assert.match(again.err, /^Error: REST request failed: Cluster link 'l' already exists\./);
  assert.match((await run('link describe nope --cluster dr')).err, /Error: cluster link "nope" not found/);
});

test('link configuration: listed without secrets, updated and reset, and never by an empty command', async (t) => {
  const [original, dr] = two();
  dr.linkViews.set('l', linkView('l', 'o-id'));
  const { run } = await useKlink(t, [original, dr]);
  const table = await run('link configuration list l --cluster dr');
  assert.ok(
    table.out.split('\n').every((line) => line.length < 180),
    'a long list of settings is wrapped',
  );
  const listed = await run('link configuration list l --cluster dr -o json');
  assert.match(listed.err, /^retry\.backoff\.ms: not used\.\n$/);
  assert.deepEqual(JSON.parse(listed.out).slice(0, 1), [
    {
      config_name: 'sasl.jaas.config',
      config_value: '',
      read_only: false,
      sensitive: true,
      source: 'DYNAMIC_CLUSTER_LINK_CONFIG',
      synonyms: [],
    },
  ]);
  const last = JSON.parse(listed.out).at(-1);
  assert.deepEqual([last.config_name, last.config_value, last.read_only], ['dest.cluster.id', 'd-id', true]);
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

test('link task list shows states and errors as published, for people and for programs', async (t) => {
  const [original, dr] = two();
  const errors = [{ error_code: 'AUTHORIZATION_ERROR', error_message: 'DESCRIBE is missing' }];
  dr.linkViews.set('l', {
    ...linkView('l', 'o-id'),
    tasks: [
      { task_name: 'ConsumerOffsetSync', state: 'ACTIVE', errors: [] },
      { task_name: 'AclSync', state: 'IN_ERROR', errors },
    ],
  });
  const { run } = await useKlink(t, [original, dr]);
  const listed = await run('kafka link task list l --cluster dr');
  assert.match(listed.out, /Task Name .*\| +State +\| +Errors/);
  assert.match(listed.out, /AclSync +\| IN_ERROR \| AUTHORIZATION_ERROR: "DESCRIBE/);
  assert.deepEqual(JSON.parse((await run('link task list l --cluster dr -o json')).out), [
    { task_name: 'AclSync', state: 'IN_ERROR', errors },
    { task_name: 'ConsumerOffsetSync', state: 'ACTIVE', errors: [] },
  ]);
  assert.match((await run('link task list nope --cluster dr')).err, /Error: cluster link "nope" not found/);
});

test('link create with an API key logs in as the published command line does, and shows no secret', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  const line = 'link create l --cluster dr --source-cluster original --source-bootstrap-server a:1';
  const made = await run(`${line} --source-api-key sa-1 --source-api-secret s"ecret --dry-run`);
  assert.equal(
    made.out,
    '[DRY RUN] Created cluster link "l" with configs:\n"bootstrap.servers"="a:1"\n"link.mode"="DESTINATION"\n' +
      '"sasl.mechanism"="PLAIN"\n"security.protocol"="SASL_SSL"\n\n',
  );
  const [call] = dr.calls as { createLink: { settings: Map<string, string> } }[];
  assert.equal(
    call?.createLink.settings.get('sasl.jaas.config'),
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="sa-1" password="s\\"ecret";',
  );
  assert.match((await run(`${line} --source-api-key sa-1`)).err, /belong together: one of them is missing/);
  const differs = await run(`${line} --source-api-key a --source-api-secret b --config security.protocol=SSL`);
  assert.match(differs.err, /--source-api-key and security\.protocol in --config differ/);
  const mode = await run(`${line} --config link.mode=SIDEWAYS`);
  assert.match(mode.err, /unrecognized link mode "SIDEWAYS"\n\nSuggestions:\n {4}Use "DESTINATION", "SOURCE", or/);
  assert.equal(dr.linkViews.size, 0);
});

test('link delete: live mirrors are told before anything is asked, and what --force does to them [1.7]', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  await run('link create l --cluster dr --source-cluster original --source-bootstrap-server a:1');
  dr.mirrorViews.push(mirrorView('l', 'orders', 'ACTIVE'), mirrorView('l', 'old', 'STOPPED'));
  const refused = await run('link delete l --cluster dr', 'y\n');
  assert.deepEqual([refused.code, refused.out], [1, '']);
  assert.match(refused.err, /still has live mirror topics\. Fail over or delete/);
  const forced = await run('link delete l --cluster dr --force');
  assert.deepEqual([forced.code, forced.out], [0, 'Deleted cluster link "l".\n']);
  assert.match(forced.err, /Before "l" goes, these fail over and become writable: mirror topic "orders"\.\n/);
  assert.equal(dr.calls.filter((call) => JSON.stringify(call).includes('deleteLink')).length, 1);
});
