/** Published: how far consumer groups are behind. */
import { list, related, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import type { GroupMember, GroupOffset } from '../ports.js';
import { problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { lag, lagSummary } from '../schemas/groups.js';
import { groupOf } from './groups.js';

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
    async run({ cluster, params: { consumer_group_id: group } }) {
      const data = (await lagsOf(cluster, group)).map((each) => lagData(cluster, group, each));
      return list('KafkaConsumerLagList', cluster.url('consumer-groups', group, 'lags'), data);
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
    async run({ cluster, params: { consumer_group_id: group, topic_name, partition_id } }) {
      const found = (await lagsOf(cluster, group)).find(({ topic, partition }) => {
        return topic === topic_name && String(partition) === partition_id;
      });
      if (found === undefined) throw problems.noTopic();
      return lagData(cluster, group, found);
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
    async run({ cluster, params: { consumer_group_id: group } }) {
      return summaryData(cluster, group, await lagsOf(cluster, group));
    },
  }),
];

async function lagsOf(cluster: ClusterOfPath, group: string): Promise<readonly Lag[]> {
  const { members } = await groupOf(cluster, group);
  return (await cluster.admin.groupOffsets(group)).map((offset) => {
    const behind = offset.logEnd - offset.committed;
    const member = members.find((each) =>
      each.partitions.some(({ topic, partition }) => topic === offset.topic && partition === offset.partition),
    );
    return { ...offset, lag: behind > 0n ? behind : 0n, member };
  });
}

function summaryData({ clusterId, url }: ClusterOfPath, group: string, lags: readonly Lag[]) {
  const [first] = lags;
  if (first === undefined) throw problems.noGroup(group);
  const most = lags.reduce((best, each) => (each.lag > best.lag ? each : best), first);
  return {
    ...resource(
      'KafkaConsumerGroupLagSummary',
      url('consumer-groups', group, 'lag-summary'),
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
    max_lag_consumer: related(url('consumer-groups', group, 'consumers', most.member?.memberId ?? '')),
    max_lag_partition: related(url('topics', most.topic, 'partitions', most.partition)),
  };
}

function lagData({ clusterId, url }: ClusterOfPath, group: string, lag: Lag) {
  const self = url('consumer-groups', group, 'lags', lag.topic, 'partitions', lag.partition);
  const crn = `crn:///kafka=${clusterId}/consumer-group=${group}/lag=${lag.topic}/${lag.partition}`;
  return {
    ...resource('KafkaConsumerLag', self, crn),
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
