/** `klink link configuration list` and `update`: the settings of a link, as they are and as they shall be from now on. */
import type { Command } from 'commander';
import type { LinkConfigData } from '../../api/client/shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { noteOldAddress } from '../old-address.js';
import { type Column, printList } from '../output/print.js';
import { readConfigFlag } from '../properties.js';
import { openSession, type SessionFlags } from '../session.js';
import { orUnknownLink } from './link-unknown.js';

interface Flags extends SessionFlags {
  readonly config?: string;
  readonly reset?: readonly string[];
  readonly dryRun?: boolean;
  readonly validate: boolean;
}

type Row = Pick<LinkConfigData, 'name' | 'value' | 'is_read_only' | 'is_sensitive' | 'source' | 'synonyms'>;

const columns: readonly Column<Row>[] = [
  { heading: 'Config Name', key: 'config_name', value: ({ name }) => name },
  {
    heading: 'Config Value',
    key: 'config_value',
    value: ({ value }) => value ?? '',
    human: ({ name, value }) => (name === 'topic.config.sync.include' ? (value?.split(',') ?? '') : (value ?? '')),
  },
  { heading: 'Read-Only', key: 'read_only', value: ({ is_read_only }) => is_read_only },
  { heading: 'Sensitive', key: 'sensitive', value: ({ is_sensitive }) => is_sensitive },
  { heading: 'Source', key: 'source', value: ({ source }) => source },
  { heading: 'Synonyms', key: 'synonyms', value: ({ synonyms }) => synonyms },
];

/** The published command line adds this one to what the server lists. */
function destinationRow(clusterId: string): Row {
  return {
    name: 'dest.cluster.id',
    value: clusterId,
    is_read_only: true,
    is_sensitive: true,
    source: '',
    synonyms: [],
  };
}

export function linkConfigurationList(io: Io): Command {
  const command = withOutput(
    withCluster(commandOn('list', 'List the settings of a cluster link; secrets are not shown.')),
  )
    .argument('<link>')
    .action(async (link: string, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const { data } = await orUnknownLink(session.api.linkConfigs(cluster.cluster_id, link), link);
      const rows: readonly Row[] = [...data, destinationRow(cluster.cluster_id)];
      await printList(io, flags.output, columns, rows);
      for (const { name, note, is_default } of data) if (note && !is_default) io.err(`${name}: ${note}.\n`);
    });
  return examples(command, 'klink link configuration list dr-link --cluster dr');
}

export function linkConfigurationUpdate(io: Io): Command {
  const command = withCluster(commandOn('update', 'Change settings of a cluster link while it runs.'))
    .argument('<link>')
    .option('--config <settings>', 'new values: `k=v,k=v` or the path of a properties file')
    .option('--reset <name...>', 'settings that go back to their defaults')
    .option('--dry-run', 'check everything and change nothing')
    .option('--no-validate', 'do not try new credentials at the source, nor the rights that new syncs need')
    .action(async (link: string, flags: Flags) => {
      const set =
        flags.config === undefined ? new Map<string, string>() : readConfigFlag(flags.config, io.workingDirectory);
      noteOldAddress(io, set.get('bootstrap.servers'));
      const reset = flags.reset ?? [];
      if (set.size + reset.length === 0) {
        throw new CliFailure('nothing to change', 'Give `--config` with new values, or `--reset` with names.');
      }
      const data = [
        ...[...set].map(([name, value]) => ({ name, value, operation: 'SET' as const })),
        ...reset.map((name) => ({ name, operation: 'DELETE' as const })),
      ];
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const options = { validateOnly: flags.dryRun === true, validateLink: flags.validate };
      const notes = await orUnknownLink(session.api.alterLink(cluster.cluster_id, link, data, options), link);
      for (const note of notes) io.err(`Note: ${note}\n`);
      await io.out(`${flags.dryRun ? '[DRY RUN] ' : ''}Updated cluster link "${link}".\n`);
    });
  return examples(
    command,
    'klink link configuration update dr-link --config consumer.offset.sync.ms=1000',
    'klink link configuration update dr-link --config new-login.config --reset username password',
  );
}
