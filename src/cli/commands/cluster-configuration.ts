/** `klink cluster configuration list|describe|update`: what is set for all brokers of a cluster at once. */
import type { Command } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import type { BrokerSettingData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { type Column, printList, printOne } from '../output/print.js';
import { readConfigFlag } from '../properties.js';
import { openSession } from '../session.js';

const columns: readonly Column<BrokerSettingData>[] = [
  { heading: 'Name', key: 'name', value: ({ name }) => name },
  { heading: 'Value', key: 'value', value: ({ value }) => value ?? '' },
  { heading: 'Default', key: 'default', value: ({ is_default }) => is_default },
  { heading: 'Read-Only', key: 'read_only', value: ({ is_read_only }) => is_read_only },
  { heading: 'Sensitive', key: 'sensitive', value: ({ is_sensitive }) => is_sensitive },
];

export function clusterConfigurationList(io: Io): Command {
  const description = 'List what is set for all brokers of a cluster at once; secrets are not shown.';
  const command = withOutput(withCluster(commandOn('list', description))).action(async (flags: CommonFlags) => {
    const session = openSession(flags, io);
    const cluster = await session.cluster();
    await printList(io, flags.output, columns, (await session.api.clusterConfigs(cluster.cluster_id)).data);
  });
  return examples(command, 'klink cluster configuration list --cluster dr');
}

export function clusterConfigurationDescribe(io: Io): Command {
  const description = 'Describe a setting of all brokers of a cluster.';
  const command = withOutput(withCluster(commandOn('describe', description)))
    .argument('<name>', 'the setting')
    .action(async (name: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const found = session.api.clusterConfig(cluster.cluster_id, name).catch((error: unknown) => {
        if (!(error instanceof RequestRefused && error.status === 404)) throw error;
        throw new CliFailure(
          `configuration "${name}" is not set for all brokers`,
          'List what is set with `klink cluster configuration list`.',
        );
      });
      await printOne(io, flags.output, columns, await found);
    });
  return examples(command, 'klink cluster configuration describe log.retention.ms --cluster dr');
}

export function clusterConfigurationUpdate(io: Io): Command {
  const description = 'Change settings of all brokers of a cluster at once: all of them or none.';
  const command = withOutput(withCluster(commandOn('update', description)))
    .requiredOption('--config <settings>', 'new values: `k=v,k=v` or the path of a properties file')
    .option('--dry-run', 'check the values and change nothing')
    .action(async (flags: CommonFlags & { readonly config: string; readonly dryRun?: boolean }) => {
      const wanted = readConfigFlag(flags.config, io.workingDirectory);
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const data = [...wanted].map(([name, value]) => ({ name, value }));
      await session.api.alterClusterConfigs(cluster.cluster_id, data, flags.dryRun === true);
      const names = [...wanted.keys()].map((name) => `"${name}"`).join(', ');
      if (flags.dryRun)
        return io.out(
          `[DRY RUN] Updated the following broker configurations for cluster "${cluster.cluster_id}": ${names}\n`,
        );
      if (flags.output === 'human') {
        await io.out(`Updated the following broker configurations for cluster "${cluster.cluster_id}":\n`);
      }
      const { data: now } = await session.api.clusterConfigs(cluster.cluster_id);
      await printList(
        io,
        flags.output,
        columns,
        now.filter(({ name }) => wanted.has(name)),
      );
    });
  return examples(command, 'klink cluster configuration update --config log.retention.ms=86400000 --cluster dr');
}
