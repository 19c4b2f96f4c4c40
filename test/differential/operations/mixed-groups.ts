/**
 * Groups with members of both protocols (KIP-848's online migration): one of the classic protocol that has all of a topic, or
 * shares it, others of the newer one that come, give back, leave and come again. Requests follow what answers said, so that a
 * group goes from one protocol to the other and back. Which of several equals gets what hangs on ids that brokers choose: of
 * assignments it is compared how many partitions they hold.
 */
import { consumerGroupHeartbeat } from '../../../src/protocol/api/consumer-group-heartbeat.js';
import { consumerProtocolAssignment } from '../../../src/protocol/api/consumer-protocol-assignment.js';
import { consumerProtocolSubscription } from '../../../src/protocol/api/consumer-protocol-subscription.js';
import { heartbeat } from '../../../src/protocol/api/heartbeat.js';
import { joinGroup } from '../../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../../src/protocol/api/leave-group.js';
import { listGroups } from '../../../src/protocol/api/list-groups.js';
import { syncGroup } from '../../../src/protocol/api/sync-group.js';
import { encodeMessage } from '../../../src/protocol/codec.js';
import { chance, maybePick, mostly, pick } from '../draws.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';
import type { Topic, World } from '../world.js';
import { seen } from './consumer-groups.js';

const LONG_MS = 600_000;
const GROUPS_MAX = 3;
const FIRST_CONNECTION = 2000;
const NOT_YET = [14, 15, 16];

/** One of each protocol: with two, nothing is left to choose but which half is whose. */
interface MixedGroup {
  readonly id: string;
  readonly topic: Topic;
  /** Of the id of its classic member. */
  readonly classicName: string;
  readonly connection: number;
  readonly newerId: string;
  readonly instanceId: string | null;
  isClassicIn: boolean;
  /** Since it has joined last. */
  isSynced: boolean;
  generation: number;
  isNewerIn: boolean;
  epoch: number;
}

export const mixedGroupOperations: readonly Operation[] = [
  { name: 'mixed group: join by the classic protocol', weight: 2, draw: (drawing) => joining(drawing) },
  { name: 'mixed group: sync', weight: 2, draw: (drawing) => syncing(drawing) },
  { name: 'mixed group: classic heartbeat', weight: 1, draw: (drawing) => beating(drawing) },
  { name: 'mixed group: newer heartbeat', weight: 2, draw: (drawing) => newerBeat(drawing) },
  { name: 'mixed group: leave', weight: 1, draw: (drawing) => leaving(drawing) },
  { name: 'mixed group: list', weight: 1, draw: (drawing) => listing(drawing) },
];

function groupsOf(world: World): MixedGroup[] {
  const there = world.areas.get('mixed groups') as MixedGroup[] | undefined;
  if (there !== undefined) return there;
  const none: MixedGroup[] = [];
  world.areas.set('mixed groups', none);
  return none;
}

function drawGroup({ random, world }: Drawing): MixedGroup | undefined {
  const groups = groupsOf(world);
  const topic = maybePick(random, world.existing);
  if (topic === undefined) return undefined;
  if (groups.length > 0 && (groups.length >= GROUPS_MAX || !chance(random, 0.1))) return pick(random, groups);
  const classicName = world.name('x');
  const group: MixedGroup = {
    id: world.fresh('mixed'),
    topic,
    classicName,
    connection: FIRST_CONNECTION + Number(classicName.slice(1)),
    newerId: world.name('n'),
    instanceId: chance(random, 0.3) ? 'i' : null,
    isClassicIn: false,
    isSynced: false,
    generation: -1,
    isNewerIn: false,
    epoch: 0,
  };
  groups.push(group);
  return group;
}

function joining(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const group = drawGroup(drawing);
  const version = group && drawing.version(joinGroup, { min: 5 });
  if (group === undefined || version === undefined) return undefined;
  const topics = [group.topic.name];
  const protocolType = mostly(random, 'consumer', 0.04, ['other']);
  const protocols = mostly(random, ['range'], 0.2, [['range', 'roundrobin'], ['roundrobin']]);
  const isForgotten = chance(random, 0.06);
  return step({
    operation: 'mixed group: join by the classic protocol',
    api: joinGroup,
    version,
    connection: group.connection,
    parks: true,
    isNotYet: ({ errorCode }) => NOT_YET.includes(errorCode),
    ready: (side) => seen(side, drawing.world),
    request: (names) => ({
      groupId: group.id,
      sessionTimeoutMs: LONG_MS,
      rebalanceTimeoutMs: LONG_MS,
      memberId: group.isClassicIn && !isForgotten ? names.memberId(group.classicName) : '',
      groupInstanceId: group.instanceId ?? 'classic',
      protocolType,
      protocols: protocols.map((name) => ({
        name,
        metadata: encodeMessage(consumerProtocolSubscription, 1, { topics: names.own(topics) }),
      })),
    }),
    bind: ({ errorCode, memberId }, names) => {
      if (errorCode === 0) names.bind('member', group.classicName, memberId);
    },
    learn: (answer) => {
      if (answer?.errorCode !== 0) return;
      group.isClassicIn = true;
      group.isSynced = false;
      group.generation = answer.generationId;
      if (group.instanceId !== null) group.isNewerIn = false;
    },
  });
}

