/**
 * `klink topic consume`: prints values, one a line, from a topic or from all topics that match `^…`. With a group, Ctrl-C
 * commits exactly what was printed: a record counts once the system has taken its line, never before.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { ReceivedRecord } from '../../client/partition-reader.js';
import { commandOn, examples, withCluster } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import type { RecordHeader, RecordReader } from '../kafka.js';
import type { LoginFlags } from '../key-in-use.js';
import { openSession, type SessionFlags } from '../session.js';
import { kafkaClient, reachedBy, refuseTwoLogins, textOnly, unlessForbidden, withLogin } from './topic-client.js';
import { orUnknownTopic } from './topic-unknown.js';

interface Flags extends SessionFlags, LoginFlags {
  readonly group?: string;
  readonly fromBeginning?: boolean;
  readonly partition?: number;
  readonly offset?: bigint;
  readonly bootstrap?: string;
  readonly fullHeader?: boolean;
  readonly timestamp?: boolean;
  readonly printKey?: boolean;
  readonly printOffset?: boolean;
  readonly delimiter: string;
}

export function topicConsume(io: Io): Command {
  const command = withLogin(withCluster(commandOn('consume', 'Print the records of a topic until Ctrl-C.')))
    .argument('<topic>', 'a topic, or a regular expression that begins with ^')
    .option('--group <id>', 'consumer group; default: none, which leaves nothing behind')
    .option('-b, --from-beginning', 'where the group has no offset: begin at the oldest record, not at the end')
    .option('--partition <number>', 'read this partition alone, without a group', partitionFlag)
    .option('--offset <number>', 'begin at this offset, without a group', offsetFlag)
    .option('--print-key', 'print key, delimiter and value')
    .option('--print-offset', 'print partition and offset before each record')
    .option('--timestamp', 'print the time of each record before it, in ms')
    .option('--full-header', 'print the headers of each record before it')
    .option('--delimiter <text>', 'between key and value', '\t')
    .option('--bootstrap <host:port>', 'where the brokers answer; default: what the klink server says')
    .addOption(textOnly('--key-format'))
    .addOption(textOnly('--value-format'))
    .action(async (topic: string, flags: Flags) => {
      refuseTogether(flags);
      refuseTwoLogins(flags);
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const pattern = topic.startsWith('^') ? patternOf(topic) : undefined;
      if (pattern === undefined) {
        const asked = session.api.topic(cluster.cluster_id, topic);
        const found = await unlessForbidden(orUnknownTopic(asked, topic, cluster.cluster_id));
        if (found !== undefined && flags.partition !== undefined && flags.partition >= found.partitions_count) {
          throw new CliFailure(
            `topic "${topic}" has ${found.partitions_count} partitions, and none of number ${flags.partition}`,
          );
        }
      }
      const { accessTo, inFirstWay, openReader } = await kafkaClient();
      const access = await accessTo(session, cluster, flags);
      const at = reachedBy(io, access.cluster, flags.bootstrap);
      const options = {
        topics: pattern ?? topic,
        group: flags.group,
        from: flags.fromBeginning ? ('earliest' as const) : ('latest' as const),
        partition: flags.partition,
        at: flags.offset,
        notice: (text: string) => io.err(`${text}\n`),
      };
      const reader = await inFirstWay(access, (security) => openReader(at, { ...options, security }));
      io.err('Starting Kafka Consumer. Use Ctrl-C to exit.\n');
      await printUntilInterrupted(io, reader, flags);
    });
  return examples(
    command,
    'klink topic consume orders --group shipping --from-beginning',
    'klink topic consume orders --partition 0 --offset 100 --print-offset --timestamp --full-header',
    "klink topic consume '^orders\\..*' --print-offset",
  );
}

function partitionFlag(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be the number of a partition.');
  return Number(text);
}

function offsetFlag(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return BigInt(text);
}

function refuseTogether({ group, fromBeginning, offset, partition }: Flags): void {
  if (group !== undefined && (offset !== undefined || partition !== undefined)) {
    throw new CliFailure(
      '`--offset` and `--partition` read without a group',
      'Leave out `--group`: a group goes on where it has committed, and its partitions are dealt out to it.',
    );
  }
  if (fromBeginning && offset !== undefined)
    throw new CliFailure('`--from-beginning` and `--offset` exclude each other');
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
  const time = flags.timestamp ? `Timestamp:${record.timestamp}\t` : '';
  const at = flags.printOffset ? `Partition:${record.partition}\tOffset:${record.offset}\t` : '';
  const headers = flags.fullHeader ? `Headers:[${record.headers.map(headerText).join(', ')}]\t` : '';
  const key = flags.printKey ? `${record.key?.toString() ?? ''}${flags.delimiter}` : '';
  return `${time}${at}${headers}${key}${record.value?.toString() ?? ''}\n`;
}

/** In quotes, so that nothing in it can be taken for the record. */
function headerText({ key, value }: RecordHeader): string {
  return `${key}=${value === null ? 'null' : JSON.stringify(value.toString())}`;
}
