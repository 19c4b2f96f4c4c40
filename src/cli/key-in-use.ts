/**
 * As whom `topic produce` and `topic consume` speak to a cluster: as `--config` says; else with the key of `--api-key` or
 * the one in use for it, the way the server says that this key logs in; else as nobody. The address goes with it.
 */
import { isSaslMechanism, type SaslMechanism } from '../base/sasl.js';
import { readTls } from '../base/tls.js';
import type { ClusterSecurity } from '../client/types.js';
import { type SecretFlags, secretGiven } from './api-secret.js';
import { readSecurity } from './client-security.js';
import { CliFailure } from './failure.js';
import type { StoredSecret } from './logins.js';
import type { ManagedCluster, Session } from './session.js';

export interface LoginFlags extends SecretFlags {
  readonly config?: string;
  readonly apiKey?: string;
}

export interface Access {
  readonly cluster: ManagedCluster;
  /** The first that the cluster accepts counts; more than one where nobody knows which slot the secret is of. */
  readonly ways: readonly ClusterSecurity[];
}

export async function accessTo(session: Session, cluster: ManagedCluster, flags: LoginFlags): Promise<Access> {
  const { io, logins, api } = session;
  const { config, apiKey } = flags;
  if (config !== undefined) return { cluster, ways: [readSecurity(config, io.workingDirectory)] };
  const used =
    apiKey === undefined ? logins.keyInUse(cluster.cluster_id) : await keyNamed(session, cluster, apiKey, flags);
  if (used === undefined) return { cluster, ways: [{}] };
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
  return { cluster: { ...cluster, bootstrap: login.bootstrap }, ways };
}

/** What is given with the call counts for more than what is stored: it may be the newer one. */
async function keyNamed(
  { io, logins }: Session,
  { cluster_id }: ManagedCluster,
  key: string,
  flags: LoginFlags,
): Promise<{ readonly key: string } & StoredSecret> {
  const given = await secretGiven(io, flags);
  if (given !== undefined) return { key, secret: given };
  const stored = logins.secretOf(cluster_id, key);
  if (stored !== undefined) return { key, ...stored };
  throw new CliFailure(
    `no secret of API key "${key}" is given, and none is stored for cluster "${cluster_id}"`,
    `Store it with \`klink api-key store ${key} - --resource ${cluster_id}\`, which reads it from standard input.`,
    'Give it this time with `--api-secret-file` or KLINK_API_SECRET.',
  );
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
