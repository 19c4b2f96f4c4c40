/**
 * One broker: opens its directory, listens, serves, keeps house (retention, expiry, timeouts), and stops in reverse
 * order. Everything of the world comes in as an argument, so a broker runs inside a simulated host as well.
 * Serves docs/spec/broker.md.
 */
import type { Clock } from '../base/clock.js';
import type { Address, Network } from '../base/connection.js';
import type { Disk } from '../base/disk.js';
import type { Log } from '../base/log.js';
import { type Random, randomUuid } from '../base/random.js';
import { servedApis } from './apis.js';
import { Configs } from './config/configs.js';
import { Dispatcher } from './dispatch.js';
import { GroupCoordinator } from './groups/coordinator.js';
import { keepHouse } from './housekeeping.js';
import { Server } from './server.js';
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
  /** Where to listen; port 0 takes any free one. */
  readonly listen: Address;
  /** Where clients are told to connect; default: where it listens. */
  readonly advertised?: Address | undefined;
  /** Default: what the directory says, else a random one. Throws when the directory says otherwise. */
  readonly clusterId?: string | undefined;
  readonly nodeId?: number | undefined;
  /** Broker settings under Kafka's names. */
  readonly config?: Readonly<Record<string, string>> | undefined;
}

export interface Broker {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Where clients connect. */
  readonly address: Address;
  /** Flushes everything and leaves a snapshot; afterwards the directory may be opened again. */
  stop(): Promise<void>;
}

/** As the settings file in Kafka's own distribution has it: alone, a group need not wait for more members. */
const preset = { 'group.initial.rebalance.delay.ms': '0' };

/** Rejects with the disk's or the network's error, or with the reason why the options are refused. */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { clock, random, disk, log, directory } = options;
  disk.makeDirectory(directory);
  const file = await openMeta(options);
  const { clusterId, nodeId } = file.meta;
  const configs = new Configs({ ...preset, 'node.id': String(nodeId), 'broker.id': String(nodeId), ...options.config });
  configs.dynamic.broker = new Map(Object.entries(file.meta.configs.broker));
  configs.dynamic.allBrokers = new Map(Object.entries(file.meta.configs.allBrokers));
  const nowMs = () => clock.nowMs();
  const topics = new Topics({ disk, log, random, directory: `${directory}/topics`, nowMs }, file, configs);
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
  const server = new Server(options.network, clock);
  const core = { clusterId, nodeId, clock, random, log, configs, file, topics, producerIds, transactions, groups };
  let advertised = options.advertised ?? options.listen;
  const state: BrokerState = {
    ...core,
    served: servedApis,
    get advertised() {
      return advertised;
    },
  };
  const bound = await server.listen(options.listen, new Dispatcher(servedApis), () => state);
  advertised = options.advertised ?? bound;
  const house = keepHouse(state, disk);
  log.info(
    { clusterId, nodeId, host: advertised.host, port: advertised.port, start: file.meta.starts },
    'broker ready',
  );
  return {
    clusterId,
    nodeId,
    address: advertised,
    async stop() {
      house.stop();
      await server.close();
      groups.close();
      await topics.close();
      log.info({ clusterId }, 'broker stopped');
    },
  };
}

async function openMeta(options: BrokerOptions): Promise<MetaFile> {
  const { disk, directory, clusterId } = options;
  const found = readMeta(disk, directory);
  if (found && clusterId !== undefined && found.clusterId !== clusterId) {
    throw new Error(`${directory} belongs to cluster ${found.clusterId}, not ${clusterId}`);
  }
  const meta = found ?? {
    clusterId: clusterId ?? randomUuid(options.random),
    nodeId: options.nodeId ?? 1,
    starts: 0,
    producerIdsBelow: 0,
    topics: [],
    configs: { broker: {}, allBrokers: {} },
  };
  // Durable before anything is served: two starts never share a leader epoch.
  meta.starts++;
  const file = new MetaFile(disk, directory, meta);
  await file.save();
  return file;
}
