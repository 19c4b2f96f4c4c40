/**
 * `klink api-key use` and `store`: which key `topic produce` and `topic consume` log in with at a cluster. Nothing of it goes
 * to the server. The server's own REST calls carry the login, never this key.
 */
import type { Command } from 'commander';
import { commandOn, examples } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { askedFor } from '../prompt.js';
import { openSession, type Session, type SessionFlags } from '../session.js';

interface Flags extends SessionFlags {
  readonly resource?: string;
}

export function apiKeyUse(io: Io): Command {
  const command = commandOn('use', 'Use an API key for `topic produce` and `topic consume` on its cluster.')
    .argument('<key>')
    .option('--resource <cluster>', 'id or unique name of its cluster; needed where it is stored for several')
    .action(async (key: string, flags: Flags) => {
      const session = openSession(flags, io);
      const clusterId = await clusterOf(session, key, flags.resource);
      session.logins.use(clusterId, key);
      await io.out(`Using API Key "${key}".\n`);
    });
  return examples(command, 'klink api-key use sa-1a2b3c --resource dr');
}

async function clusterOf(session: Session, key: string, resource: string | undefined): Promise<string> {
  const { logins } = session;
  const store = `Store it with \`klink api-key store ${key} - --resource <cluster>\`, which reads the secret from standard input.`;
  if (resource !== undefined) {
    const { cluster_id } = await session.find(resource);
    if (logins.secretOf(cluster_id, key)) return cluster_id;
    throw new CliFailure(`no secret of API key "${key}" is stored for cluster "${cluster_id}"`, store);
  }
  const [only, another] = logins.clustersOf(key);
  if (only === undefined) throw new CliFailure(`no secret of API key "${key}" is stored here`, store);
  if (another !== undefined) {
    throw new CliFailure(
      `API key "${key}" is stored for several clusters: ${logins.clustersOf(key).join(', ')}`,
      'Say which one with `--resource <cluster>`.',
    );
  }
  return only;
}

export function apiKeyStore(io: Io): Command {
  const command = commandOn('store', 'Store the secret of an API key that was made elsewhere.')
    .argument('<key>')
    .argument('[secret]', '`-`, or left out: read from standard input, where others on this machine do not see it')
    .option('--resource <cluster>', 'id or unique name of its cluster; default: the selected one')
    .option('-f, --force', 'replace a secret that is stored')
    .action(async (key: string, secret: string | undefined, flags: Flags & { readonly force?: boolean }) => {
      const session = openSession(flags, io);
      const { cluster_id } =
        flags.resource === undefined ? await session.cluster() : await session.find(flags.resource);
      const known = session.logins.secretOf(cluster_id, key);
      const given = secret === undefined || secret === '-' ? await askedFor(io, question(io), true) : secret;
      if (known !== undefined && known.secret !== given && !flags.force) {
        throw new CliFailure(
          `another secret of API key "${key}" is stored for cluster "${cluster_id}"`,
          'Replace it with `--force`.',
        );
      }
      session.logins.storeSecret(cluster_id, key, { secret: given });
      io.err(`Stored secret for API key "${key}".\n`);
    });
  return examples(command, 'klink api-key store sa-1a2b3c - --resource original < secret.txt');
}

function question(io: Io): string {
  return io.inputIsTerminal ? 'API secret: ' : '';
}
