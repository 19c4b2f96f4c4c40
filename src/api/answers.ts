/** Builds the published envelopes, and finds the cluster of a path. */
import type { Context } from 'hono';
import type { Answer } from '../control/commands.js';
import { callerSession } from './caller.js';
import { guardedLinks, namingRights } from './caller-rights.js';
import { toJson } from './json.js';
import type { ApiSurroundings, ManagedCluster } from './ports.js';
import { Problem, problems } from './problems.js';

export type ApiContext = Context;

export function json(c: ApiContext, value: unknown, status: 200 | 201 = 200): Response {
  return c.body(toJson(value), status, { 'content-type': 'application/json' });
}

/** Everything below this address: `http://host:port/kafka/v3`, with the base the caller used. */
export function baseUrl(c: ApiContext, surroundings: ApiSurroundings): string {
  return `${surroundings.url()}${c.req.path.startsWith('/kafka/v3') ? '/kafka/v3' : '/v3'}`;
}

export function resource(kind: string, self: string, crn: string) {
  return { kind, metadata: { self, resource_name: crn } };
}

export function list<T>(kind: string, self: string, data: readonly T[]) {
  return { kind, metadata: { self, next: null }, data } as const;
}

export function related(url: string): { readonly related: string } {
  return { related: url };
}

export function path(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${encodeURIComponent(step)}`).join('');
}

export interface ClusterOfPath extends Pick<ManagedCluster, 'admin' | 'links'> {
  readonly clusterId: string;
}

export function clusterOf(c: ApiContext, surroundings: ApiSurroundings): ClusterOfPath {
  const clusterId = param(c, 'cluster_id');
  const cluster = surroundings.clusters.find((each) => each.id() === clusterId);
  if (cluster === undefined) throw problems.noCluster(clusterId);
  const session = callerSession(c);
  if (session === undefined) return { clusterId, admin: cluster.admin, links: cluster.links };
  return { clusterId, admin: namingRights(session), links: guardedLinks(cluster.links, session) };
}

export function param(c: ApiContext, name: string): string {
  const value = c.req.param(name);
  if (value === undefined) throw problems.notFound();
  return value;
}

/** The value of an answer, or its refusal thrown as the published problem. */
export function granted<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  const { status, code, message } = answer.error;
  throw new Problem(status, code, message);
}
