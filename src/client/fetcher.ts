/**
 * Reads partitions ahead, one request at a time per leader, as a read_committed consumer. Moved leaders are looked up
 * again, brokers that do not answer are tried again; positions outside the log are set anew and said so.
 */
import type { Timer } from '../base/clock.js';
import { type Backoff, backoffMs } from '../base/retry.js';
import { type FetchResponse, fetch } from '../protocol/api/fetch.js';
import { errorCode, errorName } from '../protocol/errors.js';
import { isUnanswered } from './admin/ask.js';
import { byTopic, type Place, placeKey } from './admin/leaders.js';
import { listOffsets } from './admin/offsets.js';
import { LEADER_MOVES } from './moved.js';
import type { PartitionReader } from './partition-reader.js';
import { type Channel, type KafkaCluster, KafkaError } from './types.js';
import { visibleRecords } from './visible-records.js';

export interface FetcherOptions {
  readonly cluster: KafkaCluster;
  /** Where to go on when a position lies above the log's end; one below its start goes on at the start. */
  readonly from: 'earliest' | 'latest';
  readonly notice: (text: string) => void;
}

interface Leader {
  readonly broker: number;
  readonly epoch: number;
  readonly topicId: string;
}

let fetchers = 0;

const READ_COMMITTED = 1;
const WAIT_MS = 500;
const ANSWER_MS = 10_000;
const PARTITION_BYTES = 1024 * 1024;
const REQUEST_BYTES = 16 * 1024 * 1024;
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
const LAST_BY_NAME = 12;
const BACKOFF: Backoff = { firstMs: 50, capMs: 2_000 };
/** A broker that has just started may not know its topics yet; a topic missing for longer is gone. */
const MISSING_MS = 15_000;

const LOOK_AGAIN: ReadonlySet<number> = new Set([
  ...LEADER_MOVES,
  errorCode.INCONSISTENT_TOPIC_ID,
  errorCode.UNKNOWN_SERVER_ERROR,
]);

