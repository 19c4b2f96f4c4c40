/** The fence on brokers of each kind: what it keeps out, how it is seen, raised and lifted. Spec: docs/spec/fence.md. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type AclBinding, addAcls, findAcls, removeAcls } from '../../src/client/admin/acls.js';
import { alterTopicConfig } from '../../src/client/admin/configs.js';
import { placeKey } from '../../src/client/admin/leaders.js';
import { deleteRecords } from '../../src/client/admin/records.js';
import { createTopic, deleteTopic, growTopic } from '../../src/client/admin/topics.js';
import { type KafkaCluster, KafkaError } from '../../src/client/types.js';
import type { FencePort } from '../../src/control/ports/fence.js';
import { createFencePort } from '../../src/engine/fence/fence.js';
import { fenceLines, fenceMark } from '../../src/engine/fence/lines.js';
import { SCRATCH_PREFIX } from '../../src/engine/fence/probe.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { createAcls } from '../../src/protocol/api/create-acls.js';
import { deleteAcls } from '../../src/protocol/api/delete-acls.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { Destination, surroundings } from '../harness/destination.js';
import { brokerKind, topicName } from '../harness/engine-brokers.js';
import { FaultyNetwork } from '../harness/faulty-network.js';
import { until } from '../harness/until.js';
import { batchOf } from '../harness/wire-topic.js';
import { write, writes } from '../harness/writing.js';

/** What is the same whatever the version: told of an embedded cluster without authorizer, once. */
const openTest = (name: string, body: (open: Destination) => Promise<void>) =>
  void (
    brokerKind() === 'embedded' &&
    test(name, async (t) => {
      const open = await Destination.open();
      t.after(() => open.stop());
      await body(open);
    })
  );

let destination: Destination;
let klink: KafkaCluster;
let app: KafkaCluster;
let fence: FencePort;

before(async () => {
  destination = await Destination.start();
  klink = destination.as('klink');
  app = destination.as('app');
  fence = fenceOf(klink);
  await addAcls(klink, everythingFor('app'));
});
after(() => destination.stop());

function fenceOf(cluster: KafkaCluster, holds = () => true): FencePort {
  return createFencePort({ ...surroundings, cluster, holds });
}

/** ALLOW ALL on every topic and transactional id, and making topics and ACLs: an application that trusts itself. */
function everythingFor(user: string): AclBinding[] {
  const allow = (
    resourceType: AclBinding['resourceType'],
    resourceName: string,
    operation: AclBinding['operation'],
  ) => ({
    resourceType,
    resourceName,
    pattern: 'LITERAL' as const,
    principal: `User:${user}`,
    host: '*',
    operation,
    permission: 'ALLOW' as const,
  });
  return [
    allow('TOPIC', '*', 'ALL'),
    allow('TRANSACTIONAL_ID', '*', 'ALL'),
    allow('CLUSTER', 'kafka-cluster', 'ALTER'),
    allow('CLUSTER', 'kafka-cluster', 'DESCRIBE'),
    allow('CLUSTER', 'kafka-cluster', 'IDEMPOTENT_WRITE'),
  ];
}

async function code(work: Promise<unknown>): Promise<number> {
  return work.then(
    () => 0,
    (error: unknown) => {
      if (error instanceof KafkaError) return error.code;
      throw error;
    },
  );
}

async function newTopic(what: string): Promise<string> {
  const name = topicName(what);
  await createTopic(klink, { name, partitions: 1, replicationFactor: 1 });
  await writes(klink, name, 0);
  return name;
}

async function producerOf(cluster: KafkaCluster, transactionalId: string | null) {
  const broker = transactionalId === null ? 'any' : await cluster.coordinator('transaction', transactionalId);
  const channel = await cluster.channel(broker, 'test');
  let found = { id: -1n, epoch: -1 };
  await until('a producer id', 20_000, async () => {
    const request = { transactionalId, transactionTimeoutMs: 10_000, producerId: -1n, producerEpoch: -1 };
    const answer = await channel.send(initProducerId, request, { versionMax: 4 });
    found = { id: answer.producerId, epoch: answer.producerEpoch };
    return answer.errorCode === 0;
  });
  return { channel, ...found };
}

