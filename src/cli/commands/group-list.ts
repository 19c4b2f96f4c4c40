/** `klink consumer group list` and `describe`. */
import type { Command } from 'commander';
import type { GroupData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList, printOne } from '../output/print.js';
import { openSession } from '../session.js';
import { orUnknownGroup } from './group-unknown.js';

const columns: readonly Column<GroupData>[] = [
  { heading: 'Cluster', key: 'cluster', value: (row) => row.cluster_id },
  { heading: 'Consumer Group', key: 'consumer_group', value: (row) => row.consumer_group_id },
  { heading: 'Coordinator', key: 'coordinator', value: (row) => row.coordinator.related.split('/').at(-1) ?? '' },
  { heading: 'Simple', key: 'is_simple', value: (row) => row.is_simple },
  { heading: 'Partition Assignor', key: 'partition_assignor', value: (row) => row.partition_assignor },
  { heading: 'State', key: 'state', value: (row) => row.state },
];

export function groupList(io: Io): Command {
  const command = withOutput(withCluster(commandOn('list', 'List consumer groups.'))).action(
    async (flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const { data } = await session.api.groups(cluster.cluster_id);
      await printList(io, flags.output, columns, data);
    },
  );
  return examples(command, 'klink consumer group list --cluster dr');
}

export function groupDescribe(io: Io): Command {
  const command = withOutput(withCluster(commandOn('describe', 'Describe a consumer group.')))
    .argument('<consumer-group>')
    .action(async (group: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const found = await orUnknownGroup(session.api.group(cluster.cluster_id, group), group);
      await printOne(io, flags.output, columns, found);
    });
  return examples(command, 'klink consumer group describe shipping --cluster dr');
}
