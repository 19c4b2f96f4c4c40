/**
 * Published: settings of topics. While a topic is a mirror its settings are those it will have afterwards (decision 10),
 * and those that follow its source cannot be changed.
 */
import { workingSettings } from '../../model/topic-settings.js';
import { list, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import type { ConfigChange, TopicConfig } from '../ports.js';
import { Problem, problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { alteration, oneValue, topicConfig, topicDefaultConfig } from '../schemas/settings.js';
import { changesOf } from './alterations.js';
import { settingData } from './setting-data.js';

const shared = { base: 'published', tag: 'topic settings' } as const;
const all = '/clusters/{cluster_id}/topics/{topic_name}/configs';
const one = `${all}/{config_name}` as const;
const configList = listOf('KafkaTopicConfigList', topicConfig);

export const topicConfigOperations = [
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listTopicConfigs',
    summary: 'The settings of a topic; of a mirror those it will have after promotion.',
    status: 200,
    answer: configList,
    async run({ cluster, params: { topic_name: topic } }) {
      const data = (await shownConfigs(cluster, topic)).map((config) => configData(cluster, topic, config));
      return list('KafkaTopicConfigList', cluster.url('topics', topic, 'configs'), data);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: one,
    id: 'getTopicConfig',
    summary: 'One setting of a topic.',
    status: 200,
    answer: topicConfig,
    async run({ cluster, params: { topic_name: topic, config_name: name } }) {
      const config = (await shownConfigs(cluster, topic)).find((each) => each.name === name);
      if (config === undefined) throw problems.notFound();
      return configData(cluster, topic, config);
    },
  }),
  operation({
    ...shared,
    method: 'put',
    path: one,
    id: 'updateTopicConfig',
    summary: 'Set one setting of a topic.',
    body: oneValue,
    status: 204,
    async run({ cluster, params: { topic_name: topic, config_name: name }, body }) {
      await alter(cluster, topic, [{ name, value: body.value }], false);
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: one,
    id: 'resetTopicConfig',
    summary: 'Set one setting of a topic back to its default.',
    status: 204,
    async run({ cluster, params: { topic_name: topic, config_name: name } }) {
      await alter(cluster, topic, [{ name, value: undefined }], false);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: `${all}:alter`,
    id: 'alterTopicConfigs',
    summary: 'Change several settings of a topic, all or none.',
    body: alteration,
    status: 204,
    async run({ cluster, params, body }) {
      await alter(cluster, params.topic_name, changesOf(body), body.validate_only === true);
    },
  }),
];

export const allTopicConfigOperations = [
  operation({
    ...shared,
    method: 'get',
    path: '/clusters/{cluster_id}/topics/-/configs',
    id: 'listAllTopicConfigs',
    summary: 'The settings of all topics; of a mirror those it will have after promotion.',
    status: 200,
    answer: configList,
    async run({ cluster }) {
      const data: ReturnType<typeof configData>[] = [];
      for (const [topic, configs] of await cluster.admin.allTopicConfigs()) {
        const wanted = await cluster.links.wantedSettings(topic);
        const shown = wanted === undefined ? configs : asWanted(configs, wanted);
        for (const config of shown) data.push(configData(cluster, topic, config));
      }
      return list('KafkaTopicConfigList', cluster.url('topics', '-', 'configs'), data);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: '/clusters/{cluster_id}/topics/{topic_name}/default-configs',
    id: 'listDefaultTopicConfigs',
    summary: 'What the settings of a topic fall back to.',
    status: 200,
    answer: listOf('KafkaTopicDefaultConfigList', topicDefaultConfig),
    async run({ cluster, params: { topic_name: topic } }) {
      const data = (await cluster.admin.topicConfigs(topic)).map((config) => defaultData(cluster, topic, config));
      return list('KafkaTopicDefaultConfigList', cluster.url('topics', topic, 'default-configs'), data);
    },
  }),
];

async function alter(
  cluster: ClusterOfPath,
  topic: string,
  changes: readonly ConfigChange[],
  validateOnly: boolean,
): Promise<void> {
  const refused = await cluster.links.refusedSettings(
    topic,
    changes.map(({ name }) => name),
  );
  if (refused !== undefined) throw problems.invalid(refused);
  try {
    await cluster.admin.alterTopicConfigs(topic, changes, validateOnly);
  } catch (error) {
    // A key that is told to get the right would get it in vain.
    const isRefused = error instanceof Problem && error.status === 403;
    if (!isRefused || (await cluster.links.wantedSettings(topic)) === undefined) throw error;
    throw problems.fencedSettings(topic);
  }
}

/** What a mirror is set to while it copies concerns klink alone; people see what it will be. */
async function shownConfigs(cluster: ClusterOfPath, topic: string): Promise<readonly TopicConfig[]> {
  const configs = await cluster.admin.topicConfigs(topic);
  const wanted = await cluster.links.wantedSettings(topic);
  if (wanted === undefined) return configs;
  return asWanted(configs, wanted);
}

function asWanted(configs: readonly TopicConfig[], wanted: ReadonlyMap<string, string>): readonly TopicConfig[] {
  return configs.map((config) => {
    const value = wanted.get(config.name);
    if (value !== undefined) return { ...config, value, isDefault: false, source: 'DYNAMIC_TOPIC_CONFIG' };
    // What no source decides and copying does not need is the topic's own already.
    if (!(config.name in workingSettings)) return config;
    const inherited = config.synonyms.find((synonym) => synonym.source !== 'DYNAMIC_TOPIC_CONFIG');
    if (config.source !== 'DYNAMIC_TOPIC_CONFIG' || inherited === undefined) return config;
    return { ...config, value: inherited.value, isDefault: true, source: inherited.source };
  });
}

function configData({ clusterId, url }: ClusterOfPath, topic: string, config: TopicConfig) {
  const crn = `crn:///kafka=${clusterId}/topic=${topic}/config=${config.name}`;
  return {
    ...resource('KafkaTopicConfig', url('topics', topic, 'configs', config.name), crn),
    ...settingData(clusterId, config),
    topic_name: topic,
  };
}

function defaultData({ clusterId, url }: ClusterOfPath, topic: string, config: TopicConfig) {
  const crn = `crn:///kafka=${clusterId}/topic=${topic}/config=${config.name}`;
  return {
    ...resource('KafkaTopicDefaultConfig', url('topics', topic, 'default-configs', config.name), crn),
    ...settingData(clusterId, defaultOf(config)),
    topic_name: topic,
  };
}

/** What the setting would be if the topic had none of its own. */
function defaultOf(config: TopicConfig): TopicConfig {
  const synonyms = config.synonyms.filter(({ source }) => source !== 'DYNAMIC_TOPIC_CONFIG');
  const [inherited] = synonyms;
  if (config.source !== 'DYNAMIC_TOPIC_CONFIG') return config;
  const source = inherited?.source ?? 'DEFAULT_CONFIG';
  return { ...config, value: inherited?.value ?? null, source, isDefault: source === 'DEFAULT_CONFIG', synonyms };
}
