/**
 * Groups of the classic protocol: members that join, share, beat, commit and leave, dynamic and static ones. A join or a sync
 * that waits for others is left on the member's own connection, and collected by a later step. Nobody is put out while a
 * seed lasts. A leader leaves only where one at most is left: which of several follows goes by a table without an order.
 */
import { consumerProtocolSubscription } from '../../../src/protocol/api/consumer-protocol-subscription.js';
import { heartbeat } from '../../../src/protocol/api/heartbeat.js';
import { type JoinGroupResponse, joinGroup } from '../../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../../src/protocol/api/leave-group.js';
import { offsetCommit } from '../../../src/protocol/api/offset-commit.js';
import { type SyncGroupResponse, syncGroup } from '../../../src/protocol/api/sync-group.js';
import { encodeMessage } from '../../../src/protocol/codec.js';
import { byTopic, chance, drawPlaces, maybePick, mostly, pick, randomInt, some } from '../draws.js';
import type { Names } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import type { World } from '../world.js';

const GROUPS_MAX = 3;
const MEMBERS_MAX = 4;
const LONG_MS = 600_000;
const [STATIC_FROM, SEVERAL_FROM] = [5, 3];
const MEMBER_ID_REQUIRED = 79;
const NOBODY_KNOWS = '';

export interface ClassicMember {
  readonly group: string;
  /** Of its id. */
  readonly name: string;
  readonly instanceId: string | null;
  readonly connection: number;
  readonly type: string;
  /** It has an id. */
  isKnown: boolean;
  isLeader: boolean;
  generation: number;
  protocol: string | null;
  waits: { readonly for: 'join' | 'sync'; readonly version: number } | undefined;
}

export const classicGroupOperations: readonly Operation[] = [
  { name: 'join a group', weight: 5, draw: (drawing) => joining(drawing) },
  { name: 'collect an answer', weight: 5, draw: (drawing) => collecting(drawing) },
  { name: 'sync with a group', weight: 5, draw: (drawing) => syncing(drawing) },
  { name: 'beat in a group', weight: 3, draw: (drawing) => beating(drawing) },
  { name: 'commit as a member', weight: 2, draw: (drawing) => committing(drawing) },
  { name: 'leave a group', weight: 1, draw: (drawing) => leaving(drawing) },
];

export function classicMembers(world: World): ClassicMember[] {
  const there = world.areas.get('classic members') as ClassicMember[] | undefined;
  if (there !== undefined) return there;
  const none: ClassicMember[] = [];
  world.areas.set('classic members', none);
  return none;
}

export function classicGroups(world: World): string[] {
  return [...new Set(classicMembers(world).map(({ group }) => group))];
}

/** One whose connection is free. */
function drawMember({ random, world }: Drawing): ClassicMember | undefined {
  return maybePick(
    random,
    classicMembers(world).filter(({ waits, isKnown }) => waits === undefined && isKnown),
  );
}

function idOf(member: ClassicMember, names: Names): string {
  return member.isKnown ? names.memberId(member.name) : '';
}

function newOne({ random, world }: Drawing): ClassicMember | undefined {
  const groups = classicGroups(world);
  const isNew = groups.length === 0 || (groups.length < GROUPS_MAX && chance(random, 0.15));
  const group = isNew ? world.fresh('classic') : pick(random, groups);
  const own = classicMembers(world).filter((each) => each.group === group);
  if (own.length >= MEMBERS_MAX) return undefined;
  const name = world.name('c');
  return {
    group,
    name,
    instanceId: chance(random, 0.35) ? `i${randomInt(random, 3)}` : null,
    connection: Number(name.slice(1)) + 10,
    type: mostly(random, own[0]?.type ?? pick(random, ['consumer', 'other']), 0.04, ['consumer', 'other', '']),
    isKnown: false,
    isLeader: false,
    generation: -1,
    protocol: null,
    waits: undefined,
  };
}

