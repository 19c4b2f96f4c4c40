/** The part of the broker's conformance suite about groups and their offsets. */
import assert from 'node:assert/strict';
import type { Address } from '../../src/base/connection.js';
import { addOffsetsToTxn } from '../../src/protocol/api/add-offsets-to-txn.js';
import { consumerGroupDescribe } from '../../src/protocol/api/consumer-group-describe.js';
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
import { syncGroup } from '../../src/protocol/api/sync-group.js';
import { txnOffsetCommit } from '../../src/protocol/api/txn-offset-commit.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';
import { TransactionalWriter } from './conformance-transactions.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
  readonly address: () => Address;
}

const NOT_YET = [14, 15, 16];
let made = 0;

/** One member of a group, in raw requests. */
class WireMember {
  readonly wire: Wire;
  readonly group: string;
  memberId = '';
  generationId = -1;
  leader = '';
  protocolType = 'klink';

  constructor(wire: Wire, group: string) {
    this.wire = wire;
    this.group = group;
  }

  async join(sessionTimeoutMs = 6000): Promise<number> {
    const request = () => ({
      groupId: this.group,
      sessionTimeoutMs,
      rebalanceTimeoutMs: 10_000,
      memberId: this.memberId,
      groupInstanceId: null,
      protocolType: this.protocolType,
      protocols: [{ name: 'one', metadata: Buffer.from('m') }],
    });
    let answer = await this.wire.ask(joinGroup, request());
    if (answer.errorCode === 79) {
      this.memberId = answer.memberId;
      answer = await this.wire.ask(joinGroup, request());
    }
    if (answer.errorCode === 0) {
      this.memberId = answer.memberId;
      this.generationId = answer.generationId;
      this.leader = answer.leader;
    }
    return answer.errorCode;
  }

  async sync(assignments: { memberId: string; assignment: Buffer }[] = []) {
    const { generationId, memberId } = this;
    const names = { protocolType: 'klink', protocolName: 'one' };
    return this.wire.ask(syncGroup, { groupId: this.group, generationId, memberId, ...names, assignments });
  }

  async heartbeat(): Promise<number> {
    const { generationId, memberId } = this;
    return (await this.wire.ask(heartbeat, { groupId: this.group, generationId, memberId })).errorCode;
  }

  async leave(): Promise<number | undefined> {
    const members = [{ memberId: this.memberId, groupInstanceId: null }];
    return (await this.wire.ask(leaveGroup, { groupId: this.group, members })).members[0]?.errorCode;
  }
}

