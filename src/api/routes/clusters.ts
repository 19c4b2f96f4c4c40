/** Published: the managed clusters, as the first call of every on-premises command expects them. */
import { list, path, related, resource } from '../answers.js';
import { operation } from '../operation.js';
import type { ClusterAdmin } from '../ports.js';
import { cluster } from '../schemas/clusters.js';
import { listOf } from '../schemas/common.js';

const shared = { base: 'published', tag: 'clusters' } as const;

export const clusterOperations = [
  operation({
    ...shared,
    method: 'get',
    path: '/clusters',
    id: 'listClusters',
    summary: 'The managed clusters.',
    status: 200,
    answer: listOf('KafkaClusterList', cluster),
    async run({ surroundings, base }) {
      const known = surroundings.clusters.filter((each) => each.id() !== undefined);
      const data = await Promise.all(known.map((each) => clusterData(base, each.id() ?? '', each.admin)));
      return list('KafkaClusterList', `${base}/clusters`, data);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/clusters/{cluster_id}',
    id: 'getCluster',
    summary: 'One managed cluster.',
    status: 200,
    answer: cluster,
    async run({ base, cluster: { clusterId, admin } }) {
      return await clusterData(base, clusterId, admin);
    },
  }),
];

async function clusterData(base: string, id: string, admin: ClusterAdmin) {
  const self = `${base}${path('clusters', id)}`;
  // An unreachable cluster is still listed: that is when people look.
  const controller = await admin.controllerId().catch(() => -1);
  return {
    ...resource('KafkaCluster', self, `crn:///kafka=${id}`),
    cluster_id: id,
    controller: related(`${self}/brokers/${controller}`),
    acls: related(`${self}/acls`),
    brokers: related(`${self}/brokers`),
    broker_configs: related(`${self}/broker-configs`),
    consumer_groups: related(`${self}/consumer-groups`),
    topics: related(`${self}/topics`),
    partition_reassignments: related(`${self}/topics/-/partitions/-/reassignment`),
  };
}
