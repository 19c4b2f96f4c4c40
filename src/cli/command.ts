/**
 * What all commands share: the flags for server, cluster and output, and turning a command's action into a promise of
 * `main`. A command file exports one function that gives a fresh `Command`, because short and long forms each need one.
 */
import { Command, Help, Option } from 'commander';
import type { Io } from './io.js';
import { type OutputForm, outputForms } from './output/print.js';
import type { SessionFlags } from './session.js';
import { unknownWord } from './unknown-word.js';

export interface CommonFlags extends SessionFlags {
  readonly output: OutputForm;
}

/** Heading of the flags that most commands have: below those of the command's own. */
const SHARED = 'Shared flags:';

/** A command with the context flags of the published command line. */
export function commandOn(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ groupItems: sharedLast })
    .addOption(
      new Option(
        '--url <url>',
        'address of the klink server; default: the one running on this machine, or KLINK_URL',
      ).helpGroup(SHARED),
    )
    .addOption(
      new Option('--token-file <path>', 'file with the operator token, for a server named by --url').helpGroup(SHARED),
    );
}

/** Commander orders the headings by what was added first. */
const sharedLast: Help['groupItems'] = (unsorted, visible, groupOf) => {
  const groups = new Help().groupItems(unsorted, visible, groupOf);
  return new Map([...groups].sort(([a], [b]) => Number(a === SHARED) - Number(b === SHARED)));
};

export function withCluster(command: Command): Command {
  command.addOption(new Option('--environment <id>', 'the environment of the cluster; there is one').hideHelp());
  return command.addOption(
    new Option('--cluster <id>', 'id or unique name of the Kafka cluster; default: the selected one').helpGroup(SHARED),
  );
}

export function withOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <form>', 'how to print the result')
      .choices(outputForms)
      .default('human')
      .helpGroup(SHARED),
  );
}

const written = new WeakMap<Command, readonly string[]>();

/** Shown below the help and in the list of all commands. Every command has one. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  written.set(command, lines);
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`);
}

export function examplesOf(command: Command): readonly string[] {
  return written.get(command) ?? [];
}

/** One level of the tree: `klink topic`, with its verbs below. Alone it shows its help; what it does not know it refuses. */
export function group(name: string, description: string, children: readonly Command[]): Command {
  const parent = new Command(name)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action((_flags: unknown, command: Command) => {
      const [word] = command.args;
      if (word === undefined) command.outputHelp();
      else throw unknownWord(command, word);
    });
  for (const child of children) parent.addCommand(child);
  return parent;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 2 ** 31 - 1) throw new RangeError(text);
  return value;
}

/** One line on stderr that names today's spelling of something older runbooks have. */
export function noteOldSpelling(io: Pick<Io, 'err'>, old: string, current: string): void {
  io.err(`Note: ${old} is accepted for older runbooks; today it is written ${current}.\n`);
}
