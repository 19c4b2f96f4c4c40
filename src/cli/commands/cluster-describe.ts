/** `klink cluster describe [id]`: one managed cluster, its addresses, and which klink owns it. */
import type { Command } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import type { ManagedClusterData } from '../../api/client/own-shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printOne } from '../output/print.js';
import { type ManagedCluster, openSession, type Session } from '../session.js';
import { clusterColumns } from './cluster-list.js';

type Described = ManagedClusterData & { readonly topics: number | undefined };

export function clusterDescribe(io: Io): Command {
  const command = withOutput(withCluster(commandOn('describe', 'Describe a Kafka cluster.')))
    .argument('[id]', 'id or unique name; default: the selected cluster')
    .action(async (id: string | undefined, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = id === undefined ? await session.cluster() : await session.find(id);
      const topics = await topicsOf(session, cluster);
      const columns: Column<Described>[] = [
        ...clusterColumns(session.selected()),
        {
          heading: 'Login Endpoint',
          key: 'login_endpoint',
          value: (row) => row.login_bootstrap ?? '',
          omitEmpty: true,
        },
        { heading: 'REST Endpoint', key: 'rest_endpoint', value: (row) => row.rest_endpoint },
        { heading: 'Topic Count', key: 'topic_count', value: ({ topics }) => topics ?? '', omitEmpty: true },
        { heading: 'Ownership', key: 'ownership', value: (row) => row.ownership },
      ];
      await printOne(io, flags.output, columns, { ...cluster, topics });
    });
  return examples(command, 'klink cluster describe dr', 'klink cluster describe --cluster dr -o yaml');
}

/** Undefined: nobody can count them while the cluster is away, and the rest is worth knowing then. */
async function topicsOf(session: Session, cluster: ManagedCluster): Promise<number | undefined> {
  if (cluster.status !== 'UP') return undefined;
  try {
    return (await session.api.topics(cluster.cluster_id)).data.length;
  } catch (error) {
    if (error instanceof RequestRefused) return undefined;
    throw error;
  }
}
