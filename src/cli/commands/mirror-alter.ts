/**
 * `klink mirror pause|resume|promote|failover`: one verb for one or more mirror topics. A dry run prints what the server
 * says would happen and exits 0. A real run exits 1 if any row has an error, unless that topic already has the state
 * asked for. Failover waits until each topic is writable, unless `--no-wait`; promote does with `--wait`.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import type { AlterMirrorData, MirrorLag, MirrorVerb } from '../../api/client/shapes.js';
import { sleep } from '../../base/clock.js';
import { systemClock } from '../../base/node/clock.js';
import { type CommonFlags, commandOn, examples, noteOldSpelling, withCluster, withOutput } from '../command.js';
import { CliFailure, QuietNo } from '../failure.js';
import type { Io } from '../io.js';
import { type Column, printList } from '../output/print.js';
import { type ManagedCluster, openSession, type Session } from '../session.js';
import { withoutBarrierText } from './mirror-describe.js';
import { findMirror, mirrorOf, noteWithoutLink } from './mirror-find.js';

interface Flags extends CommonFlags {
  readonly link?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly stop?: boolean;
  readonly retention?: 'after-grace' | 'now';
  readonly withoutBarrier?: readonly number[];
}

interface Row {
  readonly topic: string;
  readonly lag: MirrorLag;
  readonly message: string;
  readonly code: string;
}

const NO_LAG: MirrorLag = { partition: -1, lag: -1, last_source_fetch_offset: -1 };

const columns: readonly Column<Row>[] = [
  { heading: 'Mirror Topic Name', key: 'mirror_topic_name', value: (row) => row.topic },
  { heading: 'Partition', key: 'partition', value: (row) => row.lag.partition },
  { heading: 'Partition Mirror Lag', key: 'partition_mirror_lag', value: (row) => row.lag.lag },
  {
    heading: 'Last Source Fetch Offset',
    key: 'last_source_fetch_offset',
    value: (row) => row.lag.last_source_fetch_offset,
  },
  { heading: 'Error Message', key: 'error_message', value: (row) => row.message },
  { heading: 'Error Code', key: 'error_code', value: (row) => row.code },
];

const descriptions: Record<MirrorVerb, string> = {
  pause: 'Pause mirror topics: nothing is copied until they are resumed.',
  resume: 'Resume paused mirror topics.',
  promote: 'Turn mirror topics into ordinary ones once nothing is left to copy; the source must be reachable.',
  failover: 'Turn mirror topics into ordinary ones now, with what has been copied; the source is not needed.',
};

/** The states in which a verb has nothing left to do. */
const reached: Record<MirrorVerb, readonly string[]> = {
  pause: ['PAUSED'],
  resume: ['ACTIVE', 'SOURCE_UNAVAILABLE', 'LINK_PAUSED', 'LINK_FAILED'],
  promote: ['STOPPED', 'PENDING_STOPPED'],
  failover: ['STOPPED', 'PENDING_STOPPED'],
};

const ASK_EVERY_MS = 250;
/** Said where no klink owns the destination: nothing moves then, and nobody but the operator can change that. */
const HOW_TO_END =
  'What was decided stands, and goes on as soon as a klink owns the destination: see `klink cluster list` and start one there. Ctrl-C ends this waiting only.';

export function mirrorAlter(io: Io, verb: MirrorVerb): Command {
  const command = withOutput(withCluster(commandOn(verb, descriptions[verb])))
    .argument('<mirror-topics...>')
    .option('--link <link>', 'the cluster link; default: the one that mirrors each topic')
    .option('--dry-run', 'say what would happen and change nothing');
  if (verb === 'failover') command.option('--no-wait', 'return at once, not when the topics are writable');
  if (verb === 'promote') command.option('--wait', 'return when the topics are writable');
  if (verb === 'failover') command.addOption(new Option('--stop').hideHelp());
  if (verb === 'promote' || verb === 'failover') {
    const help = 'end this partition without barrier, if it can have none and the topic waits for it; repeatable';
    const retention = 'when settings that delete records follow: after a day, or now';
    command.addOption(new Option('--retention <when>', retention).choices(['after-grace', 'now']));
    command.option('--without-barrier <partition>', help, partitions);
  }
  command.action(async (topics: readonly string[], flags: Flags) => {
    if (flags.stop) noteOldSpelling(io, '`failover --stop`', '`failover`');
    if (flags.withoutBarrier && new Set(topics).size !== 1) {
      throw new CliFailure('--without-barrier takes exactly one mirror topic', 'Repeat the command for each topic.');
    }
    const session = openSession(flags, io);
    const cluster = await session.cluster();
    const { answers, unknown } = await alter(session, cluster, verb, topics, flags);
    await printList(io, flags.output, columns, [...answers.flatMap(rowsOf), ...unknown]);
    if (flags.output === 'human') await tellWithoutBarrier(io, answers);
    if (flags.dryRun) {
      if (flags.output === 'human') await tellGroups(io, answers);
      return;
    }
    const wrong = unknown.map((row) => row.topic);
    for (const { link, data } of answers) {
      if (!data.error_message) continue;
      const status = await statusOf(session, cluster, link, data.mirror_topic_name);
      // A topic that is still stopping has not got what --without-barrier asks for.
      const done = flags.withoutBarrier ? ['STOPPED'] : reached[verb];
      if (status === undefined || !done.includes(status)) wrong.push(data.mirror_topic_name);
    }
    if ((verb === 'failover' || verb === 'promote') && flags.wait === true) {
      const going = answers.filter(({ data }) => !wrong.includes(data.mirror_topic_name));
      await untilStopped(session, cluster, verb, going);
    }
    if (wrong.length > 0) throw new QuietNo(wrong.join(', '));
  });
  return examples(command, `klink mirror ${verb} orders --link dr-link --cluster dr`);
}

