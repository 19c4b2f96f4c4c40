/** Published: cluster links. */
import { z } from 'zod';
import { resource, word } from './common.js';
import { nameValue } from './settings.js';

export const linkErrors = [
  'UNKNOWN',
  'NO_ERROR',
  'AUTHENTICATION_ERROR',
  'UNRESOLVABLE_BOOTSTRAP_ERROR',
  'INVALID_BOOTSTRAP_INTERNAL_ENDPOINT_ERROR',
  'BOOTSTRAP_TCP_CONNECTION_FAILED_ERROR',
  'TIMEOUT_ERROR',
] as const;
export const linkStates = ['ACTIVE', 'FAILED', 'UNAVAILABLE', 'PAUSED', 'UNKNOWN'] as const;
export const taskStates = [
  'UNKNOWN',
  'ACTIVE',
  'IN_ERROR',
  'NOT_CONFIGURED',
  'LINK_FAILED',
  'LINK_UNAVAILABLE',
  'LINK_PAUSED',
] as const;
export const taskErrors = [
  'UNKNOWN',
  'NO_ERROR',
  'INTERNAL_ERROR',
  'AUTHENTICATION_ERROR',
  'BROKER_AUTHENTICATION_ERROR',
  'MISCONFIGURATION_ERROR',
  'REMOTE_LINK_NOT_FOUND_ERROR',
  'LINK_NOT_FOUND_ERROR',
  'CONSUMER_GROUP_IN_USE_ERROR',
  'AUTHORIZATION_ERROR',
  'BROKER_AUTHORIZATION_ERROR',
  'SECURITY_DISABLED_ERROR',
  'TOPIC_EXISTS_ERROR',
  'POLICY_VIOLATION_ERROR',
  'LINK_COORDINATOR_NOT_ENABLED_ERROR',
  'ACL_LIMIT_EXCEEDED',
  'REMOTE_MIRROR_NOT_FOUND_ERROR',
  'UNKNOWN_TOPIC_OR_PARTITION_ERROR',
  'INVALID_TOPIC',
  'SUPPRESSED_ERRORS',
  'INVALID_REQUEST_ERROR',
] as const;
const categories = ['PAUSED', 'IN_ERROR', 'PENDING', 'ACTIVE', 'NOT_APPLICABLE'] as const;

const task = z
  .strictObject({
    task_name: z.string().describe('AclSync, AutoCreateMirror, ConsumerOffsetSync or TopicConfigsSync.'),
    state: word(taskStates).describe('How it does.'),
    errors: z
      .array(
        z
          .strictObject({
            error_code: word(taskErrors).describe('The published code.'),
            error_message: z.string().describe('What is wrong, then what to do.'),
          })
          .meta({ id: 'LinkTaskError', description: 'Why a task of a link does not do its work.' }),
      )
      .describe('Empty where nothing is wrong.'),
  })
  .meta({ id: 'LinkTask', description: 'A task of a link that runs again and again.' });

export const link = resource('KafkaLinkData', 'A cluster link.', {
  source_cluster_id: z.string().nullable().describe('The cluster that is mirrored.'),
  destination_cluster_id: z.string().nullable().describe('Null at the destination.'),
  remote_cluster_id: z.string().nullable().describe('Only of bidirectional links.'),
  link_name: z.string().describe('Its name.'),
  link_id: z.string().describe('Its id in the form with dashes, which older clients read.'),
  cluster_link_id: z.string().describe('Its id: 22 characters.'),
  topic_names: z.array(z.string()).describe('Its mirror topics.'),
  link_error: word(linkErrors).describe('Why it does not work.'),
  link_error_message: z.string().nullable().describe('The same in words.'),
  link_state: word(linkStates).describe('How it does.'),
  tasks: z.array(task).nullable().describe('Null unless `include_tasks` asks for them.'),
  category_counts: z
    .array(
      z
        .strictObject({
          state_category: word(categories).describe('The category.'),
          count: z.int().describe('Partitions in it.'),
        })
        .meta({ id: 'LinkCategoryCount', description: 'How many partitions do alike.' }),
    )
    .nullable()
    .describe('Partitions of its mirrors by how they do.'),
});

export const newLink = z
  .strictObject({
    source_cluster_id: z.string().nullish().describe('The cluster that will be mirrored.'),
    destination_cluster_id: z.string().nullish().describe('Only for links that the source begins; not yet.'),
    remote_cluster_id: z.string().nullish().describe('Only for bidirectional links; not yet.'),
    cluster_link_id: z.string().nullish().describe('Left out: klink draws one.'),
    configs: z.array(nameValue).nullish().describe('Its settings.'),
  })
  .meta({ id: 'CreateLinkRequest', description: 'A link to create; its name stands in the query.' });
