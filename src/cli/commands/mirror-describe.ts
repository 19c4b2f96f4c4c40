/**
 * `klink mirror describe`: the published row per partition; below it, for people, what klink knows beyond it: the last
 * known end of the source and its age, failures with their offset, a promotion under way, clamped groups, the fence.
 */
import type { Command } from 'commander';
import type { DeletionsData, MirrorDetail, PassingGrantData } from '../../api/client/own-shapes.js';
import type { MirrorData, MirrorLag, WaivedBarrierData } from '../../api/client/shapes.js';
import { systemClock } from '../../base/node/clock.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList } from '../output/print.js';
import { openSession } from '../session.js';
import { findMirror, noteWithoutLink } from './mirror-find.js';

interface Row {
  readonly mirror: MirrorData;
  readonly lag: MirrorLag;
}

const columns: readonly Column<Row>[] = [
  { heading: 'Link Name', key: 'link_name', value: ({ mirror }) => mirror.link_name },
  { heading: 'Mirror Topic Name', key: 'mirror_topic_name', value: ({ mirror }) => mirror.mirror_topic_name },
  { heading: 'Source Topic Name', key: 'source_topic_name', value: ({ mirror }) => mirror.source_topic_name },
  { heading: 'Mirror Status', key: 'mirror_status', value: ({ mirror }) => mirror.mirror_status },
  { heading: 'Mirror Topic Error', key: 'mirror_topic_error', value: ({ mirror }) => mirror.mirror_topic_error },
  { heading: 'Status Time (ms)', key: 'status_time_ms', value: ({ mirror }) => mirror.state_time_ms },
  { heading: 'Partition', key: 'partition', value: ({ lag }) => lag.partition },
  { heading: 'Partition Mirror Lag', key: 'partition_mirror_lag', value: ({ lag }) => lag.lag },
  {
    heading: 'Last Source Fetch Offset',
    key: 'last_source_fetch_offset',
    value: ({ lag }) => lag.last_source_fetch_offset,
  },
];

export function mirrorDescribe(io: Io): Command {
  const command = withOutput(withCluster(commandOn('describe', 'Describe a mirror topic, partition by partition.')))
    .argument('<mirror-topic>')
    .option('--link <link>', 'the cluster link; needed only where several mirrored the same name')
    .action(async (topic: string, flags: CommonFlags & { readonly link?: string }) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const mirror = await findMirror(session, cluster, topic, flags.link);
      if (flags.link === undefined) noteWithoutLink(io, 'mirror describe', mirror, flags.cluster);
      const rows = mirror.mirror_lags.map((lag) => ({ mirror, lag }));
      await printList(io, flags.output, columns, rows);
      if (flags.output !== 'human') return;
      const detail = await session.api.mirrorDetail(cluster.cluster_id, mirror.link_name, topic);
      const lines = detailLines(detail, systemClock.nowMs());
      if (lines.length > 0) await io.out(`\n${lines.map((line) => `${line}\n`).join('')}`);
    });
  return examples(
    command,
    'klink mirror describe orders --link dr-link --cluster dr',
    'klink mirror describe orders --link dr-link --cluster dr -o json',
  );
}

export function detailLines(detail: MirrorDetail, nowMs: number): string[] {
  const lines: string[] = [];
  if (detail.pending !== null) lines.push(`Under way: ${detail.pending}`);
  for (const each of detail.partitions) {
    if (each.failure !== null) {
      const { reason, offset, detail: what } = each.failure;
      lines.push(`Partition ${each.partition} failed: ${reason} at offset ${offset}: ${what}`);
    }
  }
  for (const { partition, destination_truncated } of detail.partitions) {
    if (destination_truncated === null) continue;
    const { count, from, to, at_ms } = destination_truncated;
    const times = count === 1 ? 'once' : `${count} times, the last`;
    const lost = `the destination lost acknowledged records, offsets ${to} to ${from - 1}`;
    lines.push(`Partition ${partition}: DESTINATION_TRUNCATED ${times} at ${new Date(at_ms).toISOString()}: ${lost}.`);
  }
  const known = detail.partitions.filter((each) => each.source_seen_at_ms !== null);
  if (known.length === 0) lines.push('Source end: never seen by this klink.');
  for (const each of known) {
    const age = ageText(nowMs - (each.source_seen_at_ms ?? nowMs));
    lines.push(`Partition ${each.partition}: source end ${each.source_end}, seen ${age} ago; ${each.activity}.`);
  }
  for (const group of detail.clamped_groups) lines.push(`Consumer group lowered to the mirror's end: ${group}`);
  for (const each of detail.without_barrier) lines.push(`Partition ${withoutBarrierText(each)}`);
  if (detail.fence !== '') lines.push(`Fence: ${detail.fence}`);
  for (const { principal, host, operation } of detail.passing_grants) {
    const from = host === '*' ? '' : ` from ${host}`;
    lines.push(`Passes the fence: ${principal}${from}, by ${operation} on CLUSTER, can ${allowed[operation]}.`);
  }
  if (detail.passing_grants_unknown !== null) {
    lines.push(`Which rights on the cluster pass the fence is not known: ${detail.passing_grants_unknown}.`);
  }
  for (const note of detail.notes) lines.push(`Note: ${note}`);
  if (detail.deletions !== null) lines.push(...deletionLines(detail.deletions));
  return lines;
}

/** [8 (5)] Below the note that names the settings and their time. */
function deletionLines({ partitions, unread_groups, remarks, unknown }: DeletionsData): string[] {
  const lines = partitions.map(({ partition, from, below, records_max }) => {
    return `Will be deleted for their age: at most ${records_max} records of partition ${partition} (offsets ${from} to ${below - 1}).`;
  });
  if (lines.length === 0 && unknown.length === 0) lines.push('Will be deleted for their age: no records.');
  for (const { group, partition, offset, records } of unread_groups) {
    lines.push(
      `Not read by consumer group ${group}: ${records} of them on partition ${partition}, where it stands at ${offset}.`,
    );
  }
  for (const remark of remarks) lines.push(`Will be deleted as well: ${remark}.`);
  for (const what of unknown) lines.push(`Not known: ${what}.`);
  return lines;
}

const DELETES = 'delete the topic';
const MARKS = 'write transaction markers into it';
const UNFENCES = 'take the fence away';

/** [6.2] */
const allowed: Readonly<Record<PassingGrantData['operation'], string>> = {
  ALL: `${DELETES}, ${MARKS} and ${UNFENCES}`,
  DELETE: DELETES,
  ALTER: `${MARKS} and ${UNFENCES}`,
  CLUSTER_ACTION: MARKS,
};

/** [8] What it means for groups: said wherever such a partition is named. */
export function withoutBarrierText({ partition, end, reason }: WaivedBarrierData): string {
  return `${partition} ends without barrier, by the operator's decision (${reason}): it was proven up to offset ${end}, to which consumer groups are lowered; what stands behind it is not known.`;
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