interface Answer {
  readonly link: string;
  readonly data: AlterMirrorData;
}

async function alter(
  session: Session,
  cluster: ManagedCluster,
  verb: MirrorVerb,
  topics: readonly string[],
  flags: Flags,
): Promise<{ readonly answers: readonly Answer[]; readonly unknown: readonly Row[] }> {
  const unknown: Row[] = [];
  const byLink = new Map<string, string[]>();
  for (const topic of new Set(topics)) {
    let link = flags.link;
    if (link === undefined) {
      // One wrong name of several must not keep the others from being failed over.
      const mirror =
        topics.length === 1
          ? await findMirror(session, cluster, topic, undefined)
          : await mirrorOf(session, cluster, topic);
      if (mirror === undefined) {
        const message = `Mirror topic '${topic}' does not exist. List the mirror topics with \`klink mirror list\`.`;
        unknown.push({ topic, lag: NO_LAG, message, code: '404' });
        continue;
      }
      noteWithoutLink(session.io, `mirror ${verb}`, mirror, flags.cluster);
      link = mirror.link_name;
    }
    byLink.set(link, [...(byLink.get(link) ?? []), topic]);
  }
  const answers: Answer[] = [];
  for (const [link, names] of byLink) {
    const { retention, withoutBarrier: without_barrier } = flags;
    const body = { mirror_topic_names: names, retention, without_barrier };
    const list = await session.api.alterMirrors(cluster.cluster_id, link, verb, body, flags.dryRun === true);
    answers.push(...list.data.map((data) => ({ link, data })));
  }
  return { answers, unknown };
}

function rowsOf({ data }: Answer): Row[] {
  const topic = data.mirror_topic_name;
  if (data.error_message) {
    return [{ topic, lag: NO_LAG, message: data.error_message, code: String(data.error_code ?? '') }];
  }
  return data.mirror_lags.map((lag) => ({ topic, lag, message: '', code: '' }));
}

/** For commander: one value of a flag that may be repeated. */
function partitions(text: string, before: readonly number[] = []): readonly number[] {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be the number of a partition.');
  return [...before, Number(text)];
}

async function tellWithoutBarrier(io: Io, answers: readonly Answer[]): Promise<void> {
  const lines = answers.flatMap(({ data }) =>
    data.without_barrier.map((each) => `Partition ${withoutBarrierText(each)}\n`),
  );
  if (lines.length > 0) await io.out(`\n${lines.join('')}`);
}

async function tellGroups(io: Io, answers: readonly Answer[]): Promise<void> {
  const lines = answers.flatMap(({ data }) =>
    data.groups_above.map(
      (group) => `Consumer group above the mirror's end of "${data.mirror_topic_name}": ${group}\n`,
    ),
  );
  if (lines.length > 0) await io.out(`\n${lines.join('')}`);
}

/** Undefined: there is no such mirror, which must not keep the others from being waited for. */
async function statusOf(
  session: Session,
  cluster: ManagedCluster,
  link: string,
  topic: string,
): Promise<string | undefined> {
  try {
    return (await session.api.mirror(cluster.cluster_id, link, topic)).mirror_status;
  } catch (error) {
    if (error instanceof RequestRefused && error.status === 404) return undefined;
    throw error;
  }
}

interface Standing {
  readonly stopped: boolean;
  /** What it waits for, in words. */
  readonly pending: string | null;
}

/** While the destination is down or changes its owner nobody can say; the decision stands in the journal all the same. */
async function standingOf(session: Session, cluster: ManagedCluster, link: string, topic: string): Promise<Standing> {
  try {
    const { mirror_status } = await session.api.mirror(cluster.cluster_id, link, topic);
    if (mirror_status === 'STOPPED') return { stopped: true, pending: null };
    const { pending } = await session.api.mirrorDetail(cluster.cluster_id, link, topic);
    return { stopped: false, pending };
  } catch (error) {
    if (error instanceof RequestRefused && error.status === 503) {
      return { stopped: false, pending: `${error.message} ${HOW_TO_END}` };
    }
    throw error;
  }
}

/** Has no time limit of its own: a partition without leader may take hours, and Ctrl-C leaves the failover running. */
async function untilStopped(
  session: Session,
  cluster: ManagedCluster,
  verb: MirrorVerb,
  answers: readonly Answer[],
): Promise<void> {
  const { io } = session;
  const giveUp = new AbortController();
  const forget = io.onInterrupt(() => giveUp.abort(new CliFailure(`stopped waiting; the ${verb} goes on`)));
  try {
    for (const { link, data } of answers) {
      const topic = data.mirror_topic_name;
      let told: string | null = null;
      for (;;) {
        const { stopped, pending } = await standingOf(session, cluster, link, topic);
        if (stopped) break;
        if (pending !== null && pending !== told) io.err(`Waiting for "${topic}": ${pending}\n`);
        told = pending;
        await sleep(systemClock, ASK_EVERY_MS, giveUp.signal);
      }
      io.err(`Topic "${topic}" is writable.\n`);
    }
  } finally {
    forget();
  }
}
