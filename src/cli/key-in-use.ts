/**
 * As whom `topic produce` and `topic consume` speak to a cluster: as `--config` says; else with the key in use for it, the
 * way the server says that this key logs in; else as nobody. The address goes with it.
 */
import { isSaslMechanism, type SaslMechanism } from '../base/sasl.js';
import { readTls } from '../base/tls.js';
import type { ClusterSecurity } from '../client/types.js';
import { readSecurity } from './client-security.js';
import { CliFailure } from './failure.js';
import type { ManagedCluster, Session } from './session.js';

export interface Access {
  readonly cluster: ManagedCluster;
  /** The first that the cluster accepts counts; more than one where nobody knows which slot the secret is of. */
  readonly ways: readonly ClusterSecurity[];
  /** What ACLs of this key name; undefined: `--config` says who, or nobody. */
  readonly key: string | undefined;
}

export async function accessTo(session: Session, cluster: ManagedCluster, config: string | undefined): Promise<Access> {
  const { io, logins, api } = session;
  if (config !== undefined) return { cluster, ways: [readSecurity(config, io.workingDirectory)], key: undefined };
  const used = logins.keyInUse(cluster.cluster_id);
  if (used === undefined) return { cluster, ways: [{}], key: undefined };
  const login = await api.loginOf(cluster.cluster_id, used.key);
  const tls =
    login.security_protocol === 'SASL_SSL'
      ? readTls({
          authorities: login.authorities ?? undefined,
          certificates: undefined,
          key: undefined,
          keyPassword: undefined,
          checksName: login.checks_name,
        })
      : undefined;
  if (tls && !tls.ok) throw new CliFailure(`the server names authorities that cannot be read: ${tls.error}`);
  const ways = mechanismsFor(login.mechanisms, used.mechanism).map((mechanism) => ({
    sasl: { mechanism, username: used.key, password: used.secret },
    tls: tls?.value,
  }));
  return { cluster: { ...cluster, bootstrap: login.bootstrap }, ways, key: used.key };
}

/** A secret is tried where it belongs; no password of a SCRAM user is ever sent as it is. */
function mechanismsFor(offered: readonly string[], known: string | undefined): readonly SaslMechanism[] {
  const usable = offered.filter(isSaslMechanism);
  if (usable.length === 0) return ['PLAIN'];
  const own = usable.filter((mechanism) => mechanism === known);
  return own.length > 0 ? own : usable;
}

/** Opens with the first way that is accepted. Rejects as the last one does. */
export async function inFirstWay<T>({ ways }: Access, open: (security: ClusterSecurity) => Promise<T>): Promise<T> {
  let refused: unknown = new CliFailure('this key has no way to log in');
  for (const security of ways) {
    try {
      return await open(security);
    } catch (error) {
      if (!(error instanceof CliFailure && error.loginRefused)) throw error;
      refused = error;
    }
  }
  throw refused;
}
