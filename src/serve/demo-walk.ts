/**
 * The walk a newcomer tries, as data: the demo prints it with its own addresses, and test/acceptance/tutorial.ts plays
 * the same lines with other names and numbers. What is printed is what is tested.
 */
export interface WalkFacts {
  readonly original: { readonly id: string; readonly bootstrap: string };
  readonly dr: { readonly id: string };
  /** Path of the link's settings. */
  readonly linkConfig: string;
  /** How the original cluster is lost. */
  readonly killOriginal: string;
  /** What `topic produce|consume` need to log in, such as `--config client.properties`; empty for none. */
  readonly clientFlags: string;
}

export interface Story {
  readonly topic: string;
  readonly link: string;
  readonly group: string;
  readonly partitions: number;
  /** Keyed lines are `key:value`, both the number. */
  readonly keyed: boolean;
  /** The last record read before the disaster, the last one mirrored, the last one written afterwards. */
  readonly read: number;
  readonly mirrored: number;
  readonly written: number;
}

export const tutorialStory: Story = {
  topic: 'dr-topic',
  link: 'dr-link',
  group: 'cli-consumer',
  partitions: 1,
  keyed: false,
  read: 5,
  mirrored: 10,
  written: 15,
};

export type StepName =
  | 'list-clusters'
  | 'use-original'
  | 'create-link'
  | 'list-links'
  | 'create-topic'
  | 'list-topics'
  | 'create-mirror'
  | 'produce-to-mirror'
  | 'produce-first'
  | 'consume-first'
  | 'produce-second'
  | 'describe-mirror'
  | 'list-links-again'
  | 'list-mirrors-of-link'
  | 'list-mirrors'
  | 'ready'
  | 'kill-original'
  | 'failover-dry-run'
  | 'failover'
  | 'produce-after'
  | 'consume-after'
  | 'create-mirror-again'
  | 'describe-stopped';

export interface Step {
  readonly name: StepName;
  readonly line: string;
  /** What the reader is told before it. */
  readonly remark?: string;
}

export const DR_LINK_CONFIG = `consumer.offset.sync.enable=true
consumer.offset.group.filters={"groupFilters": [{"name": "*", "patternType": "LITERAL"}]}
consumer.offset.sync.ms=1000
topic.config.sync.ms=1000
`;

export function walkSteps(facts: WalkFacts, story: Story): Step[] {
  const { original, dr } = facts;
  const { topic, link, group, partitions } = story;
  const parsesKeys = story.keyed ? ' --parse-key' : '';
  const login = facts.clientFlags === '' ? '' : ` ${facts.clientFlags}`;
  const numbers = (from: number, to: number) => `seq ${from} ${to}${story.keyed ? " | sed 's/.*/&:&/'" : ''}`;
  const produce = (flags: string) => `klink kafka topic produce ${topic}${flags}${parsesKeys}${login}`;
  const consume = (flags: string) => `klink kafka topic consume ${topic} --group ${group}${flags}${login}`;
  return [
    { name: 'list-clusters', line: 'klink kafka cluster list' },
    { name: 'use-original', line: `klink kafka cluster use ${original.id}` },
    {
      name: 'create-link',
      line: `klink kafka link create ${link} --cluster ${dr.id} --source-cluster ${original.id} --source-bootstrap-server ${original.bootstrap} --config ${quoted(facts.linkConfig)}`,
      remark: 'link the two clusters and mirror a topic',
    },
    { name: 'list-links', line: `klink kafka link list --cluster ${dr.id}` },
    {
      name: 'create-topic',
      line: `klink kafka topic create ${topic} --partitions ${partitions} --cluster ${original.id}`,
    },
    { name: 'list-topics', line: `klink kafka topic list --cluster ${original.id}` },
    { name: 'create-mirror', line: `klink kafka mirror create ${topic} --link ${link} --cluster ${dr.id}` },
    {
      name: 'produce-to-mirror',
      line: `echo x | ${produce(` --cluster ${dr.id}`).replace(parsesKeys, '')}`,
      remark: 'a mirror is read-only: this is refused',
    },
    {
      name: 'produce-first',
      line: `${numbers(1, story.read)} | ${produce(` --cluster ${original.id}`)}`,
      remark: 'write and read on the original; end the reading with Ctrl-C, which commits exactly what was printed',
    },
    { name: 'consume-first', line: consume(' --from-beginning') },
    { name: 'produce-second', line: `${numbers(story.read + 1, story.mirrored)} | ${produce('')}` },
    {
      name: 'describe-mirror',
      line: `klink kafka mirror describe ${topic} --link ${link} --cluster ${dr.id}`,
      remark: 'lag per partition',
    },
    { name: 'list-links-again', line: `klink kafka link list --cluster ${dr.id}` },
    { name: 'list-mirrors-of-link', line: `klink kafka mirror list --link ${link} --cluster ${dr.id}` },
    { name: 'list-mirrors', line: `klink kafka mirror list --cluster ${dr.id}` },
    {
      name: 'ready',
      line: `klink kafka consumer group ready ${group} --link ${link} --cluster ${dr.id}`,
      remark: 'repeat until it says yes: mirror lag and offset sync have caught up',
    },
    { name: 'kill-original', line: facts.killOriginal, remark: 'the disaster; nothing below needs the original' },
    {
      name: 'failover-dry-run',
      line: `klink kafka mirror failover ${topic} --link ${link} --cluster ${dr.id} --dry-run`,
    },
    { name: 'failover', line: `klink kafka mirror failover ${topic} --link ${link} --cluster ${dr.id}` },
    {
      name: 'produce-after',
      line: `${numbers(story.mirrored + 1, story.written)} | ${produce(` --cluster ${dr.id}`)}`,
    },
    {
      name: 'consume-after',
      line: consume(` --cluster ${dr.id}`),
      remark: `exactly ${story.read + 1} to ${story.written}; end it with Ctrl-C`,
    },
    {
      name: 'create-mirror-again',
      line: `klink kafka mirror create ${topic} --link ${link} --cluster ${dr.id}`,
      remark: 'refused: the topic exists and is writable',
    },
    { name: 'describe-stopped', line: `klink kafka mirror describe ${topic} --cluster ${dr.id}` },
  ];
}

/** Ready to be printed: each line, its remark before it. */
export function printedWalk(steps: readonly Step[]): string[] {
  return steps.flatMap(({ line, remark }) => (remark === undefined ? [line] : ['', `# ${remark}`, line]));
}

/** The one line that puts `klink` on the PATH of another shell, and points it at this demo. */
export function pathLine(facts: { readonly binDirectory: string; readonly home: string }): string {
  return `export KLINK_HOME=${quoted(facts.home)} PATH=${quoted(facts.binDirectory)}:"$PATH"`;
}

/** For a POSIX shell; left as it is where nothing could be misread. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
