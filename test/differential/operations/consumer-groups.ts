/** Groups of the newer protocol (KIP-848): heartbeats of members that do what they are told, mostly, and what is told of them. */

import { consumerGroupDescribe } from '../../../src/protocol/api/consumer-group-describe.js';
import {
  type ConsumerGroupHeartbeatRequest,
  consumerGroupHeartbeat,
} from '../../../src/protocol/api/consumer-group-heartbeat.js';
import { metadata } from '../../../src/protocol/api/metadata.js';
import type { Draft } from '../../../src/protocol/schema.js';
import { until } from '../../harness/until.js';
import { chance, maybePick, mostly, pick, randomInt, some } from '../draws.js';
import { type Names, PREFIX } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import type { Side } from '../side.js';
import type { World } from '../world.js';

const SETTLED_MS = 20_000;
const GROUPS_MAX = 3;
const MEMBERS_MAX = 4;
/** Nobody is put out while a seed lasts. */
const REBALANCE_MS = 600_000;
const [LEAVES, LEAVES_FOR_A_WHILE] = [-1, -2];

export interface NewerMember {
  readonly group: string;
  readonly id: string;
  readonly instanceId: string | null;
  readonly plan: Plan;
  epoch: number;
}

/**
 * Who gets what by `range` is compared as it is. Which of several equals `uniform` chooses goes by tables that are ordered by
 * ids that each broker chose itself, and who has to give back, and when, hangs on it: of such a
 * group it is compared what is refused and why.
 */
interface Plan {
  readonly assignor: 'range' | 'uniform';
  readonly topic: string;
}

type Assigned = readonly { readonly topicId: string; readonly partitions: readonly number[] }[];

/** What a broker last told each member, in an order that is the same on each: some is said, and some left out. */
const told = new WeakMap<Names, Map<string, Assigned>>();

export const consumerGroupOperations: readonly Operation[] = [
  { name: 'join a newer group', weight: 2, draw: (drawing) => joining(drawing) },
  { name: 'beat in a newer group', weight: 8, draw: (drawing) => beating(drawing) },
  { name: 'leave a newer group', weight: 0.7, draw: (drawing) => leaving(drawing) },
  {
    name: 'describe newer groups',
    weight: 2,
    draw: (drawing) =>
      newerGroupsOf(drawing, some(drawing.random, [...newerGroups(drawing.world), `${PREFIX}nobody`], 2)),
  },
];

export function newerMembers(world: World): NewerMember[] {
  const there = world.areas.get('newer members') as NewerMember[] | undefined;
  if (there !== undefined) return there;
  const none: NewerMember[] = [];
  world.areas.set('newer members', none);
  return none;
}

export function newerGroups(world: World): string[] {
  return [...new Set(newerMembers(world).map(({ group }) => group))];
}

interface Subscription {
  readonly subscribedTopicNames?: string[] | null;
  readonly subscribedTopicRegex?: string | null;
  readonly serverAssignor?: string | null;
  readonly rackId?: string | null;
}

function drawSubscription({ random, world }: Drawing, plan: Plan): Subscription {
  if (plan.assignor === 'uniform') {
    const serverAssignor = mostly<string | null>(random, null, 0.4, ['uniform', 'none', '']);
    return { subscribedTopicNames: [plan.topic], serverAssignor };
  }
  const names = some(random, [...world.existing.map(({ name }) => name), `${PREFIX}unknown`], 3);
  const subscribed = mostly<string[]>(random, names, 0.06, [[], [...names, ...names], ['a b'], ['']]);
  const assignor = mostly<string | null>(random, 'range', 0.05, ['none', '']);
  return { subscribedTopicNames: subscribed, serverAssignor: assignor };
}

