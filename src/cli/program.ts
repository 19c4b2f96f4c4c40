/**
 * The tree of commands. Every noun exists in the short form and in the long one that runbooks have
 * (`klink kafka link create`); both are built from the same functions. A call loads the one noun that it names: all of them
 * take more than twice as long to load. Spec: docs/spec/cli.md.
 */
import type { Command } from 'commander';
import { examples, group } from './command.js';
import type { Io } from './io.js';

interface Noun {
  /** Heading of the help below which it stands. */
  readonly heading: string;
  /** `line` is what stands behind the noun; undefined where everything is wanted. */
  build(io: Io, line: Line): Promise<Command>;
}

type Line = readonly string[] | undefined;

/** The first word of a line of which another is still being typed: `klink __complete -- topic cr`. */
export const COMPLETE = '__complete';

/** Of the whole tree what `line` needs, which is all of it where its words are not known, or where there is none. */
export async function buildProgram(io: Io, version: string, line?: readonly string[]): Promise<Command> {
  const completing = line?.[0] === COMPLETE;
  const program = group(
    'klink',
    'Links Apache Kafka clusters for disaster recovery: mirror topics with identical offsets.',
    await chosen(io, root, completing ? line.slice(2, -1) : line),
  );
  if (completing || line === undefined) {
    const { completeCommand } = await import('./commands/completion.js');
    program.addCommand(completeCommand(io, COMPLETE), { hidden: true });
  }
  program.version(version, '--version', 'print the version');
  return examples(
    program,
    'klink cluster list',
    'klink link create dr-link --cluster dr --source-cluster original --source-bootstrap-server host:9092',
    'klink mirror create orders --link dr-link --cluster dr',
    'klink mirror failover orders --link dr-link --cluster dr --dry-run',
  ).addHelpText('after', '`klink server` and `klink broker` start processes; see their `--help`.\n');
}

async function chosen(io: Io, nouns: ReadonlyMap<string, Noun>, line: Line): Promise<Command[]> {
  const [word = '', ...rest] = line ?? [];
  const named = nouns.get(word);
  if (named !== undefined) return [await named.build(io, rest)];
  return Promise.all(
    [...nouns.values()].map(async (noun) => (await noun.build(io, undefined)).helpGroup(noun.heading)),
  );
}

/** Headings of the help, in the order in which they appear. */
const CLUSTERS = 'Clusters, topics, records:';
const LINKS = 'Links and what they carry:';
const ACCOUNTS = 'Logins, accounts, keys:';
const OTHER = 'More:';

const kafka: ReadonlyMap<string, Noun> = new Map([
  ['cluster', { heading: CLUSTERS, build: async (io) => (await import('./nouns/cluster.js')).clusterNoun(io) }],
  ['topic', { heading: CLUSTERS, build: async (io) => (await import('./nouns/topic.js')).topicNoun(io) }],
  ['acl', { heading: CLUSTERS, build: async (io) => (await import('./nouns/acl.js')).aclNoun(io) }],
  ['link', { heading: LINKS, build: async (io) => (await import('./nouns/link.js')).linkNoun(io) }],
  ['mirror', { heading: LINKS, build: async (io) => (await import('./nouns/mirror.js')).mirrorNoun(io) }],
  ['consumer', { heading: LINKS, build: async (io) => (await import('./nouns/consumer.js')).consumerNoun(io) }],
] satisfies [string, Noun][]);

const serviceAccount: Noun = {
  heading: ACCOUNTS,
  build: async (io) => (await import('./nouns/service-account.js')).serviceAccountNoun(io),
};

const iam: ReadonlyMap<string, Noun> = new Map([['service-account', serviceAccount]]);

const root: ReadonlyMap<string, Noun> = new Map([
  ...kafka,
  ['login', { heading: ACCOUNTS, build: async (io) => (await import('./commands/login.js')).login(io) }],
  ['logout', { heading: ACCOUNTS, build: async (io) => (await import('./commands/login.js')).logout(io) }],
  [
    'environment',
    { heading: ACCOUNTS, build: async (io) => (await import('./nouns/environment.js')).environmentNoun(io) },
  ],
  ['service-account', serviceAccount],
  ['api-key', { heading: ACCOUNTS, build: async (io) => (await import('./nouns/api-key.js')).apiKeyNoun(io) }],
  [
    'kafka',
    {
      heading: OTHER,
      build: async (io, line) => group('kafka', 'The same commands in their long form.', await chosen(io, kafka, line)),
    },
  ],
  [
    'iam',
    {
      heading: OTHER,
      build: async (io, line) => group('iam', 'Service accounts in their long form.', await chosen(io, iam, line)),
    },
  ],
  ['demo', { heading: OTHER, build: async (io) => (await import('./nouns/demo.js')).demoNoun(io) }],
  [
    'completion',
    { heading: OTHER, build: async (io) => (await import('./commands/completion.js')).completionCommand(io) },
  ],
] satisfies [string, Noun][]);
