/**
 * One cluster of the kind KLINK_BROKERS names, seen by several principals: what the suites of fence, topics and promotion
 * are written in. Without an authorizer, which only embedded clusters are started with here, everybody is the same.
 */
import type { Network } from '../../src/base/connection.js';
import { silentLog } from '../../src/base/log.js';
import { systemClock } from '../../src/base/node/clock.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { systemRandom } from '../../src/base/node/random.js';
import { openCluster } from '../../src/client/cluster.js';
import type { KafkaCluster } from '../../src/client/types.js';
import { bootstrapAddresses } from '../../src/engine/source/address.js';
import { startEmbedded } from './embedded.js';
import { type BrokerKind, brokerKind } from './engine-brokers.js';
import { startKafka, type TestKafka } from './kafka.js';
import { Wire } from './wire.js';

export type Principal = 'admin' | 'klink' | 'link' | 'app' | 'anonymous';

export const surroundings = {
  clock: systemClock,
  random: systemRandom,
  network: systemNetwork,
  log: silentLog,
} as const;

export class Destination {
  readonly kind: BrokerKind;
  /** For those who log in, and for those who do not. */
  readonly bootstrap: string;
  readonly plaintext: string;
  readonly kafka: TestKafka | undefined;
  /** Whether there are ACLs. */
  readonly authorizes: boolean;
  readonly #stop: () => Promise<void>;
  readonly #clusters: KafkaCluster[] = [];

  private constructor(
    kind: BrokerKind,
    at: { bootstrap: string; plaintext: string },
    of: { kafka: TestKafka | undefined; authorizes: boolean },
    stop: () => Promise<void>,
  ) {
    this.kind = kind;
    this.bootstrap = at.bootstrap;
    this.plaintext = at.plaintext;
    this.kafka = of.kafka;
    this.authorizes = of.authorizes;
    this.#stop = stop;
  }

  static async start(config: Readonly<Record<string, string>> = {}, nodes: 1 | 3 = 1): Promise<Destination> {
    const kind = brokerKind();
    if (kind === 'embedded') {
      const broker = await startEmbedded({ config, secured: true });
      const at = { bootstrap: broker.sasl, plaintext: broker.bootstrap };
      return new Destination(kind, at, { kafka: undefined, authorizes: true }, () => broker.stop());
    }
    const kafka = await startKafka({ version: kind, config, nodes });
    const at = { bootstrap: kafka.sasl, plaintext: kafka.plaintext };
    return new Destination(kind, at, { kafka, authorizes: true }, () => kafka.stop());
  }

  /** An embedded cluster without authorizer, whatever KLINK_BROKERS says. */
  static async open(): Promise<Destination> {
    const broker = await startEmbedded();
    const at = { bootstrap: broker.bootstrap, plaintext: broker.bootstrap };
    return new Destination('embedded', at, { kafka: undefined, authorizes: false }, () => broker.stop());
  }

  /** Closed with the destination. */
  as(principal: Principal, network: Network = systemNetwork): KafkaCluster {
    const logsIn = this.authorizes && principal !== 'anonymous';
    const bootstrap = bootstrapAddresses(logsIn ? this.bootstrap : this.plaintext);
    if (!bootstrap.ok) throw new Error(bootstrap.error);
    const cluster = openCluster({
      ...surroundings,
      network,
      name: `destination as ${principal}`,
      bootstrap: bootstrap.value,
      security: logsIn ? { sasl: { mechanism: 'PLAIN', username: principal, password: principal } } : {},
      clientId: principal,
    });
    this.#clusters.push(cluster);
    return cluster;
  }

  /** Without login: on Apache Kafka a super user. */
  async wire(): Promise<Wire> {
    const addresses = bootstrapAddresses(this.plaintext);
    const [first] = addresses.ok ? addresses.value : [];
    if (first === undefined) throw new Error(`no address in ${this.plaintext}`);
    return Wire.open(first);
  }

  async stop(): Promise<void> {
    for (const cluster of this.#clusters) await cluster.close();
    await this.#stop();
  }
}
