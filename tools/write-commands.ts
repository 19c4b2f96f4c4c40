/**
 * Writes docs/guides/commands.md from the tree of commands, so that the page cannot say anything else than `--help` does.
 *   node dist/tools/write-commands.js            writes it
 *   node dist/tools/write-commands.js --check    fails where the committed page is not what would be written
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command, Option } from 'commander';
import { examplesOf } from '../src/cli/command.js';
import { processIo } from '../src/cli/io.js';
import { buildProgram } from '../src/cli/program.js';
import { leavesOf, pathOf } from '../src/cli/tree.js';

export const COMMANDS_PAGE = join('docs', 'guides', 'commands.md');

/** The long forms are the same commands once more. */
const LONG = new Set(['kafka', 'iam']);

export async function commandsPage(): Promise<string> {
  const program = await buildProgram(processIo(), '');
  const nouns = program.createHelp().visibleCommands(program);
  const leaves = nouns.filter((noun) => !LONG.has(noun.name())).flatMap(leavesOf);
  const shared = new Map(leaves.flatMap((leaf) => sharedOf(leaf)).map((option) => [option.flags, option]));
  return [
    `# Commands

Written by \`tools/write-commands.ts\` from the commands themselves; what they promise stands in [the specification](../spec/cli.md).
Every command below \`klink kafka …\` and \`klink iam …\` is the same as its short form here. \`klink <command> --help\` says what
stands here at the terminal.

Flags that most commands have:
`,
    list([...shared.values()]),
    ...nouns
      .filter((noun) => !LONG.has(noun.name()))
      .flatMap((noun) => [`\n## ${noun.name()}\n\n${noun.description()}`, ...leavesOf(noun).map(section)]),
    '',
  ].join('\n');
}

function section(command: Command): string {
  const own = command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !sharedOf(command).includes(option) && option.long !== '--help');
  const takes = command.registeredArguments.filter(({ description }) => description !== '');
  const described = takes.map((each) => `- \`${nameOf(each)}\`: ${each.description}`);
  const flags = [...described, ...(own.length > 0 ? [list(own)] : [])].join('\n');
  const names = command.registeredArguments.map(nameOf);
  return [
    `\n### ${[pathOf(command), ...names].join(' ').replace(/[<>]/g, (sign) => `\\${sign}`)}\n`,
    command.description(),
    ...(flags === '' ? [] : ['', flags]),
    `\n\`\`\`\n${examplesOf(command).join('\n')}\n\`\`\``,
  ].join('\n');
}

function nameOf(argument: { name(): string; readonly required: boolean; readonly variadic: boolean }): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function sharedOf(command: Command): Option[] {
  return command.options.filter((option) => option.helpGroupHeading !== undefined);
}

function list(options: readonly Option[]): string {
  return options
    .map((option) => {
      const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`;
      return `- \`${option.flags}\`: ${option.description}${choices}${option.mandatory ? '; required' : ''}`;
    })
    .join('\n');
}

/** Undefined: the page is current. */
export async function staleness(root: string): Promise<string | undefined> {
  const page = readFileSync(join(root, COMMANDS_PAGE), 'utf8');
  return page === (await commandsPage())
    ? undefined
    : `${COMMANDS_PAGE} is not what the commands say: node dist/tools/write-commands.js`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--check')) {
    const stale = await staleness('.');
    if (stale !== undefined) {
      process.stderr.write(`${stale}\n`);
      process.exit(1);
    }
  } else writeFileSync(COMMANDS_PAGE, await commandsPage());
}
