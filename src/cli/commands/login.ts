/**
 * `klink login` and `klink logout`. On the machine of a server its operator token counts, and login only says so; elsewhere
 * an API key is asked for, tried, and kept for this server in a file of this user's own. A secret never stands on the command
 * line, where others on the machine could see it.
 */
import { type Command, Option } from 'commander';
import { ApiClient } from '../../api/client/api-client.js';
import { RequestRefused } from '../../api/client/exchange.js';
import { klinkHome } from '../../api/client/local-server.js';
import { systemClock } from '../../base/node/clock.js';
import { type SecretFlags, secretGiven } from '../api-secret.js';
import { commandOn, examples } from '../command.js';
import { CliFailure } from '../failure.js';
import type { Io } from '../io.js';
import { currentServer, setCurrentServer } from '../logins.js';
import { askedFor } from '../prompt.js';
import { openSession, type SessionFlags } from '../session.js';

interface Flags extends SessionFlags, SecretFlags {
  readonly apiKey?: string;
  readonly save?: boolean;
}

const TIMEOUT_MS = 60_000;

export function login(io: Io): Command {
  const command = commandOn('login', 'Log in to a klink server, and say who you are there.')
    .option(
      '--api-key <key>',
      'log in with this API key; default: KLINK_API_KEY, else the operator token of a server here',
    )
    .option(
      '--api-secret <->',
      '`-` reads the secret from standard input; default: KLINK_API_SECRET, else it is asked for',
    )
    .option('--api-secret-file <path>', 'file that holds the secret')
    .addOption(new Option('--save', 'older spelling: a login is always kept until `klink logout`').hideHelp())
    .action((flags: Flags) => logIn(io, flags));
  return examples(command, 'klink login', 'klink login --url https://klink.example:8090 --api-key sa-1a2b3c');
}

async function logIn(io: Io, flags: Flags): Promise<void> {
  const session = openSession(flags, io);
  const { url } = session.api;
  const home = klinkHome(io.env);
  const key = flags.apiKey ?? io.env.KLINK_API_KEY;
  if (!key) {
    // Whoever logs in without a key where no token is known is asked for one.
    if (await saidWhoOperates(io, session.api, () => session.logins.setLogin(undefined))) {
      setCurrentServer(home, flags.url === undefined ? undefined : url);
      return;
    }
  }
  const name = key || (await askedFor(io, 'API key: ', false));
  const secret = await secretFor(io, flags);
  const given = { key: name, secret };
  const api = new ApiClient({ url, token: undefined, login: given, timeoutMs: TIMEOUT_MS, clock: systemClock });
  await accepted(api.caller(), name, url);
  session.logins.setLogin(given);
  if (flags.url !== undefined) setCurrentServer(home, url);
  await io.out(`Logged in to ${url} as API key "${name}".\n`);
}

/** False: no operator token is known for this server. */
async function saidWhoOperates(io: Io, api: ApiClient, forget: () => void): Promise<boolean> {
  const bare = api.withoutLogin();
  if (!bare.hasToken) return false;
  const { kind } = await bare.caller();
  if (kind !== 'operator') return false;
  forget();
  await io.out(`Logged in to ${api.url} as its operator.\n`);
  return true;
}

async function accepted(asked: Promise<unknown>, key: string, url: string): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof RequestRefused && error.status === 401)) throw error;
    const detail = error.message === 'Authentication failed' ? '' : `: ${error.message}`;
    throw new CliFailure(
      `${url} refused the login with API key "${key}"${detail}`,
      'Check key and secret. An API key counts on the cluster that it was made for.',
    );
  }
}

async function secretFor(io: Io, flags: Flags): Promise<string> {
  if (flags.apiSecret !== undefined && flags.apiSecret !== '-') {
    throw new CliFailure(
      'a secret on the command line can be seen by everybody on this machine',
      'Use `--api-secret -` to read it from standard input, `--api-secret-file`, or KLINK_API_SECRET.',
    );
  }
  return (await secretGiven(io, flags)) ?? (await askedFor(io, 'API secret: ', true));
}

export function logout(io: Io): Command {
  const command = commandOn('logout', 'Forget the login of a klink server.').action(async (flags: SessionFlags) => {
    const { api, logins } = openSession(flags, io);
    logins.setLogin(undefined);
    const home = klinkHome(io.env);
    if (currentServer(home) === api.url) setCurrentServer(home, undefined);
    await io.out('You are now logged out.\n');
  });
  return examples(command, 'klink logout');
}
