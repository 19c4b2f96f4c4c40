/**
 * What REST asks of a managed cluster, answered by the cluster itself: every call goes to Kafka, nothing is kept. Refusals
 * arrive as Kafka's own (KafkaError); who answers nothing within the time leaves NotSent or OutcomeUnknown.
 */
import type { ClusterAdmin, GroupInfo, GroupOffset, TopicInfo } from '../api/ports.js';
import { sleep } from '../base/clock.js';
import { alterTopicConfig, topicConfig } from '../client/admin/configs.js';
import { committedOffsets } from '../client/admin/group-offsets.js';
import { describeGroup, describeGroups, listGroups } from '../client/admin/groups.js';
import { placeKey } from '../client/admin/leaders.js';
import { listOffsets } from '../client/admin/offsets.js';
import { createTopic, deleteTopic } from '../client/admin/topics.js';
import { type KafkaCluster, KafkaError, type TopicMetadata } from '../client/types.js';
import { errorCode, errorName } from '../protocol/errors.js';

/** Shorter than the command line waits for its answer, so that the reason arrives. */
const WITHIN = { timeoutMs: 20_000 };
/** A topic that was made or deleted may take so long to be seen so by every broker; longer is nobody's fault. */
const SEEN_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

export function clusterAdmin(cluster: KafkaCluster): ClusterAdmin {
  return {
    controllerId: () => cluster.controller(),
    async topics() {
      const { topics } = await cluster.metadata('all', WITHIN);
      return topics.filter((topic) => topic.errorCode === 0).map(topicInfo);
    },
    async topic(name) {
      const found = await describedTopic(cluster, name);
      return found && topicInfo(found);
    },
    async createTopic(topic, validateOnly) {
      await createTopic(cluster, topic, { ...WITHIN, validateOnly });
      if (validateOnly) return;
      await seen(cluster, topic.name, (found) => found?.partitions.every(({ leader }) => leader >= 0) ?? false);
    },
    async deleteTopic(topic) {
      await deleteTopic(cluster, topic, WITHIN);
      await seen(cluster, topic, (found) => found === undefined);
    },
    topicConfigs: (topic) => topicConfig(cluster, topic, { ...WITHIN, synonyms: true }),
    alterTopicConfigs: (topic, changes, validateOnly) =>
      alterTopicConfig(cluster, topic, changes, { ...WITHIN, validateOnly }),
    async groups() {
      const listed = (await listGroups(cluster, WITHIN)).filter(({ protocolType }) => isOfConsumers(protocolType));
      const names = listed.map(({ group }) => group);
      return [...(await describeGroups(cluster, names, WITHIN)).values()];
    },
    group: (group): Promise<GroupInfo | undefined> => describeGroup(cluster, group, WITHIN),
    groupOffsets: (group) => groupOffsets(cluster, group),
  };
}

/** Offsets alone make a group without a protocol; klink's own and Connect's have another. */
function isOfConsumers(protocolType: string): boolean {
  return protocolType === 'consumer' || protocolType === '';
}

/** Undefined: there is no such topic. Rejects with KafkaError when this principal may not know. */
async function describedTopic(cluster: KafkaCluster, topic: string): Promise<TopicMetadata | undefined> {
  const found = (await cluster.metadata([topic], WITHIN)).topics[0];
  const code = found?.errorCode ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (code === errorCode.UNKNOWN_TOPIC_OR_PARTITION) return undefined;
  if (code !== 0) throw new KafkaError(code, errorName(code), `describing topic "${topic}" at ${cluster.name}`);
  return found;
}

async function seen(
  cluster: KafkaCluster,
  topic: string,
  asWanted: (found: TopicMetadata | undefined) => boolean,
): Promise<void> {
  const endMs = cluster.clock.monotonicMs() + SEEN_WITHIN_MS;
  while (!asWanted(await describedTopic(cluster, topic)) && cluster.clock.monotonicMs() < endMs) {
    await sleep(cluster.clock, LOOK_EVERY_MS);
  }
}

function topicInfo(topic: TopicMetadata): TopicInfo {
  return {
    name: topic.name,
    isInternal: topic.isInternal,
    replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
    partitions: topic.partitions.length,
  };
}

/** Partitions that were deleted since are left out; one whose end nobody tells fails the call. */
async function groupOffsets(cluster: KafkaCluster, group: string): Promise<readonly GroupOffset[]> {
  const committed = (await committedOffsets(cluster, [group], WITHIN)).get(group) ?? [];
  const ends = await listOffsets(cluster, committed, { kind: 'latest' }, WITHIN);
  const found: GroupOffset[] = [];
  for (const { topic, partition, offset } of committed) {
    const end = ends.get(placeKey({ topic, partition }));
    if (end?.ok) found.push({ topic, partition, committed: offset, logEnd: end.value.offset });
    else if (!isGone(end?.error)) throw end?.error ?? new Error(`the end of ${topic}/${partition} was not told`);
  }
  return found;
}

function isGone(error: Error | undefined): boolean {
  return error instanceof KafkaError && error.code === errorCode.UNKNOWN_TOPIC_OR_PARTITION;
}
