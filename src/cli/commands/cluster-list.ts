/** `klink cluster list`: the managed clusters, and which one commands without `--cluster` mean. */
import type { Command } from 'commander';
import type { ManagedClusterData } from '../../api/client/own-shapes.js';
import { type CommonFlags, commandOn, examples, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList } from '../output/print.js';
import { openSession } from '../session.js';

export function clusterList(io: Io): Command {
  const command = withOutput(commandOn('list', 'List the Kafka clusters that the klink server manages.')).action(
    async (flags: CommonFlags) => {
      const session = openSession(flags, io);
      const columns = clusterColumns(session.selected());
      await printList(io, flags.output, columns, await session.clusters());
    },
  );
  return examples(command, 'klink cluster list', 'klink kafka cluster list -o json');
}

export function clusterColumns(selected: string | undefined): Column<ManagedClusterData>[] {
  const isCurrent = (row: ManagedClusterData) => row.cluster_id !== null && row.cluster_id === selected;
  return [
    { heading: 'Current', key: 'is_current', value: isCurrent, human: (row) => (isCurrent(row) ? '*' : '') },
    { heading: 'ID', key: 'id', value: (row) => row.cluster_id ?? '' },
    { heading: 'Name', key: 'name', value: (row) => row.name },
    { heading: 'Type', key: 'type', value: (row) => (row.home ? 'HOME' : 'MANAGED') },
    { heading: 'Status', key: 'status', value: (row) => row.status },
    { heading: 'Endpoint', key: 'endpoint', value: (row) => row.bootstrap },
  ];
}
