/** `klink consumer list --group`: the members of a consumer group. */
import type { Command } from 'commander';
import type { ConsumerData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList } from '../output/print.js';
import { openSession } from '../session.js';
import { orUnknownGroup } from './group-unknown.js';

const columns: readonly Column<ConsumerData>[] = [
  { heading: 'Consumer Group', key: 'consumer_group', value: (row) => row.consumer_group_id },
  { heading: 'Consumer', key: 'consumer', value: (row) => row.consumer_id },
  { heading: 'Instance', key: 'instance', value: (row) => row.instance_id ?? '' },
  { heading: 'Client', key: 'client', value: (row) => row.client_id },
];

export function consumerList(io: Io): Command {
  const command = withOutput(withCluster(commandOn('list', 'List the members of a consumer group.')))
    .requiredOption('--group <consumer-group>', 'the consumer group')
    .action(async (flags: CommonFlags & { readonly group: string }) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const { data } = await orUnknownGroup(session.api.consumers(cluster.cluster_id, flags.group), flags.group);
      await printList(io, flags.output, columns, data);
    });
  return examples(command, 'klink consumer list --group shipping --cluster original');
}
