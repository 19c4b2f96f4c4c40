/** `klink iam service-account`: who can have API keys. ACLs speak of `User:<id>`. */
import type { Command } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import type { ServiceAccountData } from '../../api/client/own-shapes.js';
import { type CommonFlags, commandOn, examples, withOutput } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { type Column, printList, printOne } from '../output/print.js';
import { confirmed, quotedList } from '../prompt.js';
import { openSession, type SessionFlags } from '../session.js';

const columns: readonly Column<ServiceAccountData>[] = [
  { heading: 'ID', key: 'id', value: ({ id }) => id },
  { heading: 'Name', key: 'name', value: ({ name }) => name },
  { heading: 'Description', key: 'description', value: ({ description }) => description },
];

interface Described {
  readonly description: string;
}

export function serviceAccountCreate(io: Io): Command {
  const command = withOutput(commandOn('create', 'Create a service account.'))
    .argument('<name>')
    .requiredOption('--description <text>', 'what it is for')
    .action(async (name: string, flags: CommonFlags & Described) => {
      const { api } = openSession(flags, io);
      await printOne(
        io,
        flags.output,
        columns,
        await api.createServiceAccount({ name, description: flags.description }),
      );
    });
  return examples(command, 'klink iam service-account create shop --description "The shop"');
}

export function serviceAccountList(io: Io): Command {
  const command = withOutput(commandOn('list', 'List service accounts.'))
    .option('--display-name <names>', 'only those with one of these names, parted by commas')
    .action(async (flags: CommonFlags & { readonly displayName?: string }) => {
      const { data } = await openSession(flags, io).api.serviceAccounts();
      const names = flags.displayName?.split(',').map((name) => name.trim());
      await printList(
        io,
        flags.output,
        columns,
        data.filter(({ name }) => names === undefined || names.includes(name)),
      );
    });
  return examples(command, 'klink iam service-account list');
}

export function serviceAccountDescribe(io: Io): Command {
  const command = withOutput(commandOn('describe', 'Describe a service account.'))
    .argument('<id>')
    .action(async (id: string, flags: CommonFlags) => {
      const { api } = openSession(flags, io);
      await printOne(io, flags.output, columns, await orUnknownAccount(api.serviceAccount(id), id));
    });
  return examples(command, 'klink iam service-account describe sa-1a2b3c');
}

export function serviceAccountUpdate(io: Io): Command {
  const command = commandOn('update', 'Describe a service account anew.')
    .argument('<id>')
    .requiredOption('--description <text>', 'what it is for')
    .action(async (id: string, flags: SessionFlags & Described) => {
      const { api } = openSession(flags, io);
      await orUnknownAccount(api.describeServiceAccount(id, flags.description), id);
      io.err(`Updated the description of service account "${id}" to "${flags.description}".\n`);
    });
  return examples(command, 'klink iam service-account update sa-1a2b3c --description "The new shop"');
}

export function serviceAccountDelete(io: Io): Command {
  const command = commandOn('delete', 'Delete one or more service accounts with their API keys.')
    .argument('<ids...>')
    .option('--force', 'do not ask')
    .action(async (ids: readonly string[], flags: SessionFlags & { readonly force?: boolean }) => {
      const { api } = openSession(flags, io);
      for (const id of ids) await orUnknownAccount(api.serviceAccount(id), id);
      const question = `Are you sure you want to delete ${quotedList('service account', ids)}?`;
      if (!flags.force && !(await confirmed(io, question))) return;
      for (const id of ids) await orUnknownAccount(api.deleteServiceAccount(id), id);
      await io.out(`Deleted ${quotedList('service account', ids)}.\n`);
      io.err('ACLs that name it stay; see them with `klink acl list --service-account <id>`.\n');
    });
  return examples(command, 'klink iam service-account delete sa-1a2b3c');
}

async function orUnknownAccount<T>(answer: Promise<T>, id: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RequestRefused && error.status === 404)) throw error;
    throw new CliFailure(
      `service account "${id}" not found`,
      'List available service accounts with `klink iam service-account list`.',
    );
  }
}
