/** The embedded broker on a simulated host: killed, starved of power and started again inside one test process. */
import { silentLog } from '../../src/base/log.js';
import { type Broker, createBroker } from '../../src/broker/broker.js';
import type { InitialSecurity } from '../../src/broker/security/initial.js';
import type { SecurityProtocol } from '../../src/broker/security/session.js';
import { Wire } from '../harness/wire.js';
import type { World } from './world.js';

const PORT = 9092;
const READY_WITHIN_MS = 60_000;

export interface SimBrokerOptions {
  /** Two brokers in one world need two ports. */
  readonly port?: number;
  readonly config?: Readonly<Record<string, string>>;
  readonly initial?: InitialSecurity;
  /** On this port, the next one, and so on. Default: PLAINTEXT alone. */
  readonly protocols?: readonly SecurityProtocol[];
}

/** Starts (again) on this host's disk, and lets the world run until it is ready. */
export function startSimBroker(world: World, host: string, options: SimBrokerOptions = {}): Promise<Broker> {
  return world.finish(`broker ${host}`, READY_WITHIN_MS, openSimBroker(world, host, options));
}

/** The same where the world is running already. */
export function openSimBroker(world: World, host: string, options: SimBrokerOptions = {}): Promise<Broker> {
  const { clock, random, network, disk } = world.host(host);
  const surroundings = { clock, random, network, disk, log: silentLog };
  const { port = PORT, config, initial, protocols = ['PLAINTEXT'] } = options;
  const listeners = protocols.map((protocol, at) => ({ protocol, listen: { host, port: port + at } }));
  return createBroker({ ...surroundings, directory: '/data', listeners, config, initial });
}

/** A raw client on another simulated host. */
export function openSimWire(world: World, broker: Broker, from = 'client'): Promise<Wire> {
  return world.finish('a connection', READY_WITHIN_MS, Wire.open(broker.address, world.host(from).network));
}
