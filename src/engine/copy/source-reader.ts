/**
 * One fetch loop per source broker, for all partitions it leads that have room: sessionless, by topic id, read_committed.
 * Hands raw answers to the partitions; judges only what concerns the connection and the leader. Refuses brokers without
 * Fetch v13. Spec: docs/spec/engine.md 1.3, 3.5.
 */
import { sleep } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import type { KafkaCluster, Surroundings } from '../../client/types.js';
import {
  type FetchRequestFetchPartition,
  type FetchResponse,
  type FetchResponsePartitionData,
  fetch,
} from '../../protocol/api/fetch.js';
import { errorCode, errorName } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import type { HeldBytes } from './held-bytes.js';
import type { Topology } from './topology.js';
import { Wake } from './wake.js';

const WAIT_MS = 500;
/** While a partition is left out for lack of room, the loop must come back soon to see whether it has some. */
const WAIT_CROWDED_MS = 20;
const ANSWER_TIMEOUT_MS = 30_000;
const RETRY: Backoff = { firstMs: 100, capMs: 5_000 };

/** How much of it waits or is under way. */
export type Stock = 'none' | 'low' | 'enough';

/** What a partition wants next; it does not move until the answer is handed over. */
export interface FetchWish {
  readonly position: bigint;
  readonly lastFetchedEpoch: number;
  /** Of this partition; one batch may be larger. */
  readonly bytesMax: number;
  readonly stock: Stock;
  /** Alone in its request: an empty answer then proves that nothing is there. */
  readonly solo: boolean;
  /** Which reading of the partition this belongs to. */
  readonly reading: number;
}

export interface FetchedAnswer {
  readonly wish: FetchWish;
  readonly data: FetchResponsePartitionData;
  readonly throttled: boolean;
}

export interface Reading {
  readonly sourceTopic: string;
  readonly sourceTopicId: string;
  readonly partition: number;
  /** Undefined: no room, or nothing to read now. `SourceReader.roomMade` when that changes. */
  wish(): FetchWish | undefined;
  fetched(answer: FetchedAnswer): void;
  /** Not now, and why; undefined: the source answers again. */
  sourceTrouble(reason: string | undefined): void;
  /** [1.3] The source topic is another one now. */
  sourceRecreated(): void;
}

export interface ReaderOptions {
  readonly cluster: KafkaCluster;
  readonly topology: Topology;
  readonly surroundings: Pick<Surroundings, 'clock' | 'random' | 'log'>;
  readonly fetchBytesMax: number;
  readonly partitionBytesMax: number;
  readonly held: HeldBytes;
  readonly signal: AbortSignal;
}

/** Codes that say: ask Metadata who leads, and whether it is still this topic. */
const MOVED: ReadonlySet<number> = new Set([
  errorCode.UNKNOWN_TOPIC_OR_PARTITION,
  errorCode.LEADER_NOT_AVAILABLE,
  errorCode.NOT_LEADER_OR_FOLLOWER,
  errorCode.REPLICA_NOT_AVAILABLE,
  errorCode.FENCED_LEADER_EPOCH,
  errorCode.UNKNOWN_LEADER_EPOCH,
  errorCode.UNKNOWN_TOPIC_ID,
  errorCode.INCONSISTENT_TOPIC_ID,
  errorCode.KAFKA_STORAGE_ERROR,
  errorCode.OFFSET_NOT_AVAILABLE,
]);

