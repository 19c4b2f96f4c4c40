/**
 * `klink topic produce`: one record a line from standard input. Asks the server first and refuses a mirror, naming what
 * would make it writable. Ends with exit code 0 only when every line was acknowledged by all in-sync replicas.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { commandOn, examples, withCluster } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import type { OutgoingRecord, RecordHeader, RecordWriter } from '../kafka.js';
import type { LoginFlags } from '../key-in-use.js';
import { linesOf } from '../lines.js';
import { type ManagedCluster, openSession, type Session, type SessionFlags } from '../session.js';
import { mirrorOf } from './mirror-find.js';
import { kafkaClient, reachedBy, refuseTwoLogins, textOnly, unlessForbidden, withLogin } from './topic-client.js';
import { orUnknownTopic } from './topic-unknown.js';

interface Flags extends SessionFlags, LoginFlags {
  readonly parseKey?: boolean;
  readonly delimiter: string;
  readonly headers: readonly RecordHeader[];
  readonly bootstrap?: string;
}

const HEADER = /^([^:]+):([\s\S]*)$/;

/** For commander; the flag may be repeated. */
function headersOf(text: string, before: readonly RecordHeader[]): readonly RecordHeader[] {
  const headers = text.split(',').map((piece) => {
    const [, key, value] = HEADER.exec(piece.trim()) ?? [];
    if (key === undefined || value === undefined) throw new InvalidArgumentError('Each must be written `name:value`.');
    return { key, value: Buffer.from(value) };
  });
  return [...before, ...headers];
}

/** So many lines may wait for their acknowledgement; the reading stops until there is room. */
const UNACKNOWLEDGED_MAX = 1_000;

export function topicProduce(io: Io): Command {
  const command = withLogin(
    withCluster(commandOn('produce', 'Write records to a topic, one a line from standard input.')),
  )
    .argument('<topic>')
    .option('--parse-key', 'each line is a key, the delimiter and a value')
    .option('--delimiter <text>', 'between key and value', ':')
    .option('--headers <list>', 'headers of every record, parted by commas: trace:1,from:shop', headersOf, [])
    .option('--bootstrap <host:port>', 'where the brokers answer; default: what the klink server says')
    .addOption(textOnly('--key-format'))
    .addOption(textOnly('--value-format'))
    .action(async (topic: string, flags: Flags) => {
      refuseTwoLogins(flags);
      if (flags.apiSecret === '-') {
        throw new CliFailure(
          'standard input holds the records, not the secret',
          'Use `--api-secret-file` or KLINK_API_SECRET, or store it once with `klink api-key store <key> -`.',
        );
      }
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      await refuseMirror(session, cluster, topic);
      await unlessForbidden(orUnknownTopic(session.api.topic(cluster.cluster_id, topic), topic, cluster.cluster_id));
      const { accessTo, inFirstWay, openWriter } = await kafkaClient();
      const access = await accessTo(session, cluster, flags);
      const at = reachedBy(io, access.cluster, flags.bootstrap);
      const writer = await inFirstWay(access, (security) => openWriter(at, topic, security));
      if (io.inputIsTerminal) io.err('Starting Kafka Producer. Use Ctrl-C or Ctrl-D to exit.\n');
      try {
        await writeLines(io, writer, flags);
      } finally {
        await writer.close();
      }
    });
  return examples(
    command,
    'seq 1 5 | klink topic produce orders --cluster original',
    'echo "order-7:shipped" | klink topic produce orders --parse-key --headers trace:1',
  );
}

async function refuseMirror(session: Session, cluster: ManagedCluster, topic: string): Promise<void> {
  const mirror = await unlessForbidden(mirrorOf(session, cluster, topic));
  if (mirror === undefined || mirror.mirror_status === 'STOPPED') return;
  const flags = `${topic} --link ${mirror.link_name} --cluster ${cluster.cluster_id}`;
  throw new CliFailure(
    `topic "${topic}" on cluster "${cluster.cluster_id}" is a mirror of link "${mirror.link_name}" (${mirror.mirror_status}): it is read-only`,
    `Write to its source topic "${mirror.source_topic_name}" instead.`,
    `To make it writable with nothing left behind, while its source is up: \`klink mirror promote ${flags}\`.`,
    `To make it writable now, without its source: \`klink mirror failover ${flags}\`.`,
  );
}

async function writeLines(io: Io, writer: RecordWriter, flags: Flags): Promise<void> {
  const waiting = new Set<Promise<void>>();
  let failure: unknown;
  let interrupt: () => void = () => undefined;
  const interrupted = new Promise<'interrupted'>((resolve) => {
    interrupt = () => resolve('interrupted');
  });
  const forget = io.onInterrupt(interrupt);
  const lines = linesOf(io.input);
  try {
    while (failure === undefined) {
      const next = await Promise.race([lines.next(), interrupted]);
      if (next === 'interrupted' || next.done) break;
      const sent: Promise<void> = writer
        .write(recordOf(next.value, flags))
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => waiting.delete(sent));
      waiting.add(sent);
      if (waiting.size >= UNACKNOWLEDGED_MAX) await Promise.race(waiting);
    }
    await Promise.all(waiting);
  } finally {
    forget();
  }
  if (failure !== undefined) throw failure;
}

function recordOf(line: Buffer, flags: Flags): OutgoingRecord {
  const { headers } = flags;
  if (!flags.parseKey) return { key: null, value: line, headers };
  const at = line.indexOf(flags.delimiter);
  if (at < 0) throw new CliFailure(`a line has no "${flags.delimiter}" between key and value`);
  return { key: line.subarray(0, at), value: line.subarray(at + Buffer.byteLength(flags.delimiter)), headers };
}
