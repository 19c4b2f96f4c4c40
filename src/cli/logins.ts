/**
 * What this user has logged in with, per server: the login that REST calls carry, the selected environment, and the keys of
 * clusters that `topic produce` and `topic consume` use. One file that only this user can read, beside the note of a local
 * server, so that what belongs to a demo ends with it. Spec: docs/spec/identity.md §3.
 */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliFailure } from './failure.js';

const FILE = 'credentials.json';

export interface StoredSecret {
  readonly secret: string;
  /** Undefined: the server is asked which it can be. */
  readonly mechanism?: string | undefined;
}

interface StoredLogin {
  readonly key: string;
  readonly secret: string;
}

interface ClusterKeys {
  readonly inUse?: string | undefined;
  readonly secrets: Readonly<Record<string, StoredSecret>>;
}

interface StoredServer {
  readonly login?: StoredLogin | undefined;
  readonly environment?: string | undefined;
  readonly clusters?: Readonly<Record<string, ClusterKeys>> | undefined;
}

interface Stored {
  /** The server that commands mean which name none. */
  readonly current?: string | undefined;
  readonly servers: Readonly<Record<string, StoredServer>>;
}

/** The server of the last `klink login --url`. */
export function currentServer(directory: string): string | undefined {
  return read(directory).current;
}

export function setCurrentServer(directory: string, url: string | undefined): void {
  write(directory, { ...read(directory), current: url });
}

/** Of one server. Each change is written at once and whole. */
export class Logins {
  readonly #directory: string;
  readonly #url: string;

  constructor(directory: string, url: string) {
    this.#directory = directory;
    this.#url = url;
  }

  get login(): StoredLogin | undefined {
    return this.#server.login;
  }

  get environment(): string | undefined {
    return this.#server.environment;
  }

  keyInUse(clusterId: string): ({ readonly key: string } & StoredSecret) | undefined {
    const keys = this.#keys(clusterId);
    const found = keys.inUse === undefined ? undefined : keys.secrets[keys.inUse];
    return keys.inUse !== undefined && found ? { key: keys.inUse, ...found } : undefined;
  }

  secretOf(clusterId: string, key: string): StoredSecret | undefined {
    return this.#keys(clusterId).secrets[key];
  }

  /** Clusters for which a secret of this key is stored. */
  clustersOf(key: string): string[] {
    return Object.entries(this.#server.clusters ?? {})
      .filter(([, { secrets }]) => secrets[key] !== undefined)
      .map(([clusterId]) => clusterId)
      .sort();
  }

  setLogin(login: StoredLogin | undefined): void {
    this.#change({ login });
  }

  setEnvironment(environment: string): void {
    this.#change({ environment });
  }

  storeSecret(clusterId: string, key: string, secret: StoredSecret): void {
    const keys = this.#keys(clusterId);
    this.#changeKeys(clusterId, { ...keys, secrets: { ...keys.secrets, [key]: secret } });
  }

  use(clusterId: string, key: string): void {
    this.#changeKeys(clusterId, { ...this.#keys(clusterId), inUse: key });
  }

  forgetSecret(clusterId: string, key: string): void {
    const { inUse, secrets } = this.#keys(clusterId);
    const { [key]: _, ...others } = secrets;
    this.#changeKeys(clusterId, { inUse: inUse === key ? undefined : inUse, secrets: others });
  }

  get #server(): StoredServer {
    return read(this.#directory).servers[this.#url] ?? {};
  }

  #keys(clusterId: string): ClusterKeys {
    return this.#server.clusters?.[clusterId] ?? { secrets: {} };
  }

  #changeKeys(clusterId: string, keys: ClusterKeys): void {
    this.#change({ clusters: { ...this.#server.clusters, [clusterId]: keys } });
  }

  #change(changes: StoredServer): void {
    const stored = read(this.#directory);
    const server = { ...stored.servers[this.#url], ...changes };
    write(this.#directory, { ...stored, servers: { ...stored.servers, [this.#url]: server } });
  }
}

function read(directory: string): Stored {
  const path = join(directory, FILE);
  if (!existsSync(path)) return { servers: {} };
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new CliFailure(
      `${path} holds secrets and can be read by others`,
      `Close it with \`chmod 600 ${path}\`; if others may have read it, make new keys.`,
    );
  }
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    // This file is written below and nowhere else; what is none of it counts as damaged.
    if (typeof value === 'object' && value !== null && 'servers' in value) return value as Stored;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CliFailure(`${path} is damaged`, `Remove it and log in again with \`klink login\`.`);
}

function write(directory: string, stored: Stored): void {
  const path = join(directory, FILE);
  // One left by a command that was killed would keep its mode.
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(stored, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(`${path}.new`, path);
}
