/**
 * `klink link create`: a link whose destination is the chosen cluster. Sends the settings of `--config` as they are; the
 * server judges them. Never prints a setting that could hold a secret.
 */
import { type Command, Option } from 'commander';
import { commandOn, examples, withCluster } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { noteOldAddress } from '../old-address.js';
import { readConfigFlag } from '../properties.js';
import { openSession, type SessionFlags } from '../session.js';

interface Flags extends SessionFlags {
  readonly sourceCluster?: string;
  readonly sourceBootstrapServer?: string;
  readonly sourceApiKey?: string;
  readonly sourceApiSecret?: string;
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly validate: boolean;
}

/** Everything else could be, or hold, a secret. */
const printable = new Set([
  'bootstrap.servers',
  'connection.mode',
  'link.mode',
  'consumer.offset.sync.enable',
  'consumer.offset.group.filters',
  'consumer.offset.sync.ms',
  'consumer.group.prefix.enable',
  'acl.sync.enable',
  'acl.filters',
  'acl.sync.ms',
  'auto.create.mirror.topics.enable',
  'auto.create.mirror.topics.filters',
  'cluster.link.prefix',
  'topic.config.sync.ms',
  'topic.config.sync.include',
  'mirror.start.offset.spec',
  'security.protocol',
  'sasl.mechanism',
  'local.security.protocol',
  'local.sasl.mechanism',
]);

export function linkCreate(io: Io): Command {
  const command = withCluster(commandOn('create', 'Create a cluster link; the chosen cluster is its destination.'))
    .argument('<link>')
    .option('--source-cluster <id>', 'id (or name, if managed here) of the source cluster')
    .addOption(new Option('--source-cluster-id <id>', 'older spelling of --source-cluster').hideHelp())
    .option('--source-bootstrap-server <host:port>', 'where the source cluster answers')
    .option('--source-api-key <key>', 'log in at the source with this API key; needs --source-api-secret')
    .option('--source-api-secret <secret>', 'its secret; others on this machine can see it: `--config` hides it')
    .option('--config <settings>', 'link settings: `k=v,k=v` or the path of a properties file')
    .option('--dry-run', 'check everything and change nothing')
    .option('--no-validate', 'do not ask whether the source can be reached and takes these credentials')
    .action(async (link: string, flags: Flags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const settings = linkSettings(flags, io.workingDirectory);
      const source = flags.sourceCluster;
      noteOldAddress(io, settings.get('bootstrap.servers'));
      const managed = (await session.clusters()).find((each) => each.name === source && each.cluster_id !== null);
      const body = {
        source_cluster_id: managed?.cluster_id ?? source,
        configs: [...settings].map(([name, value]) => ({ name, value })),
      };
      const options = { validateOnly: flags.dryRun === true, validateLink: flags.validate };
      const notes = await session.api.createLink(cluster.cluster_id, link, body, options);
      for (const note of notes) io.err(`Note: ${note}\n`);
      const shown = [...settings].filter(([name]) => printable.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
      const lines = shown.map(([name, value]) => `"${name}"="${value}"\n`).join('');
      await io.out(`${flags.dryRun ? '[DRY RUN] ' : ''}Created cluster link "${link}" with configs:\n${lines}\n`);
    });
  return examples(
    command,
    'klink link create dr-link --cluster dr --source-cluster original --source-bootstrap-server host:9092 --config dr-link.config',
  );
}

/** What the published command line adds to the settings of `--config`. */
function linkSettings(flags: Flags, workingDirectory: string): Map<string, string> {
  const settings = flags.config === undefined ? new Map() : readConfigFlag(flags.config, workingDirectory);
  const mode = settings.get('link.mode') ?? 'DESTINATION';
  if (!MODES.includes(mode)) {
    throw new CliFailure(`unrecognized link mode "${mode}"`, 'Use "DESTINATION", "SOURCE", or "BIDIRECTIONAL".');
  }
  const add = (name: string, value: string, flag: string) => {
    const written = settings.get(name);
    if (written !== undefined && written !== value) throw new CliFailure(`${flag} and ${name} in --config differ`);
    settings.set(name, value);
  };
  add('link.mode', mode, '');
  const { sourceBootstrapServer: bootstrap, sourceApiKey: key, sourceApiSecret: secret } = flags;
  const written = settings.get('bootstrap.servers');
  if (bootstrap !== undefined && written !== undefined && written !== bootstrap) {
    throw new CliFailure(
      `two different source addresses: --source-bootstrap-server ${bootstrap} and bootstrap.servers=${written} in --config`,
    );
  }
  if (bootstrap !== undefined) settings.set('bootstrap.servers', bootstrap);
  if ((key === undefined) !== (secret === undefined)) {
    throw new CliFailure('--source-api-key and --source-api-secret belong together: one of them is missing');
  }
  if (key !== undefined && secret !== undefined) {
    add('security.protocol', 'SASL_SSL', '--source-api-key');
    add('sasl.mechanism', 'PLAIN', '--source-api-key');
    add('sasl.jaas.config', plainLogin(key, secret), '--source-api-key');
  }
  return settings;
}

const MODES: readonly string[] = ['DESTINATION', 'SOURCE', 'BIDIRECTIONAL'];

function plainLogin(username: string, password: string): string {
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  return `${module} username=${quoted(username)} password=${quoted(password)};`;
}
