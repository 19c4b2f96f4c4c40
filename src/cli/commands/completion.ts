/** `klink completion bash|zsh|fish` prints what a shell needs; the hidden `klink __complete` answers it. */
import { Argument, Command } from 'commander';
import { examples } from '../command.js';
import { type Shell, scripts, shells } from '../completion/scripts.js';
import { valuesOf } from '../completion/values.js';
import { complete, found } from '../completion/words.js';
import type { Io } from '../io.js';

export function completionCommand(io: Io): Command {
  const command = new Command('completion')
    .description('Print what a shell needs to complete commands, flags and names.')
    .helpOption('-h, --help', 'show this help')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: Shell) => io.out(scripts[shell]));
  return examples(
    command,
    'source <(klink completion bash)',
    'source <(klink completion zsh)',
    'klink completion fish | source',
  );
}

/** Everything behind `--` is the line as it stands, without `klink`; its last word is still being typed. */
export function completeCommand(io: Io, name: string): Command {
  return new Command(name).argument('[words...]').action(async (words: string[], _: unknown, command: Command) => {
    const answer = complete(command.parent ?? command, words);
    if (answer.kind === 'files') return io.out(':files\n');
    const typed = words.at(-1) ?? '';
    const all = answer.kind === 'values' ? found(typed === '=' ? '' : typed, await valuesOf(io, answer)) : answer;
    if (all.kind !== 'candidates') return;
    await io.out(all.candidates.map(({ word, help }) => `${word}\t${help}\n`).join(''));
  });
}
