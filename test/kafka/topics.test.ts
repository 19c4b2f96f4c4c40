/** Destination topics on brokers of each kind: made once, grown, settings kept, never mistaken for another (1.3). */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { topicConfig } from '../../src/client/admin/configs.js';
import { createTopic, deleteTopic } from '../../src/client/admin/topics.js';
import type { KafkaCluster } from '../../src/client/types.js';
import type { TopicsPort } from '../../src/control/ports/topics.js';
import { createTopicsPort } from '../../src/engine/topics/topics.js';
import { changesAtPromotion, workingSettings } from '../../src/model/topic-settings.js';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { Destination, surroundings } from '../harness/destination.js';
import { brokerKind, topicName } from '../harness/engine-brokers.js';
import { FaultyNetwork } from '../harness/faulty-network.js';
import { until } from '../harness/until.js';
import { batchOf, WireTopic } from '../harness/wire-topic.js';

let destination: Destination;
let klink: KafkaCluster;
let topics: TopicsPort;

before(async () => {
  destination = await Destination.start({
    'log.retention.check.interval.ms': '500',
    // Apache Kafka looks for the first time after half a minute.
    ...(brokerKind() !== 'embedded' && { 'log.initial.task.delay.ms': '500' }),
  });
  klink = destination.as('klink');
  topics = portOf(klink);
});
after(() => destination.stop());

function portOf(cluster: KafkaCluster, holds = () => true): TopicsPort {
  return createTopicsPort({ ...surroundings, cluster, holds });
}

function faulty(): { readonly network: FaultyNetwork; readonly through: TopicsPort } {
  const network = new FaultyNetwork(surroundings.network);
  return { network, through: portOf(destination.as('klink', network)) };
}

function wanted(name: string, partitions = 1) {
  return { name, partitions, replicationFactor: -1, settings: workingSettings };
}

async function made(what: string, partitions = 1): Promise<{ readonly name: string; readonly topicId: string }> {
  const name = topicName(what);
  const created = await topics.create(wanted(name, partitions));
  if (created.kind !== 'done') throw new Error(JSON.stringify(created));
  await until(`${name} is described`, 10_000, async () => (await topics.describe(name)).kind === 'found');
  return { name, topicId: created.topicId };
}

async function own(name: string): Promise<Record<string, string | null>> {
  const entries = (await topicConfig(klink, name)).filter((each) => each.source === 'DYNAMIC_TOPIC_CONFIG');
  return Object.fromEntries(entries.map((each) => [each.name, each.value]));
}

async function recreate(name: string): Promise<string> {
  await deleteTopic(klink, name);
  let topicId = '';
  await until(`${name} is made again`, 20_000, async () => {
    ({ topicId } = await createTopic(klink, { name, partitions: 1, replicationFactor: 1 }));
    return true;
  });
  await until(`${name} is described anew`, 20_000, async () => {
    const found = await topics.describe(name);
    return found.kind === 'found' && found.topicId === topicId;
  });
  return topicId;
}

test('topic: made with these settings and no others, and told by its id [1.3]', async () => {
  const { name, topicId } = await made('made', 3);
  assert.deepEqual(await topics.describe(name), { kind: 'found', topicId, partitions: 3 });
  await until('its settings are readable', 10_000, async () => Object.keys(await own(name)).length > 0);
  assert.deepEqual(await own(name), workingSettings);
  assert.deepEqual(await topics.describe(topicName('none')), { kind: 'absent' });
});

test('topic: of two who make it at the same time one has made it, the other finds it empty [5.4]', async () => {
  const name = topicName('race');
  const outcomes = await Promise.all([
    topics.create(wanted(name)),
    portOf(destination.as('klink')).create(wanted(name)),
  ]);
  const kinds = outcomes.map(({ kind }) => kind).sort();
  // The loser may be told before the topic has a leader.
  if (kinds[1] === 'unavailable') assert.equal(kinds[0], 'done');
  else assert.deepEqual(kinds, ['done', 'exists']);
  let found = await topics.create(wanted(name));
  await until('it is found', 10_000, async () => {
    found = await topics.create(wanted(name));
    return found.kind === 'exists';
  });
  const winner = outcomes.find((each) => each.kind === 'done');
  assert.deepEqual(found, {
    kind: 'exists',
    topicId: winner?.kind === 'done' ? winner.topicId : '',
    partitions: 1,
    empty: true,
  });
});

