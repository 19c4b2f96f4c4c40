/**
 * Users, ACLs and quotas behave on the embedded broker as on Apache Kafka: KLINK_BROKERS=embedded|4.3.0|3.9.1.
 * Spec: docs/spec/broker.md §9.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { servedApis } from '../../src/broker/apis.js';
import { type AclBinding, addAcls, removeAcls } from '../../src/client/admin/acls.js';
import { createTopic } from '../../src/client/admin/topics.js';
import type { KafkaCluster } from '../../src/client/types.js';
import { alterClientQuotas } from '../../src/protocol/api/alter-client-quotas.js';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { consumerGroupDescribe } from '../../src/protocol/api/consumer-group-describe.js';
import {
  type ConsumerGroupHeartbeatRequest,
  consumerGroupHeartbeat,
} from '../../src/protocol/api/consumer-group-heartbeat.js';
import { createAcls } from '../../src/protocol/api/create-acls.js';
import { describeClientQuotas } from '../../src/protocol/api/describe-client-quotas.js';
import { describeCluster } from '../../src/protocol/api/describe-cluster.js';
import { describeUserScramCredentials } from '../../src/protocol/api/describe-user-scram-credentials.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { listGroups } from '../../src/protocol/api/list-groups.js';
import { listTransactions } from '../../src/protocol/api/list-transactions.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { saslAuthenticate } from '../../src/protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../../src/protocol/api/sasl-handshake.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import { Destination } from '../harness/destination.js';
import { topicName } from '../harness/engine-brokers.js';
import { type Asked, type Question, questions } from '../harness/questions.js';
import { until } from '../harness/until.js';

let destination: Destination;
let klink: KafkaCluster;
let app: KafkaCluster;
let link: KafkaCluster;

before(async () => {
  destination = await Destination.start();
  [klink, app, link] = [destination.as('klink'), destination.as('app'), destination.as('link')];
});
after(() => destination.stop());

/** For these nobody needs a right; the lists leave out what may not be seen. */
const ASKED_BY_EVERYBODY = [apiVersions, saslHandshake, saslAuthenticate, describeCluster];
const LISTS = [listGroups, listTransactions];

const [TOPIC_REFUSED, GROUP_REFUSED, CLUSTER_REFUSED, TXN_REFUSED] = [29, 30, 31, 53];

const UNSUPPORTED_VERSION = 35;
/** Kafka 3.9 has them switched off, and says so before it asks for rights. */
const lacksNewGroups = () => destination.kind === '3.9.1';

async function ask<Q, S>(cluster: KafkaCluster, api: Api<Q, S>, request: Draft<Q>): Promise<S> {
  return (await cluster.channel('any', 'test')).send(api, request);
}

async function newTopic(what: string): Promise<{ readonly name: string; readonly topicId: string }> {
  const name = topicName(what);
  await createTopic(klink, { name, partitions: 1, replicationFactor: 1 });
  let topicId = '';
  await until(`${name} has a leader`, 20_000, async () => {
    const topic = (await klink.metadata([name])).topics[0];
    topicId = topic?.topicId ?? '';
    return topic?.partitions[0]?.leader !== undefined && topic.partitions[0].leader >= 0;
  });
  return { name, topicId };
}

function line(words: Partial<AclBinding> & Pick<AclBinding, 'resourceName' | 'operation'>): AclBinding {
  const [resourceType, pattern, principal, host, permission] = ['TOPIC', 'LITERAL', 'User:app', '*', 'ALLOW'] as const;
  return { resourceType, pattern, principal, host, permission, ...words };
}

/** The code that a topic is shown with, and the rights on it. */
async function seen(cluster: KafkaCluster, name: string) {
  const request = { topics: [{ name }], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true };
  const [topic] = (await ask(cluster, metadata, request)).topics;
  return { code: topic?.errorCode, rights: topic?.topicAuthorizedOperations };
}

