/**
 * What control asks a source, as link principal, on brokers of each kind: is it there, what is this topic, where are these
 * groups; and in which words it is told that it may not, or that nobody answers.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { parseAddresses } from '../../src/base/addresses.js';
import { type AclBinding, addAcls, removeAcls } from '../../src/client/admin/acls.js';
import { alterBrokerConfig, alterTopicConfig } from '../../src/client/admin/configs.js';
import { saltPassword, scramMechanismsOf, setScramCredential } from '../../src/client/admin/scram.js';
import type { KafkaCluster } from '../../src/client/types.js';
import type { SourceAddress, SourcePort } from '../../src/control/ports/source.js';
import { createSourcePort } from '../../src/engine/source/source.js';
import { SourceClusters } from '../../src/engine/source/source-clusters.js';
import type { SourceLogin } from '../../src/model/link-security.js';
import { consumerGroupHeartbeat } from '../../src/protocol/api/consumer-group-heartbeat.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { managedSource } from '../../src/serve/managed-source.js';
import { Destination, surroundings } from '../harness/destination.js';
import { brokerKind, topicName } from '../harness/engine-brokers.js';
import { Transactions, writePlain } from '../harness/engine-source.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';

/** At an embedded cluster every account is a SCRAM user. */
const kafkaTest = (name: string, body: () => Promise<void>) => void (brokerKind() !== 'embedded' && test(name, body));

const secrets: Record<string, string> = {
  right: 'link',
  wrong: 'links',
  line: 'org.apache.kafka.common.security.plain.PlainLoginModule required username="link" password="link";',
};

let cluster: Destination;
let admin: KafkaCluster;
let wire: Wire;
let clusters: SourceClusters;
let source: SourcePort;

before(async () => {
  cluster = await Destination.start();
  admin = cluster.as('admin');
  wire = await cluster.wire();
  clusters = new SourceClusters({
    ...surroundings,
    resolveSecret: (reference) => {
      const value = secrets[reference];
      return value === undefined ? { ok: false, error: `${reference} is not set` } : { ok: true, value };
    },
  });
  source = createSourcePort(clusters);
  await addAcls(admin, readerRights());
});
after(async () => {
  wire.close();
  await clusters.close();
  await cluster.stop();
});

/** The rights of a link principal, as the documentation asks for them. */
function readerRights(): AclBinding[] {
  const allow = (resourceType: AclBinding['resourceType'], operation: AclBinding['operation'], name = '*') => ({
    resourceType,
    resourceName: name,
    pattern: 'LITERAL' as const,
    principal: 'User:link',
    host: '*',
    operation,
    permission: 'ALLOW' as const,
  });
  return [allow('TOPIC', 'READ'), allow('TOPIC', 'DESCRIBE_CONFIGS'), allow('GROUP', 'DESCRIBE')];
}

/** As link principal; where nobody logs in, as anybody. */
function address(login: SourceLogin = plain('right'), bootstrapServers = cluster.bootstrap): SourceAddress {
  return {
    linkId: 'link',
    linkName: 'link',
    bootstrapServers,
    security: { login, tls: undefined },
  };
}

function plain(passwordReference: string): SourceLogin {
  return { kind: 'password', mechanism: 'PLAIN', username: 'link', passwordReference };
}

async function commit(group: string, topic: string, offset: bigint, partition = 0): Promise<void> {
  await until(`${group} has committed`, 30_000, async () => {
    const channel = await admin.channel(await admin.coordinator('group', group), 'test');
    const partitions = [{ partitionIndex: partition, committedOffset: offset, committedMetadata: '' }];
    const request = { groupId: group, topics: [{ name: topic, partitions }] };
    const answer = await channel.send(offsetCommit, request, { versionMax: 8 });
    return answer.topics[0]?.partitions[0]?.errorCode === 0;
  });
}

test('check: the cluster tells its id to whoever may log in, by account or by JAAS line', async () => {
  const { clusterId } = await admin.metadata([]);
  assert.deepEqual(await source.check(address()), { kind: 'done', clusterId, notes: [] });
  assert.deepEqual(await source.check(address({ kind: 'jaas', mechanism: 'PLAIN', reference: 'line' })), {
    kind: 'done',
    clusterId,
    notes: [],
  });
});

