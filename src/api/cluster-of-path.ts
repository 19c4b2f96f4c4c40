/** The managed cluster that a path names, with the rights of whoever asks, and the addresses of what is in it. */
import type { Context } from 'hono';
import { path } from './answers.js';
import { callerOf } from './caller.js';
import { guardedLinks, namingRights } from './caller-rights.js';
import type { ApiSurroundings, ManagedCluster } from './ports.js';
import { problems } from './problems.js';

export interface ClusterOfPath extends Pick<ManagedCluster, 'admin' | 'links'> {
  readonly clusterId: string;
  /** Address of what these steps lead to, below the cluster and the base that the caller used. */
  url(...steps: readonly (string | number)[]): string;
}

export function clusterOf(c: Context, surroundings: ApiSurroundings, clusterId: string, base: string): ClusterOfPath {
  const cluster = managedCluster(surroundings, clusterId);
  const self = `${base}${path('clusters', clusterId)}`;
  const place = { clusterId, url: (...steps: readonly (string | number)[]) => `${self}${path(...steps)}` };
  const caller = callerOf(c);
  if (caller.kind === 'operator') return { ...place, admin: cluster.admin, links: cluster.links };
  // Keys are checked where the path leads. Should it ever be read in two ways, they must not count at the other cluster.
  if (caller.cluster !== cluster) throw problems.notAuthenticated();
  const { session } = caller;
  return { ...place, admin: namingRights(session), links: guardedLinks(cluster.links, session) };
}

/** As klink itself sees it: whoever asks is not asked what they may. */
export function managedCluster(surroundings: ApiSurroundings, clusterId: string): ManagedCluster {
  const cluster = surroundings.clusters.find((each) => each.id() === clusterId);
  if (cluster === undefined) throw problems.noCluster(clusterId);
  return cluster;
}
