/** `klink topic`, against clusters of plain values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';

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

test('settings of a topic are listed and updated, its partitions among them', async (t) => {
  const [original, dr] = two();
  dr.topics.set('orders', { name: 'orders', isInternal: false, replicationFactor: 1, partitions: 1 });
  const { run } = await useKlink(t, [original, dr]);
  const listed = JSON.parse((await run('kafka topic configuration list orders --cluster dr -o json')).out);
  assert.deepEqual(listed, [
    { name: 'num.partitions', value: '1', read_only: false },
    { name: 'retention.ms', value: '-1', read_only: false },
  ]);
  const updated = await run('topic update orders --config retention.ms=1,num.partitions=4 --cluster dr');
  assert.match(updated.out, /^Updated the following configuration values for topic "orders":\n/);
  assert.match(updated.out, /num\.partitions +\| 4 +\| false/);
  assert.deepEqual(dr.calls, [
    { alterTopicConfigs: 'orders', changes: [{ name: 'retention.ms', value: '1' }] },
    { growTopic: 'orders', partitions: 4 },
  ]);
  const tried = await run('topic update orders --config retention.ms=2 --dry-run --cluster dr');
  assert.match(tried.out, /^\[DRY RUN\] Updated .*\n.*\n.*\n.*retention\.ms \| 2 /);
  for (const [flags, problem] of [
    ['--config num.partitions=4 --dry-run', /cannot be tried out/],
    ['--config num.partitions=many', /no number of partitions/],
    ['', /required flag `--config/],
  ] as const) {
    const refused = await run(`topic update orders ${flags} --cluster dr`);
    assert.match(refused.err, problem);
    assert.equal(refused.code, 1);
  }
  assert.match((await run('topic update nope --config num.partitions=2 --cluster dr')).err, /unknown topic "nope"/);
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
