/** Published: the brokers of a cluster and their settings, read only: settings change for all brokers at once or not here. */
import { list, related, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import type { BrokerInfo, TopicConfig } from '../ports.js';
import { problems } from '../problems.js';
import { broker } from '../schemas/clusters.js';
import { listOf } from '../schemas/common.js';
import { brokerConfig } from '../schemas/settings.js';
import { replica } from '../schemas/topics.js';
import { replicaData } from './partitions.js';
import { settingData } from './setting-data.js';

const shared = { base: 'published', tag: 'brokers', method: 'get' } as const;
const all = '/clusters/{cluster_id}/brokers';
const one = `${all}/{broker_id}` as const;

export const brokerOperations = [
  operation({
    ...shared,
    path: all,
    id: 'listBrokers',
    summary: 'The brokers of a cluster.',
    status: 200,
    answer: listOf('KafkaBrokerList', broker),
    async run({ cluster }) {
      const data = (await cluster.admin.brokers()).map((each) => brokerData(cluster, each));
      return list('KafkaBrokerList', cluster.url('brokers'), data);
    },
  }),
  operation({
    ...shared,
    path: one,
    id: 'getBroker',
    summary: 'One broker.',
    status: 200,
    answer: broker,
    async run({ cluster, params }) {
      return brokerData(cluster, await brokerOf(cluster, params.broker_id));
    },
  }),
  operation({
    ...shared,
    path: `${one}/configs`,
    id: 'listBrokerConfigs',
    summary: 'The settings of a broker.',
    status: 200,
    answer: listOf('KafkaBrokerConfigList', brokerConfig),
    async run({ cluster, params }) {
      const { id } = await brokerOf(cluster, params.broker_id);
      const data = (await cluster.admin.brokerConfigs(id)).map((config) => configData(cluster, id, config));
      return list('KafkaBrokerConfigList', cluster.url('brokers', id, 'configs'), data);
    },
  }),
  operation({
    ...shared,
    path: `${one}/configs/{config_name}`,
    id: 'getBrokerConfig',
    summary: 'One setting of a broker.',
    status: 200,
    answer: brokerConfig,
    async run({ cluster, params }) {
      const { id } = await brokerOf(cluster, params.broker_id);
      const config = (await cluster.admin.brokerConfigs(id)).find((each) => each.name === params.config_name);
      if (config === undefined) throw problems.notFound();
      return configData(cluster, id, config);
    },
  }),
  operation({
    ...shared,
    path: `${one}/partition-replicas`,
    id: 'listBrokerReplicas',
    summary: 'The replicas that a broker holds.',
    status: 200,
    answer: listOf('KafkaReplicaList', replica),
    async run({ cluster, params }) {
      const { id } = await brokerOf(cluster, params.broker_id);
      const data = (await cluster.admin.allPartitions())
        .filter(({ replicas }) => replicas.includes(id))
        .map(({ topic, ...each }) => replicaData(cluster, topic, each, id));
      return list('KafkaReplicaList', cluster.url('brokers', id, 'partition-replicas'), data);
    },
  }),
];

async function brokerOf({ admin }: ClusterOfPath, id: string): Promise<BrokerInfo> {
  const found = (await admin.brokers()).find((each) => String(each.id) === id);
  if (found === undefined) throw problems.noBroker(id);
  return found;
}

function brokerData({ clusterId, url }: ClusterOfPath, { id, host, port, rack }: BrokerInfo) {
  return {
    ...resource('KafkaBroker', url('brokers', id), `crn:///kafka=${clusterId}/broker=${id}`),
    cluster_id: clusterId,
    broker_id: id,
    host,
    port,
    rack,
    configs: related(url('brokers', id, 'configs')),
    partition_replicas: related(url('brokers', id, 'partition-replicas')),
  };
}

function configData({ clusterId, url }: ClusterOfPath, broker: number, config: TopicConfig) {
  const crn = `crn:///kafka=${clusterId}/broker=${broker}/config=${config.name}`;
  return {
    ...resource('KafkaBrokerConfig', url('brokers', broker, 'configs', config.name), crn),
    ...settingData(clusterId, config),
    broker_id: broker,
  };
}