test('check: another cluster than the link was made for tells its id, and is asked nothing else [1.3]', async () => {
  const { clusterId } = await admin.metadata([]);
  const moved = { ...address(), sourceClusterId: 'the-one-that-was-there' };
  assert.deepEqual(await source.check(moved), { kind: 'done', clusterId, notes: [] });
  const said = new RegExp(`cluster ${clusterId} answers at .*, not the-one-that-was-there`);
  const outcomes = [
    await source.topics(moved),
    await source.groupOffsets(moved, () => true, ['any']),
    await source.acls(moved),
    await source.journal(moved),
  ];
  for (const outcome of outcomes) {
    assert.equal(outcome.kind, 'unavailable', JSON.stringify(outcome));
    assert.match(JSON.stringify(outcome), said);
  }
  const own = { ...address(), sourceClusterId: clusterId };
  assert.equal((await source.topics(own)).kind, 'done');
});

kafkaTest(
  'check: a SCRAM user of a managed cluster logs in although the link says PLAIN, by its other slot too',
  async () => {
    const [salt, iterations] = [Buffer.from('some salt'), 4_096];
    const user = 'sa-links';
    for (const [mechanism, password] of [
      ['SCRAM-SHA-512', 'new'],
      ['SCRAM-SHA-256', 'old'],
    ] as const) {
      const credential = await saltPassword(mechanism, password, { salt, iterations });
      await setScramCredential(admin, { user, mechanism }, credential);
    }
    await until('the user is known', 20_000, async () => (await scramMechanismsOf(admin, user)).length === 2);
    const [first] = parseAddresses(cluster.bootstrap) ?? [];
    assert.ok(first);
    const config = {
      name: 'original',
      id: undefined,
      bootstrap: [first],
      clientBootstrap: cluster.bootstrap,
      home: false,
    };
    const { clusterId } = await admin.metadata([]);
    const managed = managedSource({ ...config, security: {} }, admin, () => clusterId);
    const managing = new SourceClusters({
      ...surroundings,
      resolveSecret: (secret) => ({ ok: true, value: secret }),
      managed: () => [managed],
    });
    try {
      const { check } = createSourcePort(managing);
      const as = (passwordReference: string): SourceAddress => ({
        ...address({ kind: 'password', mechanism: 'PLAIN', username: user, passwordReference }),
        linkId: passwordReference,
      });
      const told =
        'sa-links is a SCRAM user of original: klink logs in by SCRAM-SHA-512 or SCRAM-SHA-256, although the link says PLAIN.';
      assert.deepEqual(await check(as('new')), { kind: 'done', clusterId, notes: [told] });
      assert.equal((await check(as('old'))).kind, 'done', 'the other slot');
      const refused = await check(as('neither'));
      assert.equal(refused.kind === 'refused' && refused.error, 'AUTHENTICATION_ERROR', JSON.stringify(refused));
      const ordinary = address({ kind: 'password', mechanism: 'PLAIN', username: 'link', passwordReference: 'link' });
      assert.deepEqual(await check(ordinary), { kind: 'done', clusterId, notes: [] });

      const tls = {
        authorities: undefined,
        certificates: undefined,
        keyReference: undefined,
        keyPasswordReference: undefined,
      };
      const secured = { ...as('new'), security: { ...as('new').security, tls: { ...tls, checksName: true } } };
      const clear = await check(secured);
      assert.match(
        clear.kind === 'done' ? clear.notes.join() : JSON.stringify(clear),
        /original has no TLS at .* in the clear/,
      );
      const known = { ...address(plain('right')), security: { ...secured.security, login: plain('right') } };
      const unmanaged = await source.check(known);
      const elsewhere = await check({ ...secured, bootstrapServers: 'localhost:1' });
      assert.deepEqual([unmanaged.kind, elsewhere.kind], ['unavailable', 'unavailable'], 'never to anybody else');
    } finally {
      await managing.close();
    }
  },
);

test('check: a wrong password is refused as such, and never shown [P9]', async () => {
  const refused = await source.check(address(plain('wrong')));
  assert.equal(refused.kind === 'refused' && refused.error, 'AUTHENTICATION_ERROR', JSON.stringify(refused));
  assert.doesNotMatch(JSON.stringify(refused), /links/);
});

