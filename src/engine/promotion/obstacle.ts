/**
 * Whether a partition can take its barrier at this moment, by what the cluster shows: a leader, and as many replicas in
 * sync as a write needs. Changes nothing. A broker that does not answer is no obstacle: it may be this klink's own network.
 * Spec: docs/spec/promotion.md, "Without a barrier".
 */
import { topicConfig } from '../../client/admin/configs.js';
import type { KafkaCluster } from '../../client/types.js';
import type { MirrorAssignment } from '../../model/assignment.js';
import { errorCode } from '../../protocol/errors.js';
import { ofCode, type Refused, refused, type Unavailable, unavailable } from '../outcome.js';

export type Obstacle =
  | { readonly kind: 'free' }
  | { readonly kind: 'blocked'; readonly reason: string }
  | Refused
  | Unavailable;

const MIN_IN_SYNC = 'min.insync.replicas';

/** Rejects as the client does when no broker answers. */
export async function barrierObstacle(
  cluster: KafkaCluster,
  { mirrorTopic, destinationTopicId }: MirrorAssignment,
  partition: number,
): Promise<Obstacle> {
  const topic = (await cluster.metadata([mirrorTopic])).topics[0];
  const code = topic?.errorCode ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (topic === undefined || code !== 0) return ofCode(`describing ${mirrorTopic}`, code);
  // [1.3] What is said of another topic of that name says nothing of this one.
  if (topic.topicId !== destinationTopicId) return refused(`${mirrorTopic} is another topic now`);
  const found = topic.partitions.find((each) => each.partition === partition);
  if (found === undefined) return unavailable(`${mirrorTopic} is shown without partition ${partition}`);
  if (found.leader < 0) return { kind: 'blocked', reason: 'no leader' };
  const [setting] = await topicConfig(cluster, mirrorTopic, { names: [MIN_IN_SYNC] });
  // A broker asks for no more replicas than the partition has.
  const needed = Math.min(Number(setting?.value ?? 1), found.replicas.length);
  if (found.isr.length >= needed) return { kind: 'free' };
  return { kind: 'blocked', reason: `${found.isr.length} replicas in sync, ${needed} needed (${MIN_IN_SYNC})` };
}
