/** klink's own objects, below `/klink/v1`. */
import { z } from 'zod';
import { int64 } from './common.js';
import { waived } from './mirrors.js';

export const managedCluster = z
  .strictObject({
    cluster_id: z.string().nullable().describe('Null until the cluster has answered for the first time.'),
    name: z.string().describe('Its name in klink.yaml.'),
    home: z.boolean().describe('klink keeps accounts there.'),
    bootstrap: z.string().describe('What clients connect to.'),
    login_bootstrap: z.string().nullable().describe('What clients connect to with an API key; null: it takes none.'),
    rest_endpoint: z.string().describe('Address of this server.'),
    status: z.enum(['UP', 'UNREACHABLE']).describe('Whether it answers now.'),
    ownership: z.string().describe('Which klink acts for the links that end there, in words.'),
  })
  .meta({ id: 'KlinkCluster', description: 'A managed cluster, as klink sees it.' });

const partition = z
  .strictObject({
    partition: z.int().describe('The partition.'),
    activity: z.string().describe('What is being done.'),
    mirror_end: int64.describe('First offset that was not written yet; -1: not known.'),
    source_end: int64.describe('Last known end of the source; -1: never seen.'),
    source_seen_at_ms: z.number().nullable().describe('When it was seen.'),
    failure: z
      .strictObject({
        reason: z.string().describe('A word of docs/spec/states.md.'),
        offset: int64.describe('The offset that it is about.'),
        detail: z.string().describe('The same in words.'),
      })
      .meta({ id: 'PartitionFailure', description: 'Why a partition is not copied any more.' })
      .nullable()
      .describe('Null while it is copied.'),
    destination_truncated: z
      .strictObject({
        count: z.int().describe('How often.'),
        from: int64.describe('The end before, the last time.'),
        to: int64.describe('The end after it.'),
        at_ms: z.number().describe('When.'),
      })
      .meta({ id: 'DestinationTruncation', description: 'Acknowledged records that the destination lost.' })
      .nullable()
      .describe('Null: it lost nothing.'),
  })
  .meta({ id: 'KlinkMirrorPartition', description: 'What klink knows of one partition of a mirror.' });

const grant = z
  .strictObject({
    principal: z.string().describe('Who.'),
    host: z.string().describe('From where; `*`: anywhere.'),
    operation: z.enum(['ALL', 'DELETE', 'ALTER', 'CLUSTER_ACTION']).describe('The right.'),
  })
  .meta({ id: 'PassingGrant', description: 'A right on the cluster that passes by the fence.' });

const deletions = z
  .strictObject({
    due_at_ms: z.number().describe('When the settings that delete follow.'),
    settings: z
      .array(
        z
          .strictObject({
            name: z.string().describe('Name of the setting.'),
            value: z.string().nullable().describe('Null: the default.'),
          })
          .meta({ id: 'PendingSetting', description: 'A setting that will follow.' }),
      )
      .describe('Those settings.'),
    partitions: z
      .array(
        z
          .strictObject({
            partition: z.int().describe('The partition.'),
            from: int64.describe('Its first offset.'),
            below: int64.describe('The first offset that stays.'),
            records_max: int64.describe('At most so many records go.'),
          })
          .meta({ id: 'PendingDeletion', description: 'What one partition will lose for its age.' }),
      )
      .describe('Those that lose something.'),
    unread_groups: z
      .array(
        z
          .strictObject({
            group: z.string().describe('The group.'),
            partition: z.int().describe('The partition.'),
            offset: int64.describe('Where it stands.'),
            records: int64.describe('At most so many records go unread.'),
          })
          .meta({ id: 'UnreadGroup', description: 'A group that has not read what will be deleted.' }),
      )
      .describe('Groups that have not read all of it.'),
    remarks: z.array(z.string()).describe('What can be said of deletions that cannot be counted.'),
    unknown: z.array(z.string()).describe('What could not be found out, and why.'),
  })
  .meta({ id: 'DeletionForecast', description: 'What the settings that delete will take.' });

export const mirrorDetail = z
  .strictObject({
    link_name: z.string().describe('Its link.'),
    mirror_topic_name: z.string().describe('The topic.'),
    pending: z.string().nullable().describe('Where a promotion stands, in words.'),
    partitions: z.array(partition).describe('Every partition, in order.'),
    clamped_groups: z.array(z.string()).describe("Groups that were lowered to the mirror's end."),
    without_barrier: z.array(waived).describe('Partitions that end without barrier.'),
    fence: z.string().describe('What keeps others from writing, and what it does not hold.'),
    passing_grants: z.array(grant).describe('Rights on the cluster that pass by the fence.'),
    passing_grants_unknown: z.string().nullable().describe('Why they are not known, or not since they were read last.'),
    notes: z.array(z.string()).describe('Of a stopped mirror: what could not be done, and what will be done later.'),
    deletions: deletions.nullable().describe('Of a stopped mirror whose settings that delete have not followed yet.'),
  })
  .meta({ id: 'KlinkMirror', description: 'What klink knows of a mirror.' });

export const readiness = z
  .strictObject({
    consumer_group_id: z.string().describe('The group.'),
    link_name: z.string().describe('The link; empty: any.'),
    ready: z.boolean().describe('It may move.'),
    reasons: z.array(z.string()).describe('Why not, one sentence each.'),
    mirror_lag: int64.describe('Records that its topics still have to get.'),
    offset_sync_age_ms: z.number().nullable().describe('Since its offsets were compared last; null: never.'),
  })
  .meta({ id: 'KlinkReadiness', description: 'Whether a group may move to the destination.' });
