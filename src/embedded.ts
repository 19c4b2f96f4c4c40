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
import type { Random } from './base/random.js';
import { type Broker, createBroker } from './broker/broker.js';
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

/** Rejects with the reason why it cannot start: a port that is taken, a directory that is held, options that are refused. */
export async function startBroker(options: StartBrokerOptions = {}): Promise<RunningBroker> {
  const { clock = systemClock, random = systemRandom, network = systemNetwork, log = silentLog } = options;
  const { disk = systemDisk, host = '127.0.0.1', port = 0, listeners: others = [] } = options;
  const isOurDisk = disk === systemDisk;
  const isMade = isOurDisk && options.directory === undefined;
  const directory = options.directory ?? (isOurDisk ? mkdtempSync(join(tmpdir(), 'klink-broker-')) : ON_ANOTHER_DISK);
  const listeners = [{ protocol: 'PLAINTEXT' as const, listen: { host, port } }, ...others];
  const release = isOurDisk ? lockDirectory(directory) : () => undefined;
  const leave = () => {
    release();
    if (isMade) rmSync(directory, { recursive: true, force: true });
  };
  try {
    const secured = listeners.some(({ protocol }) => protocol === 'SSL' || protocol === 'SASL_SSL');
    const hosts = listeners.map(({ listen }) => listen.host);
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
    throw error;
  }
}
