/** klink's own: the managed clusters with their addresses, what klink knows of a mirror, and whether a group can move. */
import { z } from 'zod';
import type { DeletionForecast, MirrorView, PartitionView } from '../../control/commands.js';
import { granted, list } from '../answers.js';
import { operation } from '../operation.js';
import { listOf, text } from '../schemas/common.js';
import { managedCluster, mirrorDetail, readiness } from '../schemas/klink.js';

const shared = { base: 'klink', tag: "klink's own" } as const;

export const klinkOperations = [
  operation({
    ...shared,
    method: 'get',
    path: '/clusters',
    id: 'listManagedClusters',
    summary: 'The managed clusters with their addresses, and who acts for them.',
    status: 200,
    answer: listOf('KlinkClusterList', managedCluster),
    async run({ surroundings, base }) {
      const data = await Promise.all(
        surroundings.clusters.map(async (cluster) => {
          const { listener } = cluster.callers;
          const reachable = await cluster.reachable();
          return {
            cluster_id: cluster.id() ?? null,
            name: cluster.name,
            home: cluster.home,
            bootstrap: cluster.bootstrap,
            login_bootstrap: 'none' in listener ? null : listener.bootstrap,
            rest_endpoint: surroundings.url(),
            status: reachable ? ('UP' as const) : ('UNREACHABLE' as const),
            ownership: cluster.ownership(),
          };
        }),
      );
      return list('KlinkClusterList', `${base}/clusters`, data);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/clusters/{cluster_id}/links/{link_name}/mirrors/{mirror_topic_name}',
    id: 'describeMirror',
    summary: 'What klink knows of a mirror.',
    status: 200,
    answer: mirrorDetail,
    async run({ cluster: { links }, params: { link_name: link, mirror_topic_name: topic } }) {
      const mirror = granted(await links.mirror(link, topic));
      // Asks the destination, so only of what is left of a stopped mirror.
      const deletions = mirror.status === 'STOPPED' ? granted(await links.deletions(link, topic)) : undefined;
      return mirrorData(mirror, deletions);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/clusters/{cluster_id}/consumer-groups/{consumer_group_id}/ready',
    id: 'getReadiness',
    summary: 'May this group move to the destination: yes or no, and why.',
    query: z.object({ link_name: text('The link whose mirrors it reads; left out: any.') }),
    status: 200,
    answer: readiness,
    async run({ cluster, params: { consumer_group_id: group }, query }) {
      const ready = granted(await cluster.links.ready(group, query.link_name));
      return {
        consumer_group_id: group,
        link_name: query.link_name ?? '',
        ready: ready.ready,
        reasons: ready.reasons,
        mirror_lag: ready.mirrorLag,
        offset_sync_age_ms: ready.offsetSyncAgeMs ?? null,
      };
    },
  }),
];

function mirrorData(mirror: MirrorView, deletions: DeletionForecast | undefined) {
  return {
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
  };
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
