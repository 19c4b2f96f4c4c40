/** Published: settings that hold for all brokers of a cluster: Kafka's own dynamic defaults, nothing that klink keeps. */
import { list, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import type { TopicConfig } from '../ports.js';
import { problems } from '../problems.js';
import { listOf } from '../schemas/common.js';
import { alteration, clusterConfig, oneValue } from '../schemas/settings.js';
import { changesOf } from './alterations.js';
import { settingData } from './setting-data.js';

const shared = { base: 'published', tag: 'broker settings' } as const;
const all = '/clusters/{cluster_id}/broker-configs';
const one = `${all}/{config_name}` as const;

export const clusterConfigOperations = [
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listClusterConfigs',
    summary: 'What is set for all brokers at once.',
    status: 200,
    answer: listOf('KafkaClusterConfigList', clusterConfig),
    async run({ cluster }) {
      const data = (await cluster.admin.clusterConfigs()).map((config) => configData(cluster, config));
      return list('KafkaClusterConfigList', cluster.url('broker-configs'), data);
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
    async run({ cluster, body }) {
      await cluster.admin.alterClusterConfigs(changesOf(body), body.validate_only === true);
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
    async run({ cluster, params }) {
      const config = (await cluster.admin.clusterConfigs()).find((each) => each.name === params.config_name);
      if (config === undefined) throw problems.notFound();
      return configData(cluster, config);
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
    async run({ cluster, params, body }) {
      const change = { name: params.config_name, value: body.value };
      await cluster.admin.alterClusterConfigs([change], false);
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: one,
    id: 'resetClusterConfig',
    summary: 'Take back what is set for all brokers.',
    status: 204,
    async run({ cluster, params }) {
      const change = { name: params.config_name, value: undefined };
      await cluster.admin.alterClusterConfigs([change], false);
    },
  }),
];

function configData({ clusterId, url }: ClusterOfPath, config: TopicConfig) {
  const crn = `crn:///kafka=${clusterId}/broker-config=${config.name}`;
  return {
    ...resource('KafkaClusterConfig', url('broker-configs', config.name), crn),
    ...settingData(clusterId, config),
    config_type: 'BROKER',
  };
}
