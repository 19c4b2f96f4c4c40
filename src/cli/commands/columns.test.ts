/** The published columns: what programs read by name, and people by heading, in their order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';
import { linkView, mirrorView } from '../../../test/harness/fake-clusters.js';

const topic = ['name', 'is_internal', 'replication_factor', 'partition_count'];
const group = ['cluster', 'consumer_group', 'coordinator', 'is_simple', 'partition_assignor', 'state'];
const lag = [
  ...['cluster', 'consumer_group', 'lag', 'log_end_offset', 'current_offset'],
  ...['consumer', 'instance', 'client', 'topic', 'partition'],
];
const acl = ['principal', 'permission', 'operation', 'host', 'resource_type', 'resource_name', 'pattern_type'];
const cluster = ['is_current', 'id', 'name', 'type', 'status', 'endpoint'];
const altered = [
  ...['mirror_topic_name', 'partition', 'partition_mirror_lag', 'last_source_fetch_offset'],
  ...['error_message', 'error_code'],
];
const mirrored = ['link_name', 'mirror_topic_name', 'source_topic_name', 'mirror_status'];
const setting = ['name', 'value', 'default', 'read_only', 'sensitive'];
const config = ['name', 'value', 'read_only'];

const published: readonly (readonly [line: string, keys: readonly string[]])[] = [
  ['cluster list', cluster],
  ['cluster describe dr', [...cluster, 'login_endpoint', 'rest_endpoint', 'topic_count', 'ownership']],
  [
    'cluster endpoint list --cluster dr',
    ['is_current', 'endpoint', 'kafka_bootstrap_endpoint', 'http_endpoint', 'connection_type'],
  ],
  ['cluster configuration list --cluster dr', setting],
  ['cluster configuration describe log.retention.ms --cluster dr', setting],
  ['cluster configuration update --config log.retention.ms=1 --cluster dr', setting],
  ['topic list', topic],
  ['topic describe orders', topic],
  ['topic configuration list orders', config],
  ['topic update orders --config retention.ms=-1', config],
  ['acl list', acl],
  ['acl create --allow --principal User:a --operations read --topic orders', acl],
  ['link list', ['link_name', 'link_id', 'source_cluster', 'state']],
  ['link list --include-topics', ['link_name', 'link_id', 'topic_name', 'source_cluster', 'state']],
  ['link describe l', ['link_name', 'source_cluster', 'state', 'mirror_partition_states_count']],
  ['link task list l', ['task_name', 'state', 'errors']],
  ['link configuration list l', ['config_name', 'config_value', 'read_only', 'sensitive', 'source', 'synonyms']],
  ['mirror list', [...mirrored, 'status_time_ms', 'num_partition', 'max_per_partition_mirror_lag']],
  [
    'mirror describe copy --link l',
    [
      ...mirrored,
      'mirror_topic_error',
      'status_time_ms',
      'partition',
      'partition_mirror_lag',
      'last_source_fetch_offset',
    ],
  ],
  ['mirror pause copy --link l', altered],
  ['mirror failover copy --link l --dry-run', altered],
  ['mirror state-transition-error list copy --link l', ['error_code', 'error_message']],
  ['consumer group list', group],
  ['consumer group describe g', group],
  ['consumer group lag list g', lag],
  ['consumer group lag describe g --topic orders --partition 0', lag],
  [
    'consumer group lag summarize g',
    [
      ...['cluster', 'consumer_group', 'total_lag', 'max_lag', 'max_lag_consumer', 'max_lag_instance'],
      ...['max_lag_client', 'max_lag_topic', 'max_lag_partition'],
    ],
  ],
  ['consumer list --group g', ['consumer_group', 'consumer', 'instance', 'client']],
];

async function filled(t: Parameters<typeof useKlink>[0]) {
  const [original, dr] = two();
  dr.topics.set('orders', { name: 'orders', isInternal: false, replicationFactor: 1, partitions: 1 });
  dr.linkViews.set('l', {
    ...linkView('l', 'o-id'),
    tasks: [{ task_name: 'AclSync', state: 'ACTIVE', errors: [] }],
  });
  dr.mirrorViews.push({ ...mirrorView('l', 'copy', 'ACTIVE'), pending: 'waits' });
  const member = {
    memberId: 'm-1',
    instanceId: null,
    clientId: 'app',
    partitions: [{ topic: 'orders', partition: 0 }],
  };
  const info = { group: 'g', state: 'Stable', protocolType: 'consumer', assignor: 'range', coordinator: 1 };
  const offsets = [{ topic: 'orders', partition: 0, committed: 3n, logEnd: 10n }];
  dr.groups.set('g', { info: { ...info, type: 'classic', members: [member] }, offsets });
  return useKlink(t, [original, dr]);
}

test('every table has the published keys in the published order [cli 1.2]', async (t) => {
  const { run } = await filled(t);
  for (const [line, keys] of published) {
    const where = line.startsWith('cluster') ? '' : ' --cluster dr';
    const { out, err, code } = await run(`kafka ${line}${where} -o json`);
    assert.equal(code, 0, `${line}: ${err}`);
    const parsed = JSON.parse(out);
    assert.deepEqual(Object.keys(Array.isArray(parsed) ? parsed[0] : parsed), keys, line);
  }
});

test('numbers and booleans are no texts, and an error code is one [cli 1.2]', async (t) => {
  const { run } = await filled(t);
  const [described] = JSON.parse((await run('mirror describe copy --link l --cluster dr -o json')).out);
  assert.deepEqual([described.partition, described.partition_mirror_lag, described.status_time_ms], [0, 3, 1]);
  const [listed] = JSON.parse((await run('topic list --cluster dr -o json')).out);
  assert.deepEqual([listed.is_internal, listed.partition_count], [false, 1]);
  const [paused] = JSON.parse((await run('mirror pause copy --link l --cluster dr -o json')).out);
  assert.equal(paused.error_code, '');
  const behind = JSON.parse((await run('consumer group lag summarize g --cluster dr -o json')).out);
  assert.deepEqual([behind.total_lag, behind.max_lag_partition], [7, 0]);
});
