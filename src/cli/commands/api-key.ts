/** `klink api-key create`, `list`, `describe`, `update`, `delete`: keys of clusters, made and ended at the server. */
import type { Command } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import type { ApiKeyData } from '../../api/client/own-shapes.js';
import { type CommonFlags, commandOn, examples, withOutput } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { type Column, printList, printOne } from '../output/print.js';
import { confirmed, quotedList } from '../prompt.js';
import { openSession, type Session, type SessionFlags } from '../session.js';

interface Which {
  readonly resource?: string;
  readonly mechanism?: string;
}

const RESOURCE = 'id or unique name of its cluster';

export function apiKeyCreate(io: Io): Command {
  const command = withOutput(commandOn('create', 'Create an API key of a cluster for a service account.'))
    .requiredOption('--resource <cluster>', RESOURCE)
    .requiredOption('--service-account <id>', 'whose it shall be')
    .option('--description <text>', 'what it is for', '')
    .option('--use', 'use it from now on for `topic produce` and `topic consume` on that cluster')
    .action(
      async (
        flags: CommonFlags & {
          readonly resource: string;
          readonly serviceAccount: string;
          readonly description: string;
          readonly use?: boolean;
        },
      ) => {
        const session = openSession(flags, io);
        const cluster = await session.find(flags.resource);
        const made = await session.api.createApiKey({
          resource: cluster.cluster_id,
          service_account: flags.serviceAccount,
          description: flags.description,
        });
        // Kept here before it is shown: whatever happens to the terminal, `api-key use` finds it.
        const { secret, mechanism } = made;
        session.logins.storeSecret(cluster.cluster_id, made.key, { secret, mechanism });
        io.err(`It logs in by ${mechanism}. Save the API key and secret. The secret is not retrievable later.\n`);
        await printOne(io, flags.output, secretColumns, made);
        if (flags.use) {
          session.logins.use(cluster.cluster_id, made.key);
          io.err(`Using API Key "${made.key}".\n`);
        }
      },
    );
  return examples(command, 'klink api-key create --resource dr --service-account sa-1a2b3c --use');
}

const secretColumns: readonly Column<{ readonly key: string; readonly secret: string }>[] = [
  { heading: 'API Key', key: 'api_key', value: ({ key }) => key },
  { heading: 'API Secret', key: 'api_secret', value: ({ secret }) => secret },
];

export function apiKeyList(io: Io): Command {
  const command = withOutput(commandOn('list', 'List API keys.'))
    .option('--resource <cluster>', 'only those of this cluster')
    .option('--service-account <id>', 'only those of this service account')
    .action(async (flags: CommonFlags & { readonly resource?: string; readonly serviceAccount?: string }) => {
      const session = openSession(flags, io);
      const resource = await clusterId(session, flags.resource);
      const { data } = await session.api.apiKeys({ resource, service_account: flags.serviceAccount });
      await printList(io, flags.output, columns(session), data);
    });
  return examples(command, 'klink api-key list --resource dr');
}

export function apiKeyDescribe(io: Io): Command {
  const command = withOutput(commandOn('describe', 'Describe an API key.'))
    .argument('<key>')
    .option('--resource <cluster>', RESOURCE)
    .action(async (key: string, flags: CommonFlags & Which) => {
      const session = openSession(flags, io);
      const resource = await clusterId(session, flags.resource);
      const { data } = await session.api.apiKeys({ resource, service_account: key });
      if (data.length === 0) throw unknownKey(key);
      await printList(io, flags.output, columns(session), data);
    });
  return examples(command, 'klink api-key describe sa-1a2b3c');
}

export function apiKeyUpdate(io: Io): Command {
  const command = whichOf(commandOn('update', 'Describe an API key anew.').argument('<key>'))
    .requiredOption('--description <text>', 'what it is for')
    .action(async (key: string, flags: SessionFlags & Which & { readonly description: string }) => {
      const session = openSession(flags, io);
      const which = { resource: await clusterId(session, flags.resource), mechanism: flags.mechanism };
      await orUnknownKey(session.api.describeApiKey(key, which, flags.description), key);
      io.err(`Updated the description of API key "${key}" to "${flags.description}".\n`);
    });
  return examples(command, 'klink api-key update sa-1a2b3c --resource dr --description "The shop"');
}

export function apiKeyDelete(io: Io): Command {
  const command = whichOf(commandOn('delete', 'Delete one or more API keys.').argument('<keys...>'))
    .option('--force', 'do not ask')
    .action(async (keys: readonly string[], flags: SessionFlags & Which & { readonly force?: boolean }) => {
      const session = openSession(flags, io);
      const resource = await clusterId(session, flags.resource);
      if (!flags.force && !(await confirmed(io, `Are you sure you want to delete ${quotedList('API key', keys)}?`))) {
        return;
      }
      for (const key of keys) {
        const { data } = await session.api.apiKeys({ resource, service_account: key });
        await orUnknownKey(session.api.deleteApiKey(key, { resource, mechanism: flags.mechanism }), key);
        for (const gone of data) forgetSecret(session, gone, flags.mechanism);
      }
      await io.out(`Deleted ${quotedList('API key', keys)}.\n`);
    });
  return examples(
    command,
    'klink api-key delete sa-1a2b3c --resource dr',
    'klink api-key delete sa-1a2b3c --resource dr --mechanism SCRAM-SHA-512',
  );
}

/** The server has refused what was not clear, so what was listed for this key is gone, or is of the other slot. */
function forgetSecret(session: Session, { key, resource, mechanism }: ApiKeyData, deleted: string | undefined): void {
  const stored = session.logins.secretOf(resource, key);
  if (stored === undefined || (deleted !== undefined && deleted !== mechanism)) return;
  if (stored.mechanism === undefined || stored.mechanism === mechanism) session.logins.forgetSecret(resource, key);
}

function whichOf(command: Command): Command {
  return command
    .option('--resource <cluster>', `${RESOURCE}; needed where its name exists on several`)
    .option('--mechanism <mechanism>', 'SCRAM-SHA-512 or SCRAM-SHA-256; needed where both of its slots are taken');
}

async function clusterId(session: Session, idOrName: string | undefined): Promise<string | undefined> {
  return idOrName === undefined ? undefined : (await session.find(idOrName)).cluster_id;
}

async function orUnknownKey(answer: Promise<void>, key: string): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof RequestRefused && error.status === 404) throw unknownKey(key);
    throw error;
  }
}

function unknownKey(key: string): CliFailure {
  return new CliFailure(`API key "${key}" not found`, 'List available API keys with `klink api-key list`.');
}

function columns({ logins }: Session): readonly Column<ApiKeyData>[] {
  const isCurrent = ({ key, resource, mechanism }: ApiKeyData) => {
    const used = logins.keyInUse(resource);
    return used?.key === key && (used.mechanism === undefined || used.mechanism === mechanism);
  };
  return [
    { heading: 'Current', key: 'is_current', value: isCurrent, human: (row) => (isCurrent(row) ? '*' : '') },
    { heading: 'Key', key: 'key', value: ({ key }) => key },
    { heading: 'Description', key: 'description', value: ({ description }) => description },
    { heading: 'Owner', key: 'owner', value: ({ owner }) => owner },
    { heading: 'Resource Type', key: 'resource_type', value: () => 'kafka' },
    { heading: 'Resource', key: 'resource', value: ({ resource }) => resource },
    { heading: 'Created', key: 'created', value: ({ created_at }) => created_at },
    { heading: 'Mechanism', key: 'mechanism', value: ({ mechanism }) => mechanism },
  ];
}
