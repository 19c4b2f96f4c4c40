/** klink's own: the managed clusters with their addresses, what klink knows of a mirror, and whether a group can move. */
import type { Hono } from 'hono';
import type { DeletionForecast, PartitionView } from '../../control/commands.js';
import { clusterOf, granted, json, list, param } from '../answers.js';
import type { ApiSurroundings } from '../ports.js';

export function klinkRoutes(app: Hono, surroundings: ApiSurroundings): void {
  app.get('/clusters', async (c) => {
    const data = await Promise.all(
      surroundings.clusters.map(async (cluster) => {
        const reachable = await cluster.reachable();
        return {
          cluster_id: cluster.id() ?? null,
          name: cluster.name,
          home: cluster.home,
          bootstrap: cluster.bootstrap,
          rest_endpoint: surroundings.url(),
          status: reachable ? 'UP' : 'UNREACHABLE',
          ownership: cluster.ownership(),
        };
      }),
    );
    return json(c, list('KlinkClusterList', `${surroundings.url()}/klink/v1/clusters`, data));
  });
  app.get('/clusters/:cluster/links/:link/mirrors/:topic', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const mirror = granted(await cluster.links.mirror(param(c, 'link'), param(c, 'topic')));
    // Asks the destination, so only of what is left of a stopped mirror.
    const deletions =
      mirror.status === 'STOPPED'
        ? granted(await cluster.links.deletions(param(c, 'link'), param(c, 'topic')))
        : undefined;
    return json(c, {
      link_name: mirror.linkName,
      mirror_topic_name: mirror.mirrorTopic,
      pending: mirror.pending ?? null,
      partitions: mirror.partitions.map((each) => ({
        partition: each.partition,
        activity: each.activity,
        mirror_end: each.mirrorEnd,
        source_end: each.sourceEnd,
        source_seen_at_ms: each.sourceSeenAtMs ?? null,
        failure: each.failure ?? null,
        destination_truncated: truncationData(each.truncations),
      })),
      clamped_groups: mirror.clampedGroups,
      without_barrier: mirror.withoutBarrier,
      fence: mirror.fence,
      passing_grants: mirror.passing.grants,
      passing_grants_unknown: mirror.passing.unknown ?? null,
      notes: mirror.notes,
      deletions: deletions === undefined ? null : deletionsData(deletions),
    });
  });
  app.get('/clusters/:cluster/consumer-groups/:group/ready', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const group = param(c, 'group');
    const link = c.req.query('link_name');
    const ready = granted(await cluster.links.ready(group, link));
    return json(c, {
      consumer_group_id: group,
      link_name: link ?? '',
      ready: ready.ready,
      reasons: ready.reasons,
      mirror_lag: ready.mirrorLag,
      offset_sync_age_ms: ready.offsetSyncAgeMs ?? null,
    });
  });
}

function truncationData(truncations: PartitionView['truncations']) {
  if (truncations === undefined) return null;
  const { count, from, to, atMs } = truncations;
  return { count, from, to, at_ms: atMs };
}

function deletionsData({ dueAtMs, settings, partitions, unread, remarks, unknown }: DeletionForecast) {
  return {
    due_at_ms: dueAtMs,
    settings: Object.entries(settings).map(([name, value]) => ({ name, value })),
    partitions: partitions.map(({ partition, logStart, below }) => {
      return { partition, from: logStart, below, records_max: below - logStart };
    }),
    unread_groups: unread,
    remarks,
    unknown,
  };
}