test('check: a secret that cannot be resolved is refused without a connection', async () => {
  const refused = await source.check(address(plain('gone')));
  assert.equal(refused.kind === 'refused' && refused.error, 'AUTHENTICATION_ERROR');
  assert.match(refused.kind === 'refused' ? refused.reason : '', /gone is not set/);
});

test('check: a name that nobody knows is told from a source that is silent', async () => {
  const unknown = await source.check(address(undefined, 'no-such-host.invalid:9092'));
  assert.equal(unknown.kind === 'refused' && unknown.error, 'UNRESOLVABLE_BOOTSTRAP_ERROR', JSON.stringify(unknown));
  assert.equal((await source.check(address(undefined, '127.0.0.1:1'))).kind, 'unavailable');
  const mixed = await source.check(address(undefined, 'no-such-host.invalid:9092,127.0.0.1:1'));
  assert.equal(mixed.kind, 'unavailable', 'one of them may come back');
});

test('topic: its id, log starts, last stable offsets, and the settings it has made itself', async () => {
  const topic = await WireTopic.create(wire, topicName('described'), {
    partitions: 2,
    configs: { 'retention.ms': '123456', 'cleanup.policy': 'delete' },
  });
  await writePlain(topic, 5);
  await writePlain(topic, 3, { partition: 1 });
  await topic.deleteRecords(2n);
  const transactions = await new Transactions(wire, topicName('open')).init();
  await transactions.write(topic, 4, { partition: 1 });
  const found = await source.describe(address(), topic.name);
  assert.deepEqual(found, {
    kind: 'found',
    topicId: topic.id,
    partitions: [
      { logStart: 2n, end: 5n },
      { logStart: 0n, end: 3n },
    ],
    settings: { 'retention.ms': '123456', 'cleanup.policy': 'delete' },
  });
  await transactions.end(true);
  await until('the marker is there', 10_000, async () => {
    const after = await source.describe(address(), topic.name);
    assert.deepEqual(after.kind === 'found' && after.partitions[1], { logStart: 0n, end: 8n });
    return true;
  });
  assert.deepEqual(await source.describe(address(), topicName('none')), { kind: 'absent' });
});

