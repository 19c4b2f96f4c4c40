/** Who is in which group, as its descriptions tell. */
import {
  type ConsumerGroupDescribeResponse,
  consumerGroupDescribe,
} from '../../../src/protocol/api/consumer-group-describe.js';
import { type DescribeGroupsResponse, describeGroups } from '../../../src/protocol/api/describe-groups.js';
import type { Wire } from '../../harness/wire.js';
import { GROUPS } from './places.js';

export interface DescribedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** −1 in groups of the classic protocol, where nobody tells. */
  readonly epoch: number;
  /** Topic id and partition; nothing where a leader has assigned. */
  readonly places: readonly string[];
  /** As its leader has written it. */
  readonly assignment: Buffer;
}

export interface DescribedGroup {
  readonly group: string;
  readonly state: string;
  /** −1 in groups of the classic protocol. */
  readonly epoch: number;
  readonly assignmentEpoch: number;
  readonly members: readonly DescribedMember[];
}

const NOTHING = Buffer.alloc(0);

/** Those that are there, each as the group of the protocol that it is of. */
export async function describedGroups(wire: Wire): Promise<readonly DescribedGroup[]> {
  const groupIds = [...GROUPS];
  const newer = await wire.ask(consumerGroupDescribe, { groupIds });
  const classic = await wire.ask(describeGroups, { groups: groupIds });
  return [
    ...newer.groups.filter(({ errorCode }) => errorCode === 0).map(newerGroup),
    ...classic.groups.filter(({ errorCode }) => errorCode === 0).map(classicGroup),
  ];
}

function newerGroup(found: ConsumerGroupDescribeResponse['groups'][number]): DescribedGroup {
  const { groupId: group, groupState: state, groupEpoch: epoch, assignmentEpoch } = found;
  const members = found.members.map(({ memberId, instanceId, memberEpoch, assignment }) => ({
    memberId,
    instanceId,
    epoch: memberEpoch,
    places: assignment.topicPartitions.flatMap(({ topicId, partitions }) => partitions.map((at) => `${topicId} ${at}`)),
    assignment: NOTHING,
  }));
  return { group, state, epoch, assignmentEpoch, members };
}

function classicGroup(found: DescribeGroupsResponse['groups'][number]): DescribedGroup {
  const members = found.members.map(({ memberId, groupInstanceId, memberAssignment }) => ({
    memberId,
    instanceId: groupInstanceId,
    epoch: -1,
    places: [],
    assignment: memberAssignment,
  }));
  return { group: found.groupId, state: found.groupState, epoch: -1, assignmentEpoch: -1, members };
}
