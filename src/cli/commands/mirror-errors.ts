/** `klink mirror state-transition-error list`: why a mirror topic does not get into the state it was told to have. */
import type { Command } from 'commander';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList } from '../output/print.js';
import { openSession } from '../session.js';
import { findMirror, noteWithoutLink } from './mirror-find.js';

interface TransitionError {
  readonly error_code: string;
  readonly error_message: string;
}

const columns: readonly Column<TransitionError>[] = [
  { heading: 'Mirror State Transition Error Code', key: 'error_code', value: (row) => row.error_code },
  { heading: 'Mirror State Transition Error Message', key: 'error_message', value: (row) => row.error_message },
];

export function mirrorErrorsList(io: Io): Command {
  const description = 'List what keeps a mirror topic from the state that it was told to have.';
  const command = withOutput(withCluster(commandOn('list', description)))
    .argument('<mirror-topic>')
    .option('--link <link>', 'the cluster link; default: the one that mirrors the topic')
    .action(async (topic: string, flags: CommonFlags & { readonly link?: string }) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const found = await findMirror(session, cluster, topic, flags.link);
      if (flags.link === undefined) noteWithoutLink(io, 'mirror state-transition-error list', found, flags.cluster);
      const mirror = await session.api.mirror(cluster.cluster_id, found.link_name, topic);
      await printList(io, flags.output, columns, mirror.mirror_state_transition_errors ?? []);
    });
  return examples(command, 'klink mirror state-transition-error list orders --link dr-link --cluster dr');
}
