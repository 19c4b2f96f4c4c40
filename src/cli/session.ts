/**
 * What a command works with: the server it speaks to, who speaks, and the cluster it means. Finds a local server by the
 * note it left (docs/spec/server.md §4); `--url`, KLINK_URL and the last `klink login --url` go before it. Refuses to guess between two servers.
 */
import { readFileSync } from 'node:fs';
import { ApiClient } from '../api/client/api-client.js';
import {
  demoDirectory,
  type Environment,
  klinkHome,
  readServerNote,
  type ServerNote,
} from '../api/client/local-server.js';
import type { ManagedClusterData } from '../api/client/own-shapes.js';
import { systemClock } from '../base/node/clock.js';
import { selectCluster, selectedCluster } from './context.js';
import { CliFailure } from './failure.js';
import type { Io } from './io.js';
import { currentServer, Logins } from './logins.js';

export interface SessionFlags {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly cluster?: string;
  readonly environment?: string;
}

/** Longer than any wait of the server's own, so that its reason arrives instead of ours. */
const REQUEST_TIMEOUT_MS = 60_000;

export interface Session {
  readonly api: ApiClient;
  readonly io: Io;
  /** What is stored on this machine for the server. */
  readonly logins: Logins;
  clusters(): Promise<readonly ManagedClusterData[]>;
  /** The cluster of `--cluster`, else the selected one. Throws CliFailure when there is none. */
  cluster(): Promise<ManagedCluster>;
  /** One managed cluster by id or by its unique name. */
  find(idOrName: string): Promise<ManagedCluster>;
  selected(): string | undefined;
  select(clusterId: string): void;
}

export type ManagedCluster = ManagedClusterData & { readonly cluster_id: string };

export function openSession(flags: SessionFlags, io: Io, signal?: AbortSignal): Session {
  const home = klinkHome(io.env);
  const { url, token, directory, tokenIsNamed } = findServer(flags, io.env, home);
  const logins = new Logins(directory, url);
  // A token that was named for this call counts for more than what is stored, and that for more than a local server's.
  const login = tokenIsNamed ? undefined : logins.login;
  const api = new ApiClient({ url, token, login, timeoutMs: REQUEST_TIMEOUT_MS, clock: systemClock, signal });
  let listed: Promise<readonly ManagedClusterData[]> | undefined;
  const clusters = () => {
    listed ??= inEnvironment(api, flags.environment).then(async () => (await api.managedClusters()).data);
    return listed;
  };
  const find = async (idOrName: string) => pick(await clusters(), idOrName);
  return {
    api,
    io,
    logins,
    clusters,
    find,
    async cluster() {
      if (flags.cluster !== undefined) return find(flags.cluster);
      const id = selectedCluster(directory, url);
      const all = await clusters();
      // A selection from an earlier demo names a cluster that is gone.
      if (id !== undefined && all.some((cluster) => cluster.cluster_id === id)) return find(id);
      const waiting = all.find((cluster) => cluster.cluster_id === null);
      if (id !== undefined && waiting !== undefined && all.length > 1) {
        throw new CliFailure(
          `the selected Kafka cluster "${id}" is not known to the server: cluster "${waiting.name}" has not answered it since it was started`,
          `Check that a broker answers at ${waiting.bootstrap}, or give its \`id\` in klink.yaml.`,
          'Name another with `--cluster <id>`.',
        );
      }
      const [only, another] = all;
      if (only !== undefined && another === undefined) return pick(all, only.name);
      throw new CliFailure(
        'no Kafka cluster selected',
        'Select one with `klink cluster use <id>`, or name it with `--cluster <id>`.',
        'List the clusters with `klink cluster list`.',
      );
    },
    selected: () => selectedCluster(directory, url),
    select: (clusterId) => selectCluster(directory, url, clusterId),
  };
}

/** There is one environment; a runbook that names another means another server. */
async function inEnvironment(api: ApiClient, wanted: string | undefined): Promise<void> {
  if (wanted === undefined) return;
  const { data } = await api.environments();
  if (data.some(({ id, name }) => id === wanted || name === wanted)) return;
  throw new CliFailure(
    `environment "${wanted}" not found or access forbidden`,
    'List available environments with `klink environment list`.',
  );
}

function pick(clusters: readonly ManagedClusterData[], idOrName: string): ManagedCluster {
  const byId = clusters.filter((cluster) => cluster.cluster_id === idOrName);
  const found = byId.length > 0 ? byId : clusters.filter((cluster) => cluster.name === idOrName);
  const [cluster] = found;
  if (cluster === undefined || found.length > 1) {
    throw new CliFailure(
      `Kafka cluster "${idOrName}" not found or access forbidden`,
      'List available clusters with `klink cluster list`.',
    );
  }
  if (cluster.cluster_id === null) {
    throw new CliFailure(
      `cluster "${cluster.name}" has not answered since the server was started, so its id is not known`,
      `Check that a broker answers at ${cluster.bootstrap}, or give its \`id\` in klink.yaml.`,
    );
  }
  return { ...cluster, cluster_id: cluster.cluster_id };
}

interface FoundServer {
  readonly url: string;
  readonly token: string | undefined;
  /** By flag or environment, for this call. */
  readonly tokenIsNamed: boolean;
  /** Where its selected cluster is kept: beside its note, so that what a demo leaves ends with it. */
  readonly directory: string;
}

function findServer(flags: SessionFlags, env: Environment, home: string): FoundServer {
  const notes = [home, demoDirectory(home)].flatMap((directory) => {
    const note = readServerNote(directory);
    return note === undefined ? [] : [{ ...note, directory }];
  });
  const tokenIsNamed = [flags.tokenFile, env.KLINK_TOKEN, env.KLINK_TOKEN_FILE].some(Boolean);
  const named = flags.url || env.KLINK_URL || currentServer(home);
  if (named) {
    const url = normalised(named);
    const local = notes.find((note) => note.url === url);
    return { url, token: tokenOf(flags, env, local), tokenIsNamed, directory: local?.directory ?? home };
  }
  const [first, second] = notes;
  if (first === undefined) {
    throw new CliFailure(
      'no klink server is running here',
      'Start the demo with `npm start`, or a server with `klink server -c klink.yaml`.',
      'A server with a `state` directory of its own is found with `export KLINK_HOME=<that directory>`.',
      'Log in to another server with `klink login --url http://host:port`, or name it with `--url` or KLINK_URL.',
    );
  }
  if (second !== undefined) {
    throw new CliFailure(
      `two klink servers are running here: ${first.url} and ${second.url}`,
      `Name the one you mean, for example \`--url ${first.url}\` or KLINK_URL.`,
    );
  }
  return { url: first.url, token: tokenOf(flags, env, first), tokenIsNamed, directory: first.directory };
}

function tokenOf(flags: SessionFlags, env: Environment, local: ServerNote | undefined): string | undefined {
  const file = flags.tokenFile ?? env.KLINK_TOKEN_FILE ?? local?.tokenFile;
  if (flags.tokenFile === undefined && env.KLINK_TOKEN) return env.KLINK_TOKEN;
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(`the operator token could not be read: ${reason}`);
  }
}

function normalised(url: string): string {
  try {
    return new URL(/^https?:\/\//.test(url) ? url : `http://${url}`).origin;
  } catch {
    throw new CliFailure(`"${url}" is not the address of a server`, 'Write it like `http://127.0.0.1:8090`.');
  }
}
