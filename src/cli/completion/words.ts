/**
 * What may stand at the end of a line, by the tree of commands alone: a noun or verb, a flag, or a value whose kind is
 * given back to be asked for. Pure; `values.ts` asks the server.
 */
import type { Argument, Command, Option } from 'commander';

export interface Candidate {
  readonly word: string;
  readonly help: string;
}

export type Completion =
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  | {
      readonly kind: 'values';
      readonly of: ValueKind;
      readonly flags: Flags;
      readonly lead: string;
    }
  | { readonly kind: 'files' };

export type ValueKind = 'cluster' | 'topic' | 'link' | 'mirror' | 'group' | 'environment' | 'account' | 'key';

/** Flags that are on the line already, by their long names without dashes. */
export type Flags = ReadonlyMap<string, string>;

/** By the name of the flag, or of the argument. What is not here takes words of its own. */
const kinds: Readonly<Record<string, ValueKind>> = {
  cluster: 'cluster',
  'source-cluster': 'cluster',
  'destination-cluster': 'cluster',
  'remote-cluster': 'cluster',
  resource: 'cluster',
  topic: 'topic',
  topics: 'topic',
  link: 'link',
  links: 'link',
  'mirror-topic': 'mirror',
  'mirror-topics': 'mirror',
  group: 'group',
  'consumer-group': 'group',
  environment: 'environment',
  'service-account': 'account',
  'api-key': 'key',
};

/** Arguments that are called alike everywhere. */
const BY_NOUN: ReadonlySet<string> = new Set(['id', 'ids', 'key', 'keys']);

/** What the value of a flag is called where it is the name of a file. */
const fileValues: ReadonlySet<string> = new Set(['settings', 'path']);

/** `words` is the line without `klink`; the last one is still being typed, and may be empty. */
export function complete(root: Command, words: readonly string[]): Completion {
  const line = joined(words);
  const typed = line.words.at(-1) ?? '';
  const { command, flags, open, arguments: given } = read(root, line.words.slice(0, -1));
  if (open !== undefined) return flagValue(open, '', flags, typed);
  if (typed.startsWith('-')) {
    const [name = '', value] = split(typed);
    const option = value === undefined ? undefined : optionNamed(command, name);
    if (option !== undefined) return flagValue(option, line.parted ? '' : `${name}=`, flags, value ?? '');
    return found(typed, flagsOf(command, flags));
  }
  if (command.commands.length > 0) {
    const children = command.createHelp().visibleCommands(command);
    return found(
      typed,
      children.map((child) => ({ word: child.name(), help: child.description() })),
    );
  }
  const expected = command.registeredArguments;
  const last = expected.at(-1);
  const argument = expected[given] ?? (last?.variadic ? last : undefined);
  if (argument === undefined) return found(typed, typed === '' ? flagsOf(command, flags) : []);
  return ofArgument(command, argument, flags, typed);
}

export function found(typed: string, known: readonly Candidate[]): Completion {
  return { kind: 'candidates', candidates: known.filter(({ word }) => word.startsWith(typed)) };
}

/** bash takes `--output=js` apart at the sign; the others do not. */
function joined(words: readonly string[]): { readonly words: readonly string[]; readonly parted: boolean } {
  const at = words.length - (words.at(-1) === '=' ? 1 : 2);
  const parted = words[at] === '=' && words[at - 1]?.startsWith('--') === true;
  const out: string[] = [];
  for (const [index, word] of words.entries()) {
    const joins = word === '=' || words[index - 1] === '=';
    if (joins && out.at(-1)?.startsWith('--')) out.push(`${out.pop()}${word}`);
    else out.push(word);
  }
  return { words: out, parted };
}

interface Read {
  readonly command: Command;
  readonly flags: Flags;
  /** The flag whose value is being typed. */
  readonly open: Option | undefined;
  /** How many arguments the command has been given. */
  readonly arguments: number;
}

function read(root: Command, words: readonly string[]): Read {
  const flags = new Map<string, string>();
  let command = root;
  let given = 0;
  let open: Option | undefined;
  for (const word of words) {
    const child = command.commands.find((each) => each.name() === word);
    if (open !== undefined && !(open.variadic && word.startsWith('-'))) {
      flags.set(nameOf(open), word);
      if (!open.variadic) open = undefined;
    } else if (word.startsWith('-')) {
      const [name = '', value] = split(word);
      const option = optionNamed(command, name);
      open = option?.required && value === undefined ? option : undefined;
      if (option !== undefined) flags.set(nameOf(option), value ?? '');
    } else if (child !== undefined) command = child;
    else given += 1;
  }
  return { command, flags, open, arguments: given };
}

function flagValue(option: Option, lead: string, flags: Flags, typed: string): Completion {
  const words = option.argChoices;
  if (words !== undefined)
    return found(
      `${lead}${typed}`,
      words.map((word) => ({ word: `${lead}${word}`, help: '' })),
    );
  const kind = kinds[nameOf(option)];
  if (kind !== undefined) return { kind: 'values', of: kind, flags, lead };
  const value = /[<[]([^\]>.]+)/.exec(option.flags)?.[1] ?? '';
  return fileValues.has(value) ? { kind: 'files' } : { kind: 'candidates', candidates: [] };
}

function ofArgument(command: Command, argument: Argument, flags: Flags, typed: string): Completion {
  if (argument.argChoices !== undefined)
    return found(
      typed,
      argument.argChoices.map((word) => ({ word, help: '' })),
    );
  // `cluster use <id>`, `api-key use <key>`: what is identified is said by the noun.
  const name = BY_NOUN.has(argument.name()) ? (command.parent?.name() ?? '') : argument.name();
  const kind = kinds[name];
  // Of what is to be made the name is new.
  if (kind === undefined || command.name() === 'create') return { kind: 'candidates', candidates: [] };
  return { kind: 'values', of: kind, flags, lead: '' };
}

function flagsOf(command: Command, used: Flags): Candidate[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter((option) => !used.has(nameOf(option)) || option.variadic)
    .map((option) => ({ word: option.long ?? option.short ?? '', help: option.description }));
}

function optionNamed(command: Command, name: string): Option | undefined {
  return command.options.find((option) => option.long === name || option.short === name);
}

function nameOf(option: Option): string {
  return (option.long ?? option.short ?? '').replace(/^--?/, '');
}

function split(word: string): [name: string, value?: string] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
