/**
 * Who calls: the operator, by the token, or a key, which is logged in to the cluster that the path names. A path without a
 * cluster takes a key of the home cluster, or of another one that knows its name. klink keeps no list of keys of its own.
 * Spec: docs/spec/identity.md §2, decision 16.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { unreachable } from '../base/invariant.js';
import type { ApiSurroundings, CallerKey, CallerLogin, CallerSession, ManagedCluster } from './ports.js';
import { type Problem, problems } from './problems.js';

export interface KeyCaller {
  readonly kind: 'key';
  readonly name: string;
  /** Where it was checked first. */
  readonly cluster: ManagedCluster;
  readonly session: CallerSession;
  /** Its session at any managed cluster. Throws a Problem where it cannot log in. */
  on(cluster: ManagedCluster): Promise<CallerSession>;
}

export type Caller = { readonly kind: 'operator' } | KeyCaller;

/** Beside the request, so that no handler can forget to pass it on. */
const callers = new WeakMap<Context, Caller>();

/** Throws a Problem. Gives what must be called when the request has been answered. */
export async function authenticate(c: Context, surroundings: ApiSurroundings): Promise<() => void> {
  const given = credentialsIn(c.req.header('authorization'));
  if (given === undefined) throw problems.notAuthenticated();
  if (equal(given.secret, surroundings.operatorToken)) {
    callers.set(c, { kind: 'operator' });
    return () => undefined;
  }
  if (given.name === undefined) throw problems.notAuthenticated();
  const key = { name: given.name, secret: given.secret, peer: peerOf(c) };
  const sessions = new Map<ManagedCluster, CallerSession>();
  const release = () => {
    for (const session of sessions.values()) session.release();
  };
  const on = async (cluster: ManagedCluster): Promise<CallerSession> => {
    const known = sessions.get(cluster);
    if (known !== undefined) return known;
    const session = accepted(await cluster.callers.logIn(key));
    sessions.set(cluster, session);
    return session;
  };
  try {
    const named = clusterIn(c.req.path, surroundings.clusters);
    const cluster = named ?? (await anyCluster(key, surroundings.clusters, sessions));
    const session = await on(cluster);
    callers.set(c, { kind: 'key', name: key.name, cluster, session, on });
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

export function callerOf(c: Context): Caller {
  const caller = callers.get(c);
  if (caller === undefined) throw problems.notAuthenticated();
  return caller;
}

/** For what is klink's own at this cluster: a right on the cluster itself, as Kafka has it. Throws a Problem. */
export async function demandRight(c: Context, cluster: ManagedCluster, right: 'ALTER' | 'DESCRIBE'): Promise<void> {
  const caller = callerOf(c);
  if (caller.kind === 'operator') return;
  const session = await caller.on(cluster);
  if (!(await session.rights()).has(right)) {
    throw problems.lacksRight(session.principal, `${right} on the cluster ${cluster.name}`);
  }
}

export function demandOperator(c: Context): void {
  if (callerOf(c).kind !== 'operator') throw problems.operatorOnly();
}

function clusterIn(path: string, clusters: readonly ManagedCluster[]): ManagedCluster | undefined {
  const id = /^(?:\/kafka\/v3|\/v3|\/klink\/v1)\/clusters\/([^/]+)/.exec(path)?.[1];
  if (id === undefined) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(id);
  } catch {
    // Not a name that anything here could have: answered like any other unknown one.
    return undefined;
  }
  return clusters.find((cluster) => cluster.id() === decoded);
}

/**
 * One that has let the key in already, else the home cluster first: where it is refused takes its time to say so. Elsewhere
 * only names that are known there are tried: a guess is made once, not once a cluster.
 */
async function anyCluster(
  key: CallerKey,
  clusters: readonly ManagedCluster[],
  sessions: Map<ManagedCluster, CallerSession>,
): Promise<ManagedCluster> {
  const inOrder = [...clusters].sort((a, b) => Number(b.home) - Number(a.home));
  for (const cluster of inOrder) {
    const session = cluster.callers.loggedIn(key);
    if (session === undefined) continue;
    sessions.set(cluster, session);
    return cluster;
  }
  let problem: Problem | undefined;
  for (const cluster of inOrder) {
    const login = await cluster.callers.logIn(key, { knownOnly: !cluster.home });
    if (login.kind === 'accepted') {
      sessions.set(cluster, login.session);
      return cluster;
    }
    // One that might have known it, or says when to come back, counts for more than one that does not know it.
    const said = problemOf(login);
    if (
      problem === undefined ||
      login.kind === 'guessing' ||
      (login.kind === 'unavailable' && problem.status !== 429)
    ) {
      problem = said;
    } else if (login.kind === 'refused' && problem.status === 401) problem = said;
  }
  throw problem ?? problems.notAuthenticated();
}

function accepted(login: CallerLogin): CallerSession {
  if (login.kind === 'accepted') return login.session;
  throw problemOf(login);
}

function problemOf(login: Exclude<CallerLogin, { readonly kind: 'accepted' }>): Problem {
  switch (login.kind) {
    case 'refused':
      return problems.notAuthenticated();
    case 'guessing':
      return problems.guessing(login.retryAfterMs);
    case 'unavailable':
      return problems.loginUnavailable(login.reason);
    case 'no-logins':
      return problems.noLogins(login.reason);
    default:
      return unreachable(login);
  }
}

interface Credentials {
  /** Undefined: a bearer token. */
  readonly name: string | undefined;
  readonly secret: string;
}

function credentialsIn(header: string | undefined): Credentials | undefined {
  const [scheme = '', value = ''] = (header ?? '').split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return { name: undefined, secret: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { name: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

/** Undefined in tests that ask the app without a socket. */
function peerOf(c: Context): string {
  const env = c.env as { readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } } } | undefined;
  return env?.incoming?.socket?.remoteAddress ?? 'local';
}

/** Hashes first, so that the comparison takes the same time for every guess. */
function equal(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
