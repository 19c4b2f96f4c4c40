/**
 * The disaster: source gone, klink's host and disk gone, one broker of the destination down with it. A new server that has
 * klink.yaml and nothing else fails over twenty mirrors: one paused, one failed, one whose failover was cut off in the
 * middle, one with a partition without leader. On Apache Kafka, three brokers at the destination.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWhole } from '../acceptance/foreign-reader.js';
import { until } from '../harness/until.js';
import { foreignClient, LinkStage, numbers, withAdmin, withProducer } from './link-stage.js';

const MIRRORS = Array.from({ length: 20 }, (_, index) => `t-${String(index).padStart(2, '0')}`);
const [PAUSED = '', FAILED = '', CUT_OFF = '', ORPHAN = '', AHEAD = ''] = MIRRORS;
const STOPPED_WITHIN_MS = 120_000;

test('a server with klink.yaml alone fails over 20 mirrors, and the one without leader when it is back [P5, 8]', async (t) => {
  const stage = await LinkStage.open(t, { version: '4.3.0', nodes: 3 });
  const { source, destination } = stage;
  await withAdmin(foreignClient(source, 'admin'), (admin) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: MIRRORS.map((topic) => ({ topic, numPartitions: topic === ORPHAN ? 3 : 1 })),
    }),
  );
  await withProducer(foreignClient(source, 'admin'), async (producer) => {
    for (const topic of MIRRORS) await producer.send({ topic, messages: numbers(1, 10) });
  });
  await withAdmin(foreignClient(source, 'admin'), (admin) =>
    admin.setOffsets({ groupId: 'shop', topic: AHEAD, partitions: [{ partition: 0, offset: '7' }] }),
  );
  await stage.createLink({
    'consumer.offset.sync.enable': 'true',
    'consumer.offset.sync.ms': '1000',
    'consumer.offset.group.filters': '{"groupFilters": [{"name": "*", "patternType": "LITERAL"}]}',
  });
  // One replica each: one of three partitions dies with its broker.
  for (const topic of MIRRORS) await stage.createMirror(topic, topic === ORPHAN ? 1 : undefined);
  for (const topic of MIRRORS) if (topic !== ORPHAN) await stage.copied(topic, 10);
  await untilGroup(stage, 'shop', AHEAD, '7');

  await stage.alter('pause', [PAUSED]);
  await stage.status(PAUSED, 'PAUSED', 10_000);
  await withProducer(foreignClient(source, 'admin'), (producer) =>
    producer.send({ topic: PAUSED, messages: numbers(11, 15) }),
  );
  await withProducer(foreignClient(destination, 'admin'), (producer) =>
    producer.send({ topic: FAILED, messages: [{ value: 'stray' }] }),
  );
  await stage.status(FAILED, 'FAILED', 20_000);
  // Somebody has set a group beyond what was copied.
  await withAdmin(foreignClient(destination, 'admin'), (admin) =>
    admin.setOffsets({ groupId: 'ahead', topic: AHEAD, partitions: [{ partition: 0, offset: '50' }] }),
  );

  await source.brokers[0]?.kill9();
  const [row] = await stage.alter('failover', [CUT_OFF]);
  await stage.klink.kill9();
  assert.equal(row?.error_code, null);
  const lost = await brokerOfSolePartition(stage, ORPHAN);
  await lost.broker.kill9();

  stage.klink = stage.newKlink();
  await stage.klink.start();
  await stage.owned();
  const rows = await stage.alter('failover', MIRRORS);
  for (const { mirror_topic_name: topic, error_code: code, error_message: message } of rows) {
    if (topic === CUT_OFF) continue; // It is on its way already, or has arrived.
    assert.equal(code, null, `${topic}: ${message}`);
  }
  for (const topic of MIRRORS) if (topic !== ORPHAN) await stage.status(topic, 'STOPPED', STOPPED_WITHIN_MS);
  const waiting = await stage.mirror(ORPHAN);
  assert.equal(waiting.mirror_status, 'PENDING_STOPPED');
  await until('it says why', 30_000, async () => {
    const { pending } = await stage.detail(ORPHAN);
    return pending?.includes(`partition ${lost.partition}`) === true && /no leader/i.test(pending);
  });

  const ahead = await stage.detail(AHEAD);
  assert.deepEqual(ahead.clamped_groups, ['ahead (partition 0: 50 → 10)']);
  const failed = await stage.detail(FAILED);
  assert.deepEqual(
    failed.partitions.map(({ failure }) => [failure?.reason, failure?.offset]),
    [['FOREIGN_WRITE', 10]],
  );
  const paused = await stage.detail(PAUSED);
  assert.equal(paused.partitions[0]?.mirror_end, 10);
  for (const { source_end: end, source_seen_at_ms: seenAtMs } of [ahead.partitions[0], paused.partitions[0]].filter(
    (each) => each !== undefined,
  )) {
    assert.ok(end >= 10, 'the last known source end');
    assert.ok(seenAtMs !== null && seenAtMs > Date.now() - 600_000 && seenAtMs <= Date.now(), 'and how old it is');
  }

  await lost.broker.start();
  await stage.status(ORPHAN, 'STOPPED', STOPPED_WITHIN_MS);
  await untilGroup(stage, 'ahead', AHEAD, '10');
  await untilGroup(stage, 'shop', AHEAD, '7');

  const sasl = { mechanism: 'plain', username: 'admin', password: 'admin' } as const;
  const cluster = { bootstrap: destination.sasl, sasl };
  await withProducer(foreignClient(destination, 'admin'), async (producer) => {
    for (const topic of MIRRORS) await producer.send({ topic, messages: [{ value: 'after' }] });
  });
  for (const topic of MIRRORS) {
    const records = await readWhole(cluster, topic, topic === FAILED ? 12 : 11);
    const values = records.map(({ value }) => value);
    const copied = values.filter((value) => !['after', 'stray'].includes(value)).sort((a, b) => Number(a) - Number(b));
    assert.deepEqual(copied, range(10), topic);
    if (topic === ORPHAN) continue;
    // Ten records at their offsets, one invisible barrier, then what was written afterwards.
    const barriers = topic === FAILED ? [10, 12] : [11];
    assert.deepEqual(
      records.map(({ offset }) => offset),
      [...Array(10).keys(), ...barriers],
      topic,
    );
  }
});

async function untilGroup(stage: LinkStage, groupId: string, topic: string, offset: string): Promise<void> {
  await withAdmin(foreignClient(stage.destination, 'admin'), (admin) =>
    until(`${groupId} stands at ${offset}`, 30_000, async () => {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      if (found?.partitions[0]?.offset !== offset) throw new Error(JSON.stringify(found));
      return true;
    }),
  );
}

/** A broker that does not coordinate klink's own state can be spared; any of the three will do here. */
async function brokerOfSolePartition(stage: LinkStage, topic: string) {
  const metadata = await withAdmin(foreignClient(stage.destination, 'admin'), (admin) =>
    admin.fetchTopicMetadata({ topics: [topic] }),
  );
  const partition = metadata.topics[0]?.partitions.at(-1);
  const broker = stage.destination.brokers.find(({ id }) => id === partition?.leader);
  assert.ok(partition && broker, JSON.stringify(metadata));
  return { partition: partition.partitionId, broker };
}

function range(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}
