/** A managed cluster as the source of links: whom to trust there, and who is a SCRAM user, asked as engine principal. */
import { parseAddresses } from '../base/addresses.js';
import { scramMechanismsOf } from '../client/admin/scram.js';
import { type KafkaCluster, KafkaError } from '../client/types.js';
import type { ManagedSource } from '../engine/source/managed-source.js';
import { describeUserScramCredentials } from '../protocol/api/describe-user-scram-credentials.js';
import { errorCode } from '../protocol/errors.js';
import type { SiteConfig } from './running-server.js';

/** A link waits for it before it logs in. */
const ANSWER_WITHIN_MS = 5_000;

export function managedSource(
  { name, bootstrap, clientBootstrap, security, clientAuthorities, callers }: SiteConfig,
  cluster: KafkaCluster,
  clusterId: () => string | undefined,
): ManagedSource {
  return {
    name,
    addresses: [...bootstrap, ...(parseAddresses(clientBootstrap) ?? []), ...(callers?.bootstrap ?? [])],
    clearAddresses: security.tls === undefined ? bootstrap : [],
    loginAddresses: callers?.tls === undefined ? [] : callers.bootstrap,
    authorities: clientAuthorities ?? security.tls?.authorities,
    clusterId,
    async scramMechanisms(user) {
      const channel = await cluster.channel('any', 'admin');
      // A cluster that has no word for SCRAM users has none.
      if (channel.versionOf(describeUserScramCredentials) === undefined) return [];
      try {
        return await scramMechanismsOf(cluster, user, { timeoutMs: ANSWER_WITHIN_MS });
      } catch (error) {
        // Nobody can tell us: the link counts as it is written.
        if (error instanceof KafkaError && error.code === errorCode.CLUSTER_AUTHORIZATION_FAILED) return [];
        throw error;
      }
    },
  };
}
