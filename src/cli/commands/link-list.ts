/** `klink link list` and `klink link describe`. */
import type { Command } from 'commander';
import type { LinkData, LinkTask } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import type { Io } from '../io.js';
import { type Column, printList, printOne } from '../output/print.js';
import { openSession } from '../session.js';
import { orUnknownLink } from './link-unknown.js';

interface Row {
  readonly link: LinkData;
  readonly topic: string;
}

const noError = (link: LinkData) => (link.link_error === 'NO_ERROR' ? '' : link.link_error);

const shared: readonly Column<Row>[] = [
  {
    heading: 'Source Cluster',
    key: 'source_cluster',
    value: ({ link }) => link.source_cluster_id ?? '',
    omitEmpty: true,
  },
  {
    heading: 'Destination Cluster',
    key: 'destination_cluster',
    value: ({ link }) => link.destination_cluster_id ?? '',
    omitEmpty: true,
  },
  {
    heading: 'Remote Cluster',
    key: 'remote_cluster',
    value: ({ link }) => link.remote_cluster_id ?? '',
    omitEmpty: true,
  },
  { heading: 'State', key: 'state', value: ({ link }) => link.link_state },
  { heading: 'Error', key: 'error', value: ({ link }) => noError(link), omitEmpty: true },
  {
    heading: 'Error Message',
    key: 'error_message',
    value: ({ link }) => link.link_error_message ?? '',
    omitEmpty: true,
  },
];
const nameColumn: Column<Row> = { heading: 'Name', key: 'link_name', value: ({ link }) => link.link_name };
const idColumn: Column<Row> = {
  heading: 'ID',
  key: 'link_id',
  value: ({ link }) => link.cluster_link_id,
  omitEmpty: true,
};
const topicColumn: Column<Row> = { heading: 'Topic Name', key: 'topic_name', value: ({ topic }) => topic };
const countsColumn: Column<Row> = {
  heading: 'Mirror Partition States Count',
  key: 'mirror_partition_states_count',
  value: ({ link }) => (link.category_counts ?? []).map((each) => `${each.state_category}: ${each.count}`).join(', '),
  omitEmpty: true,
};

/** Only what is wrong with a task of the link: a group whose offsets stay behind must not go unseen. */
function taskLines({ task_name, errors }: LinkTask): string[] {
  return errors.map(({ error_code, error_message }) => `${task_name}: ${error_code}: ${error_message}`);
}

export function linkList(io: Io): Command {
  const command = withOutput(
    withCluster(commandOn('list', 'List the cluster links whose destination is the chosen cluster.')),
  )
    .option('--include-topics', 'one row per mirror topic')
    .action(async (flags: CommonFlags & { readonly includeTopics?: boolean }) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const { data } = await session.api.links(cluster.cluster_id);
      const rows = data.flatMap((link) => {
        const topics = flags.includeTopics && link.topic_names.length > 0 ? link.topic_names : [''];
        return topics.map((topic) => ({ link, topic }));
      });
      const columns = [nameColumn, idColumn, ...(flags.includeTopics ? [topicColumn] : []), ...shared];
      await printList(io, flags.output, columns, rows);
    });
  return examples(command, 'klink link list --cluster dr', 'klink link list --include-topics --cluster dr -o json');
}

export function linkDescribe(io: Io): Command {
  const command = withOutput(withCluster(commandOn('describe', 'Describe a cluster link.')))
    .argument('<link>')
    .action(async (name: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const link = await orUnknownLink(session.api.link(cluster.cluster_id, name), name);
      await printOne(io, flags.output, [nameColumn, ...shared, countsColumn], { link, topic: '' });
      if (flags.output !== 'human') return;
      const lines = (link.tasks ?? []).flatMap(taskLines);
      if (lines.length > 0) await io.out(`\n${lines.map((line) => `${line}\n`).join('')}`);
    });
  return examples(command, 'klink link describe dr-link --cluster dr');
}
