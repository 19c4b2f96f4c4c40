/**
 * Three nodes of Apache Kafka, each broker and controller, with a link from each to each that can be cut alone: every node
 * has a listener per peer, named after the peer and advertised at a proxy, and each peer asks by the listener of its name.
 * Clients come from two sides, each with a proxy per node; the listener with login is never cut.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CutProxy } from './cut-proxy.js';
import { type KafkaVersion, newClusterId } from './kafka.js';
import { kafkaHome } from './kafka-home.js';
import { KafkaNode } from './kafka-node.js';
import { leasePort } from './ports.js';

const IDS = [1, 2, 3];

interface Scope {
  after(end: () => Promise<void>): void;
  readonly passed?: boolean;
}

interface Link {
  readonly from: number;
  readonly to: number;
  readonly kind: 'broker' | 'controller';
  readonly proxy: CutProxy;
}

export type Side = 'near' | 'far';
const SIDES: readonly Side[] = ['near', 'far'];

/** From the clients of one side to one node. */
interface Way {
  readonly side: Side;
  readonly to: number;
  readonly port: number;
  readonly proxy: CutProxy;
}

interface Addresses {
  readonly id: number;
  readonly sasl: number;
  readonly plaintext: number;
  readonly controller: number;
}

export async function useCutCluster(
  scope: Scope,
  version: KafkaVersion,
  config: Readonly<Record<string, string>>,
  controllers: readonly number[] = IDS,
): Promise<CutCluster> {
  const cluster = new CutCluster(controllers);
  scope.after(async () => {
    if (scope.passed === false) {
      for (const { id, log } of cluster.nodes) process.stderr.write(`--- Kafka node ${id}\n${log()}\n`);
    }
    await cluster.stop();
  });
  await cluster.start(version, config);
  return cluster;
}

export class CutCluster {
  readonly nodes: KafkaNode[] = [];
  readonly links: Link[] = [];
  readonly #ways: Way[] = [];
  readonly #controllers: readonly number[];
  readonly #endings: (() => Promise<void> | void)[] = [];

  /** `controllers`: the nodes that are controllers too. */
  constructor(controllers: readonly number[] = IDS) {
    this.#controllers = controllers;
  }

  /** Where the clients of this side find the nodes; without login. */
  clients(side: Side): string {
    return this.#ways.flatMap((each) => (each.side === side ? [`127.0.0.1:${each.port}`] : [])).join(',');
  }

  /** All that passes between this node and the others, in both directions. */
  isolate(id: number): void {
    this.cut(({ from, to }) => from === id || to === id);
  }

  cut(which: (link: Link) => boolean): void {
    for (const link of this.links) if (which(link)) link.proxy.cut();
  }

  /** The clients of this side reach only these nodes from now on. */
  leaveClients(side: Side, only: readonly number[]): void {
    for (const way of this.#ways) if (way.side === side && !only.includes(way.to)) way.proxy.cut();
  }

  heal(): void {
    for (const { proxy } of this.links) proxy.heal();
    for (const { proxy } of this.#ways) proxy.heal();
  }

  async start(version: KafkaVersion, config: Readonly<Record<string, string>>): Promise<void> {
    const { libs, flags, bootstrap } = await kafkaHome(version);
    const dir = mkdtempSync(join(tmpdir(), `klink-kafka-cut-${version}-`));
    this.#endings.push(() => rmSync(dir, { recursive: true, force: true }));
    const all: Addresses[] = [];
    for (const id of IDS) {
      all.push({ id, sasl: await this.#port(), plaintext: await this.#port(), controller: await this.#port() });
    }
    const controllers = new Map<string, number>();
    const settings: Record<string, string>[] = [];
    for (const own of all) settings.push(await this.#listeners(own, controllers));
    for (const [index, own] of all.entries()) {
      const voters = this.#controllers.map((id) => `${id}@127.0.0.1:${controllers.get(`${own.id} to ${id}`)}`);
      const links = { ...settings[index], 'controller.quorum.voters': voters.join(',') };
      this.nodes.push(new KafkaNode({ version, own, all, dir, libs, flags, config: { ...links, ...config } }));
    }
    const clusterId = newClusterId();
    for (const node of this.nodes) node.format(clusterId, bootstrap);
    for (const node of this.nodes) this.#endings.push(() => node.kill9());
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  async stop(): Promise<void> {
    for (const end of this.#endings.reverse()) await end();
  }

  async #listeners(own: Addresses, controllers: Map<string, number>): Promise<Record<string, string>> {
    const bound = [`SASL_PLAINTEXT://127.0.0.1:${own.sasl}`, `PLAINTEXT://127.0.0.1:${own.plaintext}`];
    const advertised = [...bound];
    const add = (name: string, port: number, seen: number) => {
      bound.push(`${name}://127.0.0.1:${port}`);
      advertised.push(`${name}://127.0.0.1:${seen}`);
    };
    for (const side of SIDES) {
      const bound = await this.#port();
      const way = await this.#proxy(bound);
      this.#ways.push({ side, to: own.id, ...way });
      add(side.toUpperCase(), bound, way.port);
    }
    const isController = this.#controllers.includes(own.id);
    for (const peer of IDS) {
      const broker = await this.#port();
      add(`LINK${peer}`, broker, await this.#link(peer, own.id, 'broker', broker));
      if (!isController) continue;
      const controller = await this.#port();
      const seen = await this.#link(peer, own.id, 'controller', controller);
      add(`QUORUM${peer}`, controller, seen);
      controllers.set(`${peer} to ${own.id}`, seen);
    }
    const names = [...IDS.map((id) => `LINK${id}`), ...IDS.map((id) => `QUORUM${id}`), 'NEAR', 'FAR', 'PLAINTEXT'];
    // The first is the one by which this node asks the others.
    const quorum = [own.id, ...IDS.filter((id) => isController && id !== own.id)].map((id) => `QUORUM${id}`);
    return {
      'process.roles': isController ? 'broker,controller' : 'broker',
      listeners: bound.join(','),
      'advertised.listeners': advertised.join(','),
      'listener.security.protocol.map': [
        'SASL_PLAINTEXT:SASL_PLAINTEXT',
        ...names.map((each) => `${each}:PLAINTEXT`),
      ].join(','),
      'inter.broker.listener.name': `LINK${own.id}`,
      'controller.listener.names': quorum.join(','),
    };
  }

  /** The port at which `from` finds that port of `to`. */
  async #link(from: number, to: number, kind: Link['kind'], target: number): Promise<number> {
    if (from === to) return target;
    const { port, proxy } = await this.#proxy(target);
    this.links.push({ from, to, kind, proxy });
    return port;
  }

  async #proxy(target: number): Promise<{ readonly port: number; readonly proxy: CutProxy }> {
    const port = await this.#port();
    const proxy = await CutProxy.listen(port, target);
    this.#endings.push(() => proxy.close());
    return { port, proxy };
  }

  async #port(): Promise<number> {
    const lease = await leasePort();
    this.#endings.push(() => lease.release());
    return lease.port;
  }
}
