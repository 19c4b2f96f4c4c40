/** Where one partition is led now, and which topic that name stands for. Always asked, never kept (1.3). */
import type { KafkaCluster } from '../../client/types.js';
import { errorCode } from '../../protocol/errors.js';
import { inWords, verdictOf } from './answers.js';
import { type Again, again, bounded, type Patience, requestMs } from './persist.js';

export interface PartitionPlace {
  readonly kind: 'found';
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly broker: number;
  readonly leaderEpoch: number;
  /** Of the topic. */
  readonly partitions: number;
}
export interface NoTopic {
  readonly kind: 'absent';
}

/** Rejects as the client does. */
export async function findPartition(
  cluster: KafkaCluster,
  within: Patience,
  topic: string,
  partition = 0,
): Promise<PartitionPlace | NoTopic | { readonly kind: 'refused'; readonly reason: string } | Again> {
  const answer = await bounded(within, cluster.metadata([topic], { timeoutMs: requestMs(within) }));
  const found = answer.topics.find((each) => each.name === topic);
  if (found === undefined) return again(`no answer about ${topic}`);
  if (found.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) return { kind: 'absent' };
  if (found.errorCode !== 0) {
    const reason = inWords(`topic ${topic}`, found.errorCode);
    return verdictOf(found.errorCode) === 'again' ? again(reason) : { kind: 'refused', reason };
  }
  const place = found.partitions.find((each) => each.partition === partition);
  if (place === undefined || place.leader < 0) return again(`partition ${partition} of ${topic} has no leader`);
  return {
    kind: 'found',
    topic,
    topicId: found.topicId,
    partition,
    broker: place.leader,
    leaderEpoch: place.leaderEpoch,
    partitions: found.partitions.length,
  };
}
