/** Published: consumer groups and their members. Their lags are in `group-lags.ts`. */
import { list, related, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import type { GroupInfo, GroupMember } from '../ports.js';
import { problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { assignment, consumer, group } from '../schemas/groups.js';

const shared = { base: 'published', tag: 'consumer groups' } as const;
const all = '/clusters/{cluster_id}/consumer-groups';
const one = `${all}/{consumer_group_id}` as const;

/** The coordinator's words and the published ones. */
const states: Readonly<Record<string, string>> = {
  PreparingRebalance: 'PREPARING_REBALANCE',
  CompletingRebalance: 'COMPLETING_REBALANCE',
  Assigning: 'ASSIGNING',
  Reconciling: 'RECONCILING',
  Stable: 'STABLE',
  Dead: 'DEAD',
  Empty: 'EMPTY',
};

const types: Readonly<Record<string, string>> = { classic: 'CLASSIC', consumer: 'CONSUMER' };

export const groupOperations = [
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listConsumerGroups',
    summary: 'The consumer groups of a cluster.',
    status: 200,
    answer: listOf('KafkaConsumerGroupList', group),
    async run({ cluster }) {
      const data = (await cluster.admin.groups()).map((each) => groupData(cluster, each));
      return list('KafkaConsumerGroupList', cluster.url('consumer-groups'), data);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: one,
    id: 'getConsumerGroup',
    summary: 'One consumer group.',
    status: 200,
    answer: group,
    async run({ cluster, params }) {
      return groupData(cluster, await groupOf(cluster, params.consumer_group_id));
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: `${one}/consumers`,
    id: 'listConsumers',
    summary: 'The members of a consumer group.',
    status: 200,
    answer: listOf('KafkaConsumerList', consumer),
    async run({ cluster, params: { consumer_group_id: group } }) {
      const { members } = await groupOf(cluster, group);
      const data = members.map((member) => consumerData(cluster, group, member));
      return list('KafkaConsumerList', cluster.url('consumer-groups', group, 'consumers'), data);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: `${one}/consumers/{consumer_id}`,
    id: 'getConsumer',
    summary: 'One member of a consumer group.',
    status: 200,
    answer: consumer,
    async run({ cluster, params: { consumer_group_id: group, consumer_id } }) {
      return consumerData(cluster, group, memberOf(await groupOf(cluster, group), consumer_id));
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: `${one}/consumers/{consumer_id}/assignments`,
    id: 'listConsumerAssignments',
    summary: 'The partitions that a member reads.',
    status: 200,
    answer: listOf('KafkaConsumerAssignmentList', assignment),
    async run({ cluster: { admin, clusterId, url }, params: { consumer_group_id: group, consumer_id } }) {
      const { memberId, partitions } = memberOf(await groupOf({ admin }, group), consumer_id);
      const steps = ['consumer-groups', group, 'consumers', memberId, 'assignments'];
      const data = partitions.map(({ topic, partition }) => ({
        ...resource(
          'KafkaConsumerAssignment',
          url(...steps, topic, 'partitions', partition),
          `crn:///kafka=${clusterId}/consumer-group=${group}/consumer=${memberId}/assignment=${topic}/${partition}`,
        ),
        cluster_id: clusterId,
        consumer_group_id: group,
        consumer_id: memberId,
        topic_name: topic,
        partition_id: partition,
        partition: related(url('topics', topic, 'partitions', partition)),
        lag: related(url('consumer-groups', group, 'lags', topic, 'partitions', partition)),
      }));
      return list('KafkaConsumerAssignmentList', url(...steps), data);
    },
  }),
];

export async function groupOf({ admin }: Pick<ClusterOfPath, 'admin'>, name: string): Promise<GroupInfo> {
  const found = await admin.group(name);
  if (found === undefined) throw problems.noGroup(name);
  return found;
}

function memberOf({ members }: GroupInfo, id: string): GroupMember {
  const found = members.find(({ memberId }) => memberId === id);
  if (found === undefined) throw problems.noConsumer(id);
  return found;
}

function consumerData({ clusterId, url }: ClusterOfPath, group: string, member: GroupMember) {
  const steps = ['consumer-groups', group, 'consumers', member.memberId];
  return {
    ...resource(
      'KafkaConsumer',
      url(...steps),
      `crn:///kafka=${clusterId}/consumer-group=${group}/consumer=${member.memberId}`,
    ),
    cluster_id: clusterId,
    consumer_group_id: group,
    consumer_id: member.memberId,
    instance_id: member.instanceId,
    client_id: member.clientId,
    assignments: related(url(...steps, 'assignments')),
  };
}

function groupData({ clusterId, url }: ClusterOfPath, info: GroupInfo) {
  const steps = ['consumer-groups', info.group];
  return {
    ...resource('KafkaConsumerGroup', url(...steps), `crn:///kafka=${clusterId}/consumer-group=${info.group}`),
    cluster_id: clusterId,
    consumer_group_id: info.group,
    is_simple: info.protocolType === '',
    partition_assignor: info.assignor,
    state: states[info.state] ?? 'UNKNOWN',
    type: types[info.type] ?? 'UNKNOWN',
    is_mixed_consumer_group: false,
    coordinator: related(url('brokers', info.coordinator)),
    consumers: related(url(...steps, 'consumers')),
    consumer: related(url(...steps, 'consumers')),
    lag_summary: related(url(...steps, 'lag-summary')),
  };
}
