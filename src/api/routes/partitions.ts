/** Published: partitions of topics, their replicas, and which of these are being moved. */
import { list, related, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import type { PartitionInfo, Reassignment } from '../ports.js';
import { problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { partition, reassignment, replica } from '../schemas/topics.js';

const shared = { base: 'published', tag: 'partitions', method: 'get' } as const;
const topics = '/clusters/{cluster_id}/topics';
const all = `${topics}/{topic_name}/partitions` as const;
const one = `${all}/{partition_id}` as const;
const reassignments = listOf('KafkaReassignmentList', reassignment);

export const partitionOperations = [
  operation({
    ...shared,
    path: all,
    id: 'listPartitions',
    summary: 'The partitions of a topic.',
    status: 200,
    answer: listOf('KafkaPartitionList', partition),
    async run({ cluster, params: { topic_name: topic } }) {
      const data = (await partitionsOf(cluster, topic)).map((each) => partitionData(cluster, topic, each));
      return list('KafkaPartitionList', cluster.url('topics', topic, 'partitions'), data);
    },
  }),
  operation({
    ...shared,
    path: one,
    id: 'getPartition',
    summary: 'One partition.',
    status: 200,
    answer: partition,
    async run({ cluster, params }) {
      return partitionData(cluster, params.topic_name, await partitionOf(cluster, params));
    },
  }),
  operation({
    ...shared,
    path: `${one}/replicas`,
    id: 'listReplicas',
    summary: 'The replicas of a partition, the preferred leader first.',
    status: 200,
    answer: listOf('KafkaReplicaList', replica),
    async run({ cluster, params }) {
      const { topic_name: topic } = params;
      const found = await partitionOf(cluster, params);
      const data = found.replicas.map((broker) => replicaData(cluster, topic, found, broker));
      const self = cluster.url('topics', topic, 'partitions', found.partition, 'replicas');
      return list('KafkaReplicaList', self, data);
    },
  }),
  operation({
    ...shared,
    path: `${one}/replicas/{broker_id}`,
    id: 'getReplica',
    summary: 'One replica of a partition.',
    status: 200,
    answer: replica,
    async run({ cluster, params }) {
      const found = await partitionOf(cluster, params);
      const broker = found.replicas.find((each) => String(each) === params.broker_id);
      if (broker === undefined) throw problems.notFound();
      return replicaData(cluster, params.topic_name, found, broker);
    },
  }),
  operation({
    ...shared,
    path: `${topics}/-/partitions/-/reassignment`,
    id: 'listAllReassignments',
    summary: 'The partitions of a cluster whose replicas are being moved.',
    status: 200,
    answer: reassignments,
    async run({ cluster }) {
      const data = (await cluster.admin.reassignments()).map((each) => movedData(cluster, each));
      return list('KafkaReassignmentList', cluster.url('topics', '-', 'partitions', '-', 'reassignment'), data);
    },
  }),
  operation({
    ...shared,
    path: `${all}/-/reassignment`,
    id: 'listReassignments',
    summary: 'The partitions of a topic whose replicas are being moved.',
    status: 200,
    answer: reassignments,
    async run({ cluster, params: { topic_name: topic } }) {
      await partitionsOf(cluster, topic);
      const moved = (await cluster.admin.reassignments()).filter((each) => each.topic === topic);
      const data = moved.map((each) => movedData(cluster, each));
      return list('KafkaReassignmentList', cluster.url('topics', topic, 'partitions', '-', 'reassignment'), data);
    },
  }),
  operation({
    ...shared,
    path: `${one}/reassignment`,
    id: 'getReassignment',
    summary: 'How the replicas of a partition are being moved; 404 where they are not.',
    status: 200,
    answer: reassignment,
    async run({ cluster, params }) {
      const { partition } = await partitionOf(cluster, params);
      const moved = (await cluster.admin.reassignments()).find((each) => {
        return each.topic === params.topic_name && each.partition === partition;
      });
      if (moved === undefined) throw problems.notFound();
      return movedData(cluster, moved);
    },
  }),
];

async function partitionsOf(cluster: ClusterOfPath, topic: string): Promise<readonly PartitionInfo[]> {
  const found = await cluster.admin.partitions(topic);
  if (found === undefined) throw problems.noTopic();
  return found;
}

async function partitionOf(
  cluster: ClusterOfPath,
  { topic_name, partition_id }: { readonly topic_name: string; readonly partition_id: string },
): Promise<PartitionInfo> {
  const found = (await partitionsOf(cluster, topic_name)).find(({ partition: id }) => String(id) === partition_id);
  if (found === undefined) throw problems.noTopic();
  return found;
}

function partitionData({ clusterId, url }: ClusterOfPath, topic: string, info: PartitionInfo) {
  const steps = ['topics', topic, 'partitions', info.partition];
  return {
    ...resource(
      'KafkaPartition',
      url(...steps),
      `crn:///kafka=${clusterId}/topic=${topic}/partition=${info.partition}`,
    ),
    cluster_id: clusterId,
    topic_name: topic,
    partition_id: info.partition,
    leader: info.leader < 0 ? null : related(url(...steps, 'replicas', info.leader)),
    replicas: related(url(...steps, 'replicas')),
    reassignment: related(url(...steps, 'reassignment')),
  };
}

export function replicaData({ clusterId, url }: ClusterOfPath, topic: string, info: PartitionInfo, broker: number) {
  const self = url('topics', topic, 'partitions', info.partition, 'replicas', broker);
  const crn = `crn:///kafka=${clusterId}/topic=${topic}/partition=${info.partition}/replica=${broker}`;
  return {
    ...resource('KafkaReplica', self, crn),
    cluster_id: clusterId,
    topic_name: topic,
    partition_id: info.partition,
    broker_id: broker,
    is_leader: info.leader === broker,
    is_in_sync: info.isr.includes(broker),
    broker: related(url('brokers', broker)),
  };
}

function movedData({ clusterId, url }: ClusterOfPath, moved: Reassignment) {
  const steps = ['topics', moved.topic, 'partitions', moved.partition];
  const crn = `crn:///kafka=${clusterId}/topic=${moved.topic}/partition=${moved.partition}/reassignment`;
  return {
    ...resource('KafkaReassignment', url(...steps, 'reassignment'), crn),
    cluster_id: clusterId,
    topic_name: moved.topic,
    partition_id: moved.partition,
    adding_replicas: moved.adding,
    removing_replicas: moved.removing,
    replicas: related(url(...steps, 'replicas')),
  };
}
