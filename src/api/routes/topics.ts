/** Published: topics. Deleting a mirror goes through the control of its link first; a mirror grows with its source. */
import { z } from 'zod';
import { granted, list, related, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import type { TopicInfo } from '../ports.js';
import { Problem, problems } from '../problems.js';
import { flag, listOf } from '../schemas/common.js';
import { growth, newTopic, topic } from '../schemas/topics.js';
import { settingsOf } from './alterations.js';

const shared = { base: 'published', tag: 'topics' } as const;
const all = '/clusters/{cluster_id}/topics';
const one = `${all}/{topic_name}` as const;

export const topicOperations = [
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listTopics',
    summary: 'The topics of a cluster.',
    status: 200,
    answer: listOf('KafkaTopicList', topic),
    async run({ cluster }) {
      const data = (await cluster.admin.topics()).map((each) => topicData(cluster, each));
      return list('KafkaTopicList', cluster.url('topics'), data);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: all,
    id: 'createTopic',
    summary: 'Create a topic.',
    description: 'Answers when every broker that answers knows the topic, or five seconds have passed.',
    body: newTopic,
    status: 201,
    validatedStatus: 200,
    answer: topic,
    async run({ cluster, body }) {
      const configs = settingsOf(body.configs);
      const wanted = {
        name: body.topic_name,
        partitions: body.partitions_count ?? -1,
        replicationFactor: body.replication_factor ?? -1,
        configs,
      };
      const validateOnly = body.validate_only === true;
      await creating(wanted.name, cluster.admin.createTopic(wanted, validateOnly));
      const made = validateOnly ? undefined : await unlessHidden(cluster.admin.topic(wanted.name));
      return topicData(cluster, made ?? { ...wanted, isInternal: false });
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: one,
    id: 'getTopic',
    summary: 'One topic.',
    query: z.object({ include_authorized_operations: flag(false, 'Tell what may be done with it.') }),
    status: 200,
    answer: topic,
    async run({ cluster, params: { topic_name: name }, query }) {
      const data = topicData(cluster, await topicOf(cluster, name));
      if (!query.include_authorized_operations) return data;
      return { ...data, authorized_operations: await cluster.admin.topicRights(name) };
    },
  }),
  operation({
    ...shared,
    method: 'patch',
    path: one,
    id: 'updatePartitionCount',
    summary: 'Give a topic more partitions.',
    body: growth,
    status: 200,
    answer: topic,
    async run({ cluster, params: { topic_name: name }, body }) {
      await refuseMirror(cluster, name, 'it gets the partitions of its source');
      await cluster.admin.growTopic(name, body.partitions_count);
      return topicData(cluster, await topicOf(cluster, name));
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: one,
    id: 'deleteTopic',
    summary: 'Delete a topic, for good; a mirror topic ends its mirror first.',
    status: 204,
    async run({ cluster, params: { topic_name: name } }) {
      await topicOf(cluster, name);
      granted(await cluster.links.deleteMirror(name));
      await cluster.admin.deleteTopic(name);
    },
  }),
];

/** Throws a Problem with the reason `why` where the topic is a mirror. */
export async function refuseMirror(cluster: ClusterOfPath, topic: string, why: string): Promise<void> {
  if ((await cluster.links.wantedSettings(topic)) === undefined) return;
  throw problems.invalid(`Topic '${topic}' is a mirror; ${why} until it is promoted.`);
}

/** Who may create a topic may not therefore see it. */
async function unlessHidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Problem && error.status === 403) return undefined;
    throw error;
  }
}

async function creating(topic: string, made: Promise<void>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 36) throw problems.topicExists(topic);
    throw error;
  }
}

async function topicOf(cluster: ClusterOfPath, name: string): Promise<TopicInfo> {
  const found = await cluster.admin.topic(name);
  if (found === undefined) throw problems.noTopic();
  return found;
}

function topicData({ clusterId, url }: ClusterOfPath, info: TopicInfo) {
  const steps = ['topics', info.name];
  return {
    ...resource('KafkaTopic', url(...steps), `crn:///kafka=${clusterId}/topic=${info.name}`),
    cluster_id: clusterId,
    topic_name: info.name,
    is_internal: info.isInternal,
    replication_factor: info.replicationFactor,
    partitions_count: info.partitions,
    partitions: related(url(...steps, 'partitions')),
    configs: related(url(...steps, 'configs')),
    partition_reassignments: related(url(...steps, 'partitions', '-', 'reassignment')),
    authorized_operations: [],
  };
}
