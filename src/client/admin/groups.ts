/**
 * Which consumer groups there are, and who is in them, of the classic protocol and of KIP-848's. DescribeGroups calls a
 * group of the newer protocol Dead, so each is asked for in the newer words first.
 */
import { consumerGroupDescribe } from '../../protocol/api/consumer-group-describe.js';
import { consumerProtocolAssignment } from '../../protocol/api/consumer-protocol-assignment.js';
import { describeGroups as describeGroupsApi } from '../../protocol/api/describe-groups.js';
import { listGroups as listGroupsApi } from '../../protocol/api/list-groups.js';
import { decodeMessage } from '../../protocol/codec.js';
import { errorCode } from '../../protocol/errors.js';
import type { Channel, KafkaCluster, SendOptions } from '../types.js';
import { ADMIN_PURPOSE, isUnanswered, refusal } from './ask.js';
import { askCoordinators, type CoordinatorWord } from './coordinators.js';
import type { Place } from './leaders.js';
import { type AdminOptions, Patience } from './patience.js';

export interface ListedGroup {
  readonly group: string;
  /** `consumer`, `connect`, '' … */
  readonly protocolType: string;
  /** As the coordinator says it: Stable, Empty …; '' where the broker is older than 2.6. */
  readonly state: string;
  /** `classic`, `consumer`, `share`, `streams`; '' where the broker is older than 3.8. */
  readonly type: string;
  readonly coordinator: number;
}

export interface DescribedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: readonly Place[];
}

export interface DescribedGroup {
  readonly group: string;
  readonly type: 'classic' | 'consumer';
  readonly state: string;
  readonly protocolType: string;
  readonly assignor: string;
  readonly coordinator: number;
  readonly members: readonly DescribedMember[];
}

/** All groups of all brokers. Rejects (KafkaError, NotSent, OutcomeUnknown) when one broker does not tell its own. */
export async function listGroups(cluster: KafkaCluster, options: AdminOptions = {}): Promise<readonly ListedGroup[]> {
  const patience = new Patience(cluster, options);
  const { brokers } = await cluster.metadata([], patience.ask());
  const lists = await Promise.all(brokers.map(({ id }) => listAt(cluster, id, patience)));
  // While a coordinator moves two brokers may name the same group.
  return [...new Map(lists.flat().map((listed) => [listed.group, listed])).values()];
}

async function listAt(cluster: KafkaCluster, broker: number, patience: Patience): Promise<readonly ListedGroup[]> {
  for (;;) {
    let failure: Error;
    try {
      const channel = await cluster.channel(broker, ADMIN_PURPOSE);
      const answer = await channel.send(listGroupsApi, {}, patience.ask());
      if (answer.errorCode === 0) {
        return answer.groups.map(({ groupId, protocolType, groupState, groupType }) => ({
          group: groupId,
          protocolType,
          state: groupState,
          type: groupType,
          coordinator: broker,
        }));
      }
      failure = refusal(answer.errorCode, `listing the groups of broker ${broker} of ${cluster.name}`);
      if (!LOADING.has(answer.errorCode)) throw failure;
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      failure = error as Error;
    }
    if (!(await patience.another())) throw failure;
  }
}

const LOADING: ReadonlySet<number> = new Set([
  errorCode.COORDINATOR_LOAD_IN_PROGRESS,
  errorCode.COORDINATOR_NOT_AVAILABLE,
]);

/**
 * Those of them that exist; a group that nobody knows is not in the answer. Rejects with KafkaError (30 …) or NotSent.
 */
export async function describeGroups(
  cluster: KafkaCluster,
  groups: readonly string[],
  options: AdminOptions = {},
): Promise<ReadonlyMap<string, DescribedGroup>> {
  const what = 'describing';
  const newer = await askCoordinators(cluster, groups, what, describeNewer, options);
  const others = groups.filter((group) => newer.get(group)?.code === errorCode.GROUP_ID_NOT_FOUND);
  const classic = await askCoordinators(cluster, others, what, describeClassic, options);
  const found = new Map<string, DescribedGroup>();
  for (const [group, { code, value, coordinator }] of [...newer, ...classic]) {
    if (code === errorCode.GROUP_ID_NOT_FOUND || value?.state === DEAD) continue;
    if (code !== 0 || value === undefined) throw refusal(code, `describing group "${group}" at ${cluster.name}`);
    found.set(group, { ...value, group, coordinator });
  }
  return found;
}

/** One group, undefined when nobody knows it. Rejects as `describeGroups` does. */
export async function describeGroup(
  cluster: KafkaCluster,
  group: string,
  options: AdminOptions = {},
): Promise<DescribedGroup | undefined> {
  return (await describeGroups(cluster, [group], options)).get(group);
}

const DEAD = 'Dead';

type Described = Omit<DescribedGroup, 'group' | 'coordinator'> | undefined;

async function describeNewer(
  channel: Channel,
  groups: readonly string[],
  options: SendOptions,
): Promise<readonly CoordinatorWord<Described>[]> {
  if (channel.versionOf(consumerGroupDescribe) === undefined) {
    return groups.map((group) => ({ group, code: errorCode.GROUP_ID_NOT_FOUND, value: undefined }));
  }
  const answer = await channel.send(consumerGroupDescribe, { groupIds: groups }, options);
  return answer.groups.map((each) => ({
    group: each.groupId,
    // 35: the broker knows the request, but the cluster does not use the newer protocol.
    code: each.errorCode === errorCode.UNSUPPORTED_VERSION ? errorCode.GROUP_ID_NOT_FOUND : each.errorCode,
    value: {
      type: 'consumer',
      state: each.groupState,
      protocolType: 'consumer',
      assignor: each.assignorName,
      members: each.members.map((member) => ({
        memberId: member.memberId,
        instanceId: member.instanceId,
        clientId: member.clientId,
        host: member.clientHost,
        partitions: member.assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
          partitions.map((partition) => ({ topic: topicName, partition })),
        ),
      })),
    },
  }));
}

async function describeClassic(
  channel: Channel,
  groups: readonly string[],
  options: SendOptions,
): Promise<readonly CoordinatorWord<Described>[]> {
  const answer = await channel.send(describeGroupsApi, { groups }, options);
  return answer.groups.map((each) => ({
    group: each.groupId,
    code: each.errorCode,
    value: {
      type: 'classic',
      state: each.groupState,
      protocolType: each.protocolType,
      assignor: each.protocolData,
      members: each.members.map((member) => ({
        memberId: member.memberId,
        instanceId: member.groupInstanceId,
        clientId: member.clientId,
        host: member.clientHost,
        partitions: each.protocolType === 'consumer' ? assignedIn(member.memberAssignment) : [],
      })),
    },
  }));
}

/** What a member's assignment says; nothing where it is not in the consumers' own form. */
function assignedIn(bytes: Buffer): readonly Place[] {
  if (bytes.length < 2) return [];
  try {
    const { assignedPartitions } = decodeMessage(consumerProtocolAssignment, bytes).body;
    return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
  } catch {
    // A foreign client may put anything there; the group is described without it.
    return [];
  }
}