export function groupConformance(suite: Suite, bench: Bench): void {
  suite.describe('groups', () => {
    const newGroup = async () => {
      const group = `g-${process.pid}-${Date.now()}-${made++}`;
      await until('a coordinator', 30_000, async () => {
        const answer = await bench.wire().ask(findCoordinator, { keyType: 0, key: group, coordinatorKeys: [group] });
        return (answer.coordinators[0]?.errorCode ?? answer.errorCode) === 0;
      });
      // A coordinator that is just being made answers "not yet".
      await until('a loaded coordinator', 30_000, async () => {
        const { groups } = await bench.wire().ask(offsetFetch, { groups: [{ groupId: group, topics: null }] }, 8);
        return !NOT_YET.includes(groups[0]?.errorCode ?? 0);
      });
      return group;
    };
    const commit = async (
      t: WireTopic,
      groupId: string,
      offset: bigint,
      who: { memberId?: string; generationId?: number; partition?: number } = {},
    ) => {
      const { partition: partitionIndex = 0 } = who;
      const partitions = [
        { partitionIndex, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: 'm' },
      ];
      const { topics } = await bench.wire().ask(
        offsetCommit,
        {
          groupId,
          generationIdOrMemberEpoch: who.generationId ?? -1,
          memberId: who.memberId ?? '',
          topics: [{ name: t.name, partitions }],
        },
        8,
      );
      return topics[0]?.partitions[0]?.errorCode;
    };
    const committed = async (t: WireTopic, groupId: string, requireStable = false) => {
      const wanted = { groupId, topics: [{ name: t.name, partitionIndexes: [0] }] };
      const { groups } = await bench.wire().ask(offsetFetch, { groups: [wanted], requireStable }, 8);
      const answer = groups[0]?.topics[0]?.partitions[0];
      return answer?.errorCode === 0 ? answer.committedOffset : answer?.errorCode;
    };
    const state = async (groupId: string) =>
      (await bench.wire().ask(describeGroups, { groups: [groupId] }, 5)).groups[0]?.groupState;

    suite.behaviour(
      'generation −1 commits to a group that is not there or empty; anything else is refused [E16]',
      async () => {
        const t = await bench.topic();
        const group = await newGroup();
        assert.equal(await committed(t, group), -1n);
        assert.equal(await commit(t, group, 5n), 0);
        assert.equal(await committed(t, group), 5n);
        assert.equal(await state(group), 'Empty');
        assert.equal(await commit(t, group, 5000n), 0, 'beyond the log end: not checked');
        assert.equal(await commit(t, group, 9n, { generationId: 0 }), 25);
        assert.equal(await commit(t, group, 9n, { partition: 1 }), 3, 'a partition that is not there');
        assert.equal(await committed(t, group), 5000n);
      },
    );

    suite.behaviour('one member alone: join, sync, heartbeat, commit, leave', async () => {
      const t = await bench.topic();
      const group = await newGroup();
      const member = new WireMember(bench.wire(), group);
      assert.equal(await member.join(), 0);
      assert.equal(member.leader, member.memberId);
      const mine = [{ memberId: member.memberId, assignment: Buffer.from('all of it') }];
      const synced = await member.sync(mine);
      assert.equal(synced.errorCode, 0);
      assert.equal(synced.assignment.toString(), 'all of it');
      assert.equal(await state(group), 'Stable');
      assert.equal(await member.heartbeat(), 0);
      const { memberId, generationId } = member;
      assert.equal(await commit(t, group, 3n), 25, 'from outside, while somebody lives there');
      assert.equal(await commit(t, group, 3n, { memberId, generationId: generationId + 1 }), 22);
      assert.equal(await commit(t, group, 3n, { memberId: 'somebody', generationId }), 25);
      assert.equal(await commit(t, group, 3n, { memberId, generationId }), 0);
      assert.equal(await committed(t, group), 3n);
      member.generationId++;
      assert.equal(await member.heartbeat(), 22);
      member.generationId--;
      assert.equal(await member.leave(), 0);
      assert.equal(await member.heartbeat(), 25);
      assert.equal(await state(group), 'Empty');
      assert.equal(await commit(t, group, 4n), 0);
    });

    suite.behaviour('joins that cannot be are refused', async () => {
      const group = await newGroup();
      const member = new WireMember(bench.wire(), group);
      assert.equal(await member.join(10), 26, 'session too short');
      member.memberId = 'nobody';
      assert.equal(await member.join(), 25);
      assert.equal(await member.heartbeat(), 25);
      assert.equal(await member.leave(), 25);
      const real = new WireMember(bench.wire(), group);
      assert.equal(await real.join(), 0);
      const mine = [{ memberId: real.memberId, assignment: Buffer.from('1') }];
      assert.equal((await real.sync(mine)).errorCode, 0);
      const stranger = new WireMember(bench.wire(), group);
      stranger.protocolType = 'consumer';
      assert.equal(await stranger.join(), 23);
      real.generationId += 5;
      assert.equal((await real.sync()).errorCode, 22);
      real.generationId -= 5;
      assert.equal(await real.leave(), 0);
    });

    suite.behaviour('a generation counts every rebalance, and an empty group keeps counting', async () => {
      const group = await newGroup();
      assert.equal(await commit(await bench.topic(), group, 1n), 0, 'a group with nothing in it may be tidied up');
      const member = new WireMember(bench.wire(), group);
      assert.equal(await member.join(), 0);
      assert.equal(member.generationId, 1);
      assert.equal(await member.join(), 0, 'a lost answer is given again');
      assert.equal(member.generationId, 1);
      const mine = [{ memberId: member.memberId, assignment: Buffer.from('1') }];
      assert.equal((await member.sync(mine)).errorCode, 0);
      assert.equal(await member.join(), 0, 'the leader joins again');
      assert.equal(member.generationId, 2);
      assert.equal(await member.leave(), 0);
      const next = new WireMember(bench.wire(), group);
      assert.equal(await next.join(), 0);
      assert.ok(next.generationId > 2, `generation ${next.generationId}`);
      assert.equal(await next.leave(), 0);
    });

    suite.behaviour('offsets of a topic that members read cannot be deleted, others can', async () => {
      const t = await bench.topic();
      const group = await newGroup();
      await commit(t, group, 4n);
      const topics = [{ name: t.name, partitions: [{ partitionIndex: 0 }] }];
      const answer = await bench.wire().ask(offsetDelete, { groupId: group, topics });
      assert.equal(answer.errorCode, 0);
      assert.equal(answer.topics[0]?.partitions[0]?.errorCode, 0);
      assert.equal(await committed(t, group), -1n);
      assert.equal((await bench.wire().ask(offsetDelete, { groupId: 'never-made', topics })).errorCode, 69);
    });

    suite.behaviour('a deleted topic takes its committed offsets along', async () => {
      const [t, other] = [await bench.topic(), await bench.topic()];
      const group = await newGroup();
      for (const each of [t, other]) assert.equal(await commit(each, group, 4n), 0);
      const wanted = { topics: [{ name: t.name }], topicNames: [t.name], timeoutMs: 20_000 };
      assert.equal((await bench.wire().ask(deleteTopics, wanted)).responses[0]?.errorCode, 0);
      await until('its offset to be gone', 20_000, async () => (await committed(t, group)) === -1n);
      assert.equal(await committed(other, group), 4n);
    });

    suite.behaviour('a second member starts a rebalance, and a silent one is put out [R5]', async () => {
      const group = await newGroup();
      const first = new WireMember(await Wire.open(bench.address()), group);
      const second = new WireMember(await Wire.open(bench.address()), group);
      assert.equal(await first.join(), 0);
      assert.equal((await first.sync([{ memberId: first.memberId, assignment: Buffer.from('1') }])).errorCode, 0);
      const joining = second.join();
      await until('the rebalance', 10_000, async () => (await first.heartbeat()) === 27);
      const [one, two] = await Promise.all([first.join(), joining]);
      assert.deepEqual([one, two], [0, 0]);
      assert.equal(first.generationId, second.generationId);
      assert.equal(first.leader, first.memberId);
      const waiting = second.sync();
      const assignments = [first, second].map(({ memberId }, i) => ({ memberId, assignment: Buffer.from(`${i}`) }));
      assert.equal((await first.sync(assignments)).assignment.toString(), '0');
      assert.equal((await waiting).assignment.toString(), '1');
      // The first falls silent: after its session the second is told to join again, and leads.
      await until('the first is put out', 20_000, async () => (await second.heartbeat()) === 27);
      assert.equal(await second.join(), 0);
      assert.equal(second.leader, second.memberId);
      assert.equal(await first.heartbeat(), 25);
      first.wire.close();
      second.wire.close();
    });

    suite.behaviour(
      'a group that does not exist is Dead to DescribeGroups and missing to ConsumerGroupDescribe',
      ['ConsumerGroupDescribe as a preview'],
      async (otherwise) => {
        assert.equal(await state('never-made'), 'Dead');
        const { groups } = await bench.wire().ask(consumerGroupDescribe, { groupIds: ['never-made'] });
        assert.equal(groups[0]?.errorCode, otherwise('ConsumerGroupDescribe as a preview') ? 35 : 69);
      },
    );

    suite.behaviour(
      'a classic group is listed, is no group of the newer protocol, and can be deleted',
      ['ConsumerGroupDescribe as a preview'],
      async (otherwise) => {
        const t = await bench.topic();
        const group = await newGroup();
        await commit(t, group, 1n);
        const { groups } = await bench.wire().ask(consumerGroupDescribe, { groupIds: [group] });
        assert.equal(groups[0]?.errorCode, otherwise('ConsumerGroupDescribe as a preview') ? 35 : 69);
        const listed = (await bench.wire().ask(listGroups, {}, 5)).groups.find(({ groupId }) => groupId === group);
        assert.equal(listed?.groupState, 'Empty');
        assert.equal(listed?.groupType.toLowerCase(), 'classic');
        const { results } = await bench.wire().ask(deleteGroups, { groupsNames: [group, 'never-made'] });
        assert.deepEqual(
          results.map(({ errorCode }) => errorCode).sort((one, other) => one - other),
          [0, 69],
        );
        assert.equal(await committed(t, group), -1n);
      },
    );

    suite.behaviour(
      'transactional offsets count at the commit, and the next owner fences a late one [T17]',
      async () => {
        const t = await bench.topic();
        const group = await newGroup();
        await commit(t, group, 3n);
        const old = await new TransactionalWriter(bench.wire()).init();
        assert.equal(await addOffsets(old, group), 0);
        assert.equal(await txnCommit(old, t, group, 7n), 0);
        assert.equal(await txnCommit(old, t, group, 7n, 1), 3, 'a partition that is not there');
        assert.equal(await committed(t, group), 3n, 'not before the end');
        assert.equal(await committed(t, group, true), 88);
        assert.equal(await old.end(true), 0);
        await until('the offsets', 10_000, async () => (await committed(t, group)) === 7n);
        const next = await new TransactionalWriter(bench.wire(), old.id).init();
        assert.equal(await addOffsets(old, group), 90);
        assert.equal(await txnCommit(old, t, group, 1n), 47);
        assert.equal(await addOffsets(next, group), 0);
        assert.equal(await txnCommit(next, t, group, 8n), 0);
        assert.equal(await next.end(false), 0);
        await until('the abort', 10_000, async () => (await committed(t, group, true)) === 7n);
      },
    );

    suite.behaviour('a transactional commit overwrites a living group, a plain one does not [T18]', async () => {
      const t = await bench.topic();
      const group = await newGroup();
      const member = new WireMember(bench.wire(), group);
      assert.equal(await member.join(), 0);
      assert.equal((await member.sync([{ memberId: member.memberId, assignment: Buffer.from('1') }])).errorCode, 0);
      assert.equal(await commit(t, group, 3n), 25);
      const writer = await new TransactionalWriter(bench.wire()).init();
      assert.equal(await addOffsets(writer, group), 0);
      assert.equal(await txnCommit(writer, t, group, 42n), 0);
      assert.equal(await writer.end(true), 0);
      await until('the offsets', 10_000, async () => (await committed(t, group)) === 42n);
      assert.equal(await member.leave(), 0);
    });

    suite.behaviour(
      'of what was committed the last record counts, whenever its transaction ends, and a deletion is one [5.7]',
      async () => {
        const t = await bench.topic();
        const [overtaken, withoutOffset, deleted] = [await newGroup(), await newGroup(), await newGroup()];
        const writer = await new TransactionalWriter(bench.wire()).init();
        for (const group of [overtaken, withoutOffset, deleted]) {
          await commit(t, group, 3n);
          assert.equal(await addOffsets(writer, group), 0);
          assert.equal(await txnCommit(writer, t, group, 5n), 0);
        }
        await commit(t, overtaken, 7n);
        const topics = [{ name: t.name, partitions: [{ partitionIndex: 0 }] }];
        const one = await bench.wire().ask(offsetDelete, { groupId: withoutOffset, topics });
        assert.equal(one.topics[0]?.partitions[0]?.errorCode, 0);
        const { results } = await bench.wire().ask(deleteGroups, { groupsNames: [deleted] });
        assert.equal(results[0]?.errorCode, 0);
        assert.equal(await writer.end(true), 0);
        await until('the end', 10_000, async () => (await committed(t, overtaken, true)) !== 88);
        assert.equal(await committed(t, overtaken, true), 7n);
        assert.equal(await committed(t, withoutOffset), -1n);
        assert.equal(await committed(t, deleted), -1n);
      },
    );
  });
}

async function addOffsets(writer: TransactionalWriter, groupId: string): Promise<number> {
  let code = -1;
  await until('AddOffsetsToTxn', 20_000, async () => {
    const { producerId, epoch: producerEpoch } = writer.writer;
    const request = { transactionalId: writer.id, producerId, producerEpoch, groupId };
    code = (await writer.wire.ask(addOffsetsToTxn, request, 3)).errorCode;
    return code !== 51;
  });
  return code;
}

async function txnCommit(writer: TransactionalWriter, t: WireTopic, groupId: string, offset: bigint, partition = 0) {
  const { producerId, epoch: producerEpoch } = writer.writer;
  const partitions = [
    { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: '' },
  ];
  const topics = [{ name: t.name, partitions }];
  const request = {
    transactionalId: writer.id,
    groupId,
    producerId,
    producerEpoch,
    generationId: -1,
    memberId: '',
    topics,
  };
  return (await writer.wire.ask(txnOffsetCommit, request, 3)).topics[0]?.partitions[0]?.errorCode;
}
