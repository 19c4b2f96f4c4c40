/** Published: how far consumer groups are behind. */
import { type ClusterOfPath, list, param, path, related, resource } from '../answers.js';
import { operation } from '../operation.js';
import type { GroupInfo, GroupMember, GroupOffset } from '../ports.js';
import { problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { lag, lagSummary } from '../schemas/groups.js';
import { at, groupOf } from './groups.js';

const shared = { base: 'published', tag: 'consumer groups' } as const;
const one = '/clusters/{cluster_id}/consumer-groups/{consumer_group_id}';

interface Lag extends GroupOffset {
  readonly lag: bigint;
  readonly member: GroupMember | undefined;
}

export const groupLagOperations = [
  operation({
    ...shared,
    method: 'get',
    path: `${one}/lags`,
    id: 'listConsumerLags',
    summary: 'How far a group is behind, by partition.',
    status: 200,
    answer: listOf('KafkaConsumerLagList', lag),
    async run({ c, surroundings }) {
      const { cluster, id, self } = at(c, surroundings);
      const { group, lags } = await lagsOf(cluster, await groupOf(c, cluster));
      const data = lags.map((each) => lagData(self, id, group, each));
      const url = `${self}${path('consumer-groups', group, 'lags')}`;
      return list('KafkaConsumerLagList', url, data);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: `${one}/lags/{topic_name}/partitions/{partition_id}`,
    id: 'getConsumerLag',
    summary: 'How far a group is behind in one partition.',
    status: 200,
    answer: lag,
    async run({ c, surroundings }) {
      const { cluster, id, self } = at(c, surroundings);
      const { group, lags } = await lagsOf(cluster, await groupOf(c, cluster));
      const found = lags.find(({ topic, partition }) => {
        return topic === param(c, 'topic_name') && String(partition) === param(c, 'partition_id');
      });
      if (found === undefined) throw problems.noTopic();
      return lagData(self, id, group, found);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: `${one}/lag-summary`,
    id: 'getConsumerGroupLagSummary',
    summary: 'How far a group is behind, in all and at most.',
    status: 200,
    answer: lagSummary,
    async run({ c, surroundings }) {
      const { cluster, id, self } = at(c, surroundings);
      const { group, lags } = await lagsOf(cluster, await groupOf(c, cluster));
      return summaryData(self, id, group, lags);
    },
  }),
];

async function lagsOf(
  cluster: ClusterOfPath,
  { group, members }: GroupInfo,
): Promise<{ readonly group: string; readonly lags: readonly Lag[] }> {
  const offsets = await cluster.admin.groupOffsets(group);
  const lags = offsets.map((offset) => {
    const behind = offset.logEnd - offset.committed;
    const member = members.find((each) =>
      each.partitions.some(({ topic, partition }) => topic === offset.topic && partition === offset.partition),
    );
    return { ...offset, lag: behind > 0n ? behind : 0n, member };
  });
  return { group, lags };
}

function summaryData(self: string, clusterId: string, group: string, lags: readonly Lag[]) {
  const [first] = lags;
  if (first === undefined) throw problems.noGroup(group);
  const most = lags.reduce((best, each) => (each.lag > best.lag ? each : best), first);
  const url = `${self}${path('consumer-groups', group)}`;
  return {
    ...resource(
      'KafkaConsumerGroupLagSummary',
      `${url}/lag-summary`,
      `crn:///kafka=${clusterId}/consumer-group=${group}`,
    ),
    cluster_id: clusterId,
    consumer_group_id: group,
    max_lag_consumer_id: most.member?.memberId ?? '',
    max_lag_instance_id: most.member?.instanceId ?? null,
    max_lag_client_id: most.member?.clientId ?? '',
    max_lag_topic_name: most.topic,
    max_lag_partition_id: most.partition,
    max_lag: most.lag,
    total_lag: lags.reduce((sum, each) => sum + each.lag, 0n),
    max_lag_consumer: related(`${url}${path('consumers', most.member?.memberId ?? '')}`),
    max_lag_partition: related(`${self}${path('topics', most.topic, 'partitions', most.partition)}`),
  };
}

function lagData(self: string, clusterId: string, group: string, lag: Lag) {
  const url = `${self}${path('consumer-groups', group, 'lags', lag.topic, 'partitions', lag.partition)}`;
  const crn = `crn:///kafka=${clusterId}/consumer-group=${group}/lag=${lag.topic}/${lag.partition}`;
  return {
    ...resource('KafkaConsumerLag', url, crn),
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
