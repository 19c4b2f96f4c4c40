/** Several scripted brokers that describe one cluster, and our client on it, in one simulated world. */
import { silentLog } from '../../src/base/log.js';
import { openCluster } from '../../src/client/cluster.js';
import type { ClusterOptions, KafkaCluster } from '../../src/client/types.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { type MetadataResponse, metadata } from '../../src/protocol/api/metadata.js';
import type { Draft } from '../../src/protocol/schema.js';
import { ScriptedBroker } from './scripted-broker.js';
import { World } from './world.js';

const FIRST_PORT = 9000;

export class ScriptedCluster {
  readonly world: World;
  readonly brokers: readonly ScriptedBroker[];
  /** What metadata says; broker ids count from 1. */
  described: Draft<MetadataResponse>;
  coordinator = 1;
  controller = 1;

  private constructor(world: World, brokers: readonly ScriptedBroker[]) {
    this.world = world;
    this.brokers = brokers;
    this.described = {
      clusterId: 'scripted',
      brokers: brokers.map(({ address }, at) => ({ nodeId: at + 1, ...address })),
    };
  }

  static async start(size: number): Promise<ScriptedCluster> {
    const world = new World(7);
    const brokers: ScriptedBroker[] = [];
    for (let id = 1; id <= size; id++) brokers.push(await ScriptedBroker.start(world, `b${id}`, FIRST_PORT + id));
    const cluster = new ScriptedCluster(world, brokers);
    for (const broker of brokers) {
      broker.on(metadata, () => ({ ...cluster.described, controllerId: cluster.controller }));
      broker.on(findCoordinator, ({ key, coordinatorKeys }) => {
        const found = { nodeId: cluster.coordinator, host: 'x', port: 1, errorCode: 0 };
        return {
          ...found,
          coordinators: (coordinatorKeys.length > 0 ? coordinatorKeys : [key]).map((each) => ({ key: each, ...found })),
        };
      });
    }
    return cluster;
  }

  /** Described as it is, with these leaders. */
  lead(topic: string, leaders: readonly number[], leaderEpoch = 0): void {
    const partitions = leaders.map((leaderId, partitionIndex) => ({
      partitionIndex,
      leaderId,
      leaderEpoch,
      errorCode: leaderId < 0 ? 5 : 0,
    }));
    const others = (this.described.topics ?? []).filter((each) => each.name !== topic);
    this.described = { ...this.described, topics: [...others, { name: topic, partitions }] };
  }

  client(more: Partial<ClusterOptions> = {}): KafkaCluster {
    const { clock, random, network } = this.world.host('client');
    return openCluster({
      clock,
      random,
      network,
      log: silentLog,
      name: 'scripted',
      clientId: 'test',
      security: {},
      bootstrap: this.brokers.map(({ address }) => address),
      ...more,
    });
  }

  broker(id: number): ScriptedBroker {
    const broker = this.brokers[id - 1];
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  finish<T>(work: Promise<T>, withinMs = 120_000): Promise<T> {
    return this.world.finish('the answer', withinMs, work);
  }
}
