/** Has any partition of a topic ever held anything? By its log end at the leader, so that gaps and markers count too. */
import type { KafkaCluster, PartitionMetadata, TopicMetadata } from '../../client/types.js';
import { epochEnds, placeKey } from '../copy/log-probe.js';

const PURPOSE = 'admin';

/** A string: it cannot be told now, and why. */
export async function isEmpty(cluster: KafkaCluster, topic: TopicMetadata): Promise<boolean | string> {
  const byLeader = new Map<number, PartitionMetadata[]>();
  for (const partition of topic.partitions) {
    if (partition.leader < 0) return `partition ${partition.partition} of ${topic.name} has no leader`;
    byLeader.set(partition.leader, [...(byLeader.get(partition.leader) ?? []), partition]);
  }
  for (const [leader, partitions] of byLeader) {
    const places = partitions.map(({ partition, leaderEpoch }) => ({ topic: topic.name, partition, leaderEpoch }));
    const ends = await epochEnds(await cluster.channel(leader, PURPOSE), places);
    for (const place of places) {
      const answer = ends.get(placeKey(place));
      if (answer === undefined || answer.errorCode !== 0 || answer.end < 0n) {
        return `the end of partition ${place.partition} of ${topic.name} cannot be read`;
      }
      if (answer.end > 0n) return false;
    }
  }
  return true;
}
