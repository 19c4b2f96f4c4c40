/**
 * The calls of one group member, each sent once and never pipelined: find the coordinator, join, sync, heartbeat, commit
 * and fetch an offset, leave. Only wire work; what the answers mean for ownership is `ownership.ts`.
 * Spec: docs/spec/ownership.md (rule 4.1).
 */
import { type Channel, type KafkaCluster, NotSent } from '../../client/types.js';
import { findCoordinator } from '../../protocol/api/find-coordinator.js';
import { heartbeat } from '../../protocol/api/heartbeat.js';
import { joinGroup } from '../../protocol/api/join-group.js';
import { leaveGroup } from '../../protocol/api/leave-group.js';
import { offsetCommit } from '../../protocol/api/offset-commit.js';
import { offsetFetch } from '../../protocol/api/offset-fetch.js';
import { syncGroup } from '../../protocol/api/sync-group.js';

export const PROTOCOL_TYPE = 'klink';
const PROTOCOL_NAME = 'owner-1';
/** Later versions name topics by id only. */
const LAST_BY_NAME = 9;
const GROUP_COORDINATOR = 0;
const MEMBER_ID_REQUIRED = 79;

export interface Calls {
  readonly group: string;
  /** [4.1] Above this the channel resets itself, and the coordinator has to be found again. */
  readonly answerTimeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Joined {
  readonly code: number;
  readonly memberId: string;
  readonly generation: number;
  readonly leads: boolean;
  /** Only the leader is told. */
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[];
}

/**
 * A connection of its own to the coordinator; rejects NotSent when none is found within the answer timeouts. Each call asks
 * over a new connection, and so another broker than the last: one that is cut off names itself as long as the cut lasts [4.1].
 */
export async function coordinatorChannel(cluster: KafkaCluster, calls: Calls): Promise<Channel> {
  const asked = await cluster.channel('any', 'ownership-find');
  const request = { key: calls.group, keyType: GROUP_COORDINATOR, coordinatorKeys: [calls.group] };
  const answer = await asked.send(findCoordinator, request, options(calls)).finally(() => asked.close());
  const found = answer.coordinators[0] ?? answer;
  if (found.errorCode !== 0) throw new NotSent(`no coordinator of group ${calls.group} now (error ${found.errorCode})`);
  return cluster.channel(found.nodeId, 'ownership');
}

export async function join(
  channel: Channel,
  calls: Calls,
  request: {
    readonly memberId: string;
    readonly metadata: Buffer;
    readonly sessionTimeoutMs: number;
    readonly rebalanceTimeoutMs: number;
  },
): Promise<Joined> {
  const ask = (memberId: string) =>
    channel.send(
      joinGroup,
      {
        groupId: calls.group,
        sessionTimeoutMs: request.sessionTimeoutMs,
        rebalanceTimeoutMs: request.rebalanceTimeoutMs,
        memberId,
        protocolType: PROTOCOL_TYPE,
        protocols: [{ name: PROTOCOL_NAME, metadata: request.metadata }],
      },
      // The answer waits for the other members, as long as the rebalance may take.
      { timeoutMs: request.rebalanceTimeoutMs + request.sessionTimeoutMs, signal: calls.signal },
    );
  let answer = await ask(request.memberId);
  if (answer.errorCode === MEMBER_ID_REQUIRED) answer = await ask(answer.memberId);
  return {
    code: answer.errorCode,
    memberId: answer.memberId,
    generation: answer.generationId,
    leads: answer.errorCode === 0 && answer.leader === answer.memberId,
    members: answer.members,
  };
}

export async function sync(
  channel: Channel,
  calls: Calls,
  request: {
    readonly memberId: string;
    readonly generation: number;
    readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
    readonly timeoutMs: number;
  },
): Promise<{ readonly code: number; readonly assignment: Buffer }> {
  const answer = await channel.send(
    syncGroup,
    {
      groupId: calls.group,
      generationId: request.generation,
      memberId: request.memberId,
      protocolType: PROTOCOL_TYPE,
      protocolName: PROTOCOL_NAME,
      assignments: [...request.assignments],
    },
    { timeoutMs: request.timeoutMs, signal: calls.signal },
  );
  return { code: answer.errorCode, assignment: answer.assignment };
}

export async function beat(channel: Channel, calls: Calls, memberId: string, generation: number): Promise<number> {
  const request = { groupId: calls.group, generationId: generation, memberId };
  return (await channel.send(heartbeat, request, options(calls))).errorCode;
}

/** [4.1] The replicated write: the coordinator answers 0 only when its followers have it. */
export async function commit(
  channel: Channel,
  calls: Calls,
  write: { readonly memberId: string; readonly generation: number; readonly topic: string; readonly note: string },
): Promise<number> {
  const answer = await channel.send(
    offsetCommit,
    {
      groupId: calls.group,
      generationIdOrMemberEpoch: write.generation,
      memberId: write.memberId,
      topics: [
        { name: write.topic, partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: write.note }] },
      ],
    },
    { ...options(calls), versionMax: LAST_BY_NAME },
  );
  return answer.topics[0]?.partitions[0]?.errorCode ?? -1;
}

/** What the last owner wrote with its last commit; undefined when nothing is stored. */
export async function lastNote(
  channel: Channel,
  calls: Calls,
  topic: string,
): Promise<{ readonly code: number; readonly note: string | undefined }> {
  const topics = [{ name: topic, partitionIndexes: [0] }];
  const answer = await channel.send(
    offsetFetch,
    { groupId: calls.group, topics, groups: [{ groupId: calls.group, topics }] },
    { ...options(calls), versionMax: LAST_BY_NAME },
  );
  const group = answer.groups[0];
  const stored = (group ?? answer).topics[0]?.partitions[0];
  const code = answer.errorCode || (group?.errorCode ?? 0) || (stored?.errorCode ?? 0);
  return { code, note: stored && stored.committedOffset >= 0n ? (stored.metadata ?? '') : undefined };
}

export async function leave(channel: Channel, calls: Calls, memberId: string): Promise<void> {
  const request = { groupId: calls.group, memberId, members: [{ memberId, reason: 'orderly stop' }] };
  await channel.send(leaveGroup, request, options(calls));
}

function options(calls: Calls): { readonly timeoutMs: number; readonly signal: AbortSignal } {
  return { timeoutMs: calls.answerTimeoutMs, signal: calls.signal };
}