export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #partitions = new Map<string, PartitionReader>();
  readonly #leaders = new Map<string, Leader>();
  /** Leaders with a request on its way. */
  readonly #busy = new Set<number>();
  readonly #resetting = new Set<PartitionReader>();
  #lookingUp = false;
  #failedLooks = 0;
  #lookNotBeforeMs = 0;
  /** Since when a topic of ours has been missing. */
  #missingSinceMs: number | undefined;
  #fatal: Error | undefined;
  #turn = 0;
  #wake: () => void = () => undefined;
  /** Connections of its own: a fetch that waits holds up everything behind it. */
  readonly #purpose = `fetcher ${++fetchers}`;
  readonly #channels = new Map<number, Channel>();

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** From now on these and no others; what is on its way for others is thrown away. */
  assign(partitions: readonly PartitionReader[]): void {
    this.#partitions.clear();
    this.#leaders.clear();
    this.#missingSinceMs = undefined;
    for (const partition of partitions) this.#partitions.set(placeKey(partition), partition);
  }

  /** What is on its way is thrown away. */
  close(): void {
    this.assign([]);
    for (const channel of this.#channels.values()) channel.close();
  }

  /** Asks for what is wanted; resolves when something has come, or after `ms`. Throws what no repeating changes. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#fatal !== undefined) throw this.#fatal;
    if (signal.aborted) return;
    const { clock } = this.#options.cluster;
    let settle: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      settle = resolve;
    });
    this.#wake = settle;
    const nextLookMs = this.#lookNotBeforeMs - clock.monotonicMs();
    const timer: Timer = clock.setTimer(nextLookMs > 0 ? Math.min(ms, nextLookMs) : ms, settle);
    signal.addEventListener('abort', settle, { once: true });
    this.#ask();
    await woken;
    timer.cancel();
    signal.removeEventListener('abort', settle);
    if (this.#fatal !== undefined) throw this.#fatal;
  }

  #ask(): void {
    const byLeader = new Map<number, PartitionReader[]>();
    let unled = false;
    for (const [key, partition] of this.#partitions) {
      const leader = this.#leaders.get(key);
      if (leader === undefined) unled = true;
      else if (!this.#busy.has(leader.broker) && partition.wantsMore && !this.#resetting.has(partition)) {
        byLeader.set(leader.broker, [...(byLeader.get(leader.broker) ?? []), partition]);
      }
    }
    if (unled && this.#mayLookUp()) this.#inBackground(this.#lookUp());
    for (const [leader, wanted] of byLeader) this.#inBackground(this.#fetch(leader, wanted));
  }

  /** Its failure is thrown by the next `wait`. */
  #inBackground(work: Promise<void>): void {
    work
      .catch((error: unknown) => {
        this.#fatal ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => this.#wake());
  }

  async #fetch(broker: number, wanted: readonly PartitionReader[]): Promise<void> {
    this.#busy.add(broker);
    try {
      const answer = await this.#askLeader(broker, wanted);
      if (answer.errorCode !== 0) throw this.#refusal(answer.errorCode, `broker ${broker}`);
      this.#failedLooks = 0;
      for (const partition of wanted) this.#accept(partition, answer);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      for (const partition of wanted) this.#leaders.delete(placeKey(partition));
    } finally {
      this.#busy.delete(broker);
    }
  }

  async #askLeader(broker: number, wanted: readonly PartitionReader[]): Promise<FetchResponse> {
    const { cluster } = this.#options;
    const channel = await cluster.channel(broker, this.#purpose);
    this.#channels.set(broker, channel);
    // Brokers fill an answer in the order of the request: everyone comes first once.
    const turn = this.#turn++ % wanted.length;
    const inTurn = [...wanted.slice(turn), ...wanted.slice(0, turn)];
    const idOf = (topic: string) => this.#leaders.get(placeKey(topicMember(wanted, topic)))?.topicId ?? NO_ID;
    const topics = byTopic(inTurn).map(([topic, partitions]) => ({
      topic,
      topicId: idOf(topic),
      partitions: partitions.map((each) => ({
        partition: each.partition,
        currentLeaderEpoch: this.#leaders.get(placeKey(each))?.epoch ?? -1,
        fetchOffset: each.position,
        lastFetchedEpoch: -1,
        logStartOffset: -1n,
        partitionMaxBytes: PARTITION_BYTES,
      })),
    }));
    const request = {
      replicaId: -1,
      maxWaitMs: WAIT_MS,
      minBytes: 1,
      maxBytes: REQUEST_BYTES,
      isolationLevel: READ_COMMITTED,
      sessionEpoch: -1,
      topics,
    };
    const timeoutMs = WAIT_MS + ANSWER_MS;
    return topics.some(({ topicId }) => topicId === NO_ID)
      ? channel.send(fetch, request, { timeoutMs, versionMax: LAST_BY_NAME })
      : channel.send(fetch, request, { timeoutMs });
  }

  #accept(partition: PartitionReader, answer: FetchResponse): void {
    const key = placeKey(partition);
    if (this.#partitions.get(key) !== partition) return;
    const topicId = this.#leaders.get(key)?.topicId ?? NO_ID;
    const topic = answer.responses.find((each) => {
      return each.topic === partition.topic || (topicId !== NO_ID && each.topicId === topicId);
    });
    const data = topic?.partitions.find((each) => each.partitionIndex === partition.partition);
    if (data === undefined) return;
    if (data.errorCode === errorCode.OFFSET_OUT_OF_RANGE) {
      this.#inBackground(this.#reset(partition));
    } else if (LOOK_AGAIN.has(data.errorCode)) {
      this.#leaders.delete(key);
    } else if (data.errorCode !== 0) {
      throw this.#refusal(data.errorCode, key);
    } else if (data.records !== null && data.records.length > 0) {
      partition.fetched(this.#visible(partition, data.records, data.abortedTransactions ?? []));
    }
  }

  #visible(partition: PartitionReader, records: Buffer, aborted: Parameters<typeof visibleRecords>[2]) {
    try {
      return visibleRecords(records, partition.position, aborted);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`reading ${placeKey(partition)} of ${this.#options.cluster.name}: ${why}`, { cause });
    }
  }

  /** The position is not in the log: it was deleted meanwhile, or the log was cut. */
  async #reset(partition: PartitionReader): Promise<void> {
    const { cluster, from, notice } = this.#options;
    this.#resetting.add(partition);
    try {
      const [starts, ends] = await Promise.all([
        listOffsets(cluster, [partition], { kind: 'earliest' }),
        listOffsets(cluster, [partition], { kind: 'committed' }),
      ]);
      const [start, end] = [starts.get(placeKey(partition)), ends.get(placeKey(partition))];
      // Without both the next fetch meets the same answer and comes here again.
      if (!start?.ok || !end?.ok) return;
      const { position } = partition;
      if (position >= start.value.offset && position <= end.value.offset) return;
      const below = position < start.value.offset;
      const to = below || from === 'earliest' ? start.value.offset : end.value.offset;
      const why = below ? 'has been deleted' : `lies above the end ${end.value.offset}`;
      notice(`${placeKey(partition)}: offset ${position} ${why}; going on at ${to}`);
      partition.moveTo(to);
    } catch (error) {
      if (!isUnanswered(error)) throw error;
    } finally {
      this.#resetting.delete(partition);
    }
  }

  /** One that did nothing must not be begun: it would end `wait` at once, and who reads on would never stop to. */
  #mayLookUp(): boolean {
    return !this.#lookingUp && this.#options.cluster.clock.monotonicMs() >= this.#lookNotBeforeMs;
  }

  async #lookUp(): Promise<void> {
    const { cluster, notice } = this.#options;
    const nowMs = cluster.clock.monotonicMs();
    this.#lookingUp = true;
    this.#lookNotBeforeMs = nowMs + backoffMs(BACKOFF, this.#failedLooks++, cluster.random);
    try {
      const names = [...new Set([...this.#partitions.values()].map(({ topic }) => topic))];
      const { topics } = await cluster.metadata(names, { timeoutMs: ANSWER_MS });
      let missing = false;
      for (const topic of topics) {
        if (topic.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) missing = true;
        else if (topic.errorCode !== 0 && !LOOK_AGAIN.has(topic.errorCode)) {
          throw this.#refusal(topic.errorCode, `topic "${topic.name}"`);
        }
        for (const { partition, leader, leaderEpoch } of topic.partitions) {
          const key = placeKey({ topic: topic.name, partition });
          if (leader < 0 || !this.#partitions.has(key)) continue;
          this.#leaders.set(key, { broker: leader, epoch: leaderEpoch, topicId: topic.topicId });
        }
      }
      this.#missingSinceMs = missing ? (this.#missingSinceMs ?? nowMs) : undefined;
      if (this.#missingSinceMs !== undefined && nowMs - this.#missingSinceMs > MISSING_MS) {
        throw this.#refusal(errorCode.UNKNOWN_TOPIC_OR_PARTITION, names.join(', '));
      }
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      if (this.#failedLooks === LOUD_AFTER) notice(`${(error as Error).message}; trying on`);
    } finally {
      this.#lookingUp = false;
    }
  }

  #refusal(code: number, what: string): KafkaError {
    return new KafkaError(code, errorName(code), `reading ${what} of ${this.#options.cluster.name}`);
  }
}

/** So many looks in vain are told to the user. */
const LOUD_AFTER = 5;

function topicMember(partitions: readonly PartitionReader[], topic: string): Place {
  return partitions.find((each) => each.topic === topic) ?? { topic, partition: -1 };
}
