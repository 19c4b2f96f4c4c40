/**
 * Published: topics and their settings. While a topic is a mirror its settings are those it will have afterwards
 * (decision 10), and changing them is refused; deleting it goes through the control of its link first.
 */
import type { Hono } from 'hono';
import { z } from 'zod';
import {
  baseUrl,
  body,
  type ClusterOfPath,
  clusterOf,
  granted,
  json,
  list,
  param,
  path,
  related,
  resource,
} from '../answers.js';
import type { ApiSurroundings, ConfigChange, TopicConfig, TopicInfo } from '../ports.js';
import { problems } from '../problems.js';
import { alteration, changesOf, nameValue, oneValue } from './alterations.js';

const growth = z.object({ partitions_count: z.int().min(1) });
const newTopic = z.object({
  topic_name: z.string().min(1),
  partitions_count: z.int().min(1).optional(),
  replication_factor: z.int().min(1).optional(),
  configs: z.array(nameValue).optional(),
  validate_only: z.boolean().optional(),
});

export function topicRoutes(app: Hono, surroundings: ApiSurroundings): void {
  app.get('/clusters/:cluster/topics', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'topics')}`;
    const topics = await cluster.admin.topics();
    return json(
      c,
      list(
        'KafkaTopicList',
        self,
        topics.map((topic) => topicData(self, cluster.clusterId, topic)),
      ),
    );
  });
  app.post('/clusters/:cluster/topics', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const wanted = await body(c, newTopic);
    const configs = new Map<string, string>();
    for (const { name, value } of wanted.configs ?? []) if (value != null) configs.set(name, value);
    const topic = {
      name: wanted.topic_name,
      partitions: wanted.partitions_count ?? -1,
      replicationFactor: wanted.replication_factor ?? -1,
      configs,
    };
    const validateOnly = wanted.validate_only === true;
    await creating(wanted.topic_name, cluster.admin.createTopic(topic, validateOnly));
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'topics')}`;
    const made = validateOnly ? undefined : await cluster.admin.topic(wanted.topic_name);
    const info = made ?? { ...topic, isInternal: false };
    return json(c, topicData(self, cluster.clusterId, info), validateOnly ? 200 : 201);
  });
  app.get('/clusters/:cluster/topics/:topic', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'topics')}`;
    return json(c, topicData(self, cluster.clusterId, await topicOf(cluster, param(c, 'topic'))));
  });
  app.patch('/clusters/:cluster/topics/:topic', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const topic = param(c, 'topic');
    const { partitions_count } = await body(c, growth);
    await refuseMirror(cluster, topic, 'it gets the partitions of its source');
    await cluster.admin.growTopic(topic, partitions_count);
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'topics')}`;
    return json(c, topicData(self, cluster.clusterId, await topicOf(cluster, topic)));
  });
  app.delete('/clusters/:cluster/topics/:topic', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const topic = param(c, 'topic');
    await topicOf(cluster, topic);
    granted(await cluster.links.deleteMirror(topic));
    await cluster.admin.deleteTopic(topic);
    return c.body(null, 204);
  });
  app.get('/clusters/:cluster/topics/:topic/configs', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const topic = param(c, 'topic');
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'topics', topic, 'configs')}`;
    const configs = await shownConfigs(cluster, topic);
    const data = configs.map((config) => configData(self, cluster.clusterId, topic, config));
    return json(c, list('KafkaTopicConfigList', self, data));
  });
  app.get('/clusters/:cluster/topics/:topic/configs/:name', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const topic = param(c, 'topic');
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'topics', topic, 'configs')}`;
    const config = (await shownConfigs(cluster, topic)).find((each) => each.name === param(c, 'name'));
    if (config === undefined) throw problems.notFound();
    return json(c, configData(self, cluster.clusterId, topic, config));
  });
  app.put('/clusters/:cluster/topics/:topic/configs/:name', async (c) => {
    const { value } = await body(c, oneValue);
    await alter(clusterOf(c, surroundings), param(c, 'topic'), [{ name: param(c, 'name'), value }], false);
    return c.body(null, 204);
  });
  app.delete('/clusters/:cluster/topics/:topic/configs/:name', async (c) => {
    const change = { name: param(c, 'name'), value: undefined };
    await alter(clusterOf(c, surroundings), param(c, 'topic'), [change], false);
    return c.body(null, 204);
  });
  app.post('/clusters/:cluster/topics/:topic/configs:alter', async (c) => {
    const wanted = await body(c, alteration);
    await alter(clusterOf(c, surroundings), param(c, 'topic'), changesOf(wanted), wanted.validate_only === true);
    return c.body(null, 204);
  });
}

async function alter(
  cluster: ClusterOfPath,
  topic: string,
  changes: readonly ConfigChange[],
  validateOnly: boolean,
): Promise<void> {
  await refuseMirror(cluster, topic, 'its settings follow its source');
  await cluster.admin.alterTopicConfigs(topic, changes, validateOnly);
}

async function refuseMirror(cluster: ClusterOfPath, topic: string, why: string): Promise<void> {
  if ((await cluster.links.wantedSettings(topic)) === undefined) return;
  throw problems.invalid(`Topic '${topic}' is a mirror; ${why} until it is promoted.`);
}

/** What a mirror is set to while it copies concerns klink alone; people see what it will be. */
async function shownConfigs(cluster: ClusterOfPath, topic: string): Promise<readonly TopicConfig[]> {
  const configs = await cluster.admin.topicConfigs(topic);
  const wanted = await cluster.links.wantedSettings(topic);
  if (wanted === undefined) return configs;
  return configs.map((config) => {
    const value = wanted.get(config.name);
    if (value !== undefined) return { ...config, value, isDefault: false, source: 'DYNAMIC_TOPIC_CONFIG' };
    const inherited = config.synonyms.find((synonym) => synonym.source !== 'DYNAMIC_TOPIC_CONFIG');
    if (config.source !== 'DYNAMIC_TOPIC_CONFIG' || inherited === undefined) return config;
    return { ...config, value: inherited.value, isDefault: true, source: inherited.source };
  });
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
  const topic = await cluster.admin.topic(name);
  if (topic === undefined) throw problems.noTopic();
  return topic;
}

function topicData(topicsUrl: string, clusterId: string, topic: TopicInfo) {
  const self = `${topicsUrl}${path(topic.name)}`;
  return {
    ...resource('KafkaTopic', self, `crn:///kafka=${clusterId}/topic=${topic.name}`),
    cluster_id: clusterId,
    topic_name: topic.name,
    is_internal: topic.isInternal,
    replication_factor: topic.replicationFactor,
    partitions_count: topic.partitions,
    partitions: related(`${self}/partitions`),
    configs: related(`${self}/configs`),
    partition_reassignments: related(`${self}/partitions/-/reassignment`),
    authorized_operations: [],
  };
}

function configData(configsUrl: string, clusterId: string, topic: string, config: TopicConfig) {
  const crn = `crn:///kafka=${clusterId}/topic=${topic}/config=${config.name}`;
  return {
    ...resource('KafkaTopicConfig', `${configsUrl}${path(config.name)}`, crn),
    cluster_id: clusterId,
    topic_name: topic,
    name: config.name,
    value: config.isSensitive ? null : config.value,
    is_default: config.isDefault,
    is_read_only: config.isReadOnly,
    is_sensitive: config.isSensitive,
    source: config.source,
    synonyms: config.synonyms,
  };
}
