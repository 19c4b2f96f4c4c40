/** Published: settings that hold for all brokers of a cluster: Kafka's own dynamic defaults, nothing that klink keeps. */
import { type ApiContext, baseUrl, clusterOf, list, param, path, resource } from '../answers.js';
import { operation } from '../operation.js';
import type { ApiSurroundings, TopicConfig } from '../ports.js';
import { problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { alteration, clusterConfig, oneValue } from '../schemas/settings.js';
import { changesOf } from './alterations.js';
import { settingData } from './setting-data.js';

const shared = { base: 'published', tag: 'broker settings' } as const;
const all = '/clusters/{cluster_id}/broker-configs';
const one = `${all}/{config_name}`;

export const clusterConfigOperations = [
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listClusterConfigs',
    summary: 'What is set for all brokers at once.',
    status: 200,
    answer: listOf('KafkaClusterConfigList', clusterConfig),
    async run({ c, surroundings }) {
      const { admin, clusterId, self } = at(c, surroundings);
      const data = (await admin.clusterConfigs()).map((config) => configData(self, clusterId, config));
      return list('KafkaClusterConfigList', self, data);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: `${all}:alter`,
    id: 'alterClusterConfigs',
    summary: 'Change several settings for all brokers at once, all or none.',
    body: alteration,
    status: 204,
    async run({ c, surroundings, body }) {
      await at(c, surroundings).admin.alterClusterConfigs(changesOf(body), body.validate_only === true);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: one,
    id: 'getClusterConfig',
    summary: 'One setting for all brokers, where it is set.',
    status: 200,
    answer: clusterConfig,
    async run({ c, surroundings }) {
      const { admin, clusterId, self } = at(c, surroundings);
      const name = param(c, 'config_name');
      const config = (await admin.clusterConfigs()).find((each) => each.name === name);
      if (config === undefined) throw problems.notFound();
      return configData(self, clusterId, config);
    },
  }),
  operation({
    ...shared,
    method: 'put',
    path: one,
    id: 'updateClusterConfig',
    summary: 'Set one setting for all brokers.',
    body: oneValue,
    status: 204,
    async run({ c, surroundings, body }) {
      const change = { name: param(c, 'config_name'), value: body.value };
      await at(c, surroundings).admin.alterClusterConfigs([change], false);
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: one,
    id: 'resetClusterConfig',
    summary: 'Take back what is set for all brokers.',
    status: 204,
    async run({ c, surroundings }) {
      const change = { name: param(c, 'config_name'), value: undefined };
      await at(c, surroundings).admin.alterClusterConfigs([change], false);
    },
  }),
];

function at(c: ApiContext, surroundings: ApiSurroundings) {
  const { admin, clusterId } = clusterOf(c, surroundings);
  return { admin, clusterId, self: `${baseUrl(c, surroundings)}${path('clusters', clusterId, 'broker-configs')}` };
}

function configData(configsUrl: string, clusterId: string, config: TopicConfig) {
  const crn = `crn:///kafka=${clusterId}/broker-config=${config.name}`;
  return {
    ...resource('KafkaClusterConfig', `${configsUrl}${path(config.name)}`, crn),
    ...settingData(clusterId, config),
    config_type: 'BROKER',
  };
}
