/**
 * Apache Kafka for tests: a KRaft cluster of one or three nodes, each broker and controller at once, on leased ports, with
 * SASL, an authorizer, and files below a temporary directory. Nodes are killed, paused and started again one by one. No
 * broker outlives the process that started it, however that ends.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrokerTls } from './kafka-config.js';
import { kafkaHome } from './kafka-home.js';
import { KafkaNode } from './kafka-node.js';
import { leasePort, type PortLease } from './ports.js';

export type KafkaVersion = '4.3.0' | '3.9.1';
/** For one line of the rights table alone. */
export type OlderKafka = '3.7.2';

export interface KafkaOptions {
  readonly version: KafkaVersion | OlderKafka;
  readonly nodes?: 1 | 3;
  /** Broker settings under Kafka's names; they win over those of the harness. */
  readonly config?: Readonly<Record<string, string>>;
  readonly tls?: BrokerTls;
  /** Java's flags, behind those of the harness and stronger. */
  readonly flags?: readonly string[];
}

export interface TestBroker {
  readonly id: number;
  /** Of the last process that was started. */
  readonly pid: number;
  readonly saslPort: number;
  readonly plaintextPort: number;
  /** Zero without TLS. */
  readonly sslPort: number;
  readonly saslSslPort: number;
  /** Its files; partitions are in `data/<topic>-<partition>/`. */
  readonly home: string;
  /** What it wrote since the first start. */
  log(): string;
  kill9(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** SIGTERM, and waits for the clean end. */
  terminate(): Promise<void>;
  /** After `kill9` or `terminate`: the same files, the same ports. Resolves when it leads what it should lead. */
  start(): Promise<void>;
}

export interface TestKafka {
  readonly version: KafkaVersion | OlderKafka;
  readonly clusterId: string;
  /** Bootstrap of the SASL_PLAINTEXT listener: what engine, link and clients use. */
  readonly sasl: string;
  /** Bootstrap of the listener without login, where everybody is a super user: for the test's own doings. */
  readonly plaintext: string;
  readonly brokers: readonly TestBroker[];
  /** Kills all nodes and removes their files. */
  stop(): Promise<void>;
}

export async function startKafka(options: KafkaOptions): Promise<TestKafka> {
  const { version, nodes = 1, config = {}, tls } = options;
  const listeners = tls ? 5 : 3;
  const home = await kafkaHome(version);
  const { libs } = home;
  const flags = [...home.flags, ...(options.flags ?? [])];
  const dir = mkdtempSync(join(tmpdir(), `klink-kafka-${version}-`));
  const leases: PortLease[] = [];
  const brokers: KafkaNode[] = [];
  try {
    for (let i = 0; i < listeners * nodes; i++) leases.push(await leasePort());
    const ports = Array.from({ length: nodes }, (_, index) => {
      const own = leases.slice(listeners * index, listeners * (index + 1)).map(({ port }) => port);
      const [sasl = 0, plaintext = 0, controller = 0, ssl, saslSsl] = own;
      return { id: index + 1, sasl, plaintext, controller, ssl, saslSsl };
    });
    const clusterId = newClusterId();
    for (const own of ports) brokers.push(new KafkaNode({ version, own, all: ports, dir, libs, flags, config, tls }));
    for (const broker of brokers) broker.format(clusterId, home.bootstrap);
    await Promise.all(brokers.map((broker) => broker.start()));
    return {
      version,
      clusterId,
      sasl: ports.map((each) => `127.0.0.1:${each.sasl}`).join(','),
      plaintext: ports.map((each) => `127.0.0.1:${each.plaintext}`).join(','),
      brokers,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }

  async function stop(): Promise<void> {
    await Promise.all(brokers.map((broker) => broker.kill9()));
    for (const lease of leases) lease.release();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Ends it with the scope's tests, and shows what the brokers said when the test that used it has failed. */
export async function useKafka(
  scope: { after(end: () => Promise<void>): void; readonly passed?: boolean },
  options: KafkaOptions,
): Promise<TestKafka> {
  const kafka = await startKafka(options);
  scope.after(async () => {
    if (scope.passed === false) {
      for (const { id, log } of kafka.brokers) process.stderr.write(`--- Kafka node ${id}\n${log()}\n`);
    }
    await kafka.stop();
  });
  return kafka;
}

/** 22 characters of base64url; the tool that formats would take a leading dash for an option. */
export function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
