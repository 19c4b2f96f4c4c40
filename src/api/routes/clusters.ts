/** Published: the managed clusters, as the first call of every on-premises command expects them. */
import type { Hono } from 'hono';
import { baseUrl, clusterOf, json, list, path, related, resource } from '../answers.js';
import type { ApiSurroundings, ClusterAdmin } from '../ports.js';

export function clusterRoutes(app: Hono, surroundings: ApiSurroundings): void {
  app.get('/clusters', async (c) => {
    const base = baseUrl(c, surroundings);
    const known = surroundings.clusters.filter((cluster) => cluster.id() !== undefined);
    const data = await Promise.all(known.map((cluster) => clusterData(base, cluster.id() ?? '', cluster.admin)));
    return json(c, list('KafkaClusterList', `${base}/clusters`, data));
  });
  app.get('/clusters/:cluster', async (c) => {
    const { clusterId, admin } = clusterOf(c, surroundings);
    return json(c, await clusterData(baseUrl(c, surroundings), clusterId, admin));
  });
}

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