function joining(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const free = classicMembers(world).filter(({ waits }) => waits === undefined);
  const member = chance(random, 0.7) ? (maybePick(random, free) ?? newOne(drawing)) : newOne(drawing);
  if (member === undefined) return undefined;
  const version = drawing.version(joinGroup, member.instanceId === null ? {} : { min: STATIC_FROM });
  if (version === undefined) return undefined;
  const protocolNames = mostly(random, ['one'], 0.5, [
    ['one', 'two'],
    ['two', 'one'],
    ['three', 'two', 'one'],
    ['two'],
    [],
  ]);
  const topics = some(random, [...world.existing.map(({ name }) => name), 'unknown'], 2);
  const memberId = mostly<string | undefined>(random, undefined, 0.04, ['somebody', '']);
  const sessionTimeoutMs = mostly(random, LONG_MS, 0.02, [1, 2_000_000]);
  const groupId = mostly(random, member.group, 0.02, ['']);
  // Another metadata is another reason to begin a round.
  const isChanged = chance(random, 0.2) ? world.name('said') : '';
  const reason = mostly<string | null>(random, null, 0.1, ['because']);
  return step({
    operation: 'join a group',
    api: joinGroup,
    version,
    connection: member.connection,
    parks: true,
    isNotYet: ({ errorCode }) => isNotReady(errorCode),
    request: (names) => ({
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: LONG_MS,
      memberId: memberId ?? idOf(member, names),
      groupInstanceId: member.instanceId,
      protocolType: member.type,
      protocols: protocolNames.map((name) => ({
        name,
        metadata: encodeMessage(consumerProtocolSubscription, 1, {
          topics: names.own(topics),
          userData: Buffer.from(`${member.name}${name}${isChanged}`),
        }),
      })),
      reason,
    }),
    ...joined(drawing, member, version),
  });
}

function joined({ world }: Drawing, member: ClassicMember, version: number) {
  return {
    bind: ({ errorCode, memberId }: JoinGroupResponse, names: Names) => {
      if ([0, MEMBER_ID_REQUIRED].includes(errorCode)) names.bind('member', member.name, memberId);
    },
    tidy: (answer: JoinGroupResponse, names: Names) => ({ ...answer, members: byMember(answer.members, names) }),
    learn: (answer: JoinGroupResponse | undefined) => {
      member.waits = answer === undefined ? { for: 'join', version } : undefined;
      if (answer !== undefined && ![0, MEMBER_ID_REQUIRED].includes(answer.errorCode)) return;
      const members = classicMembers(world);
      if (!members.includes(member)) members.push(member);
      if (!world.groups.includes(member.group)) world.groups.push(member.group);
      if (answer === undefined) return;
      member.isKnown = true;
      if (answer.errorCode !== 0) return;
      member.generation = answer.generationId;
      member.protocol = answer.protocolName;
      member.isLeader = answer.leader === answer.memberId;
    },
  };
}

function collecting(drawing: Drawing): Step | undefined {
  const waiting = classicMembers(drawing.world).filter(({ waits }) => waits !== undefined);
  const member = maybePick(drawing.random, waiting);
  return member && collected(drawing, member);
}

/** Whatever waits, at the end. */
export function collected(drawing: Drawing, member: ClassicMember): Step | undefined {
  if (member.waits === undefined) return undefined;
  const { version } = member.waits;
  const operation = 'collect an answer';
  const common = { operation, version, connection: member.connection, collects: true, request: () => ({}) };
  return member.waits.for === 'join'
    ? step({ ...common, api: joinGroup, ...joined(drawing, member, version) })
    : step({ ...common, api: syncGroup, ...synced(member, version) });
}

function syncing(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const member = drawMember(drawing);
  const version = member && drawing.version(syncGroup, member.instanceId === null ? {} : { min: SEVERAL_FROM });
  if (member === undefined || version === undefined) return undefined;
  const others = classicMembers(world).filter(({ group }) => group === member.group);
  const named = chance(random, 0.1) ? some(random, others, 2) : others;
  const assignments = member.isLeader || chance(random, 0.2) ? named : [];
  const generationId = drawGeneration(drawing, member);
  const protocolType = mostly<string | null>(random, member.type, 0.06, [null, 'else']);
  const protocolName = mostly<string | null>(random, member.protocol, 0.06, [null, 'else']);
  const groupInstanceId = mostly(random, member.instanceId, 0.03, [null]);
  return step({
    operation: 'sync with a group',
    api: syncGroup,
    version,
    connection: member.connection,
    parks: true,
    request: (names) => ({
      groupId: member.group,
      generationId,
      memberId: idOf(member, names),
      groupInstanceId,
      protocolType,
      protocolName,
      assignments: assignments.map((each) => ({
        memberId: idOf(each, names),
        assignment: Buffer.from(`${each.name} in ${generationId}`),
      })),
    }),
    ...synced(member, version),
  });
}

function synced(member: ClassicMember, version: number) {
  return {
    learn: (answer: SyncGroupResponse | undefined) => {
      member.waits = answer === undefined ? { for: 'sync', version } : undefined;
    },
  };
}