function syncing(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const group = drawGroup(drawing);
  const version = group && drawing.version(syncGroup, { min: 3 });
  if (group === undefined || version === undefined || !group.isClassicIn) return undefined;
  const isOld = chance(random, 0.05);
  const partitions = group.topic.partitions.map(({ index }) => index);
  const topic = group.topic.name;
  return step({
    operation: 'mixed group: sync',
    api: syncGroup,
    version,
    connection: group.connection,
    parks: true,
    ready: (side) => seen(side, drawing.world),
    request: (names) => ({
      groupId: group.id,
      generationId: isOld ? group.generation - 1 : group.generation,
      memberId: names.memberId(group.classicName),
      groupInstanceId: group.instanceId ?? 'classic',
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [
        {
          memberId: names.memberId(group.classicName),
          assignment: encodeMessage(consumerProtocolAssignment, 1, {
            assignedPartitions: [{ topic: names.own(topic), partitions }],
          }),
        },
      ],
    }),
    tidy: (answer) => ({ ...answer, assignment: answer.assignment.length }),
    learn: (answer) => {
      if (answer?.errorCode === 0) group.isSynced = true;
    },
  });
}

function beating(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const group = drawGroup(drawing);
  const version = group && drawing.version(heartbeat, { min: 3 });
  if (group === undefined || version === undefined) return undefined;
  const generationId = mostly(random, group.generation, 0.06, [group.generation - 1, group.generation + 1]);
  return step({
    operation: 'mixed group: classic heartbeat',
    api: heartbeat,
    version,
    ready: (side) => seen(side, drawing.world),
    request: (names) => ({
      groupId: group.id,
      generationId,
      memberId: names.memberId(group.classicName),
      groupInstanceId: group.instanceId ?? 'classic',
    }),
  });
}

function newerBeat(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const group = drawGroup(drawing);
  const version = group && drawing.version(consumerGroupHeartbeat);
  if (group === undefined || version === undefined) return undefined;
  const joins = !group.isNewerIn || chance(random, 0.05);
  // Apache Kafka lets who takes over the name of one that was assigned nothing yet have nothing: docs/spec/broker.md 5.6.
  if (joins && group.instanceId !== null && group.isClassicIn && !group.isSynced) return undefined;
  const leaves = !joins && chance(random, 0.25);
  const memberEpoch = joins ? 0 : leaves ? -1 : group.epoch;
  return step({
    operation: 'mixed group: newer heartbeat',
    api: consumerGroupHeartbeat,
    version,
    isNotYet: ({ errorCode }) => NOT_YET.includes(errorCode),
    ready: (side) => seen(side, drawing.world),
    request: () => ({
      groupId: group.id,
      memberId: group.newerId,
      memberEpoch,
      instanceId: group.instanceId,
      ...(joins
        ? { rebalanceTimeoutMs: LONG_MS, subscribedTopicNames: [group.topic.name], serverAssignor: 'range' }
        : {}),
      topicPartitions: joins ? [] : null,
    }),
    tidy: (answer) => ({
      ...answer,
      assignment: answer.assignment?.topicPartitions.map(({ partitions }) => partitions.length),
    }),
    learn: (answer) => {
      if (answer?.errorCode !== 0) return;
      group.isNewerIn = answer.memberEpoch >= 0;
      group.epoch = Math.max(0, answer.memberEpoch);
      if (group.instanceId !== null && joins) group.isClassicIn = false;
    },
  });
}

function leaving(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const group = drawGroup(drawing);
  const version = group && drawing.version(leaveGroup, { min: 3 });
  if (group === undefined || version === undefined) return undefined;
  const byName = chance(random, 0.4);
  const asked = mostly(random, ['classic'], 0.4, [['newer'], ['classic', 'newer'], ['nobody', 'classic']]);
  return step({
    operation: 'mixed group: leave',
    api: leaveGroup,
    version,
    request: (names) => ({
      groupId: group.id,
      members: asked.map((who) => {
        if (who === 'newer') return { memberId: group.newerId, groupInstanceId: group.instanceId };
        if (who === 'nobody') return { memberId: 'nobody', groupInstanceId: null };
        const memberId = byName ? '' : names.memberId(group.classicName);
        return { memberId, groupInstanceId: group.instanceId ?? 'classic' };
      }),
    }),
    learn: (answer) => {
      if (answer === undefined || answer.errorCode !== 0) return;
      for (const [i, who] of asked.entries()) {
        if (answer.members[i]?.errorCode !== 0) continue;
        if (who === 'newer') group.isNewerIn = false;
        if (who === 'classic') group.isClassicIn = false;
      }
    },
  });
}

function listing(drawing: Drawing): Step | undefined {
  const version = drawing.version(listGroups, { min: 5 });
  const ids = groupsOf(drawing.world).map(({ id }) => id);
  if (version === undefined || ids.length === 0) return undefined;
  return step({
    operation: 'mixed group: list',
    api: listGroups,
    version,
    ready: async (side) => {
      await seen(side, drawing.world);
      await side.fenceGroups();
    },
    request: () => ({}),
    tidy: (answer, names) => ({
      ...answer,
      groups: answer.groups
        .filter(({ groupId }) => names.own(ids).includes(groupId))
        .sort((one, other) => (one.groupId < other.groupId ? -1 : 1)),
    }),
  });
}
