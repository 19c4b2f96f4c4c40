/** `klink topic delete`: asks first, unless forced. A mirror topic is deleted together with its mirror. */
import type { Command } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import { commandOn, examples, withCluster } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { confirmed, quotedList } from '../prompt.js';
import { openSession, type SessionFlags } from '../session.js';

interface Flags extends SessionFlags {
  readonly force?: boolean;
}

export function topicDelete(io: Io): Command {
  const command = withCluster(commandOn('delete', 'Delete one or more Kafka topics.'))
    .argument('<topics...>')
    .option('--force', 'do not ask')
    .action(async (topics: readonly string[], flags: Flags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      if (!flags.force && !(await confirmed(io, `Are you sure you want to delete ${quotedList('topic', topics)}?`)))
        return;
      for (const topic of topics) {
        try {
          await session.api.deleteTopic(cluster.cluster_id, topic);
        } catch (error) {
          if (!(error instanceof RequestRefused && error.status === 404)) throw error;
          throw new CliFailure(`topic "${topic}" not found`, 'List available topics with `klink topic list`.');
        }
      }
      await io.out(`Deleted ${quotedList('topic', topics)}.\n`);
    });
  return examples(command, 'klink topic delete orders --cluster dr', 'klink topic delete orders clicks --force');
}
