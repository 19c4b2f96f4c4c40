/**
 * The ground of the engine's tests in a simulated world: a source and a destination broker, a klink beside them, and the
 * test on a host of its own. Minutes pass in milliseconds, and a seed says everything that happens.
 */
import type { Broker } from '../../src/broker/broker.js';
import type { Surroundings } from '../../src/client/types.js';
import { engineLog, type Ground } from '../harness/engine-ground.js';
import { until } from '../harness/until.js';
import { openSimBroker, startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const PORTS = { source: 9092, destination: 9093 } as const;
/** Virtual: no test of the byte path is longer. */
const CASE_WITHIN_MS = 3_600_000;

export type Side = keyof typeof PORTS;

/** As the suites on real brokers have it: producers are forgotten soon, so that they see it happen. */
export const engineConfig: Readonly<Record<string, string>> = {
  'producer.id.expiration.ms': '20000',
  'producer.id.expiration.check.interval.ms': '2000',
};

export class EngineWorld implements Ground {
  readonly world: World;
  readonly source = { host: 'source', port: PORTS.source };
  readonly destination = { host: 'destination', port: PORTS.destination };
  readonly clock;
  readonly network;
  readonly config: Readonly<Record<string, string>>;
  #names = 0;
  #brokers = new Map<Side, Broker>();

  constructor(seed: number, config: Readonly<Record<string, string>> = engineConfig) {
    this.world = new World(seed);
    this.config = config;
    const own = this.world.host('test');
    this.clock = own.clock;
    this.network = own.network;
  }

  /** Both brokers, from what their disks hold. */
  async open(): Promise<this> {
    await this.start('source');
    await this.start('destination');
    return this;
  }

  async start(side: Side): Promise<void> {
    this.#brokers.set(side, await startSimBroker(this.world, side, { port: PORTS[side], config: this.config }));
  }

  /** While the world is running already: the caller's own turn. */
  async restart(side: Side): Promise<void> {
    this.#brokers.set(side, await openSimBroker(this.world, side, { port: PORTS[side], config: this.config }));
  }

  klink(host = 'klink'): Surroundings {
    const { clock, random, network } = this.world.host(host);
    return { clock, random, network, log: engineLog() };
  }

  until(what: string, deadlineMs: number, condition: () => boolean | Promise<boolean>): Promise<void> {
    return until(what, deadlineMs, condition, this.clock);
  }

  name(what: string): string {
    return `${what}-${this.#names++}`;
  }

  /** Lets the world run until `work` is done. */
  run<T>(work: (world: this) => Promise<T>): Promise<T> {
    return this.world.finish('the case', CASE_WITHIN_MS, work(this));
  }
}