test('topic: what it inherits counts where it changes what records are, and nowhere else [2.6]', async () => {
  const topic = await WireTopic.create(wire, topicName('inherits'));
  const settings = async () => {
    const found = await source.describe(address(), topic.name);
    return found.kind === 'found' ? found.settings : found;
  };
  assert.deepEqual(await settings(), {});
  const inherited = ['log.message.timestamp.type', 'log.cleanup.policy', 'log.segment.bytes'];
  const values = ['LogAppendTime', 'compact', '1073741000'];
  await alterBrokerConfig(
    admin,
    undefined,
    inherited.map((name, at) => ({ name, value: values[at] })),
  );
  try {
    await until('the topic inherits them', 20_000, async () => {
      assert.deepEqual(await settings(), { 'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'compact' });
      return true;
    });
    await alterTopicConfig(admin, topic.name, [{ name: 'cleanup.policy', value: 'delete' }]);
    await until('its own comes first', 20_000, async () => {
      assert.deepEqual(await settings(), { 'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'delete' });
      return true;
    });
  } finally {
    await alterBrokerConfig(
      admin,
      undefined,
      inherited.map((name) => ({ name, value: undefined })),
    );
  }
});

test('topic: a right that is missing is refused as such', async () => {
  const topic = await WireTopic.create(wire, topicName('closed'));
  const [read, configs] = readerRights();
  if (read === undefined || configs === undefined) throw new Error('no rights');
  const seeing = { ...read, operation: 'DESCRIBE' } as const;
  for (const [right, instead] of [
    [read, []],
    [read, [seeing]],
    [configs, []],
  ] as const) {
    await addAcls(admin, instead);
    await removeAcls(admin, [right]);
    try {
      await until('the right is gone', 10_000, async () => {
        const refused = await source.describe(address(), topic.name);
        assert.equal(refused.kind === 'refused' && refused.error, 'AUTHORIZATION_ERROR', JSON.stringify(refused));
        const what = `the link's principal lacks ${right.operation} on TOPIC ${topic.name} at the source`;
        assert.equal(refused.kind === 'refused' && refused.reason, what);
        return true;
      });
    } finally {
      await addAcls(admin, [right]);
      await removeAcls(admin, instead);
    }
  }
  await until('it is back', 10_000, async () => (await source.describe(address(), topic.name)).kind === 'found');
});

test('rights: those that are missing are named with what to grant; nothing is said of what cannot be proven', async () => {
  const needs = { acls: true, groups: [topicName('seen')] };
  const lacks = await source.lacks(address(), needs);
  const told =
    'User:link lacks DESCRIBE on the CLUSTER, which ACL sync needs (klink acl create --allow --principal User:link';
  assert.ok(
    lacks.kind === 'done' && lacks.missing.length === 1 && lacks.missing[0]?.startsWith(told),
    JSON.stringify(lacks),
  );
  const group = { ...readerRights()[2], resourceName: needs.groups[0] ?? '', permission: 'DENY' } as AclBinding;
  await addAcls(admin, [group]);
  try {
    await until('the group is denied', 10_000, async () => {
      const denied = await source.lacks(address(), { ...needs, acls: false });
      return denied.kind === 'done' && denied.missing.length === 1 && / on GROUP /.test(denied.missing.join());
    });
  } finally {
    await removeAcls(admin, [group]);
  }
});

test('groups: those that are chosen, with their offsets for these topics and no others [7.2]', async () => {
  const [orders, other] = [
    await WireTopic.create(wire, topicName('orders'), { partitions: 2 }),
    await WireTopic.create(wire, topicName('other')),
  ];
  const [app, elsewhere, left] = [topicName('app'), topicName('elsewhere'), topicName('left-out')];
  await commit(app, orders.name, 5n);
  await commit(app, orders.name, 7n, 1);
  await commit(app, other.name, 3n);
  await commit(elsewhere, other.name, 1n);
  await commit(left, orders.name, 1n);
  const asked: string[] = [];
  const selects = (group: string) => {
    asked.push(group);
    return group !== left;
  };
  const found = await source.groupOffsets(address(), selects, [orders.name, topicName('none')]);
  assert.deepEqual(found, {
    kind: 'done',
    groups: [
      {
        group: app,
        offsets: [
          { topic: orders.name, partition: 0, offset: 5n },
          { topic: orders.name, partition: 1, offset: 7n },
        ],
      },
    ],
  });
  assert.ok([app, elsewhere, left].every((group) => asked.includes(group)));
  assert.deepEqual(await source.groupOffsets(address(), () => true, []), { kind: 'done', groups: [] });
});

if (brokerKind() === '4.3.0') {
  test('groups: one of the newer protocol with a live member is read like any other (KIP-848)', async () => {
    const topic = await WireTopic.create(wire, topicName('newer'));
    const group = topicName('newer-group');
    const memberId = surroundings.random.bytes(16).toString('base64url');
    const channel = await admin.channel(await admin.coordinator('group', group), 'test');
    let epoch = -1;
    await until('it has joined', 30_000, async () => {
      const answer = await channel.send(consumerGroupHeartbeat, {
        groupId: group,
        memberId,
        memberEpoch: 0,
        rebalanceTimeoutMs: 60_000,
        subscribedTopicNames: [topic.name],
        topicPartitions: [],
      });
      epoch = answer.memberEpoch;
      return answer.errorCode === 0;
    });
    const partitions = [{ partitionIndex: 0, committedOffset: 9n, committedMetadata: '' }];
    const request = {
      groupId: group,
      memberId,
      generationIdOrMemberEpoch: epoch,
      topics: [{ name: topic.name, partitions }],
    };
    const answer = await channel.send(offsetCommit, request, { versionMin: 9, versionMax: 9 });
    assert.equal(answer.topics[0]?.partitions[0]?.errorCode, 0);
    const found = await source.groupOffsets(address(), (each) => each === group, [topic.name]);
    const offsets = [{ topic: topic.name, partition: 0, offset: 9n }];
    assert.deepEqual(found, { kind: 'done', groups: [{ group, offsets }] });
  });
}
