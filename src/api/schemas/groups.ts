/** Published: consumer groups, their members and lags. */
import { z } from 'zod';
import { int64, related, resource, word } from './common.js';

export const groupStates = [
  'UNKNOWN',
  'PREPARING_REBALANCE',
  'COMPLETING_REBALANCE',
  'ASSIGNING',
  'RECONCILING',
  'STABLE',
  'DEAD',
  'EMPTY',
] as const;

const ofGroup = {
  cluster_id: z.string().describe('The cluster.'),
  consumer_group_id: z.string().describe('The group.'),
};

export const group = resource('KafkaConsumerGroup', 'A consumer group.', {
  ...ofGroup,
  is_simple: z.boolean().describe('Nobody joined it: it is offsets alone.'),
  partition_assignor: z.string().describe('How partitions are divided among its members.'),
  state: word(groupStates).describe('How it does.'),
  type: word(['UNKNOWN', 'CLASSIC', 'CONSUMER']).describe('Its protocol.'),
  is_mixed_consumer_group: z.boolean().describe('It has members of both protocols.'),
  coordinator: related.describe('The broker that coordinates it.'),
  consumers: related.describe('Its members.'),
  consumer: related.describe('`consumers`, as older clients read it.'),
  lag_summary: related.describe('How far it is behind.'),
});

const ofMember = {
  consumer_id: z.string().describe('Id of the member; empty where nobody reads.'),
  instance_id: z.string().nullable().describe('Its own lasting name, where it has one.'),
  client_id: z.string().describe('How the client names itself.'),
};

export const consumer = resource('KafkaConsumer', 'A member of a consumer group.', {
  ...ofGroup,
  ...ofMember,
  assignments: related.describe('The partitions it reads.'),
});

export const assignment = resource('KafkaConsumerAssignment', 'A partition that a member reads.', {
  ...ofGroup,
  consumer_id: z.string().describe('The member.'),
  topic_name: z.string().describe('The topic.'),
  partition_id: z.int().describe('The partition.'),
  partition: related.describe('The partition.'),
  lag: related.describe('How far the group is behind there.'),
});

export const lag = resource('KafkaConsumerLag', 'How far a group is behind in one partition.', {
  ...ofGroup,
  topic_name: z.string().describe('The topic.'),
  partition_id: z.int().describe('The partition.'),
  current_offset: int64.describe('Committed: the next offset to read.'),
  log_end_offset: int64.describe('The next offset to be written.'),
  lag: int64.describe('The difference, at least 0.'),
  ...ofMember,
});

export const lagSummary = resource('KafkaConsumerGroupLagSummary', 'How far a group is behind.', {
  ...ofGroup,
  max_lag_consumer_id: z.string().describe('The member that is behind most; empty where nobody reads.'),
  max_lag_instance_id: z.string().nullable().describe('Its own lasting name, where it has one.'),
  max_lag_client_id: z.string().describe('How that client names itself.'),
  max_lag_topic_name: z.string().describe('The topic of the largest lag.'),
  max_lag_partition_id: z.int().describe('The partition of the largest lag.'),
  max_lag: int64.describe('The largest lag.'),
  total_lag: int64.describe('All lags together.'),
  max_lag_consumer: related.describe('The member that is behind most.'),
  max_lag_partition: related.describe('The partition of the largest lag.'),
});