test('topic: one that has held a record is not empty, though it holds none now', async () => {
  const { name } = await made('used');
  const wire = await destination.wire();
  try {
    const topic = await WireTopic.find(wire, name);
    await topic.append(batchOf({ producerId: -1n, epoch: -1 }, -1, 1));
    await topic.deleteRecords(1n);
    const found = await topics.create(wanted(name));
    assert.equal(found.kind === 'exists' && !found.empty, true, JSON.stringify(found));
  } finally {
    wire.close();
  }
});

test('topic: made, but the answer is lost: found by reading', async () => {
  const { network, through } = faulty();
  network.plan(createTopics, { kind: 'lose-answer' });
  const name = topicName('lost');
  let outcome = await through.create(wanted(name, 2));
  assert.equal(network.pending, 0);
  await until('it is found', 10_000, async () => {
    if (outcome.kind === 'unavailable') outcome = await through.create(wanted(name, 2));
    return outcome.kind === 'exists';
  });
  assert.equal(outcome.kind === 'exists' && outcome.empty && outcome.partitions === 2, true);
});

test('topic: not made, since the request was lost: nothing is claimed', async () => {
  const { network, through } = faulty();
  network.plan(createTopics, { kind: 'lose-request' });
  const name = topicName('never');
  assert.equal((await through.create(wanted(name))).kind, 'unavailable');
  assert.deepEqual(await topics.describe(name), { kind: 'absent' });
  assert.equal((await through.create(wanted(name))).kind, 'done');
});

test('topic: what can never be made is refused with the reason', async () => {
  const bad = { ...wanted(topicName('bad')), settings: { 'retention.ms': 'soon' } };
  assert.equal((await topics.create(bad)).kind, 'refused');
  const wide = { ...wanted(topicName('wide')), replicationFactor: 9 };
  assert.equal((await topics.create(wide)).kind, 'refused');
});

test('partitions: grown, and grown again without change, also when answers are lost', async () => {
  const { name, topicId } = await made('grow');
  assert.deepEqual(await topics.grow(name, topicId, 3), { kind: 'done' });
  assert.deepEqual(await topics.grow(name, topicId, 3), { kind: 'done' });
  assert.deepEqual(await topics.grow(name, topicId, 2), { kind: 'done' });
  const { network, through } = faulty();
  network.plan(createPartitions, { kind: 'lose-answer' });
  assert.deepEqual(await through.grow(name, topicId, 5), { kind: 'done' });
  network.plan(createPartitions, { kind: 'lose-request' });
  assert.deepEqual(await through.grow(name, topicId, 6), { kind: 'done' });
  assert.deepEqual(await topics.describe(name), { kind: 'found', topicId, partitions: 6 });
});

test('settings: read, and only what differs is changed; others stay [3.4]', async () => {
  const { name, topicId } = await made('settings');
  const { network, through } = faulty();
  await until('its settings are readable', 10_000, async () => Object.keys(await own(name)).length > 0);
  assert.deepEqual(await through.ensureSettings(name, topicId, workingSettings), { kind: 'done' });
  assert.equal(network.counts.get(incrementalAlterConfigs.key), undefined, 'nothing differed');
  const changes = { 'retention.ms': '1000', 'compression.type': null, 'segment.bytes': '1048576' };
  assert.deepEqual(await through.ensureSettings(name, topicId, changes), { kind: 'done' });
  const { 'compression.type': _, ...kept } = workingSettings;
  const expected = { ...kept, 'retention.ms': '1000', 'segment.bytes': '1048576' };
  await until('they are changed', 10_000, async () => {
    assert.deepEqual(await own(name), expected);
    return true;
  });
  assert.deepEqual(await through.ensureSettings(name, topicId, changes), { kind: 'done' });
  assert.equal(network.counts.get(incrementalAlterConfigs.key), 1);
});

test('settings: a drift is put right, also when answers are lost [3.4]', async () => {
  const { name, topicId } = await made('drift');
  await topics.ensureSettings(name, topicId, { 'cleanup.policy': 'compact', 'retention.ms': '1' });
  const { network, through } = faulty();
  network.plan(incrementalAlterConfigs, { kind: 'lose-request' });
  network.plan(incrementalAlterConfigs, { kind: 'lose-answer' });
  assert.deepEqual(await through.ensureSettings(name, topicId, workingSettings), { kind: 'done' });
  assert.equal(network.pending, 0);
  await until('they are as wanted', 10_000, async () => {
    assert.deepEqual(await own(name), workingSettings);
    return true;
  });
});

