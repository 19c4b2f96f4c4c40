/** What every step has: the client of the row, its broker, and an admin client of the driver's own to see what is true. */
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import type { Answer, Jobs, Security, Verb } from './job.js';
import type { MatrixBroker } from './matrix-broker.js';
import type { ClientRow, Started } from './row.js';
import { Running } from './run-program.js';

const KNOWN_WITHIN_MS = 30_000;

export interface At {
  readonly bootstrap: string;
  readonly security: Security;
}

/** The client id of the driver's own requests. */
export const DRIVER = 'driver of the matrix';

export class Stage {
  readonly row: ClientRow;
  readonly broker: MatrixBroker;
  readonly at: At;
  readonly #started: Started;
  readonly #dir: string;
  readonly #running = new Set<Running>();
  #admin: kafkajs.Admin | undefined;
  #names = 0;

  constructor(row: ClientRow, started: Started, broker: MatrixBroker, dir: string) {
    this.row = row;
    this.broker = broker;
    this.#started = started;
    this.#dir = dir;
    this.at = { bootstrap: broker.plaintext, security: { protocol: 'PLAINTEXT' } };
  }

  start<V extends Verb>(verb: V, job: Jobs[V]): Running {
    const running = new Running(this.#started, verb, job);
    this.#running.add(running);
    return running;
  }

  run<V extends Verb>(verb: V, job: Jobs[V]): Promise<readonly Answer[]> {
    return this.start(verb, job).done();
  }

  /** A file of the step's own. */
  file(): string {
    return join(this.#dir, `records-${this.#names++}`);
  }

  async admin(): Promise<kafkajs.Admin> {
    if (this.#admin === undefined) {
      const kafka = new kafkajs.Kafka({
        brokers: [this.broker.plaintext],
        clientId: DRIVER,
        logLevel: kafkajs.logLevel.NOTHING,
      });
      this.#admin = kafka.admin();
      await this.#admin.connect();
    }
    return this.#admin;
  }

  /** It asks for every topic that it once knew, also when that is gone. */
  async newAdmin(): Promise<kafkajs.Admin> {
    await this.#admin?.disconnect();
    this.#admin = undefined;
    return this.admin();
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    const admin = await this.admin();
    // The records have timestamps of long ago, markers those of now: neither removes anything nor begins a segment.
    const configEntries = [
      { name: 'retention.ms', value: '-1' },
      { name: 'segment.ms', value: '315360000000' },
    ];
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, configEntries }],
      waitForLeaders: false,
    });
    await until(`${topic} is known`, KNOWN_WITHIN_MS, async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.length === partitions && topics[0].partitions.every(({ leader }) => leader >= 0);
    });
  }

  wire(): Promise<Wire> {
    const [host = '', port = ''] = this.broker.plaintext.split(':');
    return Wire.open({ host, port: Number(port) }, undefined, DRIVER);
  }

  async stop(): Promise<void> {
    for (const running of this.#running) running.kill();
    await this.#admin?.disconnect();
  }
}