async function scratchLeft(): Promise<readonly string[]> {
  const { topics } = await klink.metadata('all');
  const acls = await findAcls(klink);
  const names = [...topics.map(({ name }) => name), ...acls.map((each) => each.resourceName)];
  return names.filter((name) => name.startsWith(SCRATCH_PREFIX));
}

async function shown(topic: string): Promise<readonly string[]> {
  const acls = await findAcls(klink, { resourceType: 'TOPIC', resourceName: topic });
  return acls.map(({ permission, operation, principal }) => `${permission} ${operation} ${principal}`).sort();
}

const WHOLE = [
  'DENY ALTER User:*',
  'DENY ALTER_CONFIGS User:*',
  'DENY DELETE User:*',
  'DENY WRITE User:*',
  'DENY WRITE User:klink-fence',
];

test('probe: a super user gets mode 1, and no scratch topic is left (X17) [6.1]', async () => {
  for (const principal of ['klink', 'anonymous'] as const) {
    const probed = await fenceOf(destination.as(principal)).probe();
    assert.equal(probed.kind, 'done', JSON.stringify(probed));
    assert.equal(probed.kind === 'done' && probed.fence.mode, 1);
  }
  await until('no scratch topic is shown', 10_000, async () => (await scratchLeft()).length === 0);
});

test('probe: who is no super user is told what to do, whatever else it may (X17) [6.1]', async () => {
  for (const principal of ['app', 'link'] as const) {
    const probed = await fenceOf(destination.as(principal)).probe();
    assert.equal(probed.kind, 'refused', JSON.stringify(probed));
    assert.match(probed.kind === 'refused' ? probed.reason : '', /super\.users/);
  }
  await until('no scratch topic is shown', 10_000, async () => (await scratchLeft()).length === 0);
});

test('probe: lost answers leave no scratch topic behind [6.1]', async () => {
  const network = new FaultyNetwork(surroundings.network);
  network.plan(createAcls, { kind: 'lose-answer' });
  network.plan(deleteAcls, { kind: 'lose-answer' });
  const probed = await fenceOf(destination.as('klink', network)).probe();
  assert.equal(probed.kind, 'unavailable', JSON.stringify(probed));
  assert.equal(network.pending, 0);
  await until('no scratch topic is shown', 10_000, async () => (await scratchLeft()).length === 0);
});

openTest('mode 3: nothing to raise, nothing to lift, nothing fenced [6.1]', async (open) => {
  const [klink, app] = [open.as('klink'), open.as('app')];
  const fence = fenceOf(klink);
  const probed = await fence.probe();
  assert.equal(probed.kind === 'done' && probed.fence.mode, 3, JSON.stringify(probed));
  const topic = topicName('open');
  await createTopic(klink, { name: topic, partitions: 1, replicationFactor: 1 });
  assert.deepEqual(await fence.raise(topic, { mode: 3, reason: 'none' }), { kind: 'done' });
  assert.equal(await write(app, topic), 0);
  assert.deepEqual(await fence.lift(topic), { kind: 'done' });
  assert.deepEqual(await fence.fenced(), { kind: 'done', topics: [] });
  assert.equal((await fence.raise(topic, { mode: 1 })).kind, 'refused');
});

