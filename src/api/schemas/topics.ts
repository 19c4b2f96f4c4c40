/** Published: topics, their partitions and replicas. */
import { z } from 'zod';
import { aclOperations } from '../client/acl-words.js';
import { related, resource, word } from './common.js';
import { nameValue } from './settings.js';

export const topic = resource('KafkaTopic', 'A topic.', {
  cluster_id: z.string().describe('The cluster.'),
  topic_name: z.string().describe('Its name.'),
  is_internal: z.boolean().describe("It is Kafka's own."),
  replication_factor: z.int().describe('Replicas of each partition; -1: as the cluster is set up.'),
  partitions_count: z.int().describe('Number of partitions; -1: as the cluster is set up.'),
  partitions: related.describe('Its partitions.'),
  configs: related.describe('Its settings.'),
  partition_reassignments: related.describe('Partitions of it whose replicas are being moved.'),
  authorized_operations: z
    .array(word(aclOperations))
    .describe('What may be done with it, where `include_authorized_operations` asks for it.'),
});

export const newTopic = z
  .strictObject({
    topic_name: z.string().min(1, 'it must not be empty').describe('Its name.'),
    partitions_count: z.int().min(1).nullish().describe('Left out: as the cluster is set up.'),
    replication_factor: z.int().min(1).nullish().describe('Left out: as the cluster is set up.'),
    configs: z.array(nameValue).nullish().describe('Its settings.'),
    validate_only: z.boolean().nullish().describe('Check and refuse as otherwise, but create nothing.'),
  })
  .meta({ id: 'CreateTopicRequest', description: 'A topic to create.' });

export const growth = z
  .strictObject({ partitions_count: z.int().min(1).describe('Number of partitions it will have in all.') })
  .meta({ id: 'UpdatePartitionCountRequest', description: 'A new number of partitions: more than there are.' });

export const partition = resource('KafkaPartition', 'A partition of a topic.', {
  cluster_id: z.string().describe('The cluster.'),
  topic_name: z.string().describe('The topic.'),
  partition_id: z.int().describe('Its number.'),
  leader: related.nullable().describe('The replica that leads; null while there is none.'),
  replicas: related.describe('Its replicas.'),
  reassignment: related.describe('How its replicas are being moved, if they are.'),
});

export const replica = resource('KafkaReplica', 'A replica of a partition.', {
  cluster_id: z.string().describe('The cluster.'),
  topic_name: z.string().describe('The topic.'),
  partition_id: z.int().describe('The partition.'),
  broker_id: z.int().describe('The broker that holds it.'),
  is_leader: z.boolean().describe('It leads.'),
  is_in_sync: z.boolean().describe('It has what the leader has.'),
  broker: related.describe('The broker that holds it.'),
});

export const reassignment = resource('KafkaReassignment', 'Replicas of a partition that are being moved.', {
  cluster_id: z.string().describe('The cluster.'),
  topic_name: z.string().describe('The topic.'),
  partition_id: z.int().describe('The partition.'),
  adding_replicas: z.array(z.int()).describe('Brokers that get a replica.'),
  removing_replicas: z.array(z.int()).describe('Brokers that lose theirs.'),
  replicas: related.describe('Its replicas.'),
});
