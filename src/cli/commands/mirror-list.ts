/** `klink mirror list`: one row per mirror topic, with its largest lag. */
import type { Command } from 'commander';
import type { MirrorData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList } from '../output/print.js';
import { openSession } from '../session.js';
import { orUnknownLink } from './link-unknown.js';

interface Flags extends CommonFlags {
  readonly link?: string;
  readonly mirrorStatus?: string;
}

const columns: readonly Column<MirrorData>[] = [
  { heading: 'Link Name', key: 'link_name', value: (row) => row.link_name },
  { heading: 'Mirror Topic Name', key: 'mirror_topic_name', value: (row) => row.mirror_topic_name },
  { heading: 'Source Topic Name', key: 'source_topic_name', value: (row) => row.source_topic_name },
  { heading: 'Mirror Status', key: 'mirror_status', value: (row) => row.mirror_status },
  { heading: 'Status Time (ms)', key: 'status_time_ms', value: (row) => row.state_time_ms },
  { heading: 'Num Partition', key: 'num_partition', value: (row) => row.num_partitions },
  {
    heading: 'Max Per Partition Mirror Lag',
    key: 'max_per_partition_mirror_lag',
    value: (row) => Math.max(0, ...row.mirror_lags.map((each) => each.lag)),
  },
];

export function mirrorList(io: Io): Command {
  const command = withOutput(withCluster(commandOn('list', 'List mirror topics.')))
    .option('--link <link>', 'only those of this cluster link')
    .option('--mirror-status <status>', 'only those in this state: active, paused, failed, pending_stopped, stopped …')
    .action(async (flags: Flags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const list = session.api.mirrors(cluster.cluster_id, flags.link, flags.mirrorStatus);
      const { data } = flags.link === undefined ? await list : await orUnknownLink(list, flags.link);
      await printList(io, flags.output, columns, data);
    });
  return examples(
    command,
    'klink mirror list --cluster dr',
    'klink mirror list --link dr-link --mirror-status failed --cluster dr -o json',
  );
}
