/** `klink topic configuration list` and `klink topic update`: the settings of a topic, and how many partitions it has. */
import type { Command } from 'commander';
import type { TopicConfigData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, positiveInteger, withCluster, withOutput } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { type Column, printList } from '../output/print.js';
import { readConfigFlag } from '../properties.js';
import { openSession, type Session } from '../session.js';
import { orUnknownTopic } from './topic-unknown.js';

type Row = Pick<TopicConfigData, 'name' | 'value' | 'is_read_only'>;

const columns: readonly Column<Row>[] = [
  { heading: 'Name', key: 'name', value: ({ name }) => name },
  { heading: 'Value', key: 'value', value: ({ value }) => value ?? '' },
  { heading: 'Read-Only', key: 'read_only', value: ({ is_read_only }) => is_read_only },
];

/** Published among the settings, and none of Kafka's. */
const PARTITIONS = 'num.partitions';

export function topicConfigurationList(io: Io): Command {
  const command = withOutput(withCluster(commandOn('list', 'List the settings of a topic.')))
    .argument('<topic>')
    .action(async (topic: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      await printList(io, flags.output, columns, await settingsOf(session, cluster.cluster_id, topic));
    });
  return examples(command, 'klink topic configuration list orders --cluster dr');
}

export function topicUpdate(io: Io): Command {
  const command = withOutput(withCluster(commandOn('update', 'Change settings of a topic.')))
    .argument('<topic>')
    .requiredOption('--config <settings>', 'new values: `k=v,k=v` or the path of a properties file')
    .option('--dry-run', 'check the values and change nothing')
    .action(async (topic: string, flags: CommonFlags & { readonly config: string; readonly dryRun?: boolean }) => {
      const wanted = readConfigFlag(flags.config, io.workingDirectory);
      const partitions = partitionsIn(wanted, flags.dryRun === true);
      const session = openSession(flags, io);
      const { cluster_id: cluster } = await session.cluster();
      const data = [...wanted].filter(([name]) => name !== PARTITIONS).map(([name, value]) => ({ name, value }));
      if (data.length > 0) {
        const altered = session.api.alterTopicConfigs(cluster, topic, data, flags.dryRun === true);
        await orUnknownTopic(altered, topic, cluster);
      }
      if (partitions !== undefined)
        await orUnknownTopic(session.api.growTopic(cluster, topic, partitions), topic, cluster);
      const now = flags.dryRun ? data.map((each) => ({ ...each, is_read_only: false })) : undefined;
      const shown = now ?? (await settingsOf(session, cluster, topic)).filter(({ name }) => wanted.has(name));
      const mark = flags.dryRun ? '[DRY RUN] ' : '';
      if (flags.output === 'human') {
        await io.out(`${mark}Updated the following configuration values for topic "${topic}":\n`);
      }
      await printList(io, flags.output, columns, shown);
    });
  return examples(
    command,
    'klink topic update orders --config retention.ms=86400000',
    'klink topic update orders --config num.partitions=12 --cluster original',
  );
}

async function settingsOf(session: Session, cluster: string, topic: string): Promise<Row[]> {
  const { partitions_count } = await orUnknownTopic(session.api.topic(cluster, topic), topic, cluster);
  const { data } = await session.api.topicConfigs(cluster, topic);
  return [...data, { name: PARTITIONS, value: String(partitions_count), is_read_only: false }].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

function partitionsIn(wanted: ReadonlyMap<string, string>, dryRun: boolean): number | undefined {
  const text = wanted.get(PARTITIONS);
  if (text === undefined) return undefined;
  if (dryRun) throw new CliFailure(`${PARTITIONS} cannot be tried out`, 'Leave it out, or leave out `--dry-run`.');
  try {
    return positiveInteger(text);
  } catch {
    throw new CliFailure(`${PARTITIONS}=${text} is no number of partitions`, 'It must be a whole number above 0.');
  }
}
