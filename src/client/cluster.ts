/**
 * A Kafka cluster as a whole: which brokers there are, a connection to one of them for a purpose, who coordinates a group,
 * who administers. Keeps addresses and open channels, and no other knowledge: metadata is asked for each time.
 *
 * Brokers that do not answer never hold up those that do (`first-answer.ts`). Refuses to resend anything but questions.
 * Spec: docs/spec/client.md.
 */
import { setMaxListeners } from 'node:events';
import { type Clock, sleep } from '../base/clock.js';
import type { Address } from '../base/connection.js';
import { type EitherSignal, eitherSignal } from '../base/either-signal.js';
import type { Random } from '../base/random.js';
import { type Backoff, backoffMs } from '../base/retry.js';
import { findCoordinator } from '../protocol/api/find-coordinator.js';
import { type MetadataResponse, metadata } from '../protocol/api/metadata.js';
import { errorName } from '../protocol/errors.js';
import type { KafkaChannel } from './channel.js';
import { ChannelPool } from './channel-pool.js';
import { firstAnswer } from './first-answer.js';
import { METADATA_VERSION_MIN, openChannel } from './handshake.js';
import { COORDINATOR_MOVES } from './moved.js';
import {
  type Channel,
  type ClusterMetadata,
  type ClusterOptions,
  type KafkaCluster,
  KafkaError,
  type MetadataOptions,
  NotSent,
  OutcomeUnknown,
  type SendOptions,
} from './types.js';

const CONNECT_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** A broker that has not answered for so long is joined by the next one. */
const STAGGER_MS = 1_000;
const METADATA_PURPOSE = 'metadata';
const COORDINATOR_BACKOFF: Backoff = { firstMs: 50, capMs: 1_000 };
/** Known from no answer yet. */
const BOOTSTRAP_ID = -1;
const COORDINATOR_KINDS = { group: 0, transaction: 1 } as const;

export function openCluster(options: ClusterOptions): KafkaCluster {
  return new Cluster(options);
}

interface Broker {
  readonly id: number;
  readonly address: Address;
}

class Cluster implements KafkaCluster {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly #options: ClusterOptions;
  readonly #requestTimeoutMs: number;
  readonly #connectTimeoutMs: number;
  readonly #ending = new AbortController();
  readonly #brokers = new Map<number, Address>();
  /** Brokers that could not be reached where they were last said to be: looked up again before the next attempt. */
  readonly #doubted = new Set<number>();
  /** When an address last failed us. Those that never did come first. */
  readonly #troubles = new Map<string, number>();
  readonly #channels = new ChannelPool();
  /** Where the last channel to any broker of this purpose went. */
  readonly #anyAt = new Map<string, Address>();
  #lookup: Promise<unknown> | undefined;
  /** Counts questions for metadata. */
  #turn = 0;

