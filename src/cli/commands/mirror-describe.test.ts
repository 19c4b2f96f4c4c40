/** `klink mirror describe` and `list`: which mirror is meant, and what is said of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';
import { type FakeCluster, linkView, mirrorView } from '../../../test/harness/fake-clusters.js';

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

test('mirror state-transition-error list tells what a mirror waits for, without a link too', async (t) => {
  const [original, dr] = two();
  dr.mirrorViews.push({ ...mirrorView('l', 'orders', 'PENDING_STOPPED'), pending: 'no leader of partition 2' });
  const { run } = await useKlink(t, [original, dr]);
  const listed = await run('kafka mirror state-transition-error list orders --cluster dr -o json');
  assert.deepEqual(JSON.parse(listed.out), [{ error_code: 'PENDING', error_message: 'no leader of partition 2' }]);
  assert.match(
    listed.err,
    /today it is written `klink mirror state-transition-error list orders --link l --cluster dr`/,
  );
  const human = await run('mirror state-transition-error list orders --link l --cluster dr');
  assert.match(human.out, / Mirror State Transition Error \|.*Mirror State Transition Error /);
  assert.equal(human.err, '');
});

test('mirror create leaves the name to the server, and says which it has become [prefix]', async (t) => {
  const [original, dr] = two();
  dr.linkViews.set('l', linkView('l', 'o-id'));
  const { links } = dr;
  const asked: unknown[] = [];
  const prefixing: FakeCluster = {
    ...dr,
    links: {
      ...links,
      async createMirror(link, request) {
        asked.push(request.mirrorTopic);
        const mirrorTopic = request.mirrorTopic ?? `east.${request.sourceTopic}`;
        dr.mirrorViews.push({ ...mirrorView(link, mirrorTopic, 'ACTIVE'), sourceTopic: request.sourceTopic });
        return { ok: true, value: undefined };
      },
    },
  };
  const { run } = await useKlink(t, [original, prefixing]);
  const short = await run('mirror create numbers --link l --cluster dr');
  assert.deepEqual([short.err, short.out], ['', 'Created mirror topic "east.numbers".\n']);
  const long = await run('mirror create east.orders --source-topic orders --link l --cluster dr');
  assert.equal(long.out, 'Created mirror topic "east.orders".\n');
  assert.deepEqual(asked, [undefined, 'east.orders']);
});
