/** `klink mirror pause|resume|promote|failover`: rows, exit codes, and what is waited for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';
import { type FakeCluster, mirrorView } from '../../../test/harness/fake-clusters.js';
import { refusal } from '../../model/errors.js';

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
  const note =
    'Note: `mirror failover` without `--link` is accepted for older runbooks; today it is written `klink mirror failover orders --link l --cluster dr`.\n';
  assert.deepEqual([over.code, over.err], [0, `${note}Topic "orders" is writable.\n`]);
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

test('without --link too, a name that is no mirror does not keep the others from failing over [1.6]', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  await run('link create l --cluster dr --source-cluster original --source-bootstrap-server a:1');
  dr.mirrorViews.push(mirrorView('l', 'orders', 'ACTIVE'));
  const over = await run('mirror failover nix orders --cluster dr -o json');
  assert.equal(over.code, 1);
  assert.match(over.err, /Topic "orders" is writable\.\n$/);
  const rows = JSON.parse(over.out) as { mirror_topic_name: string; error_code: string }[];
  assert.deepEqual(
    rows.map((row) => [row.mirror_topic_name, row.error_code]),
    [
      ['orders', ''],
      ['nix', '404'],
    ],
  );
  assert.equal((await run('mirror failover nix nox --cluster dr --dry-run')).code, 0);
  assert.equal((await run('mirror failover nix --cluster dr')).code, 1);
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
  const line = 'mirror failover orders --link l --cluster dr --without-barrier 2 --without-barrier 3';
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
