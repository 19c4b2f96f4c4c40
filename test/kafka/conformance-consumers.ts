/** The part of the broker's conformance suite about groups of the newer protocol (KIP-848). */
import assert from 'node:assert/strict';
import type { Address } from '../../src/base/connection.js';
import { consumerGroupDescribe } from '../../src/protocol/api/consumer-group-describe.js';
import { createPartitions } from '../../src/protocol/api/create-partitions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteGroups } from '../../src/protocol/api/delete-groups.js';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { describeGroups } from '../../src/protocol/api/describe-groups.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { listGroups } from '../../src/protocol/api/list-groups.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetDelete } from '../../src/protocol/api/offset-delete.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { ClassicMember } from '../harness/classic-member.js';
import { ConsumerMember, type Saying, settle } from '../harness/consumer-member.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';
import { alterGroup, groupSettings } from './conformance-group-configs.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
  readonly newName: () => string;
  readonly address: () => Address;
  readonly restart: () => Promise<void>;
}

const PREVIEW = 'groups of the newer protocol as a preview';
const SESSION = 'consumer.session.timeout.ms';
const NOT_YET = [14, 15, 16];
const DAY_MS = 86_400_000n;
let made = 0;

export function consumerConformance(suite: Suite, bench: Bench): void {
  const newGroup = async () => {
    const group = `k-${process.pid}-${Date.now()}-${made++}`;
    await until('a loaded coordinator', 30_000, async () => {
      await bench.wire().ask(findCoordinator, { keyType: 0, key: group, coordinatorKeys: [group] });
      const { groups } = await bench.wire().ask(offsetFetch, { groups: [{ groupId: group, topics: null }] }, 8);
      return !NOT_YET.includes(groups[0]?.errorCode ?? 0);
    });
    return group;
  };
  const member = (group: string, id: string, instance: string | null = null) =>
    new ConsumerMember(bench.wire, group, id, instance);
  const describe = async (group: string) =>
    (await bench.wire().ask(consumerGroupDescribe, { groupIds: [group] })).groups[0];
  const stateOf = async (group: string) => (await describe(group))?.groupState;
  const commit = async (
    group: string,
    t: WireTopic,
    who: { member?: ConsumerMember; epoch?: number; partition?: number; offset?: bigint; version?: number } = {},
  ) => {
    const { partition = 0, offset = 5n, version = 9 } = who;
    const one = { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: '' };
    const topics = [{ name: t.name, topicId: t.id, partitions: [one] }];
    const memberId = who.member?.id ?? '';
    const epoch = who.epoch ?? who.member?.epoch ?? -1;
    const request = { groupId: group, generationIdOrMemberEpoch: epoch, memberId, topics };
    return (await bench.wire().send(offsetCommit, version, request)).topics[0]?.partitions[0]?.errorCode;
  };
  const committed = async (group: string, t: WireTopic, memberId: string | null = null, memberEpoch = -1) => {
    const wanted = { groupId: group, memberId, memberEpoch, topics: [{ name: t.name, partitionIndexes: [0] }] };
    const [answer] = (await bench.wire().send(offsetFetch, 9, { groups: [wanted] })).groups;
    return answer?.errorCode === 0 ? answer.topics[0]?.partitions[0]?.committedOffset : answer?.errorCode;
  };
  /** Registers what is so where there are such groups; elsewhere a heartbeat is refused as a whole. */
  const behaviour = (fact: string, run: () => Promise<void>) =>
    suite.behaviour(fact, [PREVIEW], async (otherwise) => {
      if (otherwise(PREVIEW)) {
        const joining = { rebalanceTimeoutMs: 1000, subscribedTopicNames: ['any'], topicPartitions: [] };
        assert.equal((await member('any', 'A').beat({ memberEpoch: 0, ...joining }, 0)).errorCode, 35);
        return;
      }
      await run();
    });

  /** The first thing of all: what does not last is looked for when much else has been asked. */
  const brief: { t?: WireTopic; group?: string } = {};
  suite.before(async () => {
    const t = await bench.topic({}, 2);
    const group = await newGroup();
    const one = (partitionIndex: number) => ({ partitionIndex, committedOffset: 5n, committedMetadata: '' });
    for (const [retentionTimeMs, partition] of [
      [DAY_MS, 1],
      [1n, 0],
    ] as const) {
      const request = { groupId: group, generationIdOrMemberEpoch: -1, memberId: '', retentionTimeMs };
      const named = { ...request, topics: [{ name: t.name, partitions: [one(partition)] }] };
      const { topics } = await bench.wire().send(offsetCommit, 4, named);
      assert.equal(topics[0]?.partitions[0]?.errorCode, 0);
    }
    Object.assign(brief, { t, group });
  });

  suite.describe('offset expiry', () => {
    suite.behaviour('a commit of version 2 to 4 says how long it is to be kept [5.5]', async () => {
      const { t, group } = brief;
      assert.ok(t && group);
      const read = async (partition: number) => {
        const wanted = { groupId: group, topics: [{ name: t.name, partitionIndexes: [partition] }] };
        const { groups } = await bench.wire().ask(offsetFetch, { groups: [wanted] }, 8);
        return groups[0]?.topics[0]?.partitions[0]?.committedOffset;
      };
      await until('the short one is gone', 30_000, async () => (await read(0)) === -1n);
      assert.equal(await read(1), 5n);
    });
  });

  suite.describe('consumer groups', () => {
    behaviour('heartbeats that make no sense are refused with the reason [5.4]', async () => {
      const t = await bench.topic();
      const group = await newGroup();
      const joining: Saying = {
        memberEpoch: 0,
        rebalanceTimeoutMs: 5000,
        subscribedTopicNames: [t.name],
        topicPartitions: [],
      };
      const refused = async (who: ConsumerMember, saying: Saying) => {
        const { errorCode, errorMessage } = await who.beat(saying);
        return [errorCode, errorMessage];
      };
      const A = member(group, 'A');
      assert.deepEqual(await refused(member('', 'A'), joining), [42, "GroupId can't be empty."]);
      assert.deepEqual(await refused(member(group, ''), joining), [42, "MemberId can't be empty."]);
      assert.deepEqual(await refused(member(group, 'A', ''), joining), [42, "InstanceId can't be empty."]);
      assert.deepEqual(await refused(A, { ...joining, rackId: '' }), [42, "RackId can't be empty."]);
      assert.deepEqual(await refused(A, { ...joining, rebalanceTimeoutMs: -1 }), [
        42,
        'RebalanceTimeoutMs must be provided in first request.',
      ]);
      for (const topicPartitions of [null, [{ topicId: t.id, partitions: [0] }]]) {
        const said = 'TopicPartitions must be empty when (re-)joining.';
        assert.deepEqual(await refused(A, { ...joining, topicPartitions }), [42, said]);
      }
      assert.deepEqual(await refused(A, { ...joining, subscribedTopicNames: null }), [
        42,
        'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
      ]);
      assert.deepEqual(await refused(A, { memberEpoch: -5 }), [42, 'MemberEpoch is invalid.']);
      assert.deepEqual(await refused(A, { memberEpoch: -2 }), [42, "InstanceId can't be null."]);
      assert.deepEqual(await refused(A, { ...joining, serverAssignor: 'nope' }), [
        112,
        'ServerAssignor nope is not supported. Supported assignors: uniform, range.',
      ]);
      assert.equal((await A.beat({ memberEpoch: 1 })).errorCode, 69, 'nobody has joined it');
      assert.equal((await A.beat({ memberEpoch: -1 })).errorCode, 69);
      assert.equal((await describe(group))?.errorCode, 69, 'and nobody has made it so');
      const named = await member(group, '').beat(joining, 0);
      assert.equal(named.errorCode, 0, 'in version 0 the broker makes up the id');
      assert.match(named.memberId ?? '', /^[\w-]{22}$/);
      assert.equal((await member(group, 'B').beat({ memberEpoch: 1 })).errorCode, 25);
      assert.equal(await member(group, named.memberId ?? '').leave(), 0);
    });

    behaviour(
      'one member alone has it all, is described and listed, and leaves an empty group behind [5.4]',
      async () => {
        const t = await bench.topic({}, 3);
        const group = await newGroup();
        const A = member(group, 'A');
        assert.equal(await A.join([t]), 0);
        await settle('all of it', [A], () => A.of(t).length === 3);
        assert.equal((await A.beat()).assignment, null, 'what is known is not said again');
        const { epoch, assigned } = A;
        const full = { rebalanceTimeoutMs: 30_000, subscribedTopicNames: [t.name], topicPartitions: assigned };
        assert.deepEqual((await A.beat(full)).assignment?.topicPartitions, assigned, 'unless everything is said');
        const said = await describe(group);
        const mine = { topicPartitions: [{ topicId: t.id, topicName: t.name, partitions: [0, 1, 2] }] };
        assert.deepEqual(
          { ...said, members: said?.members.map(({ assignment, ...rest }) => ({ ...rest, assignment })) },
          {
            errorCode: 0,
            errorMessage: null,
            groupId: group,
            groupState: 'Stable',
            groupEpoch: epoch,
            assignmentEpoch: epoch,
            assignorName: 'uniform',
            members: [
              {
                memberId: 'A',
                instanceId: null,
                rackId: null,
                memberEpoch: epoch,
                clientId: 'wire',
                clientHost: '/127.0.0.1',
                subscribedTopicNames: [t.name],
                subscribedTopicRegex: '',
                assignment: mine,
                targetAssignment: mine,
                memberType: 1,
              },
            ],
            authorizedOperations: -(2 ** 31),
          },
        );
        const listed = async (typesFilter: string[], statesFilter: string[] = []) =>
          (await bench.wire().ask(listGroups, { typesFilter, statesFilter })).groups.find(
            (each) => each.groupId === group,
          );
        const line = { groupId: group, protocolType: 'consumer', groupState: 'Stable', groupType: 'consumer' };
        assert.deepEqual(await listed(['Consumer']), line);
        assert.deepEqual(await listed([], ['stable']), line);
        assert.equal(await listed(['classic']), undefined);
        assert.equal(await listed([], ['Empty']), undefined);
        const remove = async () =>
          (await bench.wire().ask(deleteGroups, { groupsNames: [group] })).results[0]?.errorCode;
        assert.equal(await remove(), 68);
        assert.equal((await A.beat({ memberEpoch: -1 })).memberEpoch, -1);
        assert.equal((await A.beat()).errorCode, 25);
        const left = await describe(group);
        assert.deepEqual([left?.groupState, left?.groupEpoch, left?.members], ['Empty', epoch + 1, []]);
        assert.equal(await remove(), 0);
        assert.equal((await describe(group))?.errorCode, 69);
      },
    );

    behaviour('a partition is given only when its old owner has given it back [5.4]', async () => {
      const t = await bench.topic({}, 4);
      const group = await newGroup();
      const [A, B] = [member(group, 'A'), member(group, 'B')];
      assert.equal(await A.join([t]), 0);
      await settle('all of it', [A], () => A.of(t).length === 4);
      const had = [...A.assigned];
      const before = A.epoch;
      assert.equal(await B.join([t]), 0);
      await until('A is told to give two back', 20_000, async () => {
        assert.equal(await B.say(), 0);
        assert.equal(await A.say({ topicPartitions: had }), 0);
        return A.of(t).length === 2;
      });
      await until('B has come to the new epoch', 20_000, async () => (await B.say()) === 0 && B.epoch > before);
      assert.deepEqual([A.epoch, B.of(t)], [before, []], 'A has not given them back, so B waits');
      assert.equal(await stateOf(group), 'Reconciling');
      const shown = (await describe(group))?.members.find(({ memberId }) => memberId === 'A');
      assert.deepEqual(shown?.assignment.topicPartitions[0]?.partitions, [0, 1, 2, 3], 'it still has them');
      assert.equal(await A.say({ topicPartitions: had }), 0);
      assert.equal(await B.say(), 0);
      assert.deepEqual([A.epoch, B.of(t)], [before, []]);
      assert.equal(await A.own(), 0);
      assert.equal(A.epoch, B.epoch);
      assert.equal(await B.say(), 0);
      assert.deepEqual([...A.of(t), ...B.of(t)].sort(), [0, 1, 2, 3]);
      assert.deepEqual([A.of(t).length, B.of(t).length], [2, 2]);
      assert.equal(await stateOf(group), 'Stable');

      assert.equal((await A.beat({ memberEpoch: before, topicPartitions: A.assigned })).errorCode, 0, 'a lost answer');
      assert.equal(
        (await A.beat({ memberEpoch: before, topicPartitions: had })).errorCode,
        110,
        'with what it gave back',
      );
      assert.equal((await A.beat({ memberEpoch: before })).errorCode, 110, 'who does not say may have anything');
      assert.equal((await A.beat({ memberEpoch: A.epoch + 1 })).errorCode, 110);
      assert.equal(await A.join([t]), 0, 'epoch 0 is always let in');
      assert.equal(A.of(t).length, 2);
      assert.equal(await A.leave(), 0);
      await settle('B has it all', [B], () => B.of(t).length === 4);
      assert.equal(await B.leave(), 0);
    });

    behaviour('offsets are committed and read in the epoch of the member [5.4]', async () => {
      const t = await bench.topic({}, 2);
      const group = await newGroup();
      const [A, B] = [member(group, 'A'), member(group, 'B')];
      assert.equal(await A.join([t]), 0);
      await settle('all of it', [A], () => A.of(t).length === 2);
      const first = A.epoch;
      assert.equal(await commit(group, t), 25, 'from outside');
      assert.equal(await commit(group, t, { member: B, epoch: first }), 25);
      assert.equal(await commit(group, t, { member: A, epoch: -1 }), 113);
      assert.equal(await commit(group, t, { member: A, epoch: first + 1 }), 113);
      assert.equal(await commit(group, t, { member: A, version: 8 }), 35);
      assert.equal(await commit(group, t, { member: A }), 0);
      assert.equal(await commit(group, t, { member: A, version: 10, offset: 6n }), 0);
      assert.equal(await commit('never-made', t, { member: A }), 69);
      assert.equal(await committed(group, t), 6n);
      assert.equal(await committed(group, t, 'A', first), 6n);
      assert.equal(await committed(group, t, 'A', first - 1), 113);
      assert.equal(await committed(group, t, 'A', -1), 113);
      assert.equal(await committed(group, t, 'B', first), 25);
      assert.equal(await B.join([t]), 0);
      await settle('one each', [A, B], () => A.of(t).length === 1 && B.of(t).length === 1);
      const [kept = -1, given = -1] = [A.of(t)[0], B.of(t)[0]];
      assert.equal(await commit(group, t, { member: A, epoch: first, partition: kept }), 0, 'an old epoch, its own');
      assert.equal(await commit(group, t, { member: A, epoch: first, partition: given }), 113, 'no longer its own');
      assert.equal(await commit(group, t, { member: B, epoch: first, partition: given }), 113, 'not yet its own');
      const both = [kept, given].map((partitionIndex) => ({
        partitionIndex,
        committedOffset: 1n,
        committedMetadata: '',
      }));
      const mixed = { groupId: group, generationIdOrMemberEpoch: first, memberId: 'A' };
      const asked = { ...mixed, topics: [{ name: t.name, partitions: both }] };
      const [answered] = (await bench.wire().send(offsetCommit, 9, asked)).topics;
      assert.deepEqual(
        answered?.partitions.map(({ errorCode }) => errorCode),
        [113, 113],
        'all or nothing',
      );
      const topics = [{ name: t.name, partitions: [{ partitionIndex: kept }] }];
      const forget = async () =>
        (await bench.wire().ask(offsetDelete, { groupId: group, topics })).topics[0]?.partitions[0]?.errorCode;
      assert.equal(await forget(), 86);
      assert.equal(await A.leave(), 0);
      assert.equal(await B.leave(), 0);
      assert.equal(await commit(group, t, { offset: 9n }), 0, 'an empty group takes it from anybody');
      assert.equal(await forget(), 0);
    });

    behaviour('a static member that leaves for a while finds what it had, under another id [5.4]', async () => {
      const t = await bench.topic({}, 2);
      const group = await newGroup();
      const [one, two] = [member(group, 'one', 'i'), member(group, 'two', 'i')];
      const other = member(group, 'other', 'j');
      assert.equal(await one.join([t]), 0);
      assert.equal(await other.join([t]), 0);
      await settle('one each', [one, other], () => one.of(t).length === 1 && other.of(t).length === 1);
      const had = one.of(t);
      const groupEpoch = (await describe(group))?.groupEpoch;
      assert.equal(await two.join([t]), 111, 'the instance is in use');
      assert.equal((await two.beat({ memberEpoch: one.epoch })).errorCode, 82);
      assert.equal((await member(group, 'one', 'k').beat({ memberEpoch: one.epoch })).errorCode, 25);
      const leaving = await one.beat({ memberEpoch: -2 });
      assert.deepEqual([leaving.errorCode, leaving.memberEpoch], [0, -2]);
      assert.equal(await other.say(), 0);
      assert.equal(other.of(t).length, 1, 'nobody gets what it had');
      assert.equal(await two.join([t]), 0);
      assert.deepEqual(two.of(t), had);
      assert.equal((await describe(group))?.groupEpoch, groupEpoch, 'no rebalance');
      assert.equal((await one.beat()).errorCode, 82, 'its former self is fenced');
      assert.equal(await one.leave(), 82);
      assert.equal(await two.leave(), 0, 'for good');
      await settle('the other has it all', [other], () => other.of(t).length === 2);
      assert.equal(await other.leave(), 0);
    });

    behaviour('who is silent, or does not give back in time, is put out [5.4]', async () => {
      const t = await bench.topic({}, 2);
      const group = await newGroup();
      const [slow, B] = [member(group, 'slow'), member(group, 'B')];
      assert.equal(await slow.join([t], 500), 0);
      await settle('all of it', [slow], () => slow.of(t).length === 2);
      const had = [...slow.assigned];
      assert.equal(await B.join([t]), 0);
      await until('it is put out with its heartbeats going on', 20_000, async () => {
        assert.equal(await B.own(), 0);
        const code = await slow.say({ topicPartitions: had });
        return code === 25;
      });
      await settle('B has it all', [B], () => B.of(t).length === 2);
      assert.equal(await commit(group, t, { member: B }), 0, 'the group is not tidied up');
      await until('B is put out for its silence', 20_000, async () => (await describe(group))?.members.length === 0);
      assert.equal((await B.beat()).errorCode, 25);
    });

    behaviour('uniform levels and keeps, range gives neighbours; the most wanted assignor is used [5.4]', async () => {
      const [t, u] = [await bench.topic({}, 3), await bench.topic({}, 3)];
      const group = await newGroup();
      const [A, B] = [member(group, 'A'), member(group, 'B')];
      assert.equal(await A.join([t, u]), 0);
      assert.equal(await B.join([t, u]), 0);
      const counts = () => [A, B].map((each) => each.of(t).length + each.of(u).length);
      await settle('three each', [A, B], () => counts().every((count) => count === 3));
      assert.equal(await A.say({ serverAssignor: 'range' }), 0);
      assert.equal(await B.say({ serverAssignor: 'range' }), 0);
      assert.equal((await describe(group))?.assignorName, 'range');
      assert.deepEqual(counts(), [3, 3], 'for the next assignment');
      const C = member(group, 'C');
      assert.equal(await C.join([t]), 0);
      await settle('ranges', [A, B, C], () => counts().join() === '3,2' && C.of(t).length === 1);
      assert.deepEqual([A.of(t), B.of(t), C.of(t)], [[0], [1], [2]]);
      assert.deepEqual([A.of(u), B.of(u)], [[0, 1], [2]]);
      for (const each of [A, B, C]) assert.equal(await each.leave(), 0);
    });

    behaviour('what is no longer subscribed to is given back at once [5.4]', async () => {
      const [t, u] = [await bench.topic({}, 2), await bench.topic({}, 1)];
      const group = await newGroup();
      const A = member(group, 'A');
      assert.equal(await A.join([t]), 0);
      await settle('all of it', [A], () => A.of(t).length === 2);
      assert.equal(await A.say({ subscribedTopicNames: [u.name] }), 0);
      assert.deepEqual(A.of(t), []);
      await settle('the other topic', [A], () => A.of(u).length === 1);
      assert.equal(await A.leave(), 0);
    });

    behaviour('a topic that is made, grows or is deleted is assigned anew [5.4]', async () => {
      const t = await bench.topic({}, 1);
      const later = bench.newName();
      const group = await newGroup();
      const A = member(group, 'A');
      assert.equal(await A.join({ subscribedTopicNames: [t.name, later] }), 0);
      const held = () => A.assigned.reduce((sum, { partitions }) => sum + partitions.length, 0);
      await settle('what is there', [A], () => held() === 1);
      const created = { name: later, numPartitions: 2, replicationFactor: 1, configs: [] };
      await bench.wire().ask(createTopics, { topics: [created], timeoutMs: 20_000 });
      await settle('what was made', [A], () => held() === 3);
      const topics = [{ name: t.name, count: 3, assignments: null }];
      await bench.wire().ask(createPartitions, { topics, timeoutMs: 20_000 });
      await settle('what has grown', [A], () => held() === 5);
      const gone = { topics: [{ name: later }], topicNames: [later], timeoutMs: 20_000 };
      await bench.wire().ask(deleteTopics, gone);
      await settle('what is left', [A], () => held() === 3);
      assert.equal(await A.leave(), 0);
    });

    behaviour('a regular expression of RE2 matches whole names, also of topics to come [5.4]', async () => {
      const t = await bench.topic({}, 2);
      const group = await newGroup();
      const A = member(group, 'A');
      const patterns: [string, string][] = [
        ['[', 'missing closing ]'],
        ['(?=p).*', 'invalid or unsupported Perl syntax'],
        ['(?>a)', 'invalid or unsupported Perl syntax'],
        ['(a)\\1', 'invalid escape sequence'],
        ['\\Z', 'invalid escape sequence'],
        ['a**', 'invalid nested repetition operator'],
        ['a{2000}', 'invalid repeat count'],
        ['(?<!a)b', 'invalid named capture'],
      ];
      for (const [subscribedTopicRegex, why] of patterns) {
        const first = { memberEpoch: 0, rebalanceTimeoutMs: 1000, topicPartitions: [] };
        const { errorCode, errorMessage } = await A.beat({ ...first, subscribedTopicRegex });
        const said = `SubscribedTopicRegex \`${subscribedTopicRegex}\` is not a valid regular expression: ${why}.`;
        assert.deepEqual([errorCode, errorMessage], [128, said]);
      }
      const stem = t.name.replaceAll(/[^a-z0-9]/g, '.');
      assert.equal(await A.join({ subscribedTopicRegex: `(?i)${stem.toUpperCase()}(-more)?` }), 0);
      await settle('what matches', [A], () => A.of(t).length === 2);
      const B = member(group, 'B');
      assert.equal(await B.join({ subscribedTopicRegex: stem.slice(1) }), 0);
      const named = (await describe(group))?.members.find(({ memberId }) => memberId === 'A');
      assert.equal(named?.subscribedTopicRegex, `(?i)${stem.toUpperCase()}(-more)?`);
      const created = { name: `${t.name}-more`, numPartitions: 1, replicationFactor: 1, configs: [] };
      await bench.wire().ask(createTopics, { topics: [created], timeoutMs: 20_000 });
      const held = () => A.assigned.reduce((sum, { partitions }) => sum + partitions.length, 0);
      await settle('what came later', [A, B], () => held() === 3);
      assert.deepEqual(B.assigned, [], 'a part of a name is no name');
      assert.equal(await A.say({ subscribedTopicNames: [t.name], subscribedTopicRegex: '' }), 0);
      await settle('names in its place', [A, B], () => held() === 2);
      for (const each of [A, B]) assert.equal(await each.leave(), 0);
    });

    behaviour('requests of the classic protocol find no group, save one that takes a member out [5.4]', async () => {
      const t = await bench.topic();
      const group = await newGroup();
      const A = member(group, 'A');
      assert.equal(await A.join([t]), 0);
      const generation = { groupId: group, generationId: A.epoch, memberId: 'A' };
      assert.equal((await bench.wire().ask(heartbeat, generation)).errorCode, 25);
      const join = { groupId: group, sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000, protocolType: 'klink' };
      const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }];
      assert.equal((await bench.wire().ask(joinGroup, { ...join, protocols }, 3)).errorCode, 23);
      const [classic] = (await bench.wire().ask(describeGroups, { groups: [group] })).groups;
      const said = `Group ${group} is not a classic group.`;
      assert.deepEqual([classic?.errorCode, classic?.errorMessage, classic?.groupState], [69, said, 'Dead']);
      const leave = async (memberId: string) =>
        (await bench.wire().ask(leaveGroup, { groupId: group, members: [{ memberId }] })).members[0]?.errorCode;
      assert.equal(await leave('B'), 25);
      assert.equal(await commit(group, t, { member: A }), 0, 'the group is not tidied up');
      assert.equal(await leave('A'), 0);
      assert.equal((await A.beat()).errorCode, 25);
    });

    behaviour('an empty group changes to the protocol of who joins it, and keeps its offsets [5.4]', async () => {
      const t = await bench.topic();
      const group = await newGroup();
      const kind = async () =>
        (await bench.wire().ask(listGroups, {})).groups.find(({ groupId }) => groupId === group)?.groupType;
      assert.equal(await commit(group, t, { offset: 7n }), 0);
      assert.equal(await kind(), 'classic');
      const A = member(group, 'A');
      assert.equal(await A.join([t]), 0);
      assert.equal(await kind(), 'consumer');
      assert.equal(await committed(group, t), 7n);
      assert.equal(await A.leave(), 0);
      const join = { groupId: group, sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000, protocolType: 'klink' };
      const joined = await bench.wire().ask(joinGroup, { ...join, protocols: [{ name: 'one' }] }, 3);
      assert.deepEqual([joined.errorCode, joined.generationId], [0, 1]);
      assert.equal(await kind(), 'classic');
      assert.equal(await committed(group, t), 7n);
      assert.equal((await A.beat({ memberEpoch: 1 })).errorCode, 69);
      assert.equal(await A.join([t]), 69, 'while somebody of another protocol type lives there');
      assert.equal((await describe(group))?.errorCode, 69);
      const members = [{ memberId: joined.memberId }];
      assert.equal((await bench.wire().ask(leaveGroup, { groupId: group, members })).members[0]?.errorCode, 0);
      assert.equal(await A.join([t]), 0);
      assert.equal(await A.leave(), 0);
    });

    behaviour(
      'a group outlives kill -9: members, epochs, what each has and what it waits for, what it has set [5.4, 5.6, 6]',
      async () => {
        const t = await bench.topic({}, 4);
        const group = await newGroup();
        const [A, B] = [member(group, 'A'), member(group, 'B', 'i')];
        assert.equal(await A.join([t]), 0);
        await settle('all of it', [A], () => A.of(t).length === 4);
        const had = [...A.assigned];
        assert.equal(await B.join([t]), 0);
        await until('A is told to give two back', 20_000, async () => {
          assert.equal(await B.say(), 0);
          assert.equal(await A.say({ topicPartitions: had }), 0);
          return A.of(t).length === 2;
        });
        const mixed = await newGroup();
        const [C, D] = [new ClassicMember(bench.wire, mixed, t), member(mixed, 'D')];
        assert.equal(await D.join([t]), 0);
        assert.equal((await C.join()).errorCode, 0);
        await until('two each, of members of both protocols', 20_000, async () => {
          await C.follow();
          assert.equal(await D.own(), 0);
          return C.partitions.length === 2 && D.of(t).length === 2;
        });
        const before = [await describe(group), await describe(mixed)];
        assert.deepEqual(await alterGroup(bench.wire(), group, [[SESSION, '4000']]), [0, null]);
        await bench.restart();
        await until('the coordinator is back', 30_000, async () => {
          const both = [await describe(group), await describe(mixed)];
          return both.every((each) => each?.errorCode === 0);
        });
        assert.deepEqual([await describe(group), await describe(mixed)], before);
        assert.equal(await C.beat(), 0);
        assert.equal(await C.sync(), 0, 'what it has is told again');
        assert.deepEqual([C.partitions.length, await D.own()], [2, 0]);
        assert.equal(await C.leave(), 0);
        assert.equal(await D.leave(), 0);
        assert.equal((await groupSettings(bench.wire(), group)).get(SESSION)?.value, '4000');
        assert.equal(await B.say(), 0);
        assert.deepEqual(B.of(t), [], 'it waits as before');
        await settle('two each', [A, B], () => A.of(t).length === 2 && B.of(t).length === 2);
        for (const each of [A, B]) assert.equal(await each.leave(), 0);
      },
    );
  });
}