test('fence: no writer, deletion or changed setting of an ordinary principal with ALLOW ALL passes (T5) [6.1]', async () => {
  const topic = await newTopic('fenced');
  assert.equal(await write(app, topic), 0, 'before the fence');
  assert.deepEqual(await fence.raise(topic, { mode: 1 }), { kind: 'done' });
  assert.deepEqual(await shown(topic), WHOLE);

  const denied = 29;
  assert.equal(await write(app, topic), denied, 'plain');
  const idempotent = await producerOf(app, null);
  const batch = batchOf({ producerId: idempotent.id, epoch: idempotent.epoch }, 0, 1);
  assert.equal(await write(app, topic, batch), denied, 'idempotent');
  const transactionalId = topicName('app-txn');
  const transactional = await producerOf(app, transactionalId);
  const added = await transactional.channel.send(
    addPartitionsToTxn,
    {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: transactional.id,
      v3AndBelowProducerEpoch: transactional.epoch,
      v3AndBelowTopics: [{ name: topic, partitions: [0] }],
    },
    { versionMax: 3 },
  );
  assert.equal(added.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode, denied, 'transactional');
  const place = { topic, partition: 0 };
  const deleted = (await deleteRecords(app, [{ ...place, offset: 1n }])).get(placeKey(place));
  assert.equal(deleted?.ok === false && deleted.error instanceof KafkaError && deleted.error.code, denied);
  assert.equal(await code(deleteTopic(app, topic)), denied, 'deletion');
  assert.equal(await code(growTopic(app, { name: topic, count: 2 })), denied, 'partitions');
  const stamp = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
  assert.equal(await code(alterTopicConfig(app, topic, stamp)), denied, 'settings');
  assert.equal(await code(alterTopicConfig(app, topic, [{ name: 'retention.ms', value: '1' }])), denied, 'retention');

  assert.equal(await write(klink, topic), 0, 'the engine itself');
  const left = await app.metadata([topic]);
  assert.equal(left.topics[0]?.errorCode, 0, 'reading goes on');
});

test('fence: raised before its topic is made, and raised again without change [6.1]', async () => {
  const topic = topicName('early');
  assert.deepEqual(await fence.raise(topic, { mode: 1 }), { kind: 'done' });
  assert.deepEqual(await fence.raise(topic, { mode: 1 }), { kind: 'done' });
  assert.deepEqual(await shown(topic), WHOLE);
  await createTopic(klink, { name: topic, partitions: 1, replicationFactor: 1 });
  await writes(klink, topic, 0);
  assert.equal(await write(app, topic), 29);
});

test('fence: lifted, and lifted again, it lets the application write at once [8 (6)]', async () => {
  const topic = await newTopic('lifted');
  await fence.raise(topic, { mode: 1 });
  assert.equal(await write(app, topic), 29);
  assert.deepEqual(await fence.lift(topic), { kind: 'done' });
  assert.deepEqual(await shown(topic), []);
  assert.equal(await write(app, topic), 0);
  assert.deepEqual(await fence.lift(topic), { kind: 'done' });
});

test('fence: lines of others on the topic stay when it is lifted [6.3]', async () => {
  const topic = await newTopic('others');
  const [write] = fenceLines(topic);
  if (write === undefined) throw new Error('no lines');
  const theirs: AclBinding[] = [
    { ...write, principal: 'User:intern' },
    { ...write, host: '10.0.0.1' },
    { ...write, operation: 'READ' },
    { ...write, pattern: 'PREFIXED' },
  ];
  await addAcls(klink, theirs);
  await fence.raise(topic, { mode: 1 });
  assert.deepEqual(await fence.lift(topic), { kind: 'done' });
  const left = await findAcls(klink, { resourceType: 'TOPIC', resourceName: topic });
  assert.equal(left.length, theirs.length);
  await removeAcls(klink, theirs);
});

test('fence: what a stopped owner puts there late is found by its mark, and lifted (T14) [6.4]', async () => {
  const topic = await newTopic('late');
  await fence.raise(topic, { mode: 1 });
  await fence.lift(topic);
  await addAcls(klink, [fenceMark(topic), ...fenceLines(topic)]);
  const entry = async () => {
    const found = await fence.fenced();
    return found.kind === 'done' ? found.topics.find((each) => each.topic === topic) : undefined;
  };
  await until('the late fence is shown', 10_000, async () => (await entry()) !== undefined);
  assert.deepEqual(await entry(), { topic, complete: true, marked: true, byPrincipal: undefined });
  assert.equal(await write(app, topic), 29);
  assert.deepEqual(await fence.lift(topic), { kind: 'done' });
  assert.equal(await entry(), undefined);
  assert.equal(await write(app, topic), 0);
});

