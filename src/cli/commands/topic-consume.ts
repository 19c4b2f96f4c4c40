/**
 * `klink topic consume`: prints values, one a line, from a topic or from all topics that match `^…`. With a group, Ctrl-C
 * commits exactly what was printed: a record counts once the system has taken its line, never before.
 */
import type { Command } from 'commander';
import type { ReceivedRecord } from '../../client/partition-reader.js';
import { readSecurity } from '../client-security.js';
import { commandOn, examples, withCluster } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { openReader, type RecordReader } from '../kafka.js';
import { openSession, type SessionFlags } from '../session.js';
import { orUnknownTopic } from './topic-unknown.js';

interface Flags extends SessionFlags {
  readonly group?: string;
  readonly fromBeginning?: boolean;
  readonly config?: string;
  readonly printKey?: boolean;
  readonly printOffset?: boolean;
  readonly delimiter: string;
}

export function topicConsume(io: Io): Command {
  const command = withCluster(commandOn('consume', 'Print the records of a topic until Ctrl-C.'))
    .argument('<topic>', 'a topic, or a regular expression that begins with ^')
    .option('--group <id>', 'consumer group; default: none, which leaves nothing behind')
    .option('-b, --from-beginning', 'where the group has no offset: begin at the oldest record, not at the end')
    .option('--config <settings>', 'client settings (login, TLS): `k=v,k=v` or the path of a properties file')
    .option('--print-key', 'print key, delimiter and value')
    .option('--print-offset', 'print partition and offset before each record')
    .option('--delimiter <text>', 'between key and value', '\t')
    .action(async (topic: string, flags: Flags) => {
      const security = readSecurity(flags.config, io.workingDirectory);
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const pattern = topic.startsWith('^') ? patternOf(topic) : undefined;
      if (pattern === undefined) {
        await orUnknownTopic(session.api.topic(cluster.cluster_id, topic), topic, cluster.cluster_id);
      }
      const reader = await openReader(cluster, {
        topics: pattern ?? topic,
        group: flags.group,
        from: flags.fromBeginning ? 'earliest' : 'latest',
        security,
        notice: (text) => io.err(`${text}\n`),
      });
      io.err('Starting Kafka Consumer. Use Ctrl-C to exit.\n');
      await printUntilInterrupted(io, reader, flags);
    });
  return examples(
    command,
    'klink topic consume orders --group shipping --from-beginning',
    "klink topic consume '^orders\\..*' --print-offset",
  );
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new CliFailure(`"${text}" is not a regular expression`, 'A topic that begins with ^ is taken for one.');
  }
}

async function printUntilInterrupted(io: Io, reader: RecordReader, flags: Flags): Promise<void> {
  const ending = new AbortController();
  const forget = io.onInterrupt(() => {
    if (!ending.signal.aborted) io.err('Stopping Consumer.\n');
    ending.abort();
  });
  try {
    while (!ending.signal.aborted) {
      for (const record of await reader.read(ending.signal)) {
        if (ending.signal.aborted) break;
        await io.out(lineOf(record, flags));
        reader.handled(record);
      }
    }
  } finally {
    // Only now may another Ctrl-C end the process: the commit is part of what was promised.
    await reader.close().finally(forget);
  }
}

function lineOf(record: ReceivedRecord, flags: Flags): string {
  const at = flags.printOffset ? `Partition:${record.partition}${'\t'}Offset:${record.offset}${'\t'}` : '';
  const key = flags.printKey ? `${record.key?.toString() ?? ''}${flags.delimiter}` : '';
  return `${at}${key}${record.value?.toString() ?? ''}\n`;
}
