/**
 * One broker: opens its directory, listens, serves, keeps house (retention, expiry, timeouts), and stops in reverse
 * order. Everything of the world comes in as an argument, so a broker runs inside a simulated host as well.
 * Serves docs/spec/broker.md.
 */
import type { Clock } from '../base/clock.js';
import type { Address, Network } from '../base/connection.js';
import type { Disk } from '../base/disk.js';
import { invariant } from '../base/invariant.js';
import type { Log } from '../base/log.js';
import { MemoryPool } from '../base/memory-pool.js';
import { type Random, randomUuid } from '../base/random.js';
import type { TlsIdentity } from '../base/tls.js';
import { servedApis } from './apis.js';
import { Configs } from './config/configs.js';
import { Dispatcher } from './dispatch.js';
import { FetchSessions } from './fetch-sessions.js';
import { GroupCoordinator } from './groups/coordinator.js';
import { keepHouse } from './housekeeping.js';
import { makeDirectoryDurably } from './log/directories.js';
import { Enforcer } from './quotas/enforcer.js';
import { authorizerOf, sessionsOf } from './security/from-configs.js';
import type { InitialSecurity } from './security/initial.js';
import type { SecurityProtocol } from './security/session.js';
import { Users } from './security/users.js';
import { type ListenerOptions, Server } from './server.js';
import type { BrokerState } from './state.js';
import { MetaFile, readMeta } from './topics/meta-file.js';
import { Topics } from './topics/topics.js';
import { TransactionCoordinator } from './transactions/coordinator.js';
import { appendMarker } from './transactions/markers.js';
import { ProducerIds } from './transactions/producer-ids.js';

export interface BrokerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly disk: Disk;
  readonly log: Log;
  readonly directory: string;
  /** The first one is where the broker is said to be. */
  readonly listeners: readonly ListenerOptions[];
  /** What listeners with TLS show; asked for at each connection. */
  readonly identity?: (() => TlsIdentity) | undefined;
  readonly initial?: InitialSecurity | undefined;
  /** Default: what the directory says, else a random one. Throws when the directory says otherwise. */
  readonly clusterId?: string | undefined;
  readonly nodeId?: number | undefined;
  /** Broker settings under Kafka's names. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

export interface Broker {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Where clients of the first listener connect. */
  readonly address: Address;
  readonly listeners: readonly { readonly protocol: SecurityProtocol; readonly address: Address }[];
  /** Flushes everything and leaves a snapshot; afterwards the directory may be opened again. */
  stop(): Promise<void>;
}

/** As the settings file in Kafka's own distribution has it: alone, a group need not wait for more members. */
const preset = { 'group.initial.rebalance.delay.ms': '0' };

/** Rejects with the disk's or the network's error, or with the reason why the options are refused. */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { clock, random, disk, log, directory } = options;
  await makeDirectoryDurably(disk, directory);
  const { file, isNew } = openMeta(options);
  const { clusterId, nodeId } = file.meta;
  const configs = new Configs({ ...preset, 'node.id': String(nodeId), 'broker.id': String(nodeId), ...options.config });
  configs.dynamic.broker = new Map(Object.entries(file.meta.configs.broker));
  configs.dynamic.allBrokers = new Map(Object.entries(file.meta.configs.allBrokers));
  const ofGroups = Object.entries(file.meta.configs.groups ?? {});
  configs.groups = new Map(ofGroups.map(([groupId, values]) => [groupId, new Map(Object.entries(values))]));
  const nowMs = () => clock.nowMs();
  const users = new Users(file, random, () => clock.monotonicMs());
  for (const { name, password } of options.initial?.users ?? []) users.ensure(name, password);
  if (isNew) file.meta.security.acls = options.initial?.acls ?? [];
  const authorizer = authorizerOf(configs);
  authorizer?.add(file.meta.security.acls);
  // Durable before anything is served: two starts never share a leader epoch.
  file.meta.starts++;
  await file.save();
  const topics = new Topics(
    { disk, log, random, root: directory, directory: `${directory}/topics`, nowMs },
    file,
    configs,
  );
  topics.openAll();
  const groups = new GroupCoordinator({ clock, random, configs, topics });
  const producerIds = new ProducerIds(file);
  const transactions = new TransactionCoordinator({
    topics,
    configs,
    producerIds,
    log,
    appendMarker: (marker, now) => appendMarker({ topics, groups }, marker, now),
  });
  groups.load();
  transactions.load(nowMs());
  // A log whose disk fails is offline, as it would be later; the others are served.
  await topics.flushDue('all')?.catch(() => undefined);
  const core = { clusterId, nodeId, clock, random, log, configs, file, topics, producerIds, transactions, groups };
  const quotas = new Enforcer({ quotas: () => file.meta.security.quotas, configs });
  const memory = { answerMemory: new MemoryPool(), requestMemory: new MemoryPool() };
  const state: BrokerState = {
    ...core,
    ...memory,
    users,
    quotas,
    fetchSessions: new FetchSessions(random),
    authorizer,
    served: servedApis,
  };
  const sessions = sessionsOf(configs, { users, random, authorizer, monotonicMs: () => clock.monotonicMs() });
  const server = new Server({ network: options.network, clock, sessions, identity: options.identity });
  const dispatcher = new Dispatcher(servedApis);
  const listeners: { protocol: SecurityProtocol; address: Address }[] = [];
  try {
    for (const each of options.listeners) {
      listeners.push({ protocol: each.protocol, address: await server.listen(each, dispatcher, state) });
    }
  } catch (error) {
    await server.close();
    groups.close();
    await topics.close();
    throw error;
  }
  const [first] = listeners;
  invariant(first !== undefined, 'a broker listens somewhere');
  const house = keepHouse(state, disk);
  log.info({ clusterId, nodeId, listeners, start: file.meta.starts }, 'broker ready');
  return {
    clusterId,
    nodeId,
    address: first.address,
    listeners,
    async stop() {
      house.stop();
      await server.close();
      groups.close();
      await topics.close();
      log.info({ clusterId }, 'broker stopped');
    },
  };
}

function openMeta(options: BrokerOptions): { readonly file: MetaFile; readonly isNew: boolean } {
  const { disk, directory, clusterId, nodeId } = options;
  const security = { decoy: options.random.bytes(32).toString('base64'), users: [], acls: [], quotas: [] };
  const found = readMeta(disk, directory, security);
  if (found && clusterId !== undefined && found.clusterId !== clusterId) {
    throw new Error(
      `${directory} belongs to cluster ${found.clusterId}, not ${clusterId}: leave the cluster id out, or choose another directory`,
    );
  }
  if (found && nodeId !== undefined && found.nodeId !== nodeId) {
    throw new Error(
      `${directory} belongs to node ${found.nodeId}, not ${nodeId}: leave the node id out, or choose another directory`,
    );
  }
  const meta = found ?? {
    clusterId: clusterId ?? randomUuid(options.random),
    nodeId: nodeId ?? 1,
    starts: 0,
    producerIdsBelow: 0,
    topics: [],
    configs: { broker: {}, allBrokers: {} },
    security,
  };
  return { file: new MetaFile(disk, directory, meta), isNew: found === undefined };
}