/** A new one, or one that is there and begins again. */
function joining(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(consumerGroupHeartbeat);
  if (version === undefined) return undefined;
  const members = newerMembers(world);
  const groups = newerGroups(world);
  const group = groups.length < GROUPS_MAX && chance(random, 0.2) ? world.fresh('newer') : maybePick(random, groups);
  if (group === undefined && groups.length > 0) return undefined;
  const groupId = group ?? world.fresh('newer');
  const own = members.filter((each) => each.group === groupId);
  if (own.length >= MEMBERS_MAX && !chance(random, 0.2)) return undefined;
  const before = chance(random, 0.15) ? maybePick(random, own) : undefined;
  const instanceId = before ? before.instanceId : chance(random, 0.3) ? `i${randomInt(random, 3)}` : null;
  const topic = maybePick(random, world.existing)?.name;
  if (topic === undefined) return undefined;
  const plan = own[0]?.plan ?? { assignor: chance(random, 0.6) ? 'range' : 'uniform', topic };
  const member: NewerMember = before ?? { group: groupId, id: world.name('m'), instanceId, plan, epoch: 0 };
  const subscription = drawSubscription(drawing, plan);
  const request = {
    groupId: mostly(random, groupId, 0.02, ['', ' ']),
    // Below version 1 the broker would choose an id.
    memberId: version === 0 ? member.id : mostly(random, member.id, 0.02, ['', ' ']),
    memberEpoch: 0,
    instanceId: mostly(random, instanceId, 0.03, ['']),
    rackId: mostly<string | null>(random, null, 0.1, ['', 'r1']),
    rebalanceTimeoutMs: mostly(random, REBALANCE_MS, 0.03, [-1, 0]),
    ...subscription,
    topicPartitions: chance(random, 0.03) ? null : [],
  };
  return beat('join a newer group', { drawing, version, member, request: () => request });
}

function beating(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(consumerGroupHeartbeat);
  const member = maybePick(random, newerMembers(world));
  if (version === undefined || member === undefined) return undefined;
  const { epoch } = member;
  const memberEpoch = mostly(random, epoch, 0.06, [epoch - 1, epoch + 1, epoch - 2, 0, -3]);
  const isFull = chance(random, 0.1);
  const subscription = isFull || chance(random, 0.12) ? drawSubscription(drawing, member.plan) : {};
  const from = mostly(random, 0, 0.1, [1, 9]);
  const saysOwned = isFull || chance(random, 0.7);
  // Whether it was told of any is each broker's own there.
  const isRefusedByOwned = memberEpoch === 0 && member.plan.assignor === 'uniform';
  const memberId = mostly(random, member.id, 0.02, ['somebody']);
  const instanceId = mostly(random, member.instanceId, 0.02, ['i0', null]);
  return beat('beat in a newer group', {
    drawing,
    version,
    member,
    request: (names) => ({
      groupId: member.group,
      memberId,
      memberEpoch,
      instanceId,
      rebalanceTimeoutMs: isFull ? REBALANCE_MS : -1,
      ...subscription,
      topicPartitions: saysOwned
        ? ((isRefusedByOwned ? undefined : told.get(names)?.get(keyOf(member))) ?? [])
            .slice(from)
            .map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] }))
        : null,
    }),
  });
}

function leaving(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(consumerGroupHeartbeat);
  const member = maybePick(random, newerMembers(world));
  if (version === undefined || member === undefined) return undefined;
  const usual = member.instanceId === null ? LEAVES : pick(random, [LEAVES, LEAVES_FOR_A_WHILE]);
  const memberEpoch = mostly(random, usual, 0.1, [LEAVES_FOR_A_WHILE]);
  const { group: groupId, id: memberId, instanceId } = member;
  return beat('leave a newer group', {
    drawing,
    version,
    member,
    request: () => ({ groupId, memberId, memberEpoch, instanceId }),
  });
}

type BeatRequest = (names: Names) => Draft<ConsumerGroupHeartbeatRequest>;

