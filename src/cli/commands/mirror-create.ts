/** `klink mirror create`: a read-only copy of a source topic, with its offsets. */
import { type Command, InvalidArgumentError } from 'commander';
import { commandOn, examples, positiveInteger, withCluster } from '../command.js';
import type { Io } from '../io.js';
import { readConfigFlag } from '../properties.js';
import { type ManagedCluster, openSession, type Session, type SessionFlags } from '../session.js';

interface Flags extends SessionFlags {
  readonly link: string;
  readonly sourceTopic?: string;
  readonly replicationFactor?: number;
  readonly config?: string;
}

export function mirrorCreate(io: Io): Command {
  const command = withCluster(
    commandOn('create', 'Create a mirror topic: a read-only copy of a source topic, at the same offsets.'),
  )
    .argument('<source-topic-name>', 'the source topic; with --source-topic, the name of the mirror')
    .requiredOption('--link <link>', 'the cluster link that mirrors it')
    .option(
      '--source-topic <topic>',
      'the source topic, where its name differs from the mirror’s (links with a prefix)',
    )
    .option('--replication-factor <count>', 'replicas of each partition; default: as the cluster is set up', (text) => {
      try {
        return positiveInteger(text);
      } catch {
        throw new InvalidArgumentError('It must be a whole number above 0.');
      }
    })
    .option('--config <settings>', 'settings of the mirror topic: `k=v,k=v` or the path of a properties file')
    .action(async (name: string, flags: Flags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const settings = flags.config === undefined ? new Map() : readConfigFlag(flags.config, io.workingDirectory);
      await session.api.createMirror(cluster.cluster_id, flags.link, {
        source_topic_name: flags.sourceTopic ?? name,
        // Else the server names it, with the prefix of its link.
        mirror_topic_name: flags.sourceTopic === undefined ? undefined : name,
        replication_factor: flags.replicationFactor,
        configs: [...settings].map(([key, value]) => ({ name: key, value })),
      });
      const made = flags.sourceTopic === undefined ? await mirrorOfSource(session, cluster, flags.link, name) : name;
      await io.out(`Created mirror topic "${made}".\n`);
    });
  return examples(
    command,
    'klink mirror create orders --link dr-link --cluster dr',
    'klink mirror create east.orders --source-topic orders --link aa --cluster west',
  );
}

/** What the mirror just made of this source topic is called. */
async function mirrorOfSource(
  session: Session,
  cluster: ManagedCluster,
  link: string,
  source: string,
): Promise<string> {
  const { data } = await session.api.mirrors(cluster.cluster_id, link);
  const live = data.find((each) => each.source_topic_name === source && each.mirror_status !== 'STOPPED');
  return live?.mirror_topic_name ?? source;
}