test('acls: without any right each API refuses with its own code, also of what is not there [broker 9.5]', async () => {
  const { name, topicId } = await newTopic('closed');
  const asked = { name, topicId, group: topicName('group'), transactionalId: topicName('txn') };
  const keys = new Set<number>([...ASKED_BY_EVERYBODY, ...LISTS].map(({ key }) => key));
  const answers: Record<string, unknown> = {};
  for (const [what, ask] of Object.entries(questions(link, asked, (key) => keys.add(key)))) answers[what] = await ask();
  assert.deepEqual(
    keys,
    new Set(servedApis.map(({ key }) => key)),
    'each API that the embedded broker serves is asked',
  );
  assert.deepEqual(answers, {
    metadata: TOPIC_REFUSED,
    describeTopicPartitions: TOPIC_REFUSED,
    produce: TOPIC_REFUSED,
    produceTransactional: TXN_REFUSED,
    fetch: TOPIC_REFUSED,
    listOffsets: TOPIC_REFUSED,
    offsetForLeaderEpoch: TOPIC_REFUSED,
    createTopics: TOPIC_REFUSED,
    deleteTopics: TOPIC_REFUSED,
    createPartitions: TOPIC_REFUSED,
    deleteRecords: TOPIC_REFUSED,
    describeProducers: TOPIC_REFUSED,
    alterConfigs: [TOPIC_REFUSED, CLUSTER_REFUSED],
    alterConfigsOld: [TOPIC_REFUSED, CLUSTER_REFUSED],
    describeConfigs: [TOPIC_REFUSED, CLUSTER_REFUSED],
    coordinators: [GROUP_REFUSED, TXN_REFUSED],
    offsetFetch: GROUP_REFUSED,
    offsetCommit: GROUP_REFUSED,
    offsetDelete: GROUP_REFUSED,
    joinGroup: GROUP_REFUSED,
    syncGroup: GROUP_REFUSED,
    heartbeat: GROUP_REFUSED,
    leaveGroup: GROUP_REFUSED,
    describeGroups: GROUP_REFUSED,
    consumerGroupHeartbeat: lacksNewGroups() ? UNSUPPORTED_VERSION : GROUP_REFUSED,
    consumerGroupDescribe: lacksNewGroups() ? UNSUPPORTED_VERSION : GROUP_REFUSED,
    deleteGroups: GROUP_REFUSED,
    initProducerId: CLUSTER_REFUSED,
    initTransactional: TXN_REFUSED,
    addPartitionsToTxn: TXN_REFUSED,
    addOffsetsToTxn: TXN_REFUSED,
    txnOffsetCommit: TXN_REFUSED,
    endTxn: TXN_REFUSED,
    describeTransactions: TXN_REFUSED,
    writeTxnMarkers: CLUSTER_REFUSED,
    describeAcls: CLUSTER_REFUSED,
    createAcls: CLUSTER_REFUSED,
    deleteAcls: CLUSTER_REFUSED,
    describeUsers: CLUSTER_REFUSED,
    alterUsers: CLUSTER_REFUSED,
    describeQuotas: CLUSTER_REFUSED,
    alterQuotas: CLUSTER_REFUSED,
    listConfigResources: CLUSTER_REFUSED,
    describeLogDirs: CLUSTER_REFUSED,
  });
  assert.equal((await seen(link, `${name}-missing`)).code, TOPIC_REFUSED, 'what is not there is not told');
  const everything = await ask(link, metadata, { topics: null });
  assert.deepEqual(everything.topics, []);
  assert.deepEqual((await ask(link, listGroups, {})).groups, []);
  assert.deepEqual((await ask(link, listTransactions, {})).transactionStates, []);
  const cluster = await ask(link, describeCluster, { includeClusterAuthorizedOperations: true });
  assert.equal(cluster.clusterAuthorizedOperations, 0);
  const mine = await ask(klink, describeCluster, { includeClusterAuthorizedOperations: true });
  assert.equal(mine.clusterAuthorizedOperations, 8096);
});

