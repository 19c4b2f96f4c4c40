/**
 * The rights table, line by line: each right is taken away, what needs it says so by name, and goes on once it is given back.
 * And the fence of a klink that has just these rights. Spec: docs/spec/rights.md, fence.md 6.6.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { addAcls, findAcls, removeAcls } from '../../src/client/admin/acls.js';
import { createTopic, deleteTopic } from '../../src/client/admin/topics.js';
import type { KafkaCluster } from '../../src/client/types.js';
import { createAclsPort } from '../../src/engine/acls/acls.js';
import { createFencePort, type Fence } from '../../src/engine/fence/fence.js';
import { grantAcls } from '../../src/engine/fence/grants.js';
import { SCRATCH_PREFIX } from '../../src/engine/fence/probe.js';
import type { SourceAddress } from '../../src/engine/source/address.js';
import { createSourcePort, type Source } from '../../src/engine/source/source.js';
import { SourceClusters } from '../../src/engine/source/source-clusters.js';
import { engineRights, linkRights, type Right, rightInWords } from '../../src/model/rights.js';
import { errorCode } from '../../src/protocol/errors.js';
import { Destination, surroundings } from '../harness/destination.js';
import { topicName } from '../harness/engine-brokers.js';
import { give, grantOf } from '../harness/granting.js';
import { until } from '../harness/until.js';
import { write, writes } from '../harness/writing.js';

const MODE_2 = { mode: 2, principal: 'User:link' } as const;
let destination: Destination;
let admin: KafkaCluster;
let engine: KafkaCluster;
let app: KafkaCluster;
let fence: Fence;

before(async () => {
  destination = await Destination.start();
  admin = destination.as('klink');
  engine = destination.as('link');
  app = destination.as('app');
  fence = createFencePort({ ...surroundings, cluster: engine, holds: () => true, principal: 'User:link' });
});
after(() => destination.stop());

/** Kafka gives DESCRIBE with most other rights, DESCRIBE_CONFIGS with ALTER_CONFIGS, CREATE on topics with that on the cluster. */
function comesWithAnother({ resource, operation }: Right): boolean {
  return (
    operation === 'DESCRIBE' || operation === 'CREATE' || (resource === 'TOPIC' && operation === 'DESCRIBE_CONFIGS')
  );
}

test('the engine principal: each right of the table is missed by name, and the next probe goes on [10.2]', async () => {
  await give(admin, engineRights);
  assert.deepEqual(await fence.probe(), { kind: 'done', fence: MODE_2 });
  for (const right of engineRights) {
    if (comesWithAnother(right)) continue;
    await removeAcls(admin, [grantOf(right)]);
    const probed = await fence.probe();
    assert.equal(probed.kind, 'refused', `${rightInWords(right)}: ${JSON.stringify(probed)}`);
    assert.ok(probed.kind === 'refused' && probed.reason.includes(rightInWords(right)), JSON.stringify(probed));
    await give(admin, [right]);
  }
  const creating = engineRights.filter(({ operation }) => operation === 'CREATE');
  await removeAcls(
    admin,
    creating.map((right) => grantOf(right)),
  );
  const probed = await fence.probe();
  assert.match(probed.kind === 'refused' ? probed.reason : probed.kind, /lacks CREATE on TOPIC \* or CLUSTER/);
  await give(admin, creating);
  assert.deepEqual(await fence.probe(), { kind: 'done', fence: MODE_2 });
  const { topics } = await admin.metadata('all');
  assert.deepEqual(
    topics.filter(({ name }) => name.startsWith(SCRATCH_PREFIX)),
    [],
  );
});

test('fence of mode 2: applications are kept out and klink is not, until it is lifted [6.6]', async () => {
  await give(admin, engineRights);
  const topic = topicName('mode-2');
  const everything = grantOf({ resource: 'TOPIC', operation: 'WRITE', name: '*', need: '' }, 'User:app');
  await addAcls(admin, [{ ...everything, operation: 'ALL' }]);
  assert.deepEqual(await fence.raise(topic, MODE_2), { kind: 'done' });
  await createTopic(engine, { name: topic, partitions: 1, replicationFactor: 1 });
  await writes(engine, topic, 0);
  assert.equal(await write(app, topic), errorCode.TOPIC_AUTHORIZATION_FAILED);
  const deleted = deleteTopic(app, topic).then(
    () => 0,
    (error: { code?: number }) => error.code,
  );
  assert.equal(await deleted, errorCode.TOPIC_AUTHORIZATION_FAILED);

  // A grant through klink opens nothing, not for a moment; one to everybody is held back.
  const some = { ...everything, resourceName: topic, principal: 'User:klink-nobody' };
  const everybody = { ...everything, resourceName: topic, principal: 'User:*' };
  await grantAcls(engine, [some, everybody]);
  assert.equal(await write(app, topic), errorCode.TOPIC_AUTHORIZATION_FAILED);
  const shown = await createAclsPort({ cluster: engine, holds: () => true }).read();
  assert.ok(shown.kind === 'done');
  const named = shown.acls.filter(({ resourceName }) => resourceName === topic);
  assert.deepEqual(named.map(({ principal }) => principal).sort(), ['User:*', 'User:klink-nobody']);
  assert.deepEqual(await findAcls(admin, { principal: 'User:*', resourceName: topic }), []);

  assert.deepEqual(await fence.lift(topic), { kind: 'done' });
  await writes(app, topic, 0);
  await until('what was held back stands', 10_000, async () => {
    return (await findAcls(admin, { resourceName: topic })).length === 2;
  });
  await removeAcls(admin, [{ resourceName: topic }, { ...everything, operation: 'ALL' }]);
});

