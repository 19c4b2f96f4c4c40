/** Members of consumer groups in raw requests, of the classic protocol and of KIP-848's, and what groups have stored. */
import { consumerGroupHeartbeat } from '../../src/protocol/api/consumer-group-heartbeat.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../src/protocol/api/leave-group.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { syncGroup } from '../../src/protocol/api/sync-group.js';
import { until } from './until.js';
import type { Wire } from './wire.js';

export type GroupKind = 'classic' | 'consumer';

const COORDINATOR_MOVES: ReadonlySet<number> = new Set([14, 15, 16]);

export interface Stored {
  readonly offset: bigint;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

/** What is stored for one partition; pending transactions do not count. */
export async function stored(wire: Wire, group: string, topic: string, partition = 0): Promise<Stored | undefined> {
  const topics = [{ name: topic, partitionIndexes: [partition] }];
  const groups = [{ groupId: group, memberId: null, memberEpoch: -1, topics }];
  const answer = await wire.ask(offsetFetch, { groups, requireStable: false }, 9);
  const found = answer.groups[0]?.topics[0]?.partitions[0];
  if (found === undefined || found.committedOffset < 0n) return undefined;
  return {
    offset: found.committedOffset,
    leaderEpoch: found.committedLeaderEpoch,
    metadata: found.metadata ?? '',
  };
}

/** As an administrator or a consumer without a group would; the code. */
export async function commitPlainly(
  wire: Wire,
  group: string,
  offsets: readonly {
    readonly topic: string;
    readonly partition?: number;
    readonly offset: bigint;
    readonly metadata?: string;
  }[],
  member: { readonly memberId: string; readonly generation: number } = { memberId: '', generation: -1 },
): Promise<number> {
  const names = [...new Set(offsets.map(({ topic }) => topic))];
  const topics = names.map((name) => ({
    name,
    partitions: offsets
      .filter(({ topic }) => topic === name)
      .map(({ partition = 0, offset, metadata = '' }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: -1,
        committedMetadata: metadata,
      })),
  }));
  let code = -1;
  await until(`${group} is coordinated`, 20_000, async () => {
    await wire.ask(findCoordinator, { key: group, keyType: 0, coordinatorKeys: [group] });
    const { memberId, generation } = member;
    const answer = await wire.ask(
      offsetCommit,
      { groupId: group, generationIdOrMemberEpoch: generation, memberId, topics },
      9,
    );
    code = answer.topics[0]?.partitions.find(({ errorCode }) => errorCode !== 0)?.errorCode ?? 0;
    return !COORDINATOR_MOVES.has(code);
  });
  return code;
}

export interface Member {
  readonly memberId: string;
  readonly generation: number;
  leave(): Promise<void>;
}

/** A sole member that has its assignment; it stays for its session without a heartbeat. */
export async function joinAs(kind: GroupKind, wire: Wire, group: string, topic: string): Promise<Member> {
  await until(`${group} is coordinated`, 20_000, async () => {
    const answer = await wire.ask(findCoordinator, { key: group, keyType: 0, coordinatorKeys: [group] });
    return answer.coordinators[0]?.errorCode === 0;
  });
  return kind === 'classic' ? joinClassic(wire, group) : joinNewer(wire, group, topic);
}

async function joinClassic(wire: Wire, group: string): Promise<Member> {
  let memberId = '';
  let generation = -1;
  await until(`a member joins ${group}`, 20_000, async () => {
    const answer = await wire.ask(joinGroup, {
      groupId: group,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      memberId,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from([0, 0, 0, 0, 0, 0, 255, 255, 255, 255]) }],
    });
    memberId = answer.memberId;
    generation = answer.generationId;
    return answer.errorCode === 0;
  });
  const names = { protocolType: 'consumer', protocolName: 'range' };
  const assignments = [{ memberId, assignment: Buffer.from([0, 0, 0, 0, 0, 0, 255, 255, 255, 255]) }];
  await wire.ask(syncGroup, { groupId: group, generationId: generation, memberId, ...names, assignments });
  return {
    memberId,
    generation,
    leave: async () => void (await wire.ask(leaveGroup, { groupId: group, members: [{ memberId }] })),
  };
}

async function joinNewer(wire: Wire, group: string, topic: string): Promise<Member> {
  const memberId = Buffer.from(`${group}/member/0000`).subarray(0, 16).toString('base64url');
  const beat = (memberEpoch: number) =>
    wire.ask(consumerGroupHeartbeat, {
      groupId: group,
      memberId,
      memberEpoch,
      rebalanceTimeoutMs: 30_000,
      subscribedTopicNames: [topic],
      topicPartitions: [],
    });
  let generation = -1;
  await until(`a member joins ${group}`, 20_000, async () => {
    const answer = await beat(0);
    generation = answer.memberEpoch;
    return answer.errorCode === 0;
  });
  return { memberId, generation, leave: async () => void (await beat(-1)) };
}