/** What each question needs, as Kafka documents it: one of these lists, and the whole of it. */
const needs: Readonly<Record<keyof ReturnType<typeof questions>, readonly (readonly Right[])[]>> = {
  metadata: [[['TOPIC', 'DESCRIBE']]],
  describeTopicPartitions: [[['TOPIC', 'DESCRIBE']]],
  produce: [[['TOPIC', 'WRITE']]],
  produceTransactional: [
    [
      ['TRANSACTIONAL_ID', 'WRITE'],
      ['TOPIC', 'WRITE'],
    ],
  ],
  fetch: [[['TOPIC', 'READ']]],
  listOffsets: [[['TOPIC', 'DESCRIBE']]],
  offsetForLeaderEpoch: [[['TOPIC', 'DESCRIBE']], [['CLUSTER', 'CLUSTER_ACTION']]],
  createTopics: [[['NEW_TOPIC', 'CREATE']], [['CLUSTER', 'CREATE']]],
  deleteTopics: [[['MISSING_TOPIC', 'DESCRIBE']], [['CLUSTER', 'DELETE']]],
  createPartitions: [[['TOPIC', 'ALTER']]],
  deleteRecords: [[['TOPIC', 'DELETE']]],
  describeProducers: [[['TOPIC', 'READ']]],
  alterConfigs: [
    [
      ['TOPIC', 'ALTER_CONFIGS'],
      ['CLUSTER', 'ALTER_CONFIGS'],
    ],
  ],
  alterConfigsOld: [
    [
      ['TOPIC', 'ALTER_CONFIGS'],
      ['CLUSTER', 'ALTER_CONFIGS'],
    ],
  ],
  describeConfigs: [
    [
      ['TOPIC', 'DESCRIBE_CONFIGS'],
      ['CLUSTER', 'DESCRIBE_CONFIGS'],
    ],
  ],
  coordinators: [
    [
      ['GROUP', 'DESCRIBE'],
      ['TRANSACTIONAL_ID', 'DESCRIBE'],
    ],
  ],
  offsetFetch: [[['GROUP', 'DESCRIBE']]],
  offsetCommit: [
    [
      ['GROUP', 'READ'],
      ['TOPIC', 'READ'],
    ],
  ],
  offsetDelete: [[['GROUP', 'DELETE']]],
  joinGroup: [[['GROUP', 'READ']]],
  syncGroup: [[['GROUP', 'READ']]],
  heartbeat: [[['GROUP', 'READ']]],
  leaveGroup: [[['GROUP', 'READ']]],
  describeGroups: [[['GROUP', 'DESCRIBE']]],
  consumerGroupHeartbeat: [
    [
      ['GROUP', 'READ'],
      ['TOPIC', 'DESCRIBE'],
    ],
  ],
  consumerGroupDescribe: [[['GROUP', 'DESCRIBE']]],
  deleteGroups: [[['GROUP', 'DELETE']]],
  initProducerId: [[['TOPIC', 'WRITE']], [['CLUSTER', 'IDEMPOTENT_WRITE']]],
  initTransactional: [[['TRANSACTIONAL_ID', 'WRITE']]],
  addPartitionsToTxn: [
    [
      ['TRANSACTIONAL_ID', 'WRITE'],
      ['TOPIC', 'WRITE'],
    ],
  ],
  addOffsetsToTxn: [
    [
      ['TRANSACTIONAL_ID', 'WRITE'],
      ['GROUP', 'READ'],
    ],
  ],
  txnOffsetCommit: [
    [
      ['TRANSACTIONAL_ID', 'WRITE'],
      ['GROUP', 'READ'],
      ['TOPIC', 'READ'],
    ],
  ],
  endTxn: [[['TRANSACTIONAL_ID', 'WRITE']]],
  describeTransactions: [[['TRANSACTIONAL_ID', 'DESCRIBE']]],
  writeTxnMarkers: [[['CLUSTER', 'CLUSTER_ACTION']], [['CLUSTER', 'ALTER']]],
  describeAcls: [[['CLUSTER', 'DESCRIBE']]],
  createAcls: [[['CLUSTER', 'ALTER']]],
  deleteAcls: [[['CLUSTER', 'ALTER']]],
  describeUsers: [[['CLUSTER', 'DESCRIBE']]],
  alterUsers: [[['CLUSTER', 'ALTER']]],
  describeQuotas: [[['CLUSTER', 'DESCRIBE_CONFIGS']]],
  alterQuotas: [[['CLUSTER', 'ALTER_CONFIGS']]],
  listConfigResources: [[['CLUSTER', 'DESCRIBE_CONFIGS']]],
  describeLogDirs: [[['CLUSTER', 'DESCRIBE']]],
};

type Right = readonly [
  'TOPIC' | 'NEW_TOPIC' | 'MISSING_TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID' | 'CLUSTER',
  AclBinding['operation'],
];

function allow([on, operation]: Right, { name, group, transactionalId }: Asked): AclBinding {
  switch (on) {
    case 'TOPIC':
      return line({ resourceName: name, operation });
    case 'NEW_TOPIC':
      return line({ resourceName: `${name}-new`, operation });
    case 'MISSING_TOPIC':
      return line({ resourceName: `${name}-missing`, operation });
    case 'GROUP':
      return line({ resourceType: on, resourceName: group, operation });
    case 'TRANSACTIONAL_ID':
      return line({ resourceType: on, resourceName: transactionalId, operation });
    case 'CLUSTER':
      return line({ resourceType: on, resourceName: 'kafka-cluster', operation });
  }
}

