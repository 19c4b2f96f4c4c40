/** `klink environment`: what holds the clusters of a server. There is one; runbooks that select it go on working. */
import type { Command } from 'commander';
import type { EnvironmentData } from '../../api/client/own-shapes.js';
import { type CommonFlags, commandOn, examples, withOutput } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { type Column, printList, printOne } from '../output/print.js';
import { openSession, type Session, type SessionFlags } from '../session.js';

export function environmentList(io: Io): Command {
  const command = withOutput(commandOn('list', 'List the environments of the klink server.')).action(
    async (flags: CommonFlags) => {
      const session = openSession(flags, io);
      const { data } = await session.api.environments();
      await printList(io, flags.output, columns(session, data), data);
    },
  );
  return examples(command, 'klink environment list -o json');
}

export function environmentUse(io: Io): Command {
  const command = commandOn('use', 'Select an environment.')
    .argument('<id>')
    .action(async (id: string, flags: SessionFlags) => {
      const session = openSession(flags, io);
      const { data } = await session.api.environments();
      const found = named(data, id);
      session.logins.setEnvironment(found.id);
      await io.out(`Using environment "${found.id}".\n`);
    });
  return examples(command, 'klink environment use env-default');
}

export function environmentDescribe(io: Io): Command {
  const command = withOutput(commandOn('describe', 'Describe an environment.'))
    .argument('[id]', 'default: the selected one')
    .action(async (id: string | undefined, flags: CommonFlags) => {
      const session = openSession(flags, io);
      const { data } = await session.api.environments();
      const found = named(data, id ?? currentEnvironment(session, data) ?? '');
      await printOne(io, flags.output, columns(session, data), found);
    });
  return examples(command, 'klink environment describe');
}

/** Where there is one, it is the selected one. */
export function currentEnvironment(session: Session, all: readonly EnvironmentData[]): string | undefined {
  const [only, another] = all;
  return another === undefined ? only?.id : session.logins.environment;
}

function named(all: readonly EnvironmentData[], id: string): EnvironmentData {
  const found = all.find((each) => each.id === id) ?? all.find((each) => each.name === id);
  if (found !== undefined) return found;
  throw new CliFailure(
    `environment "${id}" not found or access forbidden`,
    'List available environments with `klink environment list`.',
  );
}

function columns(session: Session, all: readonly EnvironmentData[]): readonly Column<EnvironmentData>[] {
  const isCurrent = ({ id }: EnvironmentData) => id === currentEnvironment(session, all);
  return [
    { heading: 'Current', key: 'is_current', value: isCurrent, human: (row) => (isCurrent(row) ? '*' : '') },
    { heading: 'ID', key: 'id', value: ({ id }) => id },
    { heading: 'Name', key: 'name', value: ({ name }) => name },
  ];
}
