/** Published: partitions of topics, their replicas, and which of these are being moved. */
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
import type { ApiSurroundings, PartitionInfo, Reassignment } from '../ports.js';
import { problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { partition, reassignment, replica } from '../schemas/topics.js';

const shared = { base: 'published', tag: 'partitions', method: 'get' } as const;
const topics = '/clusters/{cluster_id}/topics';
const all = `${topics}/{topic_name}/partitions`;
const one = `${all}/{partition_id}`;
const reassignments = listOf('KafkaReassignmentList', reassignment);

export const partitionOperations = [
  operation({
    ...shared,
    path: all,
    id: 'listPartitions',
    summary: 'The partitions of a topic.',
    status: 200,
    answer: listOf('KafkaPartitionList', partition),
    async run({ c, surroundings }) {
      const { cluster, self, topic, url } = at(c, surroundings);
      const data = (await partitionsOf(cluster, topic)).map((each) =>
        partitionData(self, cluster.clusterId, topic, each),
      );
      return list('KafkaPartitionList', url, data);
    },
  }),
  operation({
    ...shared,
    path: one,
    id: 'getPartition',
    summary: 'One partition.',
    status: 200,
    answer: partition,
    async run({ c, surroundings }) {
      const { cluster, self, topic } = at(c, surroundings);
      return partitionData(self, cluster.clusterId, topic, await partitionOf(c, cluster, topic));
    },
  }),
  operation({
    ...shared,
    path: `${one}/replicas`,
    id: 'listReplicas',
    summary: 'The replicas of a partition, the preferred leader first.',
    status: 200,
    answer: listOf('KafkaReplicaList', replica),
    async run({ c, surroundings }) {
      const { cluster, self, topic, url } = at(c, surroundings);
      const found = await partitionOf(c, cluster, topic);
      const data = found.replicas.map((broker) => replicaData(self, cluster.clusterId, topic, found, broker));
      return list('KafkaReplicaList', `${url}${path(found.partition, 'replicas')}`, data);
    },
  }),
  operation({
    ...shared,
    path: `${one}/replicas/{broker_id}`,
    id: 'getReplica',
    summary: 'One replica of a partition.',
    status: 200,
    answer: replica,
    async run({ c, surroundings }) {
      const { cluster, self, topic } = at(c, surroundings);
      const found = await partitionOf(c, cluster, topic);
      const broker = found.replicas.find((each) => String(each) === param(c, 'broker_id'));
      if (broker === undefined) throw problems.notFound();
      return replicaData(self, cluster.clusterId, topic, found, broker);
    },
  }),
  operation({
    ...shared,
    path: `${topics}/-/partitions/-/reassignment`,
    id: 'listAllReassignments',
    summary: 'The partitions of a cluster whose replicas are being moved.',
    status: 200,
    answer: reassignments,
    async run({ c, surroundings }) {
      const cluster = clusterOf(c, surroundings);
      const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId)}`;
      const data = (await cluster.admin.reassignments()).map((each) => movedData(self, cluster.clusterId, each));
      return list('KafkaReassignmentList', `${self}/topics/-/partitions/-/reassignment`, data);
    },
  }),
  operation({
    ...shared,
    path: `${all}/-/reassignment`,
    id: 'listReassignments',
    summary: 'The partitions of a topic whose replicas are being moved.',
    status: 200,
    answer: reassignments,
    async run({ c, surroundings }) {
      const { cluster, self, topic, url } = at(c, surroundings);
      await partitionsOf(cluster, topic);
      const moved = (await cluster.admin.reassignments()).filter((each) => each.topic === topic);
      const data = moved.map((each) => movedData(self, cluster.clusterId, each));
      return list('KafkaReassignmentList', `${url}/-/reassignment`, data);
    },
  }),
  operation({
    ...shared,
    path: `${one}/reassignment`,
    id: 'getReassignment',
    summary: 'How the replicas of a partition are being moved; 404 where they are not.',
    status: 200,
    answer: reassignment,
    async run({ c, surroundings }) {
      const { cluster, self, topic } = at(c, surroundings);
      const found = await partitionOf(c, cluster, topic);
      const moved = (await cluster.admin.reassignments()).find((each) => {
        return each.topic === topic && each.partition === found.partition;
      });
      if (moved === undefined) throw problems.notFound();
      return movedData(self, cluster.clusterId, moved);
    },
  }),
];

function at(c: ApiContext, surroundings: ApiSurroundings) {
  const cluster = clusterOf(c, surroundings);
  const topic = param(c, 'topic_name');
  const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId)}`;
  return { cluster, self, topic, url: `${self}${path('topics', topic, 'partitions')}` };
}

async function partitionsOf(cluster: ClusterOfPath, topic: string): Promise<readonly PartitionInfo[]> {
  const found = await cluster.admin.partitions(topic);
  if (found === undefined) throw problems.noTopic();
  return found;
}

async function partitionOf(c: ApiContext, cluster: ClusterOfPath, topic: string): Promise<PartitionInfo> {
  const found = (await partitionsOf(cluster, topic)).find(
    ({ partition: id }) => String(id) === param(c, 'partition_id'),
  );
  if (found === undefined) throw problems.noTopic();
  return found;
}

function partitionData(self: string, clusterId: string, topic: string, info: PartitionInfo) {
  const url = `${self}${path('topics', topic, 'partitions', info.partition)}`;
  return {
    ...resource('KafkaPartition', url, `crn:///kafka=${clusterId}/topic=${topic}/partition=${info.partition}`),
    cluster_id: clusterId,
    topic_name: topic,
    partition_id: info.partition,
    leader: info.leader < 0 ? null : related(`${url}${path('replicas', info.leader)}`),
    replicas: related(`${url}/replicas`),
    reassignment: related(`${url}/reassignment`),
  };
}

export function replicaData(self: string, clusterId: string, topic: string, info: PartitionInfo, broker: number) {
  const place = path('topics', topic, 'partitions', info.partition);
  const crn = `crn:///kafka=${clusterId}/topic=${topic}/partition=${info.partition}/replica=${broker}`;
  return {
    ...resource('KafkaReplica', `${self}${place}${path('replicas', broker)}`, crn),
    cluster_id: clusterId,
    topic_name: topic,
    partition_id: info.partition,
    broker_id: broker,
    is_leader: info.leader === broker,
    is_in_sync: info.isr.includes(broker),
    broker: related(`${self}${path('brokers', broker)}`),
  };
}

function movedData(self: string, clusterId: string, moved: Reassignment) {
  const url = `${self}${path('topics', moved.topic, 'partitions', moved.partition)}`;
  const crn = `crn:///kafka=${clusterId}/topic=${moved.topic}/partition=${moved.partition}/reassignment`;
  return {
    ...resource('KafkaReassignment', `${url}/reassignment`, crn),
    cluster_id: clusterId,
    topic_name: moved.topic,
    partition_id: moved.partition,
    adding_replicas: moved.adding,
    removing_replicas: moved.removing,
    replicas: related(`${url}/replicas`),
  };
}
