/** Published: the brokers of a cluster and their settings, read only: settings change for all brokers at once or not here. */
import {
  type ApiContext,
  baseUrl,
  type ClusterOfPath,
  clusterOf,
  list,
  param,
  path,
  related,
  resource,
} from '../answers.js';
import { operation } from '../operation.js';
import type { ApiSurroundings, BrokerInfo, TopicConfig } from '../ports.js';
import { problems } from '../problems.js';
import { broker } from '../schemas/clusters.js';
import { listOf } from '../schemas/common.js';
import { brokerConfig } from '../schemas/settings.js';
import { replica } from '../schemas/topics.js';
import { replicaData } from './partitions.js';
import { settingData } from './setting-data.js';

const shared = { base: 'published', tag: 'brokers', method: 'get' } as const;
const all = '/clusters/{cluster_id}/brokers';
const one = `${all}/{broker_id}`;

export const brokerOperations = [
  operation({
    ...shared,
    path: all,
    id: 'listBrokers',
    summary: 'The brokers of a cluster.',
    status: 200,
    answer: listOf('KafkaBrokerList', broker),
    async run({ c, surroundings }) {
      const { cluster, self } = at(c, surroundings);
      const data = (await cluster.admin.brokers()).map((each) => brokerData(self, cluster.clusterId, each));
      return list('KafkaBrokerList', `${self}/brokers`, data);
    },
  }),
  operation({
    ...shared,
    path: one,
    id: 'getBroker',
    summary: 'One broker.',
    status: 200,
    answer: broker,
    async run({ c, surroundings }) {
      const { cluster, self } = at(c, surroundings);
      return brokerData(self, cluster.clusterId, await brokerOf(c, cluster));
    },
  }),
  operation({
    ...shared,
    path: `${one}/configs`,
    id: 'listBrokerConfigs',
    summary: 'The settings of a broker.',
    status: 200,
    answer: listOf('KafkaBrokerConfigList', brokerConfig),
    async run({ c, surroundings }) {
      const { cluster, self } = at(c, surroundings);
      const { id } = await brokerOf(c, cluster);
      const configs = await cluster.admin.brokerConfigs(id);
      const url = `${self}${path('brokers', id, 'configs')}`;
      const data = configs.map((config) => configData(self, cluster.clusterId, id, config));
      return list('KafkaBrokerConfigList', url, data);
    },
  }),
  operation({
    ...shared,
    path: `${one}/configs/{config_name}`,
    id: 'getBrokerConfig',
    summary: 'One setting of a broker.',
    status: 200,
    answer: brokerConfig,
    async run({ c, surroundings }) {
      const { cluster, self } = at(c, surroundings);
      const { id } = await brokerOf(c, cluster);
      const name = param(c, 'config_name');
      const config = (await cluster.admin.brokerConfigs(id)).find((each) => each.name === name);
      if (config === undefined) throw problems.notFound();
      return configData(self, cluster.clusterId, id, config);
    },
  }),
  operation({
    ...shared,
    path: `${one}/partition-replicas`,
    id: 'listBrokerReplicas',
    summary: 'The replicas that a broker holds.',
    status: 200,
    answer: listOf('KafkaReplicaList', replica),
    async run({ c, surroundings }) {
      const { cluster, self } = at(c, surroundings);
      const { id } = await brokerOf(c, cluster);
      const found = await cluster.admin.allPartitions();
      const data = found
        .filter(({ replicas }) => replicas.includes(id))
        .map(({ topic, ...each }) => replicaData(self, cluster.clusterId, topic, each, id));
      return list('KafkaReplicaList', `${self}${path('brokers', id, 'partition-replicas')}`, data);
    },
  }),
];

function at(c: ApiContext, surroundings: ApiSurroundings) {
  const cluster = clusterOf(c, surroundings);
  return { cluster, self: `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId)}` };
}

async function brokerOf(c: ApiContext, cluster: ClusterOfPath): Promise<BrokerInfo> {
  const id = param(c, 'broker_id');
  const found = (await cluster.admin.brokers()).find((each) => String(each.id) === id);
  if (found === undefined) throw problems.noBroker(id);
  return found;
}

function brokerData(self: string, clusterId: string, { id, host, port, rack }: BrokerInfo) {
  const url = `${self}${path('brokers', id)}`;
  return {
    ...resource('KafkaBroker', url, `crn:///kafka=${clusterId}/broker=${id}`),
    cluster_id: clusterId,
    broker_id: id,
    host,
    port,
    rack,
    configs: related(`${url}/configs`),
    partition_replicas: related(`${url}/partition-replicas`),
  };
}

function configData(self: string, clusterId: string, broker: number, config: TopicConfig) {
  const crn = `crn:///kafka=${clusterId}/broker=${broker}/config=${config.name}`;
  return {
    ...resource('KafkaBrokerConfig', `${self}${path('brokers', broker, 'configs', config.name)}`, crn),
    ...settingData(clusterId, config),
    broker_id: broker,
  };
}