test('acls: the rights that Kafka names for an API let it pass, and none of them can be left out [broker 9.5]', async () => {
  const { name, topicId } = await newTopic('open');
  const asked = { name, topicId, group: topicName('group'), transactionalId: topicName('txn') };
  const refusals: readonly unknown[] = [TOPIC_REFUSED, GROUP_REFUSED, CLUSTER_REFUSED, TXN_REFUSED];
  const comesTo = (isRefused: boolean, ask: Question, what: string) =>
    until(what, 10_000, async () => [await ask()].flat().some((code) => refusals.includes(code)) === isRefused);
  for (const [what, ask] of Object.entries<Question>(questions(app, asked))) {
    if (what.startsWith('consumerGroup') && lacksNewGroups()) continue;
    for (const rights of needs[what as keyof typeof needs]) {
      const words = rights.map((right) => right.join(' ')).join(', ');
      const lines = rights.map((right) => allow(right, asked));
      await addAcls(klink, lines);
      await comesTo(false, ask, `${what} passes with ${words}`);
      for (const [at, each] of lines.entries()) {
        await removeAcls(klink, [each]);
        await comesTo(true, ask, `${what} is refused without ${rights[at]?.join(' ')}, of ${words}`);
        await addAcls(klink, [each]);
        await comesTo(false, ask, `${what} passes with ${words} again`);
      }
      await removeAcls(klink, lines);
      await comesTo(true, ask, `${what} is refused again`);
    }
  }
  await removeAcls(klink, [line({ resourceName: name, operation: 'READ', principal: 'User:x' })]);
});

test('acls: a regular expression finds no topic that its member may not describe, and a group that has one is not told [broker 5.4]', async () => {
  const [seenByApp, hidden] = [await newTopic('rx-seen'), await newTopic('rx-hidden')];
  const group = topicName('group');
  const lines = [
    line({ resourceType: 'GROUP', resourceName: group, operation: 'READ' }),
    line({ resourceName: seenByApp.name, operation: 'DESCRIBE' }),
  ];
  await addAcls(klink, lines);
  const beat = (cluster: KafkaCluster, memberId: string, more: Draft<ConsumerGroupHeartbeatRequest>) =>
    ask(cluster, consumerGroupHeartbeat, { groupId: group, memberId, ...more });
  const joining = { memberEpoch: 0, rebalanceTimeoutMs: 10_000, topicPartitions: [] };
  const pattern = `(${seenByApp.name}|${hidden.name})`;
  let epoch = 0;
  const topicsOf = async (cluster: KafkaCluster, memberId: string) => {
    const answer = await beat(cluster, memberId, {
      ...joining,
      memberEpoch: epoch,
      subscribedTopicNames: [],
      subscribedTopicRegex: pattern,
    });
    epoch = answer.memberEpoch;
    return answer.assignment?.topicPartitions.map(({ topicId }) => topicId) ?? [];
  };
  if (lacksNewGroups()) {
    assert.equal((await beat(klink, 'A', joining)).errorCode, UNSUPPORTED_VERSION);
    return;
  }
  await until('app may join', 20_000, async () => {
    await ask(klink, findCoordinator, { keyType: 0, key: group, coordinatorKeys: [group] });
    const answer = await beat(app, 'A', { ...joining, subscribedTopicRegex: pattern });
    epoch = answer.memberEpoch;
    return answer.errorCode === 0;
  });
  await until('what it may see is found', 20_000, async () => (await topicsOf(app, 'A')).length > 0);
  assert.deepEqual(await topicsOf(app, 'A'), [seenByApp.topicId]);
  assert.equal((await beat(app, 'A', { memberEpoch: -1 })).errorCode, 0);
  epoch = 0;
  const names = { subscribedTopicNames: [hidden.name, seenByApp.name] };
  assert.equal((await beat(app, 'A', { ...joining, ...names })).errorCode, TOPIC_REFUSED);
  assert.equal((await beat(klink, 'K', { ...joining, ...names })).errorCode, 0);
  await until('the hidden topic is assigned', 20_000, async () => {
    const [described] = (await ask(klink, consumerGroupDescribe, { groupIds: [group] })).groups;
    epoch = described?.members[0]?.memberEpoch ?? 0;
    if ((described?.members[0]?.targetAssignment.topicPartitions.length ?? 0) === 2) return true;
    await beat(klink, 'K', { memberEpoch: epoch });
    return false;
  });
  const [untold] = (await ask(app, consumerGroupDescribe, { groupIds: [group] })).groups;
  assert.deepEqual([untold?.errorCode, untold?.members], [TOPIC_REFUSED, []]);
  assert.equal(untold?.errorMessage, 'The group has described topic(s) that the client is not authorized to describe.');
  assert.equal((await beat(klink, 'K', { memberEpoch: -1 })).errorCode, 0);
  await removeAcls(klink, lines);
});

