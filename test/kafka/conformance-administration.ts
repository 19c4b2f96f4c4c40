/**
 * The part of the broker's conformance suite about what administrators ask of groups, the odd requests included.
 * test/differential met them.
 */
import assert from 'node:assert/strict';
import type { Address } from '../../src/base/connection.js';
import { consumerProtocolSubscription } from '../../src/protocol/api/consumer-protocol-subscription.js';
import { describeGroups } from '../../src/protocol/api/describe-groups.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { offsetDelete } from '../../src/protocol/api/offset-delete.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { encodeMessage } from '../../src/protocol/codec.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

interface Bench {
  readonly topic: (configs?: Readonly<Record<string, string>>, partitions?: number) => Promise<WireTopic>;
  readonly wire: () => Wire;
  readonly address: () => Address;
}

const NOT_YET = [14, 15, 16];
let made = 0;

export function administrationConformance(suite: Suite, bench: Bench): void {
  const newGroup = async () => {
    const groupId = `d-${process.pid}-${Date.now()}-${made++}`;
    await until('a loaded coordinator', 30_000, async () => {
      await bench.wire().ask(findCoordinator, { keyType: 0, key: groupId, coordinatorKeys: [groupId] });
      const { groups } = await bench.wire().ask(offsetFetch, { groups: [{ groupId, topics: null }] }, 8);
      return !NOT_YET.includes(groups[0]?.errorCode ?? 0);
    });
    return groupId;
  };
  const stateOf = async (groupId: string) =>
    (await bench.wire().ask(describeGroups, { groups: [groupId] }, 5)).groups[0]?.groupState;
  const joining = (groupId: string, groupInstanceId: string, topics: string[], memberId = '') => ({
    groupId,
    sessionTimeoutMs: 6000,
    rebalanceTimeoutMs: 10_000,
    memberId,
    groupInstanceId,
    protocolType: 'consumer',
    protocols: [{ name: 'one', metadata: encodeMessage(consumerProtocolSubscription, 1, { topics }) }],
  });

  suite.describe('administrators', () => {
    const leftBeforeTheRound = 'who leaves with others is gone before the round in which they would have been [5.1]';
    suite.behaviour(leftBeforeTheRound, ['rounds of groups'], async (otherwise) => {
      const groupId = await newGroup();
      const oneByOne = otherwise('rounds of groups');
      const wires = await Promise.all([0, 1].map(() => Wire.open(bench.address())));
      try {
        const [one, two] = wires as [Wire, Wire];
        const first = await one.ask(joinGroup, joining(groupId, 'a', []));
        const second = two.ask(joinGroup, joining(groupId, 'b', []));
        await until('a round', 10_000, async () => (await stateOf(groupId)) === 'PreparingRebalance');
        const instances = ['a', 'b', 'c'];
        const members = instances.map((groupInstanceId) => ({ memberId: '', groupInstanceId }));
        const left = await bench.wire().ask(leaveGroup, { groupId, members });
        assert.deepEqual(
          left.members.map(({ errorCode }) => errorCode),
          [0, 0, 25],
        );
        const { errorCode, memberId, generationId } = await second;
        assert.deepEqual([errorCode, memberId === '', generationId], oneByOne ? [0, false, 2] : [25, true, -1]);
        assert.equal(await stateOf(groupId), 'Empty');
        const next = await one.ask(joinGroup, joining(groupId, 'a', []));
        assert.equal(
          next.generationId,
          first.generationId + (oneByOne ? 3 : 2),
          'one round without anybody lies in between',
        );
      } finally {
        for (const wire of wires) wire.close();
      }
    });

    suite.behaviour('offsets of a partition that is not there are none, whoever reads the topic [5.1]', async () => {
      const groupId = await newGroup();
      const { name } = await bench.topic();
      await bench.wire().ask(joinGroup, joining(groupId, 'a', [name]));
      const topics = [{ name, partitions: [0, 7, -1].map((partitionIndex) => ({ partitionIndex })) }];
      const answer = await bench.wire().ask(offsetDelete, { groupId, topics });
      const codes = new Map(answer.topics[0]?.partitions.map((each) => [each.partitionIndex, each.errorCode]));
      assert.deepEqual([codes.get(0), codes.get(7), codes.get(-1)], [86, 3, 3]);
    });
  });
}
