/** The part of the broker's conformance suite about static members, and about which protocol a group agrees on. */
import assert from 'node:assert/strict';
import type { Address } from '../../src/base/connection.js';
import { consumerProtocolSubscription } from '../../src/protocol/api/consumer-protocol-subscription.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { deleteGroups } from '../../src/protocol/api/delete-groups.js';
import { describeGroups } from '../../src/protocol/api/describe-groups.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { type OffsetDeleteResponse, offsetDelete } from '../../src/protocol/api/offset-delete.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { syncGroup } from '../../src/protocol/api/sync-group.js';
import { decodeMessage, encodeMessage } from '../../src/protocol/codec.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  readonly wire: () => Wire;
  readonly address: () => Address;
}

interface Who {
  readonly memberId?: string;
  readonly instance?: string | null;
  readonly generation?: number;
}

const NOT_YET = [14, 15, 16];
let made = 0;

export function memberConformance(suite: Suite, bench: Bench): void {
  const newGroup = async () => {
    const groupId = `m-${process.pid}-${Date.now()}-${made++}`;
    await until('a loaded coordinator', 30_000, async () => {
      await bench.wire().ask(findCoordinator, { keyType: 0, key: groupId, coordinatorKeys: [groupId] });
      const { groups } = await bench.wire().ask(offsetFetch, { groups: [{ groupId, topics: null }] }, 8);
      return !NOT_YET.includes(groups[0]?.errorCode ?? 0);
    });
    return groupId;
  };
  const join = async (groupId: string, who: Who & { names?: readonly string[]; wire?: Wire }) => {
    const { names = ['one'], wire = bench.wire() } = who;
    const request = (memberId: string) => ({
      groupId,
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 10_000,
      memberId,
      groupInstanceId: who.instance ?? null,
      protocolType: 'klink',
      protocols: names.map((name) => ({ name, metadata: Buffer.from(`of ${name}`) })),
    });
    const answer = await wire.ask(joinGroup, request(who.memberId ?? ''));
    return answer.errorCode === 79 ? wire.ask(joinGroup, request(answer.memberId)) : answer;
  };
  const sync = async (
    groupId: string,
    who: Who & { name?: string; assignments?: Record<string, string>; wire?: Wire },
  ) => {
    const { name = 'one', assignments = {}, wire = bench.wire() } = who;
    return wire.ask(syncGroup, {
      groupId,
      generationId: who.generation ?? -1,
      memberId: who.memberId ?? '',
      groupInstanceId: who.instance ?? null,
      protocolType: 'klink',
      protocolName: name,
      assignments: Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) })),
    });
  };
  const beat = async (groupId: string, who: Who) => {
    const { memberId = '', instance = null, generation = -1 } = who;
    const request = { groupId, generationId: generation, memberId, groupInstanceId: instance };
    return (await bench.wire().ask(heartbeat, request)).errorCode;
  };
  const leave = async (groupId: string, who: Who) => {
    const members = [{ memberId: who.memberId ?? '', groupInstanceId: who.instance ?? null }];
    return (await bench.wire().ask(leaveGroup, { groupId, members })).members[0]?.errorCode;
  };
  const describe = async (groupId: string) =>
    (await bench.wire().ask(describeGroups, { groups: [groupId] }, 5)).groups[0];

  suite.describe('static members', () => {
    suite.behaviour(
      'one that comes back takes its place without a rebalance, and its former self is fenced [5.1]',
      async () => {
        const group = await newGroup();
        const first = await join(group, { instance: 'i' });
        assert.equal(first.errorCode, 0, 'an instance need not ask for an id first');
        assert.ok(first.memberId.startsWith('i-'));
        const old = { memberId: first.memberId, instance: 'i', generation: first.generationId };
        const synced = await sync(group, { ...old, assignments: { [first.memberId]: 'all' } });
        assert.deepEqual([synced.errorCode, synced.assignment.toString()], [0, 'all']);
        const again = await join(group, { instance: 'i' });
        assert.equal(again.errorCode, 0);
        assert.notEqual(again.memberId, first.memberId);
        assert.equal(again.generationId, first.generationId, 'no rebalance');
        assert.deepEqual([again.leader, again.skipAssignment], [again.memberId, true]);
        const now = { memberId: again.memberId, instance: 'i', generation: again.generationId };
        assert.equal((await sync(group, now)).assignment.toString(), 'all', 'it has what it had');
        assert.equal(await beat(group, now), 0);
        assert.equal(await beat(group, old), 82);
        assert.equal((await sync(group, old)).errorCode, 82);
        assert.equal((await join(group, old)).errorCode, 82);
        assert.equal(await leave(group, old), 82);
        assert.equal(await beat(group, { ...now, instance: 'another' }), 25);
        const shown = (await describe(group))?.members ?? [];
        assert.deepEqual(
          shown.map(({ memberId, groupInstanceId }) => [memberId, groupInstanceId]),
          [[again.memberId, 'i']],
        );
        assert.equal(await leave(group, { instance: 'another' }), 25);
        assert.equal(await leave(group, { instance: 'i' }), 0, 'the name is enough');
        assert.equal((await describe(group))?.groupState, 'Empty');
      },
    );

    suite.behaviour('one that comes back with other protocols begins a rebalance [5.1]', async () => {
      const group = await newGroup();
      const first = await join(group, { instance: 'i', names: ['one', 'two'] });
      const old = { memberId: first.memberId, instance: 'i', generation: first.generationId };
      assert.equal((await sync(group, { ...old, assignments: { [first.memberId]: 'all' } })).errorCode, 0);
      const again = await join(group, { instance: 'i', names: ['two'] });
      assert.deepEqual([again.errorCode, again.generationId], [0, first.generationId + 1]);
      assert.deepEqual([again.protocolName, again.skipAssignment], ['two', false]);
      assert.equal(await leave(group, { instance: 'i' }), 0);
    });
  });

  suite.describe('rounds of a group', () => {
    const joinOf = (groupId: string, memberId = '') => ({
      groupId,
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 10_000,
      memberId,
      protocolType: 'klink',
      protocols: [{ name: 'one', metadata: Buffer.from('of one') }],
    });

    suite.behaviour(
      'the first does not wait for who has an id and has not come [5.1]',
      ['rounds of groups'],
      async (otherwise) => {
        const group = await newGroup();
        const pending = await bench.wire().ask(joinGroup, joinOf(group));
        assert.equal(pending.errorCode, 79);
        const first = await join(group, { instance: 'i' });
        assert.deepEqual([first.errorCode, first.generationId], [0, 1]);
        const who = { memberId: first.memberId, instance: 'i', generation: 1 };
        assert.equal((await sync(group, { ...who, assignments: { [first.memberId]: 'all' } })).errorCode, 0);
        assert.equal(await beat(group, who), 0);
        assert.equal(await leave(group, { memberId: pending.memberId }), 0);
        assert.equal(await beat(group, who), otherwise('rounds of groups') ? 0 : 27, 'but begins again when it leaves');
        const shown = (await describe(group))?.members[0];
        assert.equal(shown?.memberAssignment.toString(), 'all');
        const late = await bench.wire().ask(joinGroup, joinOf(group));
        assert.equal(late.errorCode, 79);
        assert.equal(await leave(group, who), 0);
        const isEmpty = async () => (await describe(group))?.groupState === 'Empty';
        await until('a group without members', 10_000, isEmpty);
      },
    );

    suite.behaviour('a static member may come back with another subscription, by the same protocol [5.1]', async () => {
      const group = await newGroup();
      const first = await join(group, { instance: 'i', names: ['one', 'two'] });
      const old = { memberId: first.memberId, instance: 'i', generation: first.generationId };
      assert.equal((await sync(group, { ...old, assignments: { [first.memberId]: 'all' } })).errorCode, 0);
      const again = await join(group, { instance: 'i', names: ['one'] });
      assert.deepEqual([again.generationId, again.skipAssignment], [first.generationId, true]);
      const foreign = await join(group, { memberId: again.memberId, instance: 'i', names: ['two'] });
      assert.equal(foreign.errorCode, 23, 'and alone it cannot give up all that it worked by');
    });

    suite.behaviour(
      'a leader that comes back and cannot be told to skip is told of its former self [5.1]',
      async () => {
        const group = await newGroup();
        const first = await join(group, { instance: 'i' });
        const old = { memberId: first.memberId, instance: 'i', generation: first.generationId };
        assert.equal((await sync(group, { ...old, assignments: { [first.memberId]: 'all' } })).errorCode, 0);
        const again = await bench.wire().ask(joinGroup, { ...joinOf(group), groupInstanceId: 'i' }, 8);
        assert.deepEqual([again.errorCode, again.leader, again.members], [0, first.memberId, []]);
        assert.notEqual(again.memberId, first.memberId);
        const former = await describe(group);
        assert.equal(former?.groupState, 'Stable');
      },
    );

    suite.behaviour('who syncs says by which protocol, from version 5 on [5.1]', async () => {
      const asked = { groupId: await newGroup(), generationId: 1, memberId: 'nobody', assignments: [] };
      const codes = [5, 4].map(async (version) => (await bench.wire().ask(syncGroup, asked, version)).errorCode);
      assert.deepEqual(await Promise.all(codes), [23, 25]);
    });

    suite.behaviour(
      'of protocols with as many votes the first of Kafka’s table is chosen [5.1]',
      ['rounds of groups'],
      async (otherwise) => {
        const group = await newGroup();
        const wires = await Promise.all([0, 1].map(() => Wire.open(bench.address())));
        try {
          const [one, two] = wires as [Wire, Wire];
          const chosen = otherwise('rounds of groups') ? 'two' : 'one';
          const first = await join(group, { instance: 'a', names: ['two', 'one'], wire: one });
          const second = join(group, { instance: 'b', names: ['one', 'two'], wire: two });
          await until('a round', 10_000, async () => (await describe(group))?.groupState === 'PreparingRebalance');
          const again = await join(group, { ...first, instance: 'a', names: ['two', 'one'], wire: one });
          assert.deepEqual([again.protocolName, (await second).protocolName], [chosen, chosen]);
        } finally {
          for (const wire of wires) wire.close();
        }
      },
    );

    suite.behaviour('offsets of what the generation reads stay, those of no topic are none [5.1]', async () => {
      const group = await newGroup();
      const topic = `${group}-t`;
      const topics = [topic, `${topic}-else`];
      await bench.wire().ask(createTopics, {
        topics: topics.map((name) => ({ name, numPartitions: 1, replicationFactor: 1 })),
        timeoutMs: 30_000,
      });
      const reading = (names: string[], memberId = '') => ({
        ...joinOf(group, memberId),
        groupInstanceId: 'i',
        protocolType: 'consumer',
        protocols: [{ name: 'one', metadata: encodeMessage(consumerProtocolSubscription, 1, { topics: names }) }],
      });
      const deleted = async () => {
        const asked = [...topics, `${topic}-none`].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
        const answer = await bench.wire().ask(offsetDelete, { groupId: group, topics: asked });
        return [answer.errorCode, topics.concat(`${topic}-none`).map(codeIn(answer.topics))];
      };
      const first = await bench.wire().ask(joinGroup, reading([topic]));
      assert.deepEqual(await deleted(), [0, [86, 0, 3]]);
      const { memberId, generationId } = first;
      const assignments = [{ memberId, assignment: Buffer.alloc(0) }];
      const synced = { groupId: group, generationId, memberId, groupInstanceId: 'i', assignments };
      await bench.wire().ask(syncGroup, { ...synced, protocolType: 'consumer', protocolName: 'one' });
      const again = await bench.wire().ask(joinGroup, reading([`${topic}-else`]));
      assert.equal(again.generationId, generationId);
      assert.deepEqual(await deleted(), [0, [86, 0, 3]], 'as long as it lasts');
    });

    suite.behaviour(
      'of a group that is not there rights are told below version 6, and it is deleted once [5.1]',
      ['rounds of groups'],
      async (otherwise) => {
        const groups = [`nobody-${process.pid}`];
        const told = async (version: number) => {
          const answer = await bench.wire().ask(describeGroups, { groups, includeAuthorizedOperations: true }, version);
          return answer.groups[0]?.authorizedOperations !== -2147483648;
        };
        assert.deepEqual([await told(5), await told(6)], [true, otherwise('rounds of groups')]);
        const { results } = await bench.wire().ask(deleteGroups, { groupsNames: [...groups, ...groups] });
        assert.deepEqual(results, [{ groupId: groups[0], errorCode: 69 }]);
      },
    );

    suite.behaviour('FindCoordinator says NONE below version 4, and what no coordinator is for [5.1]', async () => {
      const { errorMessage } = await bench.wire().ask(findCoordinator, { keyType: 0, key: 'g' }, 3);
      assert.equal(errorMessage, 'NONE');
      const { coordinators } = await bench.wire().ask(findCoordinator, { keyType: 9, coordinatorKeys: ['g'] });
      assert.equal(coordinators[0]?.errorCode, 42);
      assert.match(
        coordinators[0]?.errorMessage ?? '',
        /^This most likely occurs because of a request being malformed/,
      );
    });
  });

  suite.describe('protocols of a group', () => {
    suite.behaviour(
      'what all members know and most like best is chosen, and who knows none of it is refused [5.1]',
      async () => {
        const group = await newGroup();
        const wires = await Promise.all([0, 1].map(() => Wire.open(bench.address())));
        const [one, two] = wires;
        assert.ok(one && two);
        const names = ['cooperative-sticky', 'range'];
        const first = await join(group, { names, wire: one });
        assert.deepEqual([first.errorCode, first.protocolName], [0, 'cooperative-sticky']);
        const mine = { memberId: first.memberId, generation: first.generationId };
        const alone = { ...mine, name: 'cooperative-sticky', assignments: { [first.memberId]: 'all' } };
        assert.equal((await sync(group, { ...alone, name: 'range' })).errorCode, 23, 'another name than was chosen');
        assert.equal((await sync(group, alone)).errorCode, 0);
        assert.equal((await join(group, { names: ['roundrobin'] })).errorCode, 23);
        assert.equal((await join(group, { names: [] })).errorCode, 23);
        const joining = join(group, { names: ['roundrobin', 'range'], wire: two });
        await until('the rebalance', 10_000, async () => (await beat(group, mine)) === 27);
        const [again, second] = await Promise.all([join(group, { ...mine, names, wire: one }), joining]);
        assert.deepEqual([again.errorCode, second.errorCode], [0, 0]);
        assert.deepEqual([again.protocolName, second.protocolName], ['range', 'range']);
        assert.deepEqual(again.members.map(({ metadata }) => metadata.toString()).sort(), ['of range', 'of range']);
        assert.equal(second.members.length, 0, 'only the leader is told who is there');
        const generation = again.generationId;
        const waiting = sync(group, { memberId: second.memberId, generation, name: 'range', wire: two });
        const assignments = { [first.memberId]: 'half', [second.memberId]: 'other half' };
        const leading = await sync(group, {
          memberId: first.memberId,
          generation,
          name: 'range',
          assignments,
          wire: one,
        });
        assert.equal(leading.assignment.toString(), 'half');
        assert.equal((await waiting).assignment.toString(), 'other half');
        const shown = await describe(group);
        assert.deepEqual([shown?.groupState, shown?.protocolType, shown?.protocolData], ['Stable', 'klink', 'range']);
        assert.equal(await leave(group, { memberId: second.memberId }), 0);
        assert.equal(await leave(group, { memberId: first.memberId }), 0);
        for (const wire of wires) wire.close();
      },
    );
  });

  suite.describe('cooperative rebalancing', () => {
    suite.behaviour(
      'who says what it owns joins again: a change of it, and the leader, begin a rebalance, the same from a follower does not [5.1]',
      async () => {
        const group = await newGroup();
        const wires = await Promise.all([0, 1].map(() => Wire.open(bench.address())));
        const [one, two] = wires;
        assert.ok(one && two);
        const [name, topic] = ['cooperative-sticky', 'some-topic'];
        const owning = (partitions: number[], generationId: number) =>
          encodeMessage(consumerProtocolSubscription, 3, {
            topics: [topic],
            userData: null,
            ownedPartitions: partitions.length === 0 ? [] : [{ topic, partitions }],
            generationId,
            rackId: null,
          });
        const enter = async (wire: Wire, memberId: string, metadata: Buffer) => {
          const request = (id: string) => ({
            groupId: group,
            sessionTimeoutMs: 6000,
            rebalanceTimeoutMs: 10_000,
            memberId: id,
            groupInstanceId: null,
            protocolType: 'consumer',
            protocols: [{ name, metadata }],
          });
          const answer = await wire.ask(joinGroup, request(memberId));
          return answer.errorCode === 79 ? wire.ask(joinGroup, request(answer.memberId)) : answer;
        };
        const assign = async (
          wire: Wire,
          memberId: string,
          generationId: number,
          shares: Record<string, string> = {},
        ) => {
          const assignments = Object.entries(shares).map(([member, text]) => ({
            memberId: member,
            assignment: Buffer.from(text),
          }));
          const who = { groupId: group, generationId, memberId, groupInstanceId: null };
          const names = { protocolType: 'consumer', protocolName: name };
          const answer = await wire.ask(syncGroup, { ...who, ...names, assignments });
          return [answer.errorCode, answer.assignment.toString()];
        };
        const rebalancing = (memberId: string, generation: number) =>
          until('the rebalance', 10_000, async () => (await beat(group, { memberId, generation })) === 27);

        const first = await enter(one, '', owning([], -1));
        const leader = first.memberId;
        assert.deepEqual(await assign(one, leader, first.generationId, { [leader]: '0 1' }), [0, '0 1']);

        const joining = enter(two, '', owning([], -1));
        await rebalancing(leader, first.generationId);
        const [again, second] = await Promise.all([enter(one, leader, owning([0, 1], first.generationId)), joining]);
        const follower = second.memberId;
        assert.equal(again.leader, leader);
        const told = new Map(again.members.map((member) => [member.memberId, member.metadata]));
        const owned = decodeMessage(consumerProtocolSubscription, told.get(leader) ?? Buffer.alloc(0)).body;
        assert.deepEqual(owned.ownedPartitions, [{ topic, partitions: [0, 1] }], 'the leader sees what each owns');
        const generation = again.generationId;
        const halves = assign(two, follower, generation);
        assert.deepEqual(await assign(one, leader, generation, { [leader]: '0', [follower]: '' }), [0, '0']);
        assert.deepEqual(await halves, [0, '']);

        const same = await enter(two, follower, owning([], -1));
        assert.deepEqual([same.errorCode, same.generationId, same.members.length], [0, generation, 0]);
        assert.equal(await beat(group, { memberId: leader, generation }), 0, 'nobody else is disturbed');
        assert.deepEqual(await assign(two, follower, generation), [0, ''], 'and what it had is told again');

        const revoked = enter(one, leader, owning([0], generation));
        await rebalancing(follower, generation);
        const [third] = await Promise.all([revoked, enter(two, follower, owning([], generation))]);
        assert.equal(third.generationId, generation + 1);
        const given = assign(two, follower, generation + 1);
        assert.deepEqual(await assign(one, leader, generation + 1, { [leader]: '0', [follower]: '1' }), [0, '0']);
        assert.deepEqual(await given, [0, '1']);

        const changed = enter(two, follower, owning([1], generation + 1));
        await rebalancing(leader, generation + 1);
        const [fourth] = await Promise.all([enter(one, leader, owning([0], generation + 1)), changed]);
        assert.equal(fourth.generationId, generation + 2);
        const shown = await describe(group);
        assert.deepEqual([shown?.protocolType, shown?.groupState], ['consumer', 'CompletingRebalance']);
        for (const memberId of [follower, leader]) assert.equal(await leave(group, { memberId }), 0);
        for (const wire of wires) wire.close();
      },
    );
  });
}

function codeIn(topics: OffsetDeleteResponse['topics']): (name: string) => number | undefined {
  return (name) => topics.find((each) => each.name === name)?.partitions[0]?.errorCode;
}
