/**
 * Can the cluster finish an OffsetCommit although another coordinator already leads? Only then could two klinks believe
 * that they own it. Judged from how `__consumer_offsets` is replicated; where it cannot be ruled out, gaps are filled one
 * marker at a time, each behind a read back. Spec: docs/spec/ownership.md (rule 4.1).
 */
import type { KafkaCluster } from '../../client/types.js';
import { describeConfigs } from '../../protocol/api/describe-configs.js';

const OFFSETS_TOPIC = '__consumer_offsets';
const TOPIC = 2;

export type Exclusiveness = { readonly provable: true } | { readonly provable: false; readonly reason: string };

export interface Replication {
  readonly brokers: number;
  readonly replicasMax: number;
  readonly minInsyncReplicas: number;
  readonly uncleanElection: boolean;
}

/**
 * [4.1] A commit is answered when every in-sync replica holds it. A second coordinator can then lead without it only by
 * an unclean election, and two in-sync replicas being demanded excludes even that. A sole replica has no second.
 */
export function exclusiveness(replication: Replication): Exclusiveness {
  if (replication.brokers <= 1 || replication.replicasMax <= 1) return { provable: true };
  if (replication.minInsyncReplicas >= 2) return { provable: true };
  if (!replication.uncleanElection) return { provable: true };
  return {
    provable: false,
    reason: `${OFFSETS_TOPIC} has min.insync.replicas ${replication.minInsyncReplicas} and unclean leader election: set min.insync.replicas to 2`,
  };
}

/** Never rejects: what cannot be read is not provable. */
export async function readExclusiveness(cluster: KafkaCluster, timeoutMs: number): Promise<Exclusiveness> {
  try {
    const metadata = await cluster.metadata([OFFSETS_TOPIC], { timeoutMs });
    const partitions = metadata.topics[0]?.partitions ?? [];
    const replicasMax = Math.max(0, ...partitions.map((partition) => partition.replicas.length));
    const brokers = metadata.brokers.length;
    if (brokers <= 1 || replicasMax <= 1)
      return exclusiveness({ brokers, replicasMax, minInsyncReplicas: 1, uncleanElection: false });
    const channel = await cluster.channel('any', 'admin');
    const answer = await channel.send(
      describeConfigs,
      {
        resources: [
          {
            resourceType: TOPIC,
            resourceName: OFFSETS_TOPIC,
            configurationKeys: ['min.insync.replicas', 'unclean.leader.election.enable'],
          },
        ],
      },
      { timeoutMs },
    );
    const result = answer.results[0];
    if (result?.errorCode !== 0) return unread(`error ${result?.errorCode ?? 'without result'}`);
    const value = (name: string) => result.configs.find((config) => config.name === name)?.value;
    return exclusiveness({
      brokers,
      replicasMax,
      minInsyncReplicas: Number(value('min.insync.replicas') ?? 1),
      uncleanElection: value('unclean.leader.election.enable') !== 'false',
    });
  } catch (error) {
    return unread(error instanceof Error ? error.message : String(error));
  }
}

function unread(why: string): Exclusiveness {
  return { provable: false, reason: `the settings of ${OFFSETS_TOPIC} could not be read: ${why}` };
}
