/**
 * `import { startBroker } from 'klink/broker'`: the embedded broker inside somebody's own process, for tests above all. By
 * itself it takes a free port and a directory that is gone after `stop`, and leaves nothing behind: no timer, no handle, no
 * listener for signals. Serves docs/spec/broker.md §7; how to use it: docs/guides/small-kafka.md.
 */
/// <reference types="node" preserve="true" />
// Since TypeScript 6 a program does not see the types of Node, which are in our declarations, unless it asks for them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from './base/clock.js';
import type { Network } from './base/connection.js';
import type { Disk } from './base/disk.js';
import { type Log, silentLog } from './base/log.js';
import { systemClock } from './base/node/clock.js';
import { lockDirectory } from './base/node/directory-lock.js';
import { systemDisk } from './base/node/disk.js';
import { systemNetwork } from './base/node/network.js';
import { systemRandom } from './base/node/random.js';
import { explained } from './base/node/system-error.js';
import type { Random } from './base/random.js';
import { similar } from './base/similar.js';
import { withAdvertised } from './broker/advertised.js';
import { type Broker, createBroker } from './broker/broker.js';
import { checkKinds, checkOptions } from './broker/check-options.js';
import type { InitialSecurity } from './broker/security/initial.js';
import type { ListenerOptions } from './broker/server.js';

export type { Broker, Clock, Disk, InitialSecurity, ListenerOptions, Log, Network, Random };
/** This machine's, to be passed on in part: a clock that is ahead, a disk that is full. */
export { systemClock, systemDisk, systemNetwork, systemRandom };

export interface StartBrokerOptions {
  /** Where it keeps everything, held by one broker at a time. Default: one of its own that `stop` removes. */
  readonly directory?: string | undefined;
  /** Where it listens without login. Default: 127.0.0.1, and any free port. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Where else: with logins, with TLS. */
  readonly listeners?: readonly ListenerOptions[] | undefined;
  /** Settings under Kafka's names. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** Users and ACLs from the start: docs/spec/broker.md §7. */
  readonly initial?: InitialSecurity | undefined;
  /** Of a new directory; one that has been used keeps its own. */
  readonly clusterId?: string | undefined;
  readonly nodeId?: number | undefined;
  /** Default: says nothing. */
  readonly log?: Log | undefined;
  /** The world it lives in. Default: this machine's. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly network?: Network | undefined;
  /** With another one than the system's, `directory` is a path of that disk, and nothing locks it. */
  readonly disk?: Disk | undefined;
}

export interface RunningBroker {
  /** `host:port`, as clients want it. */
  readonly bootstrap: string;
  readonly host: string;
  readonly port: number;
  readonly clusterId: string;
  readonly nodeId: number;
  readonly directory: string;
  readonly listeners: Broker['listeners'];
  /** PEM file of the authority to trust; undefined without TLS. */
  readonly ca: string | undefined;
  /** Ends connections in good order, syncs, and lets the directory go. Once is enough; again is no harm. */
  stop(): Promise<void>;
}

const ON_ANOTHER_DISK = '/klink';

/**
 * Rejects with the reason why it cannot start and with what to do: a port that is taken, a directory that is held, options
 * that are refused. Then nothing is left behind either.
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<RunningBroker> {
  checkKinds(options);
  refuseMisspelt(options);
  const { clock = systemClock, random = systemRandom, network = systemNetwork, log = silentLog } = options;
  const { disk = systemDisk, host = '127.0.0.1', port = 0, listeners: others = [] } = options;
  const asked = [{ protocol: 'PLAINTEXT' as const, listen: { host, port } }, ...others];
  checkOptions({ ...options, listeners: asked });
  const listeners = withAdvertised(asked, options.config?.['advertised.listeners']);
  const { directory, leave } = takeDirectory(options.directory, disk);
  try {
    const secured = listeners.some(({ protocol }) => protocol === 'SSL' || protocol === 'SASL_SSL');
    const hosts = listeners.flatMap(({ listen, advertised }) => [listen.host, advertised?.host ?? listen.host]);
    // Loaded where it is needed: making certificates takes as much code as all the rest.
    const { openAuthority } = secured ? await import('./base/node/own-authority.js') : { openAuthority: undefined };
    const authority = openAuthority?.(directory, hosts, { clock, log });
    const broker = await createBroker({
      clock,
      random,
      network,
      disk,
      log,
      directory,
      listeners,
      identity: authority && (() => authority.identity()),
      initial: options.initial,
      clusterId: options.clusterId,
      nodeId: options.nodeId,
      config: options.config,
    });
    let stopped: Promise<void> | undefined;
    return {
      bootstrap: `${broker.address.host}:${broker.address.port}`,
      host: broker.address.host,
      port: broker.address.port,
      clusterId: broker.clusterId,
      nodeId: broker.nodeId,
      directory,
      listeners: broker.listeners,
      ca: authority?.file,
      stop() {
        stopped ??= broker.stop().finally(leave);
        return stopped;
      },
    };
  } catch (error) {
    leave();
    throw explained(error);
  }
}

const OPTIONS: Readonly<Record<keyof StartBrokerOptions, true>> = {
  directory: true,
  host: true,
  port: true,
  listeners: true,
  config: true,
  initial: true,
  clusterId: true,
  nodeId: true,
  log: true,
  clock: true,
  random: true,
  network: true,
  disk: true,
};

/** Throws where an option that nobody reads is nearly one that counts. Others pass: whole worlds are spread into options. */
function refuseMisspelt(options: StartBrokerOptions): void {
  const known = Object.keys(OPTIONS);
  for (const name of Object.keys(options)) {
    const meant = known.includes(name) ? [] : similar(name, known);
    if (meant.length > 0) throw new Error(`startBroker has no option ${name}: it has ${meant.join(' and ')}`);
  }
}

/** Held, and made where none is named: `leave` undoes both. Of another disk nothing is taken. Throws with the reason. */
function takeDirectory(named: string | undefined, disk: Disk): { readonly directory: string; leave(): void } {
  if (disk !== systemDisk) return { directory: named ?? ON_ANOTHER_DISK, leave: () => undefined };
  let remove = () => {};
  try {
    const directory = named ?? mkdtempSync(join(tmpdir(), 'klink-broker-'));
    if (named === undefined) remove = () => rmSync(directory, { recursive: true, force: true });
    const release = lockDirectory(directory);
    return {
      directory,
      leave() {
        release();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw explained(error);
  }
}
