/** `klink cluster use <id>`: from now on commands without `--cluster` mean this one. */
import type { Command } from 'commander';
import { commandOn, examples } from '../command.js';
import type { Io } from '../io.js';
import { openSession, type SessionFlags } from '../session.js';
import { currentEnvironment } from './environment.js';

export function clusterUse(io: Io): Command {
  const command = commandOn('use', 'Select the Kafka cluster that commands without --cluster mean.')
    .argument('<id>', 'id or unique name')
    .action(async (id: string, flags: SessionFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.find(id);
      const environment = currentEnvironment(session, (await session.api.environments()).data);
      session.select(cluster.cluster_id);
      const where = environment === undefined ? '' : ` for environment "${environment}"`;
      io.err(`Set Kafka cluster "${cluster.cluster_id}" as the active cluster${where}.\n`);
    });
  return examples(command, 'klink cluster use dr');
}
