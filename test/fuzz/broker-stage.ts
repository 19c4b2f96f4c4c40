/**
 * The embedded broker in a simulated world and a client that sends it anything. Tells what the broker logged as its own
 * failure, and for each request whether it was answered, the connection ended, or neither.
 */
import type { Log } from '../../src/base/log.js';
import { type Broker, createBroker } from '../../src/broker/broker.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { fetch } from '../../src/protocol/api/fetch.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { produce } from '../../src/protocol/api/produce.js';
import { encodeBatch } from '../../src/protocol/records/encode.js';
import { batchAt } from '../../src/protocol/records/header.js';
import { Wire } from '../harness/wire.js';
import { World } from '../sim/world.js';

export const TOPICS = ['topic', 'compacted', 'stamped'] as const;
export const IDLE_MS = 30_000;
const WITHIN_MS = 60_000;

/** What has become of a request when it was waited for. */
export type Fate = 'answered' | 'ended' | 'waiting';

export class BrokerStage {
  readonly world: World;
  readonly broker: Broker;
  readonly failures: string[];
  readonly topicIds: readonly string[];
  /** A client that does nothing wrong. */
  readonly home: Wire;
  #offset = 0n;

  private constructor(world: World, broker: Broker, home: Wire, topicIds: readonly string[], failures: string[]) {
    this.world = world;
    this.broker = broker;
    this.failures = failures;
    this.topicIds = topicIds;
    this.home = home;
  }

  static async open(seed: number, config: Readonly<Record<string, string>> = {}): Promise<BrokerStage> {
    const world = new World(seed);
    const { clock, random, network, disk } = world.host('broker');
    const failures: string[] = [];
    const broker = await world.finish(
      'the broker',
      WITHIN_MS,
      createBroker({
        clock,
        random,
        network,
        disk,
        log: failuresTo(failures),
        directory: '/data',
        listeners: [
          { protocol: 'PLAINTEXT', listen: { host: 'broker', port: 9092 } },
          { protocol: 'SASL_PLAINTEXT', listen: { host: 'broker', port: 9093 } },
        ],
        initial: { users: [{ name: 'user', password: 'user' }], acls: [] },
        config: { 'connections.max.idle.ms': String(IDLE_MS), ...config },
      }),
    );
    const home = await world.finish('a wire', WITHIN_MS, Wire.open(broker.address, world.host('home').network));
    const configs = [
      [],
      [{ name: 'cleanup.policy', value: 'compact' }],
      [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
    ];
    const topics = [...TOPICS, 'home'].map((name, at) => ({
      name,
      numPartitions: 2,
      replicationFactor: 1,
      configs: configs[at] ?? [],
    }));
    const made = await world.finish('topics', WITHIN_MS, home.ask(createTopics, { topics, timeoutMs: 1_000 }));
    const ids = made.topics.filter(({ name }) => name !== 'home').map(({ topicId }) => topicId);
    return new BrokerStage(world, broker, home, ids, failures);
  }

  /**
   * Sends the pieces, with a pause between them, by a connection of its own and waits for the first answer. `listener`: 0
   * without logins, 1 with them.
   */
  async send(pieces: readonly Buffer[], { listener = 0, waitMs = WITHIN_MS, pauseMs = 5 } = {}): Promise<Fate> {
    const { network } = this.world.host('client');
    const address = this.broker.listeners[listener]?.address ?? this.broker.address;
    const connection = await this.world.finish(
      'a connection',
      WITHIN_MS,
      network.connect(address, { timeoutMs: 5_000 }),
    );
    let fate: Fate = 'waiting';
    connection.start({
      data: () => {
        if (fate === 'waiting') fate = 'answered';
      },
      drain() {},
      end: () => {
        if (fate === 'waiting') fate = 'ended';
      },
    });
    for (const [at, piece] of pieces.entries()) {
      if (at > 0) await this.world.run(pauseMs);
      if (this.fateOf(() => fate) === 'ended') break;
      connection.write([piece]);
    }
    const end = this.world.nowMs + waitMs;
    while (this.fateOf(() => fate) === 'waiting' && this.world.nowMs < end) {
      await this.world.run(Math.min(20 * Math.max(1, (this.world.nowMs - end + waitMs) / 20), end - this.world.nowMs));
    }
    const found = fate;
    connection.reset();
    await this.world.run(5);
    return found;
  }

  /** A callback sets it, which the type checker cannot see. */
  private fateOf(read: () => Fate): Fate {
    return read();
  }

  /** Whoever does nothing wrong is served as if nothing had been: produce, fetch and metadata, by the connection of before. */
  async isSound(): Promise<void> {
    const { world } = this;
    const wire = this.home.isEnded ? await world.finish('a wire', WITHIN_MS, this.#wire()) : this.home;
    const records = encodeBatch({ baseOffset: 0n, records: [{ timestamp: 1n, value: Buffer.from('sound') }] });
    const place = { name: 'home', partitionData: [{ index: 0, records }] };
    const produced = await world.finish(
      'produce',
      WITHIN_MS,
      wire.ask(produce, { acks: -1, timeoutMs: 1_000, topicData: [place] }, 12),
    );
    const answer = produced.responses[0]?.partitionResponses[0];
    if (answer?.errorCode !== 0 || answer.baseOffset !== this.#offset) {
      throw new Error(
        `a sound batch got code ${answer?.errorCode} and offset ${answer?.baseOffset}, not ${this.#offset}`,
      );
    }
    const partitions = [{ partition: 0, fetchOffset: this.#offset, partitionMaxBytes: 1 << 20 }];
    const asked = { maxWaitMs: 100, minBytes: 1, maxBytes: 1 << 20, topics: [{ topic: 'home', partitions }] };
    const fetched = await world.finish('fetch', WITHIN_MS, wire.ask(fetch, asked, 12));
    const bytes = fetched.responses[0]?.partitions[0]?.records;
    const batch = bytes ? batchAt(bytes, 0) : undefined;
    if (batch?.kind !== 'batch' || batch.baseOffset !== this.#offset)
      throw new Error('a sound batch was not read back');
    this.#offset++;
    await world.finish('metadata', WITHIN_MS, wire.ask(metadata, { topics: [{ name: 'home' }] }));
    if (this.failures.length > 0) throw new Error(`the broker's own failures: ${this.failures.join('\n')}`);
  }

  async close(): Promise<void> {
    this.home.close();
    await this.world.finish('the stop', WITHIN_MS, this.broker.stop());
  }

  #wire(): Promise<Wire> {
    return Wire.open(this.broker.address, this.world.host('home').network);
  }
}

/** An error is the broker's own; what a client does wrong is at most a warning. */
function failuresTo(failures: string[]): Log {
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (fields, message) => void failures.push(`${message}: ${JSON.stringify(fields)}`),
    child: () => log,
  };
  return log;
}
