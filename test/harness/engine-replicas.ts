/**
 * Three brokers of Apache Kafka as one side of a link, for what needs replicas: leaders that die, stand still and come back,
 * unclean elections, replicas that lag. The other side is an embedded broker.
 */
import type { Address } from '../../src/base/connection.js';
import { electLeaders } from '../../src/protocol/api/elect-leaders.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { type Embedded, startEmbedded } from './embedded.js';
import { type Ground, realGround } from './engine-ground.js';
import { type KafkaVersion, startKafka, type TestBroker, type TestKafka } from './kafka.js';
import { until } from './until.js';
import { Wire } from './wire.js';
import type { WireTopic } from './wire-topic.js';

const PREFERRED = 0;
const UNCLEAN = 1;

export class Replicas {
  readonly kafka: TestKafka;
  readonly #embedded: Embedded;
  readonly #down = new Set<number>();
  readonly #killed = new Set<number>();

  private constructor(kafka: TestKafka, embedded: Embedded) {
    this.kafka = kafka;
    this.#embedded = embedded;
  }

  static async start(version: KafkaVersion, config: Readonly<Record<string, string>> = {}): Promise<Replicas> {
    const kafka = startKafka({ version, nodes: 3, config: { 'replica.lag.time.max.ms': '6000', ...config } });
    const [one, other] = await Promise.all([kafka, startEmbedded()]);
    return new Replicas(one, other);
  }

  async stop(): Promise<void> {
    await Promise.all([this.kafka.stop(), this.#embedded.stop()]);
  }

  /** The three brokers as this side of a link. */
  ground(side: 'source' | 'destination'): Ground {
    const [first, ...others] = this.kafka.brokers.map(addressOf);
    const embedded = { host: this.#embedded.host, port: this.#embedded.port };
    if (!first) throw new Error('no brokers');
    return side === 'source'
      ? realGround({ source: first, destination: embedded, more: { source: others } })
      : realGround({ source: embedded, destination: first, more: { destination: others } });
  }

  broker(id: number): TestBroker {
    const found = this.kafka.brokers.find((each) => each.id === id);
    if (!found) throw new Error(`no broker ${id}`);
    return found;
  }

  async kill(id: number): Promise<void> {
    this.#down.add(id);
    this.#killed.add(id);
    await this.broker(id).kill9();
  }

  async start(id: number): Promise<void> {
    await this.broker(id).start();
    this.#killed.delete(id);
    this.#down.delete(id);
  }

  pause(id: number): void {
    this.#down.add(id);
    this.broker(id).pause();
  }

  resume(id: number): void {
    this.broker(id).resume();
    this.#down.delete(id);
  }

  /** Whatever a test has left behind. */
  async heal(): Promise<void> {
    for (const id of [...this.#down]) {
      this.broker(id).resume();
      if (this.#killed.has(id)) await this.start(id);
      this.#down.delete(id);
    }
  }

  async #wire(id: number): Promise<Wire> {
    return Wire.open(addressOf(this.broker(id)));
  }

  /** As a broker that is up describes it; −1: none. */
  async leader(topic: string, partition = 0): Promise<number> {
    for (const { id } of this.kafka.brokers) {
      if (this.#down.has(id)) continue;
      const wire = await this.#wire(id);
      try {
        const { topics } = await wire.ask(metadata, { topics: [{ name: topic }], allowAutoTopicCreation: false });
        return topics[0]?.partitions.find((each) => each.partitionIndex === partition)?.leaderId ?? -1;
      } finally {
        wire.close();
      }
    }
    return -1;
  }

  async led(topic: string, by: (leader: number) => boolean, partition = 0): Promise<number> {
    let leader = -1;
    await until(`a leader of ${topic}/${partition}`, 60_000, async () => {
      leader = await this.leader(topic, partition);
      return leader >= 0 && !this.#down.has(leader) && by(leader);
    });
    return leader;
  }

  /** The topic over a connection to whoever leads this partition now, once that one answers. */
  async at(topic: WireTopic, partition = 0): Promise<WireTopic> {
    let found: WireTopic | undefined;
    await until(`an answering leader of ${topic.name}/${partition}`, 60_000, async () => {
      found?.wire.close();
      found = topic.over(await this.#wire(await this.led(topic.name, () => true, partition)));
      return (await found.offset(-1n, { partition })).errorCode === 0;
    });
    if (!found) throw new Error('unreachable');
    return found;
  }

  /** Answers of the controller are not waited for beyond what `led` sees. */
  async elect(topic: string, partition: number, unclean: boolean): Promise<void> {
    const up = this.kafka.brokers.find(({ id }) => !this.#down.has(id));
    if (!up) throw new Error('no broker is up');
    const wire = await this.#wire(up.id);
    await wire.ask(electLeaders, {
      electionType: unclean ? UNCLEAN : PREFERRED,
      topicPartitions: [{ topic, partitions: [partition] }],
      timeoutMs: 20_000,
    });
    wire.close();
  }
}

function addressOf(broker: TestBroker): Address {
  return { host: '127.0.0.1', port: broker.plaintextPort };
}