test('settings: a source with retention does not empty its mirror at promotion, only once what deletes follows (T6) [8 (5)]', async () => {
  const hourMs = 3_600_000;
  const wire = await destination.wire();
  /** Three records that are two hours old. */
  const withOldRecords = async (what: string) => {
    const topic = await made(what);
    const log = await WireTopic.find(wire, topic.name);
    const timestamp = BigInt(Date.now() - 2 * hourMs);
    await log.append(batchOf({ producerId: -1n, epoch: -1 }, -1, 3, { timestamp }));
    return { ...topic, logStart: async () => (await log.offset(-2n)).offset };
  };
  try {
    const changes = changesAtPromotion({ 'retention.ms': String(hourMs), 'max.message.bytes': '1000000' });
    const promoted = await withOldRecords('promoted');
    assert.deepEqual(await topics.ensureSettings(promoted.name, promoted.topicId, changes.now), { kind: 'done' });
    // The broker does look: it empties a topic beside it that was given all settings at once.
    const beside = await withOldRecords('beside');
    const all = { ...changes.now, ...changes.deleting };
    assert.deepEqual(await topics.ensureSettings(beside.name, beside.topicId, all), { kind: 'done' });
    await until('the topic beside it is emptied', 60_000, async () => (await beside.logStart()) === 3n);
    assert.equal(await promoted.logStart(), 0n);
    assert.deepEqual(await topics.ensureSettings(promoted.name, promoted.topicId, changes.deleting), { kind: 'done' });
    await until('it is emptied too', 60_000, async () => (await promoted.logStart()) === 3n);
  } finally {
    wire.close();
  }
});

test('settings: what the cluster refuses is refused with the reason', async () => {
  const { name, topicId } = await made('refuses');
  const outcome = await topics.ensureSettings(name, topicId, { 'cleanup.policy': 'burn' });
  assert.equal(outcome.kind, 'refused');
});

test('topic: made again under the same name it is another one, and left alone [1.3]', async () => {
  const { name, topicId } = await made('again');
  const other = await recreate(name);
  assert.notEqual(other, topicId);
  assert.equal((await topics.ensureSettings(name, topicId, workingSettings)).kind, 'refused');
  assert.equal((await topics.grow(name, topicId, 4)).kind, 'refused');
  assert.deepEqual(await topics.describe(name), { kind: 'found', topicId: other, partitions: 1 });
  assert.deepEqual(await own(name), {});
});

test('topic: without the lease nothing is made and nothing changed [decision 7]', async () => {
  const leaseless = portOf(klink, () => false);
  const name = topicName('leaseless');
  assert.equal((await leaseless.create(wanted(name))).kind, 'unavailable');
  assert.deepEqual(await topics.describe(name), { kind: 'absent' });
  const { name: other, topicId } = await made('leased');
  assert.equal((await leaseless.grow(other, topicId, 2)).kind, 'unavailable');
  assert.equal((await leaseless.ensureSettings(other, topicId, { 'retention.ms': '1' })).kind, 'unavailable');
  assert.deepEqual(await topics.describe(other), { kind: 'found', topicId, partitions: 1 });
});

test('cluster id: known once the cluster has answered', async () => {
  const port = portOf(klink);
  await until('it is known', 10_000, () => port.clusterId() !== undefined);
  assert.equal(port.clusterId(), (await klink.metadata([])).clusterId);
});

test('aged: at most what lies below the first young record, by the topic and by the default of the cluster (T6) [8 (5)]', async () => {
  const { name, topicId } = await made('aged', 3);
  const wire = await destination.wire();
  const topic = await WireTopic.find(wire, name);
  const nowMs = Date.now();
  const plain = { producerId: -1n, epoch: -1 };
  const days = (count: number) => BigInt(nowMs - count * 24 * 3_600_000);
  for (const [partition, ages] of [
    [0, [30, 10, 1]],
    [1, [30, 30, 30]],
  ] as const) {
    for (const age of ages) await topic.append(batchOf(plain, -1, 5, { timestamp: days(age) }), { partition });
  }
  const below = async (retention: string | null, id = topicId) => {
    const found = await topics.agedOut(name, id, { retention, atMs: nowMs });
    if (found.kind !== 'done') return `${found.kind}: ${found.reason}`;
    return found.partitions.map((each) => each && [each.logStart, each.below].join());
  };
  assert.deepEqual(await below(String(20 * 24 * 3_600_000)), ['0,5', '0,15', '0,0']);
  assert.deepEqual(await below(null), ['0,10', '0,15', '0,0'], 'a week by default');
  assert.deepEqual(await below('1'), ['0,15', '0,15', '0,0']);
  assert.deepEqual(await below(String(Number.MAX_SAFE_INTEGER)), ['0,0', '0,0', '0,0']);
  assert.deepEqual(await below('-1'), []);
  assert.match(String(await below('1', 'AAAAAAAAAAAAAAAAAAAAAQ')), /^refused: .* made again/, 'another topic [1.3]');
  wire.close();
});