test('the engine principal: let in only where no ACL names the topic, it would be shut out by its own fence [6.6]', async (t) => {
  const lenient = await Destination.start({ 'allow.everyone.if.no.acl.found': 'true' });
  t.after(() => lenient.stop());
  const engine = lenient.as('link');
  const fence = createFencePort({ ...surroundings, cluster: engine, holds: () => true, principal: 'User:link' });
  const refused = await fence.probe();
  assert.match(refused.kind === 'refused' ? refused.reason : JSON.stringify(refused), /lacks .*WRITE on TOPIC \*/);
  const topic = topicName('lenient');
  assert.deepEqual(await fence.raise(topic, MODE_2), { kind: 'done' });
  await createTopic(lenient.as('klink'), { name: topic, partitions: 1, replicationFactor: 1 });
  await writes(engine, topic, errorCode.TOPIC_AUTHORIZATION_FAILED);
  await give(lenient.as('klink'), engineRights);
  assert.deepEqual(await fence.probe(), { kind: 'done', fence: MODE_2 });
  await writes(engine, topic, 0);
});

test('the engine principal: a super user no more, it is shut out by its own fence, and lifts it all the same [6.7]', async () => {
  await removeAcls(admin, [{ principal: 'User:link' }]);
  await give(admin, engineRights);
  const [raised, between] = [topicName('raised'), topicName('between')];
  await createTopic(admin, { name: raised, partitions: 1, replicationFactor: 1 });
  await createTopic(admin, { name: between, partitions: 1, replicationFactor: 1 });
  const superUser = createFencePort({ ...surroundings, cluster: admin, holds: () => true, principal: 'User:klink' });
  assert.deepEqual(await superUser.raise(raised, { mode: 1 }), { kind: 'done' });
  await writes(engine, raised, errorCode.TOPIC_AUTHORIZATION_FAILED);
  assert.deepEqual(await fence.lift(raised), { kind: 'done' });
  await writes(engine, raised, 0);

  // And back: what stands of mode 2 is lifted by a super user.
  assert.deepEqual(await fence.raise(between, MODE_2), { kind: 'done' });
  assert.deepEqual(await superUser.lift(between), { kind: 'done' });
  assert.deepEqual(await findAcls(admin, { resourceName: between }), []);
});

test('the link principal: each right of the table is missed by name, and given back it goes on [10.1]', async () => {
  await removeAcls(admin, [{ principal: 'User:link' }]);
  const topic = topicName('source');
  await createTopic(admin, { name: topic, partitions: 1, replicationFactor: 1 });
  await writes(admin, topic, 0);
  await asLink((source, address) => eachLinkRight(source, address, topic));
});

test('the link principal: a topic that it may only describe is refused, and READ is named [10.1]', async () => {
  await removeAcls(admin, [{ principal: 'User:link' }]);
  const topic = topicName('described');
  await createTopic(admin, { name: topic, partitions: 1, replicationFactor: 1 });
  await writes(admin, topic, 0);
  const on = { resource: 'TOPIC', name: topic, need: '' } as const;
  await give(admin, [
    { ...on, operation: 'DESCRIBE' },
    { ...on, operation: 'DESCRIBE_CONFIGS' },
  ]);
  await writes(destination.as('link'), topic, errorCode.TOPIC_AUTHORIZATION_FAILED);
  await asLink(async (source, address) => {
    const found = await source.describe(address, topic);
    assert.ok(found.kind === 'refused' && found.reason.includes(`READ on TOPIC ${topic}`), JSON.stringify(found));
    await give(admin, [{ ...on, operation: 'READ' }]);
    await until('it may be read', 10_000, async () => (await source.describe(address, topic)).kind === 'found');
  });
});

async function asLink(ask: (source: Source, address: SourceAddress) => Promise<void>): Promise<void> {
  const clusters = new SourceClusters({ ...surroundings, resolveSecret: () => ({ ok: true, value: 'link' }) });
  const source = createSourcePort(clusters);
  try {
    await ask(source, {
      linkId: 'AAAAAAAAQACAAAAAAAAAAA',
      linkName: 'lk',
      bootstrapServers: destination.bootstrap,
      security: { login, tls: undefined },
    });
  } finally {
    await clusters.close();
  }
}

const login = { kind: 'password', mechanism: 'PLAIN', username: 'link', passwordReference: '${env:LINK}' } as const;

async function eachLinkRight(source: Source, address: SourceAddress, topic: string): Promise<void> {
  await give(admin, linkRights);
  const asked: Readonly<Record<string, () => Promise<{ readonly kind: string; readonly reason?: string }>>> = {
    'READ on TOPIC *': () => source.describe(address, topic),
    'DESCRIBE_CONFIGS on TOPIC *': () => source.describe(address, topic),
    'DESCRIBE on GROUP *': () => source.groupOffsets(address, () => true, [topic]),
    'DESCRIBE on CLUSTER kafka-cluster': () => source.acls(address),
  };
  for (const right of linkRights) {
    const words = rightInWords(right);
    const ask = asked[words];
    assert.ok(ask, `nothing asks for ${words}`);
    await until(`${words} is there`, 10_000, async () => ['found', 'done'].includes((await ask()).kind));
    await removeAcls(admin, [grantOf(right)]);
    await until(`${words} is missed`, 10_000, async () => {
      const { kind, reason = '' } = await ask();
      if (kind !== 'refused') return false;
      assert.ok(reason.includes(right.operation) && reason.includes(right.resource), `${words}: ${reason}`);
      return true;
    });
    await give(admin, [right]);
  }
}
