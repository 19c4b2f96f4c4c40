/** One node of a test cluster: its files, its process. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type BrokerTls,
  brokerProperties,
  heapOf,
  logDirectory,
  logProperties,
  type NodeAddresses,
} from './kafka-config.js';
import { JavaProcess, runJava } from './kafka-process.js';
import { awaitReady } from './kafka-ready.js';

export interface NodeOptions {
  readonly version: string;
  readonly own: NodeAddresses;
  readonly all: readonly NodeAddresses[];
  /** Of the whole cluster; the node's own files lie in a folder of it. */
  readonly dir: string;
  readonly libs: string;
  readonly flags: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  readonly tls?: BrokerTls | undefined;
}

export class KafkaNode {
  readonly id: number;
  readonly saslPort: number;
  readonly plaintextPort: number;
  readonly sslPort: number;
  readonly saslSslPort: number;
  readonly home: string;
  readonly #options: NodeOptions;
  readonly #properties: string;
  readonly #java: JavaProcess;

  /** Writes its settings. */
  constructor(options: NodeOptions) {
    const { version, own, all, dir, libs, flags, config, tls } = options;
    this.id = own.id;
    this.saslPort = own.sasl;
    this.plaintextPort = own.plaintext;
    this.sslPort = own.ssl ?? 0;
    this.saslSslPort = own.saslSsl ?? 0;
    this.#options = options;
    const home = join(dir, `node-${own.id}`);
    this.home = home;
    const logging = logProperties(version);
    mkdirSync(home);
    this.#properties = join(home, 'server.properties');
    writeFileSync(this.#properties, brokerProperties(own, all, home, config, tls));
    writeFileSync(join(home, logging.file), logging.text);
    this.#java = new JavaProcess({
      what: `Kafka node ${own.id}`,
      classpath: join(libs, '*'),
      flags: [`-Xmx${heapOf(all.length)}m`, `-D${logging.flag}=file:${join(home, logging.file)}`, ...flags],
      main: ['kafka.Kafka', this.#properties],
      directory: home,
      litter: dir,
    });
  }

  get pid(): number {
    return this.#java.pid;
  }

  /** What Kafka's tool writes, without a Java process. `bootstrap`: as the tool made it for this version. */
  format(clusterId: string, bootstrap: string): void {
    const directory = logDirectory(this.home, this.#options.config);
    mkdirSync(directory, { recursive: true });
    copyFileSync(bootstrap, join(directory, basename(bootstrap)));
    const meta = {
      version: '1',
      'cluster.id': clusterId,
      'node.id': String(this.id),
      'directory.id': randomBytes(16).toString('base64url'),
    };
    const lines = Object.entries(meta).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(directory, 'meta.properties'), lines.join(''));
  }

  async formatWithTool(clusterId: string): Promise<void> {
    const { libs, flags } = this.#options;
    const args = ['format', '-t', clusterId, '-c', this.#properties];
    await runJava(join(libs, '*'), flags, ['kafka.tools.StorageTool', ...args]);
  }

  log = (): string => this.#java.log();
  kill9 = (): Promise<void> => this.#java.end('SIGKILL');
  pause = (): void => this.#java.signal('SIGSTOP');
  resume = (): void => this.#java.signal('SIGCONT');
  terminate = (): Promise<void> => this.#java.end('SIGTERM');

  start = async (): Promise<void> => {
    this.#java.start();
    const address = { host: '127.0.0.1', port: this.plaintextPort };
    try {
      await awaitReady({ id: this.id, address, nodes: this.#options.all.length, ended: () => this.#java.ended });
    } catch (error) {
      await this.kill9();
      throw new Error(`Kafka node ${this.id} did not get ready: ${String(error)}\n${this.log()}`);
    }
  };
}