test('acls: DENY first, prefixes, wildcards, hosts, and what implies what [broker 9.4]', async () => {
  const { name } = await newTopic('rules');
  const prefix = name.slice(0, -2);
  const bits = (...operations: number[]) => operations.reduce((sum, operation) => sum | (1 << operation), 0);
  const [READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS] = [3, 4, 5, 6, 7, 8, 10, 11];
  const all = bits(READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS);
  const deny = (operation: AclBinding['operation'], words: Partial<AclBinding> = {}) =>
    line({ resourceName: name, operation, permission: 'DENY', ...words });
  const everything = line({ resourceName: '*', operation: 'ALL' });
  const cases: readonly (readonly [string, readonly AclBinding[], number | undefined])[] = [
    ['read describes', [line({ resourceName: name, operation: 'READ' })], bits(READ, DESCRIBE)],
    ['alter', [line({ resourceName: name, operation: 'ALTER' })], bits(ALTER, DESCRIBE)],
    ['create does not describe', [line({ resourceName: name, operation: 'CREATE' })], undefined],
    ['settings do not describe', [line({ resourceName: name, operation: 'ALTER_CONFIGS' })], undefined],
    ['a prefix', [line({ resourceName: prefix, pattern: 'PREFIXED', operation: 'WRITE' })], bits(WRITE, DESCRIBE)],
    [
      'a part of the name is no prefix without that word',
      [line({ resourceName: prefix, operation: 'WRITE' })],
      undefined,
    ],
    ['everything', [everything], all],
    ['everybody', [line({ resourceName: name, operation: 'READ', principal: 'User:*' })], bits(READ, DESCRIBE)],
    ['this host', [line({ resourceName: name, operation: 'READ', host: '127.0.0.1' })], bits(READ, DESCRIBE)],
    ['another host', [line({ resourceName: name, operation: 'READ', host: '10.9.8.7' })], undefined],
    ['a denial', [everything, deny('WRITE')], all & ~bits(WRITE)],
    [
      'a denial by prefix',
      [everything, deny('WRITE', { resourceName: prefix, pattern: 'PREFIXED' })],
      all & ~bits(WRITE),
    ],
    ['a denial of another host', [everything, deny('WRITE', { host: '10.9.8.7' })], all],
    ['a denial of settings', [everything, deny('DESCRIBE_CONFIGS')], all & ~bits(DESCRIBE_CONFIGS)],
    ['a denial of everything to everybody', [everything, deny('ALL', { principal: 'User:*' })], undefined],
    ['a denial to describe', [everything, deny('DESCRIBE')], undefined],
  ];
  for (const [what, lines, rights] of cases) {
    await addAcls(klink, lines);
    const expected = rights === undefined ? TOPIC_REFUSED : 0;
    await until(`${what}: code ${expected}, rights ${rights}`, 10_000, async () => {
      const now = await seen(app, name);
      return now.code === expected && (rights === undefined || now.rights === rights);
    });
    await removeAcls(klink, lines);
    await until(`${what}: gone`, 10_000, async () => (await seen(app, name)).code === TOPIC_REFUSED);
  }
});

test('acls: what may not be made is refused, each by itself [broker 9.8]', async () => {
  const name = topicName('wrong');
  const [READ, ALLOW, INVALID] = [3, 3, 42];
  const right = { resourceType: 2, resourceName: name, resourcePatternType: 3, principal: 'User:x', host: '*' };
  const creations = [right, { ...right, resourceName: '' }, { ...right, resourceType: 4, resourceName: 'mine' }];
  const whole = creations.map((each) => ({ ...each, operation: READ, permissionType: ALLOW }));
  const { results } = await ask(klink, createAcls, { creations: whole });
  assert.deepEqual(
    results.map(({ errorCode }) => errorCode),
    [0, INVALID, INVALID],
  );
  await removeAcls(klink, [line({ resourceName: name, operation: 'READ', principal: 'User:x' })]);
});

