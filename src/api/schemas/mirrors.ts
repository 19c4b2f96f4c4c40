/** Published: mirror topics and what became of a verb. */
import { z } from 'zod';
import { publishedMirrorStatus } from '../../model/projection.js';
import { int64, resource, word } from './common.js';
import { nameValue } from './settings.js';

export const mirrorTopicErrors = [
  'UNKNOWN',
  'NOT_SET',
  'NO_ERROR',
  'SOURCE_TOPIC_MAY_BE_DELETED',
  'SOURCE_TOPIC_ID_CHANGED',
  'SOURCE_PARTITIONS_DECREASED',
  'NON_MONOTONIC_LOG_APPEND_EPOCH',
  'UNEXPECTED_TRUNCATION',
  'UNSUPPORTED_MESSAGE_FORMAT',
  'NON_MONOTONIC_SOURCE_EPOCH',
  'ILLEGAL_STATE',
  'UNSUPPORTED_MIRROR_STATE',
] as const;

const lags = z
  .array(
    z
      .strictObject({
        partition: z.int().describe('The partition.'),
        lag: int64.describe('Records of the source that are not mirrored, as far as is known.'),
        last_source_fetch_offset: int64.describe('First offset that is not mirrored yet; -1: nothing was fetched.'),
      })
      .meta({ id: 'MirrorLag', description: 'How far one partition of a mirror is.' }),
  )
  .describe('Every partition, in order.');

export const mirror = resource('KafkaMirrorData', 'A mirror topic.', {
  link_name: z.string().describe('Its link.'),
  mirror_topic_name: z.string().describe('The topic at the destination.'),
  source_topic_name: z.string().describe('The topic at the source.'),
  num_partitions: z.int().describe('Number of partitions.'),
  mirror_lags: lags,
  mirror_status: word(publishedMirrorStatus).describe('How it does; no other word is ever sent.'),
  mirror_topic_error: word(mirrorTopicErrors).describe('Why it has failed.'),
  state_time_ms: z.number().describe('When its state changed last.'),
  mirror_state_transition_errors: z
    .array(
      z
        .strictObject({
          error_code: z.string().describe('The code.'),
          error_message: z.string().describe('What is waited for, or what is wrong.'),
        })
        .meta({ id: 'MirrorStateTransitionError', description: 'Why a mirror does not change its state yet.' }),
    )
    .optional()
    .describe('Only where `include_state_transition_errors` asks for it.'),
});

export const newMirror = z
  .strictObject({
    source_topic_name: z.string().min(1, 'it must not be empty').describe('The topic to mirror.'),
    mirror_topic_name: z
      .string()
      .min(1, 'it must not be empty')
      .nullish()
      .describe('Left out: as at the source, behind the prefix of the link.'),
    replication_factor: z.int().min(1).nullish().describe('Left out: as the cluster is set up.'),
    configs: z.array(nameValue).nullish().describe('Settings that do not follow the source.'),
  })
  .meta({ id: 'CreateMirrorTopicRequest', description: 'A mirror topic to create.' });

export const selection = z
  .strictObject({
    mirror_topic_names: z.array(z.string()).nullish().describe('The mirrors; either this or the pattern.'),
    mirror_topic_name_pattern: z.string().nullish().describe('A regular expression for their whole name.'),
    without_barrier: z
      .array(z.int().min(0))
      .nullish()
      .describe("klink's own, of promote and failover with one mirror: partitions that end without barrier."),
    retention: z
      .enum(['after-grace', 'now'])
      .nullish()
      .describe("klink's own, of promote and failover: when the settings that delete follow."),
  })
  .meta({ id: 'AlterMirrorsRequest', description: 'The mirrors that a verb is about.' });

export const waived = z
  .strictObject({
    partition: z.int().describe('The partition.'),
    end: int64.describe('Its last proven end: consumer groups are lowered to it.'),
    reason: z.string().describe('Why it has no barrier.'),
  })
  .meta({ id: 'WaivedBarrier', description: "klink's own: a partition that ends without barrier." });

export const altered = resource('AlterMirrorsData', 'What became of a verb for one mirror.', {
  mirror_topic_name: z.string().describe('The mirror.'),
  error_code: z.int().nullable().describe('Null: accepted.'),
  error_message: z.string().nullable().describe('Never empty where there is a code.'),
  mirror_lags: lags,
  messages_truncated: int64.nullable().describe('Only of truncate-and-restore.'),
  partition_level_truncation_data: z
    .array(
      z
        .strictObject({
          partition_id: z.int().describe('The partition.'),
          offset_truncated_to: int64.describe('Its new end.'),
          messages_truncated: int64.describe('How many records it lost.'),
        })
        .meta({ id: 'PartitionTruncation', description: 'What a partition lost.' }),
    )
    .describe('Only of truncate-and-restore.'),
  groups_above: z
    .array(z.string())
    .describe("klink's own, of a dry run: groups that would be lowered to the mirror's end."),
  without_barrier: z.array(waived).describe("klink's own: the partitions that end without barrier."),
});
