/** What `topic produce` and `topic consume` share of the published flags. */
import { type Command, Option } from 'commander';
import { RequestRefused } from '../../api/client/exchange.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import type { LoginFlags } from '../key-in-use.js';
import { noteOldAddress } from '../old-address.js';
import type { ManagedCluster } from '../session.js';

/** Loaded only by a command that gets as far as to speak Kafka: it takes longer to load than all the rest. */
export async function kafkaClient() {
  const [{ openReader, openWriter }, { accessTo, inFirstWay }] = await Promise.all([
    import('../kafka.js'),
    import('../key-in-use.js'),
  ]);
  return { accessTo, inFirstWay, openReader, openWriter };
}

export function withLogin(command: Command): Command {
  return command
    .option('--config <settings>', 'client settings (login, TLS): `k=v,k=v` or the path of a properties file')
    .option('--api-key <key>', 'log in with this API key this time, whichever is in use')
    .option(
      '--api-secret <secret>',
      'its secret; others on this machine can see it: prefer `api-key use`, a file, KLINK_API_SECRET, or `-`',
    )
    .option(
      '--api-secret-file <path>',
      'file that holds the secret; default: KLINK_API_SECRET, else the stored secret',
    );
}

/** Throws CliFailure where the flags do not say clearly who logs in. */
export function refuseTwoLogins({ config, apiKey, apiSecret, apiSecretFile }: LoginFlags): void {
  if (apiKey === undefined) {
    const alone = apiSecret !== undefined ? '--api-secret' : apiSecretFile !== undefined ? '--api-secret-file' : '';
    if (alone !== '') throw new CliFailure(`\`${alone}\` needs \`--api-key\``);
  } else if (config !== undefined) {
    throw new CliFailure(
      '`--api-key` and `--config` both say how to log in',
      'With `--api-key` the klink server says how: leave out `--config`, or write the login into it.',
    );
  }
}

/** The cluster as a Kafka client shall reach it. */
export function reachedBy(io: Io, cluster: ManagedCluster, bootstrap: string | undefined): ManagedCluster {
  if (bootstrap === undefined) return cluster;
  noteOldAddress(io, bootstrap);
  return { ...cluster, bootstrap: bootstrap.replaceAll(/\b[A-Z_]+:\/\//g, '') };
}

/** The login may know less than the key in use: then the brokers say what they allow. */
export async function unlessForbidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RequestRefused && error.status === 403) return undefined;
    throw error;
  }
}

/** Keys and values are text or bytes as they stand; formats of a schema registry are refused by name. */
export function textOnly(flag: string): Option {
  return new Option(`${flag} <format>`).choices(['string']).hideHelp();
}
