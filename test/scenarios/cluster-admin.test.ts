/** REST's view of a cluster, on the embedded broker. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { KafkaError, NotSent } from '../../src/client/types.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { clusterAdmin } from '../../src/serve/cluster-admin.js';
import { useCluster } from '../harness/client-broker.js';
import { useEmbedded } from '../harness/embedded.js';
import { writePlain } from '../harness/engine-source.js';
import { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';

const broker = await useEmbedded(test);
const cluster = useCluster(test, { address: broker, sasl: undefined });
const admin = clusterAdmin(cluster);

test('a topic that was made is there at once, with its settings, and gone once deleted', async () => {
  const configs = new Map([['retention.ms', '77']]);
  const wanted = { name: 'made', partitions: 3, replicationFactor: -1, configs };
  await admin.createTopic(wanted, true);
  assert.equal(await admin.topic('made'), undefined);
  await admin.createTopic(wanted, false);
  const info = { name: 'made', isInternal: false, replicationFactor: 1, partitions: 3 };
  assert.deepEqual(await admin.topic('made'), info);
  assert.ok((await admin.topics()).some((each) => each.name === 'made'));
  const settings = await admin.topicConfigs('made');
  const [retention, size] = ['retention.ms', 'max.message.bytes'].map((name) =>
    settings.find((each) => each.name === name),
  );
  assert.deepEqual([retention?.value, retention?.source], ['77', 'DYNAMIC_TOPIC_CONFIG']);
  // The default of the other stands in another unit, in Kafka too.
  assert.equal(size?.synonyms[0]?.name, 'message.max.bytes');
  const twice = admin.createTopic(wanted, false);
  await assert.rejects(twice, (error) => error instanceof KafkaError && error.code === 36);
  await admin.deleteTopic('made');
  assert.equal(await admin.topic('made'), undefined);
});

test('lags of a group name what is left to read, and a deleted topic is left out', async () => {
  for (const name of ['kept', 'dropped']) {
    await admin.createTopic({ name, partitions: 1, replicationFactor: 1, configs: new Map() }, false);
  }
  const wire = await Wire.open(broker);
  const topic = await WireTopic.find(wire, 'kept');
  await writePlain(topic, 4);
  const channel = await cluster.channel(await cluster.coordinator('group', 'g'), 'test');
  const partitions = [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }];
  const topics = ['kept', 'dropped'].map((name) => ({ name, partitions }));
  const answer = await channel.send(
    offsetCommit,
    { groupId: 'g', generationIdOrMemberEpoch: -1, topics },
    { versionMax: 9 },
  );
  assert.deepEqual(
    answer.topics.flatMap((each) => each.partitions.map(({ errorCode }) => errorCode)),
    [0, 0],
  );
  assert.deepEqual(await admin.group('g'), {
    group: 'g',
    type: 'classic',
    state: 'Empty',
    protocolType: '',
    assignor: '',
    coordinator: await admin.controllerId(),
    members: [],
  });
  await admin.deleteTopic('dropped');
  assert.deepEqual(await admin.groupOffsets('g'), [{ topic: 'kept', partition: 0, committed: 1n, logEnd: 4n }]);
  assert.deepEqual(
    (await admin.groups()).map((each) => each.group),
    ['g'],
  );
  assert.equal(await admin.group('nobody'), undefined);
  assert.deepEqual(await admin.groupOffsets('nobody'), []);
  wire.close();
});

test('a cluster that is down is named at once', async (t) => {
  const down = clusterAdmin(useCluster(t, { address: { host: '127.0.0.1', port: 1 }, sasl: undefined }));
  await assert.rejects(down.topics(), (error) => error instanceof NotSent && /ECONNREFUSED/.test(error.message));
});
