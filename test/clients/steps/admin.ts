/** The admin's calls, one script for all clients; each answer is compared, and what it changed is asked for elsewhere. */
import assert from 'node:assert/strict';
import kafkajs from 'kafkajs';
import { offsetCommit } from '../../../src/protocol/api/offset-commit.js';
import { until } from '../../harness/until.js';
import type { AdminOp, AdminOperation } from '../job.js';
import { makeRecords, writeRecords } from '../records.js';
import type { Stage } from '../stage.js';

const TOPIC = 'administered';
const GROUP = 'administered-group';
const PRINCIPAL = 'User:app';
const RECORDS = 10;
/** By names of topics. */
const COMMIT_VERSION = 8;

type Did = Readonly<Record<string, unknown>>;

/** In the order in which they are called; what the answer has to be, where it says anything. */
const SCRIPT: readonly { readonly call: AdminOperation; readonly check: (did: Did, stage: Stage) => void }[] = [
  { call: { op: 'describe-cluster' }, check: (did) => assert.equal(did.brokers, 1) },
  {
    call: { op: 'create-topic', topic: TOPIC, partitions: 2, config: { 'retention.ms': '-1' } },
    check: () => undefined,
  },
  { call: { op: 'list-topics' }, check: (did) => assert.ok(has(did.topics, TOPIC)) },
  { call: { op: 'describe-topic', topic: TOPIC }, check: (did) => assert.equal(did.partitions, 2) },
  { call: { op: 'create-partitions', topic: TOPIC, count: 3 }, check: () => undefined },
  {
    // The records have timestamps of long ago. A client of the older call would set back what is not named.
    call: { op: 'alter-configs', topic: TOPIC, config: { 'segment.bytes': '2097152', 'retention.ms': '-1' } },
    check: () => undefined,
  },
  {
    call: { op: 'describe-configs', topic: TOPIC },
    check: (did) => assert.equal(settingOf(did.config, 'segment.bytes'), '2097152'),
  },
];

/** After records were written and offsets committed. */
const LATER: typeof SCRIPT = [
  {
    call: { op: 'list-offsets', topic: TOPIC },
    check: (did) =>
      assert.deepEqual(
        [did.earliest, did.latest],
        [
          [0, 0, 0],
          [RECORDS, 0, 0],
        ],
      ),
  },
  { call: { op: 'delete-records', topic: TOPIC, partition: 0, before: 4 }, check: () => undefined },
  { call: { op: 'list-groups' }, check: (did) => assert.ok(has(did.groups, GROUP)) },
  {
    call: { op: 'describe-group', group: GROUP },
    check: (did) => assert.deepEqual([String(did.state).toLowerCase(), did.members], ['empty', 0]),
  },
  {
    call: { op: 'group-offsets', group: GROUP, topic: TOPIC },
    check: (did) => assert.deepEqual(did.offsets, [7, null, null]),
  },
  { call: { op: 'alter-group-offsets', group: GROUP, topic: TOPIC, partition: 0, offset: 5 }, check: () => undefined },
  { call: { op: 'create-acl', topic: TOPIC, principal: PRINCIPAL }, check: () => undefined },
  { call: { op: 'describe-acls', topic: TOPIC }, check: (did) => assert.equal(did.acls, 1) },
];

const LAST: typeof SCRIPT = [
  { call: { op: 'delete-acls', topic: TOPIC }, check: (did) => assert.equal(did.acls, 1) },
  { call: { op: 'delete-group', group: GROUP }, check: () => undefined },
  { call: { op: 'delete-topic', topic: TOPIC }, check: () => undefined },
];

export const ADMIN_OPS: readonly AdminOp[] = [...SCRIPT, ...LATER, ...LAST].map(({ call }) => call.op);

