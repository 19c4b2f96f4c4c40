/** `klink link task list`: what each task of a link does, and what is wrong with it. */
import type { Command } from 'commander';
import type { LinkTask } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList, printValue } from '../output/print.js';
import { openSession } from '../session.js';
import { orUnknownLink } from './link-unknown.js';

const columns: readonly Column<LinkTask>[] = [
  { heading: 'Task Name', key: 'task_name', value: ({ task_name }) => task_name },
  { heading: 'State', key: 'state', value: ({ state }) => state },
  {
    heading: 'Errors',
    key: 'errors',
    value: ({ errors }) => errors.map((each) => `${each.error_code}: "${each.error_message}"`).join(', '),
  },
];

export function linkTaskList(io: Io): Command {
  const command = withOutput(withCluster(commandOn('list', 'List the tasks of a cluster link and their errors.')))
    .argument('<link>')
    .action(async (name: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const tasks = (await orUnknownLink(session.api.link(cluster.cluster_id, name), name)).tasks ?? [];
      const sorted = [...tasks].sort((a, b) => (a.task_name < b.task_name ? -1 : 1));
      if (flags.output === 'human') return printList(io, flags.output, columns, sorted);
      await printValue(
        io,
        flags.output,
        sorted.map(({ task_name, state, errors }) => ({ task_name, state, errors })),
      );
    });
  return examples(command, 'klink link task list dr-link --cluster dr');
}
