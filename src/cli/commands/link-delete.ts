/**
 * `klink link delete`: asks first, and says what is lost with the link. Links with live mirrors are refused before anything
 * is asked, or fail their mirrors over with `--force`, which is said too.
 */
import type { Command } from 'commander';
import { commandOn, examples, withCluster } from '../command.js';
import type { Io } from '../io.js';
import { confirmed, quotedList } from '../prompt.js';
import { openSession, type SessionFlags } from '../session.js';
import { orUnknownLink } from './link-unknown.js';

interface Flags extends SessionFlags {
  readonly force?: boolean;
}

export function linkDelete(io: Io): Command {
  const command = withCluster(commandOn('delete', 'Delete one or more cluster links.'))
    .argument('<links...>')
    .option('--force', 'do not ask, and fail over the live mirrors of the links first: they become writable')
    .action(async (links: readonly string[], flags: Flags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const force = flags.force === true;
      for (const link of links) {
        const { topic_names } = await orUnknownLink(session.api.link(cluster.cluster_id, link), link);
        await session.api.deleteLink(cluster.cluster_id, link, force, true);
        const { data } = await session.api.mirrors(cluster.cluster_id, link);
        const live = data
          .filter((mirror) => mirror.mirror_status !== 'STOPPED')
          .map((mirror) => mirror.mirror_topic_name);
        if (live.length > 0) {
          io.err(`Before "${link}" goes, these fail over and become writable: ${quotedList('mirror topic', live)}.\n`);
        }
        if (topic_names.length > 0) {
          io.err(
            `With "${link}" the last source fetch offsets of ${quotedList('mirror topic', topic_names)} are forgotten.\n`,
          );
        }
      }
      const question = `Are you sure you want to delete ${quotedList('cluster link', links)}?`;
      if (!force && !(await confirmed(io, question))) return;
      for (const link of links) {
        await orUnknownLink(session.api.deleteLink(cluster.cluster_id, link, force, false), link);
      }
      await io.out(`Deleted ${quotedList('cluster link', links)}.\n`);
    });
  return examples(command, 'klink link delete dr-link --cluster dr');
}
