/** A word or flag that a level of the command tree does not know, and what may have been meant by it. */
import type { Command } from 'commander';
import { CliFailure } from './failure.js';
import { similar } from './similar.js';
import { pathOf } from './tree.js';

export function unknownWord(parent: Command, word: string): CliFailure {
  const path = pathOf(parent);
  const seeHelp = `See \`${path} --help\`.`;
  if (word.startsWith('-')) {
    return new CliFailure(
      `unknown flag "${word}" for "${path}"`,
      'Flags stand behind the last word of a command.',
      seeHelp,
    );
  }
  const known = parent.commands.map((command) => command.name());
  const near = similar(word, known).map((name) => `Did you mean \`${path} ${name}\`?`);
  return new CliFailure(
    `unknown command "${word}" for "${path}"`,
    ...(near.length > 0 ? near : elsewhere(parent, word)),
    seeHelp,
  );
}

/** `klink list topics` and `klink describe orders`: verb first. */
function elsewhere(parent: Command, word: string): string[] {
  const path = pathOf(parent);
  return parent.commands
    .flatMap((noun) =>
      noun.commands.filter((verb) => verb.name() === word).map((verb) => `${path} ${noun.name()} ${verb.name()}`),
    )
    .slice(0, ELSEWHERE_MAX)
    .map((found) => `There is \`${found}\`.`);
}

const ELSEWHERE_MAX = 5;
