/** `klink cluster describe [id]`: one managed cluster, its addresses, and which klink owns it. */
import type { Command } from 'commander';
import type { ManagedClusterData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printOne } from '../output/print.js';
import { openSession } from '../session.js';
import { clusterColumns } from './cluster-list.js';

export function clusterDescribe(io: Io): Command {
  return withOutput(withCluster(commandOn('describe', 'Describe a Kafka cluster.')))
    .argument('[id]', 'id or unique name; default: the selected cluster')
    .action(async (id: string | undefined, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = id === undefined ? await session.cluster() : await session.find(id);
      const columns: Column<ManagedClusterData>[] = [
        ...clusterColumns(session.selected()),
        { heading: 'REST Endpoint', key: 'rest_endpoint', value: (row) => row.rest_endpoint },
        { heading: 'Ownership', key: 'ownership', value: (row) => row.ownership },
      ];
      await printOne(io, flags.output, columns, cluster);
    });
}
