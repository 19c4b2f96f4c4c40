/**
 * One attempt to log in to a cluster with a key. The engine principal is asked first whether the name is a SCRAM user: then
 * its mechanisms are tried, strongest first, and the secret itself is never sent; only another name's goes by PLAIN, as it
 * must. Each mechanism is tried at one broker: a wrong secret must not be tried at all of them.
 */
import type { Address } from '../../base/connection.js';
import type { SaslMechanism } from '../../base/sasl.js';
import type { TlsSettings } from '../../base/tls.js';
import { isUnanswered } from '../../client/admin/ask.js';
import { scramMechanismsOf } from '../../client/admin/scram.js';
import { openCluster } from '../../client/cluster.js';
import { type KafkaCluster, KafkaError, type Surroundings } from '../../client/types.js';
import { errorCode } from '../../protocol/errors.js';

export interface LoginTarget extends Surroundings {
  readonly name: string;
  readonly bootstrap: readonly Address[];
  readonly tls: TlsSettings | undefined;
  /** As engine principal. */
  readonly engine: KafkaCluster;
}

export type Attempt =
  | { readonly kind: 'in'; readonly cluster: KafkaCluster }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unavailable'; readonly reason: string };

const WITHIN_MS = 5_000;
const CLIENT_ID = 'klink-caller';
const REFUSED: ReadonlySet<number> = new Set([
  errorCode.SASL_AUTHENTICATION_FAILED,
  errorCode.UNSUPPORTED_SASL_MECHANISM,
  errorCode.ILLEGAL_SASL_STATE,
]);

export async function tryLogin(
  target: LoginTarget,
  key: { readonly name: string; readonly secret: string },
  knownOnly: boolean,
): Promise<Attempt> {
  let mechanisms: readonly SaslMechanism[];
  try {
    mechanisms = await scramMechanismsOf(target.engine, key.name, { timeoutMs: WITHIN_MS });
  } catch (error) {
    if (!isUnanswered(error) && !(error instanceof KafkaError)) throw error;
    return { kind: 'unavailable', reason: (error as Error).message };
  }
  if (mechanisms.length === 0) {
    if (knownOnly) return { kind: 'refused' };
    mechanisms = ['PLAIN'];
  }
  let attempt: Attempt = { kind: 'refused' };
  for (const mechanism of mechanisms) {
    attempt = await withMechanism(target, key, mechanism);
    if (attempt.kind !== 'refused') return attempt;
  }
  return attempt;
}

async function withMechanism(
  target: LoginTarget,
  { name, secret }: { readonly name: string; readonly secret: string },
  mechanism: SaslMechanism,
): Promise<Attempt> {
  const { tls } = target;
  let reason = 'it has no address';
  for (const address of target.bootstrap) {
    const cluster = openCluster({
      ...target,
      bootstrap: [address],
      security: { sasl: { mechanism, username: name, password: secret }, tls },
      clientId: CLIENT_ID,
      connectTimeoutMs: WITHIN_MS,
    });
    try {
      await cluster.metadata([], { timeoutMs: WITHIN_MS });
      return { kind: 'in', cluster };
    } catch (error) {
      await cluster.close();
      if (error instanceof KafkaError && REFUSED.has(error.code)) return { kind: 'refused' };
      if (!isUnanswered(error) && !(error instanceof KafkaError)) throw error;
      reason = (error as Error).message;
    }
  }
  return { kind: 'unavailable', reason };
}