function beating(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const member = drawMember(drawing);
  const version = member && drawing.version(heartbeat, member.instanceId === null ? {} : { min: SEVERAL_FROM });
  if (member === undefined || version === undefined) return undefined;
  const generationId = drawGeneration(drawing, member);
  const memberId = mostly<string | undefined>(random, undefined, 0.05, ['somebody', '']);
  const groupInstanceId =
    version < SEVERAL_FROM ? null : mostly(random, member.instanceId, 0.05, [null, 'i0', 'nobody']);
  return step({
    operation: 'beat in a group',
    api: heartbeat,
    version,
    request: (names) => ({
      groupId: member.group,
      generationId,
      memberId: memberId ?? idOf(member, names),
      groupInstanceId,
    }),
  });
}

function committing(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const member = drawMember(drawing);
  // Up to version 9 topics have names.
  const version = drawing.version(offsetCommit, member?.instanceId === null ? {} : { min: 7 });
  if (member === undefined || version === undefined) return undefined;
  const generation = drawGeneration(drawing, member);
  const memberId = mostly<string | undefined>(random, undefined, 0.06, ['somebody', '']);
  const groupInstanceId = version < 7 ? null : mostly(random, member.instanceId, 0.06, [null, 'i0', 'nobody']);
  const places = drawPlaces(random, drawing.world, 3);
  const committedOffset = BigInt(randomInt(random, 100));
  return step({
    operation: 'commit as a member',
    api: offsetCommit,
    version,
    request: (names) => ({
      groupId: member.group,
      generationIdOrMemberEpoch: generation,
      memberId: memberId ?? idOf(member, names),
      groupInstanceId,
      topics: byTopic(places).map(({ name, id, places: own }) => ({
        name,
        topicId: names.topicId(id),
        partitions: own.map(({ index }) => ({
          partitionIndex: index,
          committedOffset,
          committedMetadata: member.name,
        })),
      })),
    }),
  });
}

function leaving(drawing: Drawing): Step | undefined {
  const { random, world } = drawing;
  const version = drawing.version(leaveGroup);
  const first = drawMember(drawing);
  if (version === undefined || first === undefined) return undefined;
  const own = classicMembers(world).filter(({ group }) => group === first.group);
  const mayLeave = own.filter(({ isLeader, waits }) => waits === undefined && (!isLeader || own.length <= 2));
  const gone = some(random, mayLeave, version < SEVERAL_FROM ? 1 : 2);
  if (gone.length === 0) return undefined;
  const withoutId = chance(random, 0.3);
  const stray = chance(random, 0.1) ? [{ memberId: 'somebody', groupInstanceId: pick(random, [null, 'i0']) }] : [];
  return step({
    operation: 'leave a group',
    api: leaveGroup,
    version,
    request: (names) => ({
      groupId: first.group,
      memberId: version < SEVERAL_FROM ? idOf(gone[0] as ClassicMember, names) : '',
      members: [
        ...gone.map((each) => ({
          memberId: withoutId && each.instanceId !== null ? '' : idOf(each, names),
          groupInstanceId: each.instanceId,
        })),
        ...stray,
      ].slice(0, version < SEVERAL_FROM ? 0 : undefined),
    }),
    learn: (answer) => {
      if (answer?.errorCode !== 0) return;
      for (const [i, each] of gone.entries()) {
        if (version >= SEVERAL_FROM && answer.members[i]?.errorCode !== 0) continue;
        own.splice(own.indexOf(each), 1);
        const members = classicMembers(world);
        members.splice(members.indexOf(each), 1);
      }
    },
  });
}

function drawGeneration({ random }: Drawing, { generation }: ClassicMember): number {
  return mostly(random, generation, 0.08, [generation - 1, generation + 1, -1]);
}

function isNotReady(errorCode: number): boolean {
  return [14, 15, 16].includes(errorCode);
}

/** In no order. Who has got no answer yet has an id that nobody knows: of those it is compared what they said. */
export function byMember<T extends { readonly memberId: string; readonly groupInstanceId: string | null }>(
  members: readonly T[],
  names: Names,
): T[] {
  const known = members.map((each) =>
    names.isKnown('member', each.memberId) ? each : { ...each, memberId: NOBODY_KNOWS },
  );
  const keyOf = ({ memberId, ...said }: T) =>
    `${memberId === NOBODY_KNOWS ? memberId : names.nameOf('member', memberId)} ${JSON.stringify(said)}`;
  return known.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}
