/**
 * What REST asks of a managed cluster, answered by the cluster itself: every call goes to Kafka, nothing is kept. Refusals
 * arrive as Kafka's own (KafkaError); who answers nothing within the time leaves NotSent or OutcomeUnknown.
 */
import type { ClusterAdmin, GroupInfo, GroupOffset, TopicInfo } from '../api/ports.js';
import { sleep } from '../base/clock.js';
import { ADMIN_PURPOSE, isUnanswered } from '../client/admin/ask.js';
import {
  alterBrokerConfig,
  alterTopicConfig,
  brokerConfig,
  brokerDefaults,
  topicConfig,
  topicConfigs,
} from '../client/admin/configs.js';
import { describeCluster } from '../client/admin/describe-cluster.js';
import { committedOffsets } from '../client/admin/group-offsets.js';
import { describeGroup, describeGroups, listGroups } from '../client/admin/groups.js';
import { placeKey } from '../client/admin/leaders.js';
import { listOffsets } from '../client/admin/offsets.js';
import { listReassignments } from '../client/admin/reassignments.js';
import { topicRights } from '../client/admin/topic-rights.js';
import { createTopic, deleteTopic, growTopic } from '../client/admin/topics.js';
import { METADATA_VERSION_MIN } from '../client/handshake.js';
import { type KafkaCluster, KafkaError, type TopicMetadata } from '../client/types.js';
import { type MetadataResponse, metadata } from '../protocol/api/metadata.js';
import { errorCode, errorName } from '../protocol/errors.js';
import { deleteAcls, makeAcls, readAcls } from './cluster-acls.js';

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
      await seen(cluster, topic.name, (found) => found?.partitions.every(({ leaderId }) => leaderId >= 0) ?? false);
    },
    async growTopic(topic, partitions) {
      await growTopic(cluster, { name: topic, count: partitions }, WITHIN);
      await seen(cluster, topic, (found) => (found?.partitions.length ?? 0) >= partitions);
    },
    async deleteTopic(topic) {
      await deleteTopic(cluster, topic, WITHIN);
      await seen(cluster, topic, (found) => found === undefined);
    },
    async partitions(name) {
      const found = await describedTopic(cluster, name);
      return found && inOrder(found);
    },
    async allPartitions() {
      const { topics } = await cluster.metadata('all', WITHIN);
      return topics.flatMap((topic) => inOrder(topic).map((each) => ({ ...each, topic: topic.name })));
    },
    topicRights: async (name) => [...(await topicRights(cluster, name, WITHIN))],
    async allTopicConfigs() {
      const { topics } = await cluster.metadata('all', WITHIN);
      const names = topics.filter((topic) => topic.errorCode === 0).map(({ name }) => name);
      const found = await topicConfigs(cluster, names, { ...WITHIN, synonyms: true });
      return new Map([...found].flatMap(([name, configs]) => (configs.ok ? [[name, configs.value]] : [])));
    },
    reassignments: () => listReassignments(cluster, WITHIN),
    brokers: async () => (await describeCluster(cluster, WITHIN)).brokers,
    brokerConfigs: (broker) => brokerConfig(cluster, broker, { ...WITHIN, synonyms: true }),
    clusterConfigs: () => brokerDefaults(cluster, { ...WITHIN, synonyms: true }),
    alterClusterConfigs: (changes, validateOnly) =>
      alterBrokerConfig(cluster, undefined, changes, { ...WITHIN, validateOnly }),
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
    acls: (filter) => readAcls(cluster, filter, WITHIN),
    addAcls: (acls) => makeAcls(cluster, acls, WITHIN),
    removeAcls: (filter) => deleteAcls(cluster, filter, WITHIN),
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

type AsWanted = (found: MetadataResponse['topics'][number] | undefined) => boolean;

/** Every broker that answers has seen it, or the time is over: clients ask any of them next. */
async function seen(cluster: KafkaCluster, topic: string, asWanted: AsWanted): Promise<void> {
  const over = new AbortController();
  const everywhere = async () => {
    const { brokers } = await cluster.metadata([], { timeoutMs: SEEN_WITHIN_MS, signal: over.signal });
    await Promise.all(brokers.map(({ id }) => seenAt(cluster, id, { topic, asWanted, signal: over.signal })));
  };
  try {
    await Promise.race([everywhere(), sleep(cluster.clock, SEEN_WITHIN_MS, over.signal)]);
  } catch (error) {
    // The topic is made or gone all the same: who does not answer now speaks against neither.
    if (!isUnanswered(error)) throw error;
  } finally {
    over.abort(new Error('seen, or no longer waited for'));
  }
}

async function seenAt(
  cluster: KafkaCluster,
  broker: number,
  { topic, asWanted, signal }: { readonly topic: string; readonly asWanted: AsWanted; readonly signal: AbortSignal },
): Promise<void> {
  const request = { topics: [{ name: topic }], allowAutoTopicCreation: false };
  const options = { versionMin: METADATA_VERSION_MIN, timeoutMs: SEEN_WITHIN_MS, signal };
  try {
    const channel = await cluster.channel(broker, ADMIN_PURPOSE);
    while (!signal.aborted) {
      const { topics } = await channel.send(metadata, request, options);
      if (asWanted(topics.find(({ errorCode }) => errorCode === 0))) return;
      // Who may create it may not therefore see it.
      if (topics.some((found) => found.errorCode === errorCode.TOPIC_AUTHORIZATION_FAILED)) return;
      await sleep(cluster.clock, LOOK_EVERY_MS);
    }
  } catch (error) {
    // It shows nothing wrong to anybody now; the others are waited for.
    if (!isUnanswered(error)) throw error;
  }
}

/** Brokers tell them in any order. */
function inOrder({ partitions }: TopicMetadata): TopicMetadata['partitions'] {
  return partitions.toSorted((a, b) => a.partition - b.partition);
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
