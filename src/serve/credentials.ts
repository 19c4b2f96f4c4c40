/** SCRAM users of the managed clusters, set and taken away for control as each cluster's engine principal. */
import type { Random } from '../base/random.js';
import { isUnanswered } from '../client/admin/ask.js';
import { removeScramCredential, saltPassword, setScramCredential } from '../client/admin/scram.js';
import { type KafkaCluster, KafkaError } from '../client/types.js';
import type { CredentialsPort } from '../control/ports/credentials.js';
import type { Outcome } from '../control/ports/outcome.js';

/** Kafka's own default. Secrets of 256 random bits gain nothing from more. */
const ITERATIONS = 4_096;
const SALT_BYTES = 20;
const WITHIN = { timeoutMs: 20_000 };

export function createCredentialsPort(
  clusterOf: (clusterId: string) => KafkaCluster | undefined,
  random: Random,
): CredentialsPort {
  const at = async (clusterId: string, work: (cluster: KafkaCluster) => Promise<unknown>): Promise<Outcome> => {
    const cluster = clusterOf(clusterId);
    if (cluster === undefined) {
      return { kind: 'refused', reason: `no cluster of that id stands under \`clusters\` in klink.yaml` };
    }
    try {
      await work(cluster);
      return { kind: 'done' };
    } catch (error) {
      if (error instanceof KafkaError) return { kind: 'refused', reason: error.message };
      if (isUnanswered(error)) return { kind: 'unavailable', reason: (error as Error).message };
      throw error;
    }
  };
  return {
    set: ({ clusterId, user, mechanism }, secret) =>
      at(clusterId, async (cluster) => {
        const how = { salt: random.bytes(SALT_BYTES), iterations: ITERATIONS };
        const credential = await saltPassword(mechanism, secret, how);
        await setScramCredential(cluster, { user, mechanism }, credential, WITHIN);
      }),
    remove: ({ clusterId, user, mechanism }) =>
      at(clusterId, (cluster) => removeScramCredential(cluster, { user, mechanism }, WITHIN)),
  };
}
