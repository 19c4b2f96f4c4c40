/** `klink topic create`: makes an ordinary topic. Refuses one that exists, unless told otherwise. */
import { type Command, InvalidArgumentError } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import { commandOn, examples, positiveInteger, withCluster } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { readConfigFlag } from '../properties.js';
import { openSession, type SessionFlags } from '../session.js';

interface Flags extends SessionFlags {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly ifNotExists?: boolean;
}

const TOPIC_REFUSED = 40002;

export function topicCreate(io: Io): Command {
  const command = withCluster(commandOn('create', 'Create a Kafka topic.'))
    .argument('<topic>')
    .option('--partitions <count>', 'number of partitions; default: as the cluster is set up', countFlag)
    .option('--replication-factor <count>', 'replicas of each partition; default: as the cluster is set up', countFlag)
    .option('--config <settings>', 'topic settings: `k=v,k=v` or the path of a properties file')
    .option('--dry-run', 'say what would happen and change nothing')
    .option('--if-not-exists', 'succeed if the topic is already there')
    .action(async (topic: string, flags: Flags) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const settings = flags.config === undefined ? new Map() : readConfigFlag(flags.config, io.workingDirectory);
      const body = {
        topic_name: topic,
        partitions_count: flags.partitions,
        replication_factor: flags.replicationFactor,
        configs: [...settings].map(([name, value]) => ({ name, value })),
        validate_only: flags.dryRun === true,
      };
      try {
        await session.api.createTopic(cluster.cluster_id, body);
      } catch (error) {
        const exists =
          error instanceof RequestRefused &&
          error.errorCode === TOPIC_REFUSED &&
          error.message.includes('already exists');
        if (!exists) throw error;
        if (flags.ifNotExists) return;
        throw new CliFailure(
          `topic "${topic}" already exists for Kafka cluster "${cluster.cluster_id}"`,
          `To list topics for the cluster "${cluster.cluster_id}", use \`klink topic list --cluster ${cluster.cluster_id}\`.`,
        );
      }
      await io.out(`${flags.dryRun ? '[DRY RUN] ' : ''}Created topic "${topic}".\n`);
    });
  return examples(
    command,
    'klink topic create orders --partitions 3',
    'klink topic create orders --config retention.ms=86400000 --cluster original',
  );
}

function countFlag(text: string): number {
  try {
    return positiveInteger(text);
  } catch {
    throw new InvalidArgumentError('It must be a whole number above 0.');
  }
}