function beat(
  operation: string,
  asked: {
    readonly drawing: Drawing;
    readonly version: number;
    readonly member: NewerMember;
    readonly request: BeatRequest;
  },
): Step {
  const { drawing, version, member, request } = asked;
  return step({
    operation,
    api: consumerGroupHeartbeat,
    version,
    isNotYet: ({ errorCode }) => [14, 15, 16].includes(errorCode),
    request,
    ready: (side) => seen(side, drawing.world),
    bind: (answer, names) => {
      const all = told.get(names) ?? new Map<string, Assigned>();
      if (answer.errorCode === 0 && answer.assignment) {
        all.set(keyOf(member), byName(answer.assignment.topicPartitions, names));
      }
      told.set(names, all);
    },
    tidy: (answer, names) => {
      if (member.plan.assignor === 'uniform')
        return { ...answer, memberEpoch: '(an epoch)', assignment: '(of equals)' };
      return { ...answer, assignment: answer.assignment && namedOf(answer.assignment, names) };
    },
    learn: (answer) => {
      if (answer?.errorCode !== 0) return;
      const members = newerMembers(drawing.world);
      const at = members.indexOf(member);
      if (answer.memberEpoch === LEAVES) {
        if (at >= 0) members.splice(at, 1);
        return;
      }
      if (at < 0) members.push(member);
      member.epoch = Math.max(answer.memberEpoch, 0);
    },
  });
}

export function newerGroupsOf(drawing: Drawing, groupIds: string[]): Step | undefined {
  const version = drawing.version(consumerGroupDescribe);
  if (version === undefined) return undefined;
  const includeAuthorizedOperations = chance(drawing.random, 0.2);
  return step({
    operation: 'describe newer groups',
    api: consumerGroupDescribe,
    version,
    isNotYet: ({ groups }) => groups.some(({ errorCode }) => [14, 15, 16].includes(errorCode)),
    request: () => ({ groupIds, includeAuthorizedOperations }),
    tidy: (answer) => ({
      ...answer,
      groups: answer.groups.map((group) => ({
        ...group,
        ...(group.assignorName === 'uniform' ? { groupState: '(of equals)' } : {}),
        members: [...group.members]
          .sort((one, other) => (one.memberId < other.memberId ? -1 : 1))
          .map((member) => ({
            ...member,
            subscribedTopicNames: [...member.subscribedTopicNames].sort(),
            ...(group.assignorName === 'uniform'
              ? { memberEpoch: '(an epoch)', assignment: '(of equals)', targetAssignment: '(of equals)' }
              : { assignment: inOrder(member.assignment), targetAssignment: inOrder(member.targetAssignment) }),
          })),
      })),
    }),
  });
}

function inOrder<T extends { readonly partitions: readonly number[] }>({
  topicPartitions,
}: {
  readonly topicPartitions: readonly T[];
}) {
  const sorted = topicPartitions.map((each) => ({
    ...each,
    partitions: [...each.partitions].sort((one, other) => one - other),
  }));
  return { topicPartitions: sorted };
}

function countOf({
  topicPartitions,
}: {
  readonly topicPartitions: readonly { readonly partitions: readonly number[] }[];
}) {
  return topicPartitions.reduce((sum, { partitions }) => sum + partitions.length, 0);
}

function namedOf({ topicPartitions }: { readonly topicPartitions: Assigned }, names: Names) {
  const sorted = topicPartitions.map(({ topicId, partitions }) => ({
    topic: names.nameOf('topic', topicId),
    partitions: [...partitions].sort((one, other) => one - other),
  }));
  return { topicPartitions: sorted };
}

function byName(assigned: Assigned, names: Names): Assigned {
  const name = ({ topicId }: Assigned[number]) => String(names.nameOf('topic', topicId));
  return [...assigned].sort((one, other) => (name(one) < name(other) ? -1 : 1));
}

function keyOf({ group, id }: NewerMember): string {
  return `${group} ${id}`;
}

let probes = 0;

/** Until the coordinator has seen what became of the topics: it is told after those who ask for metadata. */
export async function seen(side: Side, world: World): Promise<void> {
  if (side.kind === 'embedded') return;
  const names = side.names.own(world.topics.map(({ name }) => name));
  if (names.length === 0) return;
  const asked = { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false };
  const there = await side.own.ask(metadata, asked);
  const count = there.topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
  await until('the coordinator', SETTLED_MS, async () => {
    const member = { groupId: `probe-${process.pid}-${probes++}`, memberId: 'probe' };
    const first = { memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: names, topicPartitions: [] };
    const { assignment } = await side.own.ask(consumerGroupHeartbeat, { ...member, ...first });
    await side.own.ask(consumerGroupHeartbeat, { ...member, memberEpoch: LEAVES });
    return assignment !== null && countOf(assignment) === count;
  });
}