test('fence: half of it is found and not called complete; an operator’s line bears no mark [6.4]', async () => {
  const [half, theirs] = [topicName('half'), topicName('theirs')];
  await addAcls(klink, [fenceMark(half), ...fenceLines(half).slice(1)]);
  await addAcls(klink, fenceLines(theirs).slice(0, 1));
  await until('both are shown', 10_000, async () => {
    const found = await fence.fenced();
    const of = (name: string) => found.kind === 'done' && found.topics.find((each) => each.topic === name);
    assert.deepEqual(of(half), { topic: half, complete: false, marked: true, byPrincipal: undefined });
    assert.deepEqual(of(theirs), { topic: theirs, complete: false, marked: false, byPrincipal: undefined });
    return true;
  });
  assert.deepEqual(await fence.raise(half, { mode: 1 }), { kind: 'done' });
  assert.deepEqual(await shown(half), WHOLE);
  await fence.lift(half);
  await fence.lift(theirs);
});

test('fence: a lost answer is settled by reading, raising and lifting alike [6.4]', async () => {
  const topic = await newTopic('lost');
  const network = new FaultyNetwork(surroundings.network);
  const through = fenceOf(destination.as('klink', network));
  network.plan(createAcls, { kind: 'lose-answer' });
  assert.deepEqual(await through.raise(topic, { mode: 1 }), { kind: 'done' });
  network.plan(deleteAcls, { kind: 'lose-answer' });
  network.plan(deleteAcls, { kind: 'lose-request' });
  assert.deepEqual(await through.lift(topic), { kind: 'done' });
  assert.equal(network.pending, 0);
  assert.deepEqual(await shown(topic), []);
});

test('fence: without the lease nothing is raised and nothing is lifted [decision 7]', async () => {
  const topic = await newTopic('leaseless');
  const other = fenceOf(klink, () => false);
  assert.equal((await other.raise(topic, { mode: 1 })).kind, 'unavailable');
  assert.deepEqual(await shown(topic), []);
  await fence.raise(topic, { mode: 1 });
  assert.equal((await other.lift(topic)).kind, 'unavailable');
  assert.deepEqual(await shown(topic), WHOLE);
});

test('passing: who may delete on the cluster deletes a fenced topic, and is named; its DENY is heeded [6.2]', async () => {
  const onCluster = (permission: 'ALLOW' | 'DENY'): AclBinding => ({
    resourceType: 'CLUSTER',
    resourceName: 'kafka-cluster',
    pattern: 'LITERAL',
    principal: 'User:app',
    host: '*',
    operation: 'DELETE',
    permission,
  });
  const shown = async () => {
    const found = await fence.passing();
    if (found.kind !== 'done') throw new Error(found.reason);
    return found.grants.filter(({ principal }) => principal === 'User:app').map(({ operation }) => operation);
  };
  const topic = await newTopic('passed');
  assert.deepEqual(await fence.raise(topic, { mode: 1 }), { kind: 'done' });
  assert.notEqual(await code(deleteTopic(app, topic)), 0);
  assert.deepEqual(await shown(), ['ALTER']);
  await addAcls(klink, [onCluster('ALLOW')]);
  try {
    await until('it is deleted', 20_000, async () => (await code(deleteTopic(app, topic))) === 0);
    assert.deepEqual((await shown()).sort(), ['ALTER', 'DELETE']);
    await addAcls(klink, [onCluster('DENY')]);
    await until('the denial is heeded', 20_000, async () => (await shown()).join() === 'ALTER');
  } finally {
    await removeAcls(klink, [onCluster('ALLOW'), onCluster('DENY')]);
    await fence.lift(topic);
  }
});

openTest('passing: nobody is named where no authorizer runs [6.2]', async (open) => {
  assert.deepEqual(await fenceOf(open.as('klink')).passing(), { kind: 'done', grants: [] });
});