  constructor(options: ClusterOptions) {
    this.name = options.name;
    this.clock = options.clock;
    this.random = options.random;
    this.#options = options;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    // Each connection being opened listens, and each question under way: more than ten are no leak.
    setMaxListeners(0, this.#ending.signal);
  }

  async metadata(topics: 'all' | readonly string[], options: MetadataOptions = {}): Promise<ClusterMetadata> {
    const { authorizedOperations = false, ...sending } = options;
    const request = {
      topics: topics === 'all' ? null : topics.map((name) => ({ name })),
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: authorizedOperations,
    };
    const timeoutMs = options.timeoutMs ?? this.#requestTimeoutMs;
    const endMs = this.#nowMs() + timeoutMs;
    const candidates = inTurn(this.#candidates(), this.#turn++, (broker) => this.#isSound(broker));
    const { answer, by } = await this.#askAny(
      'Metadata',
      candidates,
      timeoutMs,
      options.signal,
      async (broker, signal) => {
        const send = {
          versionMin: METADATA_VERSION_MIN,
          ...sending,
          timeoutMs: Math.max(1, endMs - this.#nowMs()),
          signal,
        };
        const found = await this.#question(broker, (channel) => channel.send(metadata, request, send));
        if (found.errorCode !== 0) throw new KafkaError(found.errorCode, errorName(found.errorCode), 'Metadata');
        return { answer: found, by: broker.id };
      },
    );
    this.#learn(answer);
    return clusterMetadata(answer, by);
  }

  async channel(broker: number | 'any', purpose: string): Promise<Channel> {
    this.#refuseWhenClosed();
    if (broker === 'any') return this.#channels.get(`any/${purpose}`, () => this.#openAny(purpose));
    return this.#channels.get(`${broker}/${purpose}`, () => this.#openBroker(broker, purpose));
  }

  async coordinator(
    kind: 'group' | 'transaction',
    key: string,
    options: Pick<SendOptions, 'timeoutMs' | 'signal'> = {},
  ): Promise<number> {
    const endMs = this.#nowMs() + (options.timeoutMs ?? this.#requestTimeoutMs);
    const request = { key, keyType: COORDINATOR_KINDS[kind], coordinatorKeys: [key] };
    for (let attempt = 0; ; attempt++) {
      const found = await this.#askCoordinator(request, endMs, options.signal);
      if (found.errorCode === 0) return found.nodeId;
      const what = `coordinator of ${kind} "${key}" at ${this.name}`;
      const refusal = new KafkaError(found.errorCode, errorName(found.errorCode), what, found.errorMessage);
      const pauseMs = backoffMs(COORDINATOR_BACKOFF, attempt, this.random);
      if (!COORDINATOR_MOVES.has(found.errorCode) || this.#nowMs() + pauseMs >= endMs) throw refusal;
      const either = this.#orEnding(options.signal);
      await sleep(this.clock, pauseMs, either.signal)
        .catch((cause: unknown) => {
          throw new NotSent(`${what}: given up`, { cause });
        })
        .finally(either.release);
    }
  }

  async controller(): Promise<number> {
    const { controllerId } = await this.metadata([]);
    if (controllerId < 0) throw new NotSent(`${this.name} has no controller now`);
    return controllerId;
  }

  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort(new NotSent(`the connections to ${this.name} have been closed here`));
    await this.#channels.close();
  }

  async #askCoordinator(
    request: { readonly key: string; readonly keyType: number; readonly coordinatorKeys: readonly string[] },
    endMs: number,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly errorCode: number; readonly errorMessage: string | null; readonly nodeId: number }> {
    const timeoutMs = Math.max(1, endMs - this.#nowMs());
    return this.#askAny('FindCoordinator', this.#candidates(), timeoutMs, signal, async (broker, signal) => {
      const answer = await this.#question(broker, (channel) =>
        channel.send(findCoordinator, request, { timeoutMs: Math.max(1, endMs - this.#nowMs()), signal }),
      );
      return answer.coordinators[0] ?? answer;
    });
  }

  /** The first broker's answer. Rejects with a refused login when that is why, else NotSent with every reason. */
  async #askAny<T>(
    what: string,
    candidates: readonly Broker[],
    timeoutMs: number,
    signal: AbortSignal | undefined,
    ask: (broker: Broker, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#refuseWhenClosed();
    const { clock } = this.#options;
    const either = this.#orEnding(signal);
    const race = { clock, staggerMs: STAGGER_MS, timeoutMs, signal: either.signal };
    const begun: Broker[] = [];
    const asked = firstAnswer(candidates, race, async (broker, loser) => {
      const before = begun.slice();
      begun.push(broker);
      try {
        const answer = await ask(broker, loser);
        // Who was asked before this one has had a second and more, and nothing to say.
        if (!loser.aborted) for (const silent of before) this.#trouble(silent);
        this.#troubles.delete(addressKey(broker.address));
        return answer;
      } catch (error) {
        if (!loser.aborted) this.#trouble(broker);
        throw error;
      }
    });
    const outcome = await asked
      .catch((cause: unknown) => {
        throw signal?.aborted ? new NotSent(`${what} to ${this.name}: given up`, { cause }) : cause;
      })
      .finally(either.release);
    if (outcome.kind === 'answer') return outcome.value;
    const refused = outcome.failures.find((each) => each instanceof KafkaError);
    if (refused !== undefined) throw refused;
    const reasons = [...new Set(outcome.failures.map(messageOf))];
    if (outcome.pending > 0) reasons.push(`${outcome.pending} did not answer within ${timeoutMs} ms`);
    throw new NotSent(`${what}: no broker of ${this.name} answers: ${reasons.join('; ')}`, { cause: outcome.failures });
  }

  /** Known brokers, then bootstrap addresses, each address once; those in trouble last, the oldest trouble first. */
  #candidates(): Broker[] {
    const found = new Map<string, Broker>();
    for (const [id, address] of this.#brokers) found.set(addressKey(address), { id, address });
    for (const address of this.#options.bootstrap) {
      if (!found.has(addressKey(address))) found.set(addressKey(address), { id: BOOTSTRAP_ID, address });
    }
    const trouble = (broker: Broker) => this.#troubles.get(addressKey(broker.address)) ?? Number.NEGATIVE_INFINITY;
    return [...found.values()].sort((one, other) => {
      const [first, second] = [trouble(one), trouble(other)];
      return first === second ? 0 : first - second;
    });
  }

  /** Known as a broker, and never failed us since it last answered. */
  #isSound({ id, address }: Broker): boolean {
    return id !== BOOTSTRAP_ID && !this.#troubles.has(addressKey(address));
  }

  /** Over the metadata channel of this address. A kept connection may have died unnoticed: then once over a new one. */
  async #question<T>(broker: Broker, ask: (channel: Channel) => Promise<T>): Promise<T> {
    const key = `${addressKey(broker.address)}/${METADATA_PURPOSE}`;
    const kept = this.#channels.current(key);
    if (kept !== undefined) {
      try {
        return await ask(kept);
      } catch (error) {
        const lost = error instanceof OutcomeUnknown || error instanceof NotSent;
        if (!lost || kept.open) throw error;
      }
    }
    return ask(await this.#channels.get(key, () => this.#connect(broker, METADATA_PURPOSE)));
  }

  async #openAny(purpose: string): Promise<KafkaChannel> {
    const last = this.#anyAt.get(purpose);
    if (last !== undefined) this.#trouble({ address: last });
    return this.#askAny('connect', this.#candidates(), this.#connectTimeoutMs, undefined, async (broker, loser) => {
      const channel = await this.#connect(broker, purpose);
      if (loser.aborted) channel.close();
      else this.#anyAt.set(purpose, broker.address);
      return channel;
    });
  }

  async #openBroker(id: number, purpose: string): Promise<KafkaChannel> {
    if (!this.#brokers.has(id) || this.#doubted.has(id)) await this.#lookUp();
    const address = this.#brokers.get(id);
    if (address === undefined) throw new NotSent(`${this.name} has no broker ${id} now`);
    try {
      const channel = await this.#connect({ id, address }, purpose);
      this.#doubted.delete(id);
      return channel;
    } catch (error) {
      this.#doubted.add(id);
      throw error;
    }
  }

  /** Calls that come together share one question. */
  #lookUp(): Promise<unknown> {
    this.#lookup ??= this.metadata([]).finally(() => {
      this.#lookup = undefined;
    });
    return this.#lookup;
  }

  #connect(broker: Broker, purpose: string): Promise<KafkaChannel> {
    const { clock, random, network, log, clientId, clusterId, security } = this.#options;
    return openChannel(broker.address, {
      clock,
      random,
      network,
      log,
      clientId,
      cluster: this.name,
      clusterId,
      brokerId: broker.id,
      purpose,
      requestTimeoutMs: this.#requestTimeoutMs,
      connectTimeoutMs: this.#connectTimeoutMs,
      security,
      signal: this.#ending.signal,
    });
  }

  #trouble({ address }: Pick<Broker, 'address'>): void {
    this.#troubles.set(addressKey(address), this.#nowMs());
  }

  #learn(answer: MetadataResponse): void {
    if (answer.brokers.length === 0) return;
    this.#brokers.clear();
    this.#doubted.clear();
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.set(nodeId, { host, port });
  }

  #orEnding(signal: AbortSignal | undefined): EitherSignal {
    const ending = this.#ending.signal;
    return signal ? eitherSignal(signal, ending) : { signal: ending, release() {} };
  }

  #refuseWhenClosed(): void {
    this.#ending.signal.throwIfAborted();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/**
 * [2.3] Those that are sound, another one first each time: who is cut off from its cluster goes on describing it as it was,
 * and must not be the only one who is asked.
 */
function inTurn(candidates: readonly Broker[], turn: number, isSound: (broker: Broker) => boolean): Broker[] {
  const sound = candidates.filter(isSound);
  const first = sound.length === 0 ? 0 : turn % sound.length;
  return [...sound.slice(first), ...sound.slice(0, first), ...candidates.filter((broker) => !isSound(broker))];
}

function clusterMetadata(answer: MetadataResponse, answeredBy: number): ClusterMetadata {
  return {
    answeredBy,
    clusterId: answer.clusterId ?? '',
    controllerId: answer.controllerId,
    brokers: answer.brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port })),
    topics: answer.topics.map((topic) => ({
      name: topic.name ?? '',
      topicId: topic.topicId,
      isInternal: topic.isInternal,
      errorCode: topic.errorCode,
      authorizedOperations: topic.topicAuthorizedOperations,
      partitions: topic.partitions.map((partition) => ({
        partition: partition.partitionIndex,
        leader: partition.leaderId,
        leaderEpoch: partition.leaderEpoch,
        replicas: partition.replicaNodes,
        isr: partition.isrNodes,
        errorCode: partition.errorCode,
      })),
    })),
  };
}

function addressKey(address: Address): string {
  return `${address.host}:${address.port}`;
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
