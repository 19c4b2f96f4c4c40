/** Published: clusters and their brokers. */
import { z } from 'zod';
import { related, resource } from './common.js';

export const cluster = resource('KafkaCluster', 'A managed cluster.', {
  cluster_id: z.string().describe('Its id.'),
  controller: related.describe('The broker that administers it; broker -1 while it is not reachable.'),
  acls: related.describe('Its ACLs.'),
  brokers: related.describe('Its brokers.'),
  broker_configs: related.describe('Settings that hold for all its brokers.'),
  consumer_groups: related.describe('Its consumer groups.'),
  topics: related.describe('Its topics.'),
  partition_reassignments: related.describe('Partitions whose replicas are being moved.'),
});

export const broker = resource('KafkaBroker', 'A broker.', {
  cluster_id: z.string().describe('The cluster.'),
  broker_id: z.int().describe('Its id.'),
  host: z.string().nullable().describe('The host that it names to clients.'),
  port: z.int().nullable().describe('The port that it names to clients.'),
  rack: z.string().nullable().describe('Its rack, where it was given one.'),
  configs: related.describe('Its settings.'),
  partition_replicas: related.describe('The replicas that it holds.'),
});
