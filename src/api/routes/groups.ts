/** Published: consumer groups and their members. Their lags are in `group-lags.ts`. */
import {
  type ApiContext,
  baseUrl,
  type ClusterOfPath,
  clusterOf,
  list,
  param,
  path,
  related,
  resource,
} from '../answers.js';
import { operation } from '../operation.js';
import type { ApiSurroundings, GroupInfo, GroupMember } from '../ports.js';
import { problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { assignment, consumer, group } from '../schemas/groups.js';

const shared = { base: 'published', tag: 'consumer groups' } as const;
const all = '/clusters/{cluster_id}/consumer-groups';
const one = `${all}/{consumer_group_id}`;

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
    async run({ c, surroundings }) {
      const { cluster, id, self } = at(c, surroundings);
      const groups = await cluster.admin.groups();
      const data = groups.map((each) => groupData(self, id, each));
      return list('KafkaConsumerGroupList', `${self}/consumer-groups`, data);
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
    async run({ c, surroundings }) {
      const { cluster, id, self } = at(c, surroundings);
      return groupData(self, id, await groupOf(c, cluster));
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
    async run({ c, surroundings }) {
      const { cluster, id, self } = at(c, surroundings);
      const found = await groupOf(c, cluster);
      const url = `${self}${path('consumer-groups', found.group, 'consumers')}`;
      const data = found.members.map((member) => consumerData(url, id, found.group, member));
      return list('KafkaConsumerList', url, data);
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
    async run({ c, surroundings }) {
      const { cluster, id, self } = at(c, surroundings);
      const found = await groupOf(c, cluster);
      const url = `${self}${path('consumer-groups', found.group, 'consumers')}`;
      return consumerData(url, id, found.group, memberOf(c, found));
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
    async run({ c, surroundings }) {
      const { cluster, id, self } = at(c, surroundings);
      const found = await groupOf(c, cluster);
      const { memberId, partitions } = memberOf(c, found);
      const ofGroup = `${self}${path('consumer-groups', found.group)}`;
      const url = `${ofGroup}${path('consumers', memberId, 'assignments')}`;
      const data = partitions.map(({ topic, partition }) => ({
        ...resource(
          'KafkaConsumerAssignment',
          `${url}${path(topic, 'partitions', partition)}`,
          `crn:///kafka=${id}/consumer-group=${found.group}/consumer=${memberId}/assignment=${topic}/${partition}`,
        ),
        cluster_id: id,
        consumer_group_id: found.group,
        consumer_id: memberId,
        topic_name: topic,
        partition_id: partition,
        partition: related(`${self}${path('topics', topic, 'partitions', partition)}`),
        lag: related(`${ofGroup}${path('lags', topic, 'partitions', partition)}`),
      }));
      return list('KafkaConsumerAssignmentList', url, data);
    },
  }),
];

export function at(c: ApiContext, surroundings: ApiSurroundings) {
  const cluster = clusterOf(c, surroundings);
  const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId)}`;
  return { cluster, id: cluster.clusterId, self };
}

/** The group of the path. */
export async function groupOf(c: ApiContext, cluster: ClusterOfPath): Promise<GroupInfo> {
  const name = param(c, 'consumer_group_id');
  const found = await cluster.admin.group(name);
  if (found === undefined) throw problems.noGroup(name);
  return found;
}

function memberOf(c: ApiContext, { members }: GroupInfo): GroupMember {
  const id = param(c, 'consumer_id');
  const found = members.find(({ memberId }) => memberId === id);
  if (found === undefined) throw problems.noConsumer(id);
  return found;
}

function consumerData(url: string, clusterId: string, group: string, member: GroupMember) {
  const self = `${url}${path(member.memberId)}`;
  return {
    ...resource('KafkaConsumer', self, `crn:///kafka=${clusterId}/consumer-group=${group}/consumer=${member.memberId}`),
    cluster_id: clusterId,
    consumer_group_id: group,
    consumer_id: member.memberId,
    instance_id: member.instanceId,
    client_id: member.clientId,
    assignments: related(`${self}/assignments`),
  };
}

function groupData(self: string, clusterId: string, info: GroupInfo) {
  const url = `${self}${path('consumer-groups', info.group)}`;
  return {
    ...resource('KafkaConsumerGroup', url, `crn:///kafka=${clusterId}/consumer-group=${info.group}`),
    cluster_id: clusterId,
    consumer_group_id: info.group,
    is_simple: info.protocolType === '',
    partition_assignor: info.assignor,
    state: states[info.state] ?? 'UNKNOWN',
    type: types[info.type] ?? 'UNKNOWN',
    is_mixed_consumer_group: false,
    coordinator: related(`${self}/brokers/${info.coordinator}`),
    consumers: related(`${url}/consumers`),
    consumer: related(`${url}/consumers`),
    lag_summary: related(`${url}/lag-summary`),
  };
}
