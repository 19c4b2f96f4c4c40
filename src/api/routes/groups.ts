/** Published: consumer groups, their members and their lags. */
import type { Hono } from 'hono';
import {
  type ApiContext,
  baseUrl,
  type ClusterOfPath,
  clusterOf,
  json,
  list,
  param,
  path,
  related,
  resource,
} from '../answers.js';
import type { ApiSurroundings, GroupInfo, GroupMember, GroupOffset } from '../ports.js';
import { problems } from '../problems.js';

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

interface Lag extends GroupOffset {
  readonly lag: bigint;
  readonly member: GroupMember | undefined;
}

export function groupRoutes(app: Hono, surroundings: ApiSurroundings): void {
  const at = (c: ApiContext) => {
    const cluster = clusterOf(c, surroundings);
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId)}`;
    return { cluster, id: cluster.clusterId, self };
  };
  app.get('/clusters/:cluster/consumer-groups', async (c) => {
    const { cluster, id, self } = at(c);
    const groups = await cluster.admin.groups();
    const data = groups.map((group) => groupData(self, id, group));
    return json(c, list('KafkaConsumerGroupList', `${self}/consumer-groups`, data));
  });
  app.get('/clusters/:cluster/consumer-groups/:group', async (c) => {
    const { cluster, id, self } = at(c);
    return json(c, groupData(self, id, await groupOf(cluster, param(c, 'group'))));
  });
  app.get('/clusters/:cluster/consumer-groups/:group/consumers', async (c) => {
    const { cluster, id, self } = at(c);
    const group = await groupOf(cluster, param(c, 'group'));
    const url = `${self}${path('consumer-groups', group.group, 'consumers')}`;
    const data = group.members.map((member) => ({
      ...resource(
        'KafkaConsumer',
        `${url}${path(member.memberId)}`,
        `crn:///kafka=${id}/consumer-group=${group.group}`,
      ),
      cluster_id: id,
      consumer_group_id: group.group,
      consumer_id: member.memberId,
      instance_id: member.instanceId,
      client_id: member.clientId,
      assignments: related(`${url}${path(member.memberId)}/assignments`),
    }));
    return json(c, list('KafkaConsumerList', url, data));
  });
  app.get('/clusters/:cluster/consumer-groups/:group/lags', async (c) => {
    const { cluster, id, self } = at(c);
    const group = await groupOf(cluster, param(c, 'group'));
    const data = (await lagsOf(cluster, group)).map((lag) => lagData(self, id, group.group, lag));
    return json(c, list('KafkaConsumerLagList', `${self}${path('consumer-groups', group.group, 'lags')}`, data));
  });
  app.get('/clusters/:cluster/consumer-groups/:group/lags/:topic/partitions/:partition', async (c) => {
    const { cluster, id, self } = at(c);
    const group = await groupOf(cluster, param(c, 'group'));
    const lag = (await lagsOf(cluster, group)).find((each) => {
      return each.topic === param(c, 'topic') && String(each.partition) === param(c, 'partition');
    });
    if (lag === undefined) throw problems.noTopic();
    return json(c, lagData(self, id, group.group, lag));
  });
  app.get('/clusters/:cluster/consumer-groups/:group/lag-summary', async (c) => {
    const { cluster, id, self } = at(c);
    const group = await groupOf(cluster, param(c, 'group'));
    const lags = await lagsOf(cluster, group);
    const [first] = lags;
    if (first === undefined) throw problems.noGroup(group.group);
    const most = lags.reduce((best, each) => (each.lag > best.lag ? each : best), first);
    const url = `${self}${path('consumer-groups', group.group)}`;
    return json(c, {
      ...resource(
        'KafkaConsumerGroupLagSummary',
        `${url}/lag-summary`,
        `crn:///kafka=${id}/consumer-group=${group.group}`,
      ),
      cluster_id: id,
      consumer_group_id: group.group,
      max_lag_consumer_id: most.member?.memberId ?? '',
      max_lag_instance_id: most.member?.instanceId ?? null,
      max_lag_client_id: most.member?.clientId ?? '',
      max_lag_topic_name: most.topic,
      max_lag_partition_id: most.partition,
      max_lag: most.lag,
      total_lag: lags.reduce((sum, each) => sum + each.lag, 0n),
      max_lag_consumer: related(`${url}${path('consumers', most.member?.memberId ?? '')}`),
      max_lag_partition: related(`${self}${path('topics', most.topic, 'partitions', most.partition)}`),
    });
  });
}

async function groupOf(cluster: ClusterOfPath, name: string): Promise<GroupInfo> {
  const group = await cluster.admin.group(name);
  if (group === undefined) throw problems.noGroup(name);
  return group;
}

async function lagsOf(cluster: ClusterOfPath, group: GroupInfo): Promise<Lag[]> {
  const offsets = await cluster.admin.groupOffsets(group.group);
  return offsets.map((offset) => {
    const behind = offset.logEnd - offset.committed;
    const member = group.members.find((each) =>
      each.partitions.some(({ topic, partition }) => topic === offset.topic && partition === offset.partition),
    );
    return { ...offset, lag: behind > 0n ? behind : 0n, member };
  });
}

function groupData(self: string, clusterId: string, group: GroupInfo) {
  const url = `${self}${path('consumer-groups', group.group)}`;
  return {
    ...resource('KafkaConsumerGroup', url, `crn:///kafka=${clusterId}/consumer-group=${group.group}`),
    cluster_id: clusterId,
    consumer_group_id: group.group,
    is_simple: group.protocolType === '',
    partition_assignor: group.assignor,
    state: states[group.state] ?? 'UNKNOWN',
    type: 'CLASSIC',
    is_mixed_consumer_group: false,
    coordinator: related(`${self}/brokers/${group.coordinator}`),
    consumers: related(`${url}/consumers`),
    consumer: related(`${url}/consumers`),
    lag_summary: related(`${url}/lag-summary`),
  };
}

function lagData(self: string, clusterId: string, group: string, lag: Lag) {
  const url = `${self}${path('consumer-groups', group, 'lags', lag.topic, 'partitions', lag.partition)}`;
  return {
    ...resource(
      'KafkaConsumerLag',
      url,
      `crn:///kafka=${clusterId}/consumer-group=${group}/lag=${lag.topic}/${lag.partition}`,
    ),
    cluster_id: clusterId,
    consumer_group_id: group,
    topic_name: lag.topic,
    partition_id: lag.partition,
    current_offset: lag.committed,
    log_end_offset: lag.logEnd,
    lag: lag.lag,
    consumer_id: lag.member?.memberId ?? '',
    instance_id: lag.member?.instanceId ?? null,
    client_id: lag.member?.clientId ?? '',
  };
}
