/**
 * Can the cluster finish an OffsetCommit although another coordinator already leads? Only then could two klinks believe
 * that they own it. Judged from how `__consumer_offsets` is replicated; where it cannot be ruled out, gaps are filled one
 * marker at a time, each behind a read back. Spec: docs/spec/ownership.md (rule 4.1).
 */
import type { Channel, KafkaCluster } from '../../client/types.js';
import { describeConfigs } from '../../protocol/api/describe-configs.js';

const OFFSETS_TOPIC = '__consumer_offsets';
const COMMIT_ACKS = 'offsets.commit.required.acks';
const TOPIC = 2;
const BROKER = 4;

export type Exclusiveness = { readonly provable: true } | { readonly provable: false; readonly reason: string };

export interface Replication {
  readonly brokers: number;
  readonly replicasMax: number;
  readonly minInsyncReplicas: number;
  readonly uncleanElection: boolean;
  /** `offsets.commit.required.acks`, which brokers before 4.0 have: −1 is every in-sync replica. */
  readonly commitAcks: number;
}

/**
 * [4.1] A commit is answered when every in-sync replica holds it. A second coordinator can then lead without it only by an
 * unclean election, of a replica that was not in sync. Demanding two in-sync replicas of three does not exclude that: the
 * third can finish nothing alone, but as soon as one of the two follows it, it may make an owner, and where it never heard
 * of the last one it waits for no session. Demanding all replicas excludes it. A sole replica has no second.
 */
export function exclusiveness(replication: Replication): Exclusiveness {
  if (replication.brokers <= 1 || replication.replicasMax <= 1) return { provable: true };
  if (replication.commitAcks !== -1) {
    const reason = `offsets.commit.required.acks is ${replication.commitAcks}: set it to -1`;
    return { provable: false, reason };
  }
  if (!replication.uncleanElection) return { provable: true };
  if (replication.minInsyncReplicas >= replication.replicasMax) return { provable: true };
  const reason = `${OFFSETS_TOPIC} allows unclean leader election with min.insync.replicas ${replication.minInsyncReplicas} of ${replication.replicasMax}: set unclean.leader.election.enable to false`;
  return { provable: false, reason };
}

/**
 * Never rejects: what cannot be read is not provable. The coordinator is asked, which has just answered: waiting for a broker
 * that does not would cost the lease, each time anew. Its own setting is also the one that counts.
 */
export async function readExclusiveness(
  cluster: KafkaCluster,
  coordinator: Channel,
  timeoutMs: number,
): Promise<Exclusiveness> {
  try {
    const metadata = await cluster.metadata([OFFSETS_TOPIC], { timeoutMs });
    const partitions = metadata.topics[0]?.partitions ?? [];
    const replicasMax = Math.max(0, ...partitions.map((partition) => partition.replicas.length));
    const brokers = metadata.brokers.length;
    if (brokers <= 1 || replicasMax <= 1)
      return exclusiveness({ brokers, replicasMax, minInsyncReplicas: 1, uncleanElection: false, commitAcks: -1 });
    const answer = await coordinator.send(
      describeConfigs,
      {
        resources: [
          {
            resourceType: TOPIC,
            resourceName: OFFSETS_TOPIC,
            configurationKeys: ['min.insync.replicas', 'unclean.leader.election.enable'],
          },
          { resourceType: BROKER, resourceName: String(coordinator.brokerId), configurationKeys: [COMMIT_ACKS] },
        ],
      },
      { timeoutMs },
    );
    const wrong = answer.results.find((result) => result.errorCode !== 0);
    if (wrong || answer.results.length < 2) return unread(`error ${wrong?.errorCode ?? 'without result'}`);
    const configs = answer.results.flatMap((result) => result.configs);
    const value = (name: string) => configs.find((config) => config.name === name)?.value;
    return exclusiveness({
      brokers,
      replicasMax,
      minInsyncReplicas: Number(value('min.insync.replicas') ?? 1),
      uncleanElection: value('unclean.leader.election.enable') !== 'false',
      commitAcks: Number(value(COMMIT_ACKS) ?? -1),
    });
  } catch (error) {
    return unread(error instanceof Error ? error.message : String(error));
  }
}

function unread(why: string): Exclusiveness {
  return { provable: false, reason: `the settings of ${OFFSETS_TOPIC} could not be read: ${why}` };
}
