/**
 * `klink server -c klink.yaml` and `klink server --demo`. Reads the configuration, starts, says where it listens, and ends
 * in good order on SIGINT, SIGTERM and SIGHUP with exit code 0. Exit code 2: wrong arguments; 1: it could not start.
 * Spec: docs/spec/server.md.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { klinkHome } from './api/client/local-server.js';
import type { Clock } from './base/clock.js';
import { systemClock } from './base/node/clock.js';
import { lockDirectory } from './base/node/directory-lock.js';
import { logLevelOf, processLog } from './base/node/log.js';
import { systemNetwork } from './base/node/network.js';
import { postForm } from './base/node/post-form.js';
import { systemRandom } from './base/node/random.js';
import { readTls, type TlsSettings } from './base/tls.js';
import { runDemo } from './demo.js';
import { quoted } from './serve/demo-walk.js';
import { ConfigError, type ManagedClusterTls, parseServerConfig, type ServerConfig } from './serve/klink-yaml.js';
import { principalLogin } from './serve/principal-login.js';
import { type SiteConfig, startServer } from './serve/running-server.js';
import { resolveSecret } from './serve/secrets.js';
import { untilAskedToStop } from './serve/signals.js';
import { readTestSwitches } from './serve/test-switches.js';

const USAGE = `usage: klink server -c <klink.yaml> [--log-level info]
       klink server --demo [--keep]

  -c, --config <file>   the managed clusters and where to listen; the format: docs/spec/server.md
  --demo                start two embedded clusters, original and dr, and print a walk to try
  --keep                keep the demo's clusters over restarts; without it each demo begins anew and leaves no files
  --log-level <level>   debug, info, warn, error or silent; logs are JSON lines on stderr (demo: in a file)
`;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let flags: ReturnType<typeof readFlags>;
  try {
    flags = readFlags(args);
  } catch (error) {
    process.stderr.write(`klink server: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (flags.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    if (flags.demo) return await runDemo({ keep: flags.keep, logLevel: flags.logLevel });
    return await serve(flags.config ?? 'klink.yaml', flags.logLevel);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const advice = code === 'EADDRINUSE' ? '; give another address as `listen` in klink.yaml' : '';
    process.stderr.write(`${error instanceof ConfigError ? '' : 'klink server: '}${message}${advice}\n`);
    return 1;
  }
}

function readFlags(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string', short: 'c' },
      demo: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.demo && values.config !== undefined) throw new Error('--demo brings its own configuration; leave -c out');
  if (!values.demo && !values.help && values.config === undefined) throw new Error('-c <klink.yaml> is missing');
  return { ...values, logLevel: logLevelOf(values['log-level']) };
}

async function serve(path: string, logLevel: string): Promise<number> {
  const config = readConfig(path);
  const clusters = sitesOf(config, path, systemClock);
  const log = processLog({ level: logLevel, fd: 2 });
  const stateDirectory =
    config.stateDirectory === undefined ? klinkHome(process.env) : resolve(dirname(path), config.stateDirectory);
  const surroundings = { clock: systemClock, random: systemRandom, network: systemNetwork, log };
  const release = lockDirectory(stateDirectory);
  try {
    const asked = untilAskedToStop(() => process.exit(1));
    const server = await startServer({
      surroundings,
      listen: config.listen,
      stateDirectory,
      linkKeys: config.linkKeys && resolve(dirname(path), config.linkKeys),
      clusters,
      resolveSecret: (reference) => resolveSecret(reference, process.env),
      switches: readTestSwitches(process.env),
    });
    process.stdout.write(`klink server listens at ${server.url}; the operator token is in ${server.tokenFile}\n`);
    if (stateDirectory !== klinkHome(process.env)) {
      process.stdout.write(`Commands on this machine find it with: export KLINK_HOME=${quoted(stateDirectory)}\n`);
    }
    await asked;
    await server.stop();
    return 0;
  } finally {
    release();
  }
}

function readConfig(path: string): ServerConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${path} could not be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return parseServerConfig(text, path);
}

function sitesOf(config: ServerConfig, path: string, clock: Clock): SiteConfig[] {
  const resolved = (reference: string, line: number): string => {
    const found = resolveSecret(reference, process.env);
    if (!found.ok) throw new ConfigError(`${path}:${line}: ${found.error}`);
    return found.value;
  };
  return config.clusters.map(({ principal, tls, callers, ...cluster }) => {
    const own = tls && tlsOf(tls, path, resolved);
    const around = { resolved, clock, post: postForm, authorities: own?.authorities };
    const sasl = principal && principalLogin(principal, around);
    const theirs = callers?.tls === 'none' ? undefined : callers?.tls ? tlsOf(callers.tls, path, resolved) : own;
    return {
      ...cluster,
      security: { sasl, tls: own },
      callers: callers && {
        bootstrap: callers.bootstrap?.list ?? cluster.bootstrap,
        clientBootstrap: callers.bootstrap?.text ?? cluster.clientBootstrap,
        tls: theirs,
      },
    };
  });
}

function tlsOf(
  tls: ManagedClusterTls,
  path: string,
  resolved: (reference: string, line: number) => string,
): TlsSettings {
  const text = (reference: string | undefined) => reference && resolved(reference, tls.line);
  const read = readTls({
    authorities: text(tls.authorities),
    certificates: text(tls.certificates),
    key: text(tls.key),
    keyPassword: text(tls.keyPassword),
    checksName: tls.checksName,
  });
  if (!read.ok) throw new ConfigError(`${path}:${tls.line}: ${read.error}`);
  return read.value;
}

if (import.meta.filename === process.argv[1]) process.exit(await main(process.argv.slice(2)));