test('users: what cannot be changed is refused by name, and keys are never told [broker 9.3]', async () => {
  const user = topicName('user');
  const [SHA_256, SHA_512] = [1, 2];
  const set = (name: string, more: Partial<{ mechanism: number; iterations: number }> = {}) => ({
    name,
    mechanism: SHA_256,
    iterations: 8192,
    salt: Buffer.from('some salt'),
    saltedPassword: Buffer.alloc(32, 7),
    ...more,
  });
  const { results } = await ask(klink, alterUserScramCredentials, {
    upsertions: [
      set(user),
      set('few', { iterations: 4095 }),
      set('many', { iterations: 16_385 }),
      set(''),
      set('strange', { mechanism: 3 }),
      set('twice'),
      set('twice', { mechanism: SHA_512 }),
    ],
    deletions: [{ name: 'missing', mechanism: SHA_256 }],
  });
  const codes = Object.fromEntries(results.map(({ user: name, errorCode }) => [name, errorCode]));
  assert.deepEqual(codes, { [user]: 0, few: 93, many: 93, '': 93, strange: 33, twice: 92, missing: 91 });
  await until('the user is described', 10_000, async () => {
    const users = [{ name: user }, { name: 'nobody' }, { name: 'both' }, { name: 'both' }];
    const answer = await ask(klink, describeUserScramCredentials, { users });
    const told = Object.fromEntries(answer.results.map(({ user: name, errorCode }) => [name, errorCode]));
    if (told[user] !== 0) return false;
    assert.deepEqual(told, { [user]: 0, nobody: 91, both: 92 });
    assert.deepEqual(answer.results.find((each) => each.user === user)?.credentialInfos, [
      { mechanism: SHA_256, iterations: 8192 },
    ]);
    return true;
  });
  const deletions = [{ name: user, mechanism: SHA_256 }];
  assert.equal((await ask(klink, alterUserScramCredentials, { deletions, upsertions: [] })).results[0]?.errorCode, 0);
});

test('quotas: kept, told and taken away; what makes no sense is refused [broker 9.7]', async () => {
  const name = topicName('quota');
  const user = [{ entityType: 'user', entityName: name }];
  const alter = async (entity: typeof user, key: string, value: number, remove = false) => {
    const entries = [{ entity, ops: [{ key, value, remove }] }];
    return (await ask(klink, alterClientQuotas, { entries, validateOnly: false })).entries[0]?.errorCode;
  };
  const INVALID = 42;
  assert.equal(await alter(user, 'producer_byte_rate', 1024), 0);
  assert.equal(await alter(user, 'request_percentage', 12.5), 0);
  assert.equal(await alter(user, 'producer_byte_rate', 10.5), INVALID);
  assert.equal(await alter(user, 'producer_byte_rate', 0), INVALID);
  assert.equal(await alter(user, 'no_such_rate', 10), INVALID);
  assert.equal(await alter([{ entityType: 'planet', entityName: 'x' }], 'producer_byte_rate', 10), INVALID);
  assert.equal(await alter([{ entityType: 'user', entityName: '' }], 'producer_byte_rate', 10), INVALID);
  assert.equal(await alter([], 'producer_byte_rate', 10), INVALID);
  assert.equal(
    await alter([{ entityType: 'ip', entityName: '10.1.2.3' }, ...user], 'connection_creation_rate', 1),
    INVALID,
  );
  const told = async (matchType: number, match: string | null) => {
    const components = [{ entityType: 'user', matchType, match }];
    return ask(klink, describeClientQuotas, { components, strict: true });
  };
  const [EXACT, SPECIFIED] = [0, 2];
  const values = async () => {
    const [entry] = (await told(EXACT, name)).entries ?? [];
    return Object.fromEntries((entry?.values ?? []).map(({ key, value }) => [key, value]));
  };
  await until('both are told', 10_000, async () => Object.keys(await values()).length === 2);
  assert.deepEqual(await values(), { producer_byte_rate: 1024, request_percentage: 12.5 });
  const any = (await told(SPECIFIED, null)).entries ?? [];
  assert.ok(any.some(({ entity }) => entity[0]?.entityName === name));
  assert.equal(await alter(user, 'producer_byte_rate', 0, true), 0);
  assert.equal(await alter(user, 'request_percentage', 0, true), 0);
  await until('none is left', 10_000, async () => Object.keys(await values()).length === 0);
});