export async function administer(stage: Stage): Promise<void> {
  const { not } = stage.row.steps.admin;
  let admin = await stage.admin();
  const does = (op: AdminOp) => !(op in not);
  const play = async (script: typeof SCRIPT) => {
    const chosen = script.filter(({ call }) => does(call.op));
    const answers = await stage.run('admin', { ...stage.at, operations: chosen.map(({ call }) => call) });
    const did = answers.flatMap((answer) => answer.did ?? []);
    assert.deepEqual(
      did.map(({ op }) => op),
      chosen.map(({ call }) => call.op),
    );
    for (const [i, { call, check }] of chosen.entries()) {
      const answer = did[i] ?? assert.fail(`no answer to ${call.op}`);
      const judge = (one: Did) => {
        assert.equal(one.error, undefined, `${call.op} went through`);
        try {
          check(one, stage);
        } catch (error) {
          throw new Error(`${call.op} answered ${JSON.stringify(one).slice(0, 500)}`, { cause: error });
        }
      };
      // A broker of Apache Kafka learns from its controller what was changed, a little later.
      if (stage.broker.kind === 'embedded' || !SHOWS.test(call.op)) judge(answer);
      else await seen(stage, call, answer, judge);
    }
  };
  await play(SCRIPT);
  if (does('create-partitions')) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
    assert.equal(topics[0]?.partitions.length, 3, 'partitions after create-partitions');
  } else await admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: 3 }] });
  if (does('alter-configs')) {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: TOPIC }],
    });
    const entries = new Map(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    assert.equal(entries.get('segment.bytes'), '2097152', 'segment.bytes after alter-configs');
    assert.equal(entries.get('retention.ms'), '-1', 'retention.ms after alter-configs');
  }
  await fill(stage);
  await play(LATER);
  if (does('delete-records')) {
    const offsets = await admin.fetchTopicOffsets(TOPIC);
    assert.equal(offsets.find(({ partition }) => partition === 0)?.low, '4', 'the log start after delete-records');
  }
  if (does('alter-group-offsets')) {
    const [found] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
    assert.equal(found?.partitions.find(({ partition }) => partition === 0)?.offset, '5', 'after alter-group-offsets');
  }
  if (does('create-acl')) {
    const { resources } = await admin.describeAcls(ofTopic);
    const acls = resources.flatMap((each) => each.acls);
    assert.deepEqual(acls, [{ principal: PRINCIPAL, host: '*', operation: READ, permissionType: ALLOW }]);
  }
  await play(LAST);
  admin = await stage.newAdmin();
  if (does('delete-acls')) {
    const { resources } = await admin.describeAcls(ofTopic);
    assert.deepEqual(resources, [], 'after delete-acls');
  }
  if (does('delete-group')) {
    const { groups } = await admin.listGroups();
    assert.equal(
      groups.find(({ groupId }) => groupId === GROUP),
      undefined,
      'after delete-group',
    );
  }
  if (does('delete-topic')) assert.ok(!(await admin.listTopics()).includes(TOPIC), 'after delete-topic');
}

/** Operations that change nothing. */
const SHOWS = /^(list|describe)-/;
const SEEN_WITHIN_MS = 30_000;

async function seen(stage: Stage, call: AdminOperation, first: Did, judge: (did: Did) => void): Promise<void> {
  let did = first;
  await until(`${call.op} shows it`, SEEN_WITHIN_MS, async () => {
    try {
      judge(did);
      return true;
    } catch (error) {
      const answers = await stage.run('admin', { ...stage.at, operations: [call] });
      did = answers[0]?.did ?? assert.fail(`no answer to ${call.op}`);
      throw error;
    }
  });
}

const READ = kafkajs.AclOperationTypes.READ;
const ALLOW = kafkajs.AclPermissionTypes.ALLOW;
const ofTopic = {
  resourceType: kafkajs.AclResourceTypes.TOPIC,
  resourceName: TOPIC,
  resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
  operation: kafkajs.AclOperationTypes.ANY,
  permissionType: kafkajs.AclPermissionTypes.ANY,
};

/** Records in partition 0, and an offset of a group without members. */
async function fill(stage: Stage): Promise<void> {
  const records = writeRecords(
    stage.file(),
    makeRecords({ seed: 400, count: RECORDS, repeatsHeaders: false, largest: 100 }),
  );
  const parts = [{ partition: 0, compression: 'none' as const, idempotent: false, records }];
  await stage.run('produce', { ...stage.at, topic: TOPIC, parts });
  // kafkajs would join the group and wait for a fetch of nothing, five seconds.
  const wire = await stage.wire();
  try {
    const partitions = [{ partitionIndex: 0, committedOffset: 7n, committedMetadata: '' }];
    const request = { groupId: GROUP, memberId: '', topics: [{ name: TOPIC, partitions }] };
    await until('the offset is committed', SEEN_WITHIN_MS, async () => {
      // It finds the coordinator, for which a broker of Apache Kafka makes a topic the first time.
      await (await stage.admin()).fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
      const { topics } = await wire.ask(offsetCommit, request, COMMIT_VERSION);
      return topics[0]?.partitions[0]?.errorCode === 0;
    });
  } finally {
    wire.close();
  }
}

const has = (names: unknown, name: string): boolean => Array.isArray(names) && names.includes(name);

function settingOf(config: unknown, name: string): unknown {
  return typeof config === 'object' && config !== null ? (config as Record<string, unknown>)[name] : undefined;
}
