/** The tree of commands as data: for messages, completion, and the written list of commands. */
import type { Command } from 'commander';

/** `klink kafka topic`, as it is typed. */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** Commands that do something, in the order of the help. Hidden ones are left out. */
export function leavesOf(command: Command): Command[] {
  if (command.commands.length === 0) return [command];
  return command.createHelp().visibleCommands(command).flatMap(leavesOf);
}