export class SourceReader {
  readonly #options: ReaderOptions;
  readonly #loops = new Map<number, BrokerLoop>();
  /** Those without a known leader, and how often they were looked up in vain. */
  readonly #homeless = new Map<Reading, number>();
  readonly #homes = new Map<Reading, BrokerLoop>();
  readonly #log: Log;
  #housing: Promise<void> | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#log = options.surroundings.log;
  }

  add(reading: Reading): void {
    this.#homeless.set(reading, 0);
    this.#house();
  }

  remove(reading: Reading): void {
    this.#homeless.delete(reading);
    this.#homes.get(reading)?.members.delete(reading);
    this.#homes.delete(reading);
  }

  roomMade(reading: Reading): void {
    this.#homes.get(reading)?.wake.notify();
  }

  /** Ends with the signal; resolves when every loop has ended. */
  async stopped(): Promise<void> {
    for (const loop of this.#loops.values()) loop.wake.notify();
    await Promise.all([this.#housing, ...[...this.#loops.values()].map((loop) => loop.running)]);
  }

  /** The leader changed, or cannot be asked: look it up again, slower each time. */
  #evict(reading: Reading, reason: string): void {
    const home = this.#homes.get(reading);
    if (home === undefined) return;
    home.members.delete(reading);
    this.#homes.delete(reading);
    reading.sourceTrouble(reason);
    this.#homeless.set(reading, 1);
    this.#house();
  }

  #house(): void {
    this.#housing ??= this.#findHomes()
      .catch((error: unknown) => {
        if (!this.#options.signal.aborted)
          this.#log.error({ error: String(error) }, 'source reader: unexpected failure');
      })
      .finally(() => {
        this.#housing = undefined;
        if (this.#homeless.size > 0 && !this.#options.signal.aborted) this.#house();
      });
  }

  async #findHomes(): Promise<void> {
    const { topology, surroundings, signal } = this.#options;
    let pauseAttempt = Number.POSITIVE_INFINITY;
    for (const attempt of this.#homeless.values()) pauseAttempt = Math.min(pauseAttempt, attempt);
    if (pauseAttempt > 0) {
      await sleep(surroundings.clock, backoffMs(RETRY, pauseAttempt - 1, surroundings.random), signal);
    }
    const unreachable = await topology.refresh().then(
      () => undefined,
      (error: unknown) => `source unreachable: ${error instanceof Error ? error.message : String(error)}`,
    );
    for (const [reading, attempt] of [...this.#homeless]) {
      const identity = topology.identity(reading.sourceTopic, reading.sourceTopicId);
      const leader = topology.leader(reading.sourceTopic, reading.partition);
      if (unreachable === undefined && identity === 'recreated') {
        this.#homeless.delete(reading);
        reading.sourceRecreated();
      } else if (unreachable === undefined && identity === 'same' && leader !== undefined) {
        this.#homeless.delete(reading);
        this.#loop(leader.broker).add(reading, leader.epoch);
      } else {
        this.#homeless.set(reading, attempt + 1);
        const reason =
          identity === 'missing' ? 'the source topic does not exist' : 'the source partition has no leader';
        reading.sourceTrouble(unreachable ?? reason);
      }
    }
  }

  #loop(broker: number): BrokerLoop {
    let loop = this.#loops.get(broker);
    if (loop === undefined) {
      loop = new BrokerLoop(broker, this.#options, {
        evict: (reading, reason) => this.#evict(reading, reason),
        housed: (reading, home) => void this.#homes.set(reading, home),
      });
      this.#loops.set(broker, loop);
    }
    return loop;
  }
}

interface Landlord {
  evict(reading: Reading, reason: string): void;
  housed(reading: Reading, home: BrokerLoop): void;
}

type WantedPartition = Draft<FetchRequestFetchPartition>;

class BrokerLoop {
  readonly members = new Map<Reading, number>();
  readonly wake = new Wake();
  readonly running: Promise<void>;
  readonly #broker: number;
  readonly #options: ReaderOptions;
  readonly #landlord: Landlord;
  #turn = 0;

  constructor(broker: number, options: ReaderOptions, landlord: Landlord) {
    this.#broker = broker;
    this.#options = options;
    this.#landlord = landlord;
    this.running = this.#run();
  }

  add(reading: Reading, leaderEpoch: number): void {
    this.members.set(reading, leaderEpoch);
    this.#landlord.housed(reading, this);
    this.wake.notify();
  }

  async #run(): Promise<void> {
    const { signal, surroundings } = this.#options;
    while (!signal.aborted) {
      const wanted = this.#wishes();
      if (wanted.wishes.length === 0) {
        await this.wake.wait(surroundings.clock, WAIT_MS);
        continue;
      }
      try {
        await this.#fetch(wanted.wishes, wanted.crowded);
      } catch (error) {
        const reason = `source unreachable: ${error instanceof Error ? error.message : String(error)}`;
        for (const reading of [...this.members.keys()]) this.#landlord.evict(reading, reason);
      }
    }
  }

  /** Who is asked for now, beginning with another one each time: brokers fill answers in order. */
  #wishes(): { readonly wishes: readonly [Reading, FetchWish, number][]; readonly crowded: boolean } {
    const wishes: [Reading, FetchWish, number][] = [];
    let crowded = false;
    const members = [...this.members];
    this.#turn = members.length === 0 ? 0 : (this.#turn + 1) % members.length;
    for (let i = 0; i < members.length; i++) {
      const member = members[(i + this.#turn) % members.length];
      if (member === undefined) continue;
      const [reading, leaderEpoch] = member;
      const wish = reading.wish();
      if (wish === undefined) crowded = true;
      else if (wish.solo) return { wishes: [[reading, wish, leaderEpoch]], crowded: true };
      else wishes.push([reading, wish, leaderEpoch]);
    }
    const now = askedNow(wishes, ([, wish]) => wish.stock);
    return { wishes: now, crowded: crowded || now.length < wishes.length };
  }

  async #fetch(wishes: readonly [Reading, FetchWish, number][], crowded: boolean): Promise<void> {
    const { cluster, fetchBytesMax, partitionBytesMax, signal } = this.#options;
    const channel = await cluster.channel(this.#broker, 'fetch');
    const topics = new Map<string, { topic: string; topicId: string; partitions: WantedPartition[] }>();
    const asked = new Map<string, { reading: Reading; wish: FetchWish }>();
    for (const [reading, wish, leaderEpoch] of wishes) {
      let topic = topics.get(reading.sourceTopicId);
      if (topic === undefined) {
        topic = { topic: reading.sourceTopic, topicId: reading.sourceTopicId, partitions: [] };
        topics.set(reading.sourceTopicId, topic);
      }
      topic.partitions.push({
        partition: reading.partition,
        currentLeaderEpoch: leaderEpoch,
        fetchOffset: wish.position,
        // [3.5] The epoch of the last mirrored batch, from its header: with −1 foreign history comes back without error.
        lastFetchedEpoch: wish.lastFetchedEpoch,
        partitionMaxBytes: Math.min(partitionBytesMax, wish.bytesMax),
      });
      asked.set(`${reading.sourceTopicId}/${reading.partition}`, { reading, wish });
    }
    const answer = await channel.send(
      fetch,
      {
        maxWaitMs: crowded ? WAIT_CROWDED_MS : WAIT_MS,
        minBytes: 1,
        maxBytes: fetchBytesMax,
        isolationLevel: 1,
        sessionEpoch: -1,
        topics: [...topics.values()],
      },
      { timeoutMs: ANSWER_TIMEOUT_MS, versionMin: 13, signal },
    );
    if (answer.errorCode !== 0) throw new Error(`Fetch: ${errorName(answer.errorCode)}`);
    const memory = memoryOf(answer);
    this.#options.held.handOut(memory, () => this.#handOut(answer, asked));
  }

  #handOut(answer: FetchResponse, asked: ReadonlyMap<string, { reading: Reading; wish: FetchWish }>): void {
    for (const topic of answer.responses) {
      for (const data of topic.partitions) {
        const entry = asked.get(`${topic.topicId}/${data.partitionIndex}`);
        if (entry === undefined || !this.members.has(entry.reading)) continue;
        if (MOVED.has(data.errorCode)) this.#landlord.evict(entry.reading, `source: ${errorName(data.errorCode)}`);
        else entry.reading.fetched({ wish: entry.wish, data, throttled: answer.throttleTimeMs > 0 });
      }
    }
  }
}

/**
 * Those with enough wait for one that runs low, and are asked for along with it: a few full answers take less memory than many
 * of which each brings one partition a little.
 */
export function askedNow<W>(wishes: readonly W[], stockOf: (wish: W) => Stock): readonly W[] {
  if (wishes.some((wish) => stockOf(wish) === 'low')) return wishes;
  return wishes.filter((wish) => stockOf(wish) === 'none');
}

/** One frame for all partitions. */
function memoryOf(answer: FetchResponse): ArrayBufferLike | undefined {
  for (const topic of answer.responses) {
    for (const { records } of topic.partitions) if (records !== null && records.length > 0) return records.buffer;
  }
  return undefined;
}
