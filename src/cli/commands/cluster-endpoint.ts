/** `klink cluster endpoint list`: where clients and where programs that speak REST connect to a managed cluster. */
import type { Command } from 'commander';
import type { ManagedClusterData } from '../../api/client/own-shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList } from '../output/print.js';
import { openSession } from '../session.js';

const columns: readonly Column<ManagedClusterData>[] = [
  { heading: 'Current', key: 'is_current', value: () => true, human: () => '*' },
  { heading: 'Endpoint', key: 'endpoint', value: (row) => row.name },
  { heading: 'Kafka Bootstrap Endpoint', key: 'kafka_bootstrap_endpoint', value: (row) => row.bootstrap },
  { heading: 'Http Endpoint', key: 'http_endpoint', value: (row) => row.rest_endpoint },
  { heading: 'Connection Type', key: 'connection_type', value: () => 'DIRECT' },
];

export function clusterEndpointList(io: Io): Command {
  const command = withOutput(
    withCluster(commandOn('list', 'List the endpoints of a Kafka cluster; it has one.')),
  ).action(async (flags: CommonFlags) => {
    const session = openSession(flags, io);
    await printList(io, flags.output, columns, [await session.cluster()]);
  });
  return examples(command, 'klink cluster endpoint list --cluster dr');
}
