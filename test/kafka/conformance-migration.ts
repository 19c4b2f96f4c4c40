/** The part of the broker's conformance suite about groups that go over from one protocol to the other while they live. */
import assert from 'node:assert/strict';
import { consumerGroupDescribe } from '../../src/protocol/api/consumer-group-describe.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { listGroups } from '../../src/protocol/api/list-groups.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { ClassicMember } from '../harness/classic-member.js';
import { ConsumerMember } from '../harness/consumer-member.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
}

const PREVIEW = 'groups of the newer protocol as a preview';
const NOT_YET = [14, 15, 16];
let made = 0;

export function migrationConformance(suite: Suite, bench: Bench): void {
  const ready = (group: string) =>
    until('a loaded coordinator', 30_000, async () => {
      await bench.wire().ask(findCoordinator, { keyType: 0, key: group, coordinatorKeys: [group] });
      const { groups } = await bench.wire().ask(offsetFetch, { groups: [{ groupId: group, topics: null }] }, 8);
      return !NOT_YET.includes(groups[0]?.errorCode ?? 0);
    });
  const newGroup = async () => {
    const group = `g-${process.pid}-${Date.now()}-${made++}`;
    await ready(group);
    return group;
  };
  const kind = async (group: string) =>
    (await bench.wire().ask(listGroups, {})).groups.find(({ groupId }) => groupId === group)?.groupType;
  const describe = async (group: string) =>
    (await bench.wire().ask(consumerGroupDescribe, { groupIds: [group] })).groups[0];
  const commit = async (
    t: WireTopic,
    who: { group: string; memberId: string; epoch: number; version: number; partition: number },
  ) => {
    const partitions = [
      { partitionIndex: who.partition, committedOffset: 5n, committedLeaderEpoch: -1, committedMetadata: '' },
    ];
    const { group: groupId, memberId, epoch: generationIdOrMemberEpoch } = who;
    const request = { groupId, memberId, generationIdOrMemberEpoch, topics: [{ name: t.name, partitions }] };
    return (await bench.wire().send(offsetCommit, who.version, request)).topics[0]?.partitions[0]?.errorCode;
  };
  /** Both go on until it is so, and never has one what the other has. */
  const settle = (what: string, t: WireTopic, pair: { C: ClassicMember; A: ConsumerMember }, isSo: () => boolean) =>
    until(what, 30_000, async () => {
      const { C, A } = pair;
      await C.follow();
      assert.equal(await A.own(), 0);
      assert.deepEqual(
        A.of(t).filter((at) => C.partitions.includes(at)),
        [],
        'a partition of two',
      );
      return isSo();
    });
  const behaviour = (fact: string, run: () => Promise<void>) =>
    suite.behaviour(fact, [PREVIEW], async (otherwise) => {
      if (otherwise(PREVIEW)) {
        const joining = { rebalanceTimeoutMs: 1000, subscribedTopicNames: ['any'], topicPartitions: [] };
        const A = new ConsumerMember(bench.wire, 'any', 'A');
        assert.equal((await A.beat({ memberEpoch: 0, ...joining }, 0)).errorCode, 35);
        return;
      }
      await run();
    });

  suite.describe('groups of both protocols', () => {
    behaviour(
      'a living classic group is taken over by the first heartbeat, and goes back when it is alone [5.6]',
      async () => {
        const t = await bench.topic({}, 4);
        const group = await newGroup();
        const C = new ClassicMember(bench.wire, group, t);
        const joined = await C.join();
        assert.deepEqual([joined.errorCode, joined.leader], [0, C.id]);
        assert.equal(await C.sync({ [C.id]: [0, 1, 2, 3] }), 0);
        assert.deepEqual(C.partitions, [0, 1, 2, 3]);
        assert.equal(await kind(group), 'classic');
        const first = C.generation;
        const A = new ConsumerMember(bench.wire, group, 'A');
        assert.equal(await A.join([t]), 0);
        assert.equal(await kind(group), 'consumer');
        assert.deepEqual(A.of(t), [], 'all of it is held');
        assert.equal(await C.beat(), 27);
        assert.equal(
          await commit(t, { group, memberId: C.id, epoch: first, version: 8, partition: 0 }),
          0,
          'by any version',
        );
        await until('it is told what to give back', 20_000, async () => {
          await C.follow();
          assert.equal(await A.say(), 0);
          assert.deepEqual(A.of(t), []);
          return C.partitions.length === 2;
        });
        assert.equal(C.generation, first, 'it has not come to the new epoch');
        const shown = await describe(group);
        assert.deepEqual(
          shown?.members.map(({ memberId, memberType }) => [memberId, memberType]).sort(),
          [
            ['A', 1],
            [C.id, 0],
          ].sort(),
        );
        const held = shown?.members.find(({ memberId }) => memberId === C.id)?.assignment.topicPartitions[0]
          ?.partitions;
        assert.deepEqual(held, [0, 1, 2, 3], 'until it joins again');
        await settle('two each', t, { C, A }, () => A.of(t).length === 2 && C.partitions.length === 2);
        assert.equal(A.epoch, C.generation);
        const [kept = -1, given = -1] = [C.partitions[0], A.of(t)[0]];
        const of = (epoch: number, partition: number) => ({ group, memberId: C.id, epoch, version: 9, partition });
        assert.equal(await commit(t, of(first, kept)), 0, 'an older generation, of what it has had since then');
        assert.equal(await commit(t, of(first, given)), 22);
        assert.equal(await commit(t, of(C.generation + 1, kept)), 22);
        assert.equal(await commit(t, of(C.generation, given)), 0);
        assert.equal(await commit(t, { ...of(A.epoch, given), memberId: 'A' }), 0);
        assert.equal(await C.beat(first), 22);

        const groupEpoch = (await describe(group))?.groupEpoch ?? 0;
        assert.equal(await A.leave(), 0);
        assert.equal(await kind(group), 'classic');
        assert.equal(await C.beat(), 27, 'whoever is left joins again');
        const again = await C.join();
        assert.deepEqual([again.errorCode, again.leader, again.members.length], [0, C.id, 1]);
        assert.ok(again.generationId > groupEpoch);
        assert.equal(await C.sync({ [C.id]: [0, 1, 2, 3] }), 0);
        assert.equal(await C.leave(), 0);
      },
    );

    behaviour('a classic member joins a living group of the newer protocol, and is served there [5.6]', async () => {
      const t = await bench.topic({}, 2);
      const group = await newGroup();
      const A = new ConsumerMember(bench.wire, group, 'A');
      assert.equal(await A.join([t]), 0);
      await until('all of it', 20_000, async () => (await A.own()) === 0 && A.of(t).length === 2);
      const C = new ClassicMember(bench.wire, group, t);
      assert.equal((await C.ask('', 'klink')).errorCode, 23);
      const named = await C.ask('');
      assert.equal(named.errorCode, 79);
      const joined = await C.join();
      assert.deepEqual(
        [joined.errorCode, joined.protocolType, joined.protocolName, joined.leader, joined.members.length],
        [0, 'consumer', 'cooperative-sticky', '', 0],
      );
      const D = new ClassicMember(bench.wire, group, t);
      assert.equal((await D.join('consumer', 'range')).errorCode, 23, 'nothing that all classic members know');
      await settle('one each', t, { C, A }, () => A.of(t).length === 1 && C.partitions.length === 1);
      assert.equal(await C.sync({}, { name: 'range' }), 23);
      assert.equal(await C.sync({}, { generation: C.generation + 1 }), 22);
      D.id = 'A';
      assert.equal(await D.beat(A.epoch), 25, 'who is of the newer protocol');
      assert.equal(await D.sync({}, { generation: A.epoch }), 25);
      assert.equal(await C.leave(), 0);
      assert.equal(await C.beat(), 25);
      await until('A has it all', 20_000, async () => (await A.own()) === 0 && A.of(t).length === 2);
      assert.equal(await A.leave(), 0);
    });

    behaviour('a static member goes over from one protocol to the other under its name [5.6]', async () => {
      const t = await bench.topic({}, 2);
      const group = await newGroup();
      const A = new ConsumerMember(bench.wire, group, 'A');
      assert.equal(await A.join([t]), 0);
      const C = new ClassicMember(bench.wire, group, t, 'i');
      assert.equal((await C.join()).errorCode, 0);
      await settle('one each', t, { C, A }, () => A.of(t).length === 1 && C.partitions.length === 1);
      const epoch = (await describe(group))?.groupEpoch;
      const B = new ConsumerMember(bench.wire, group, 'B', 'i');
      assert.equal(await B.join([t]), 0, 'a classic member need not have left');
      assert.deepEqual(B.of(t), C.partitions);
      assert.equal((await describe(group))?.groupEpoch, epoch, 'no rebalance');
      assert.equal(await C.beat(), 82);
      assert.equal(await C.sync(), 82);
      const back = new ClassicMember(bench.wire, group, t, 'i');
      assert.equal((await back.join()).errorCode, 0);
      assert.equal((await B.beat()).errorCode, 82);
      assert.equal(await A.leave(), 0);
      assert.equal(await kind(group), 'classic');
      assert.equal((await back.join()).errorCode, 0);
      assert.equal(await back.sync({ [back.id]: [0, 1] }), 0);
      assert.equal(await back.leave(), 0);
    });

    behaviour(
      'who takes over the name in the first heartbeat has what was assigned, in the same epoch [5.6]',
      async () => {
        const t = await bench.topic({}, 2);
        const group = await newGroup();
        const C = new ClassicMember(bench.wire, group, t, 'i');
        assert.equal((await C.join()).errorCode, 0);
        assert.equal(await C.sync({ [C.id]: [0, 1] }), 0);
        const B = new ConsumerMember(bench.wire, group, 'B', 'i');
        assert.equal(await B.join([t]), 0);
        assert.deepEqual([B.of(t), B.epoch], [[0, 1], C.generation]);
        const stranger = new ClassicMember(bench.wire, group, t, 'j');
        stranger.id = 'nobody';
        const refused = await stranger.join();
        assert.deepEqual([refused.errorCode, refused.memberId], [25, ''], 'who is refused has no id');
      },
    );

    behaviour('members of both protocols leave together in one epoch, also who is named twice [5.6]', async () => {
      const t = await bench.topic({}, 3);
      const group = await newGroup();
      const A = new ConsumerMember(bench.wire, group, 'A');
      assert.equal(await A.join([t]), 0);
      const B = new ConsumerMember(bench.wire, group, 'B', 'b');
      assert.equal(await B.join([t]), 0);
      const [C, D] = ['c', 'd'].map((name) => new ClassicMember(bench.wire, group, t, name)) as [
        ClassicMember,
        ClassicMember,
      ];
      assert.equal((await C.join()).errorCode, 0);
      assert.equal((await D.join()).errorCode, 0);
      const leave = async (...members: { memberId: string; groupInstanceId: string | null }[]) =>
        (await bench.wire().ask(leaveGroup, { groupId: group, members })).members.map((each) => each.errorCode);
      const epoch = (await describe(group))?.groupEpoch ?? 0;
      const byName = { memberId: '', groupInstanceId: 'c' };
      const asked = [byName, { memberId: C.id, groupInstanceId: 'c' }, { memberId: 'B', groupInstanceId: 'b' }];
      assert.deepEqual(await leave(...asked, { memberId: 'C', groupInstanceId: 'c' }), [0, 0, 0, 82]);
      assert.equal((await describe(group))?.groupEpoch, epoch + 1);
      assert.equal(await kind(group), 'consumer');
      assert.deepEqual(await leave({ memberId: 'A', groupInstanceId: null }, byName), [0, 25]);
      assert.equal(await kind(group), 'classic', 'only one of the classic protocol is left');
      assert.equal((await D.join()).errorCode, 0);
    });
  });
}
