/**
 * One member of a consumer group of the classic protocol (KIP-62, KIP-394): joins, gets its partitions, beats, commits,
 * leaves. It beats by itself; everything else happens when its owner asks for it, so that partitions never change under
 * records that are just being handled. Refuses static membership and incremental rebalancing.
 */
import type { Timer } from '../base/clock.js';
import { heartbeat } from '../protocol/api/heartbeat.js';
import { joinGroup } from '../protocol/api/join-group.js';
import { leaveGroup } from '../protocol/api/leave-group.js';
import { offsetCommit } from '../protocol/api/offset-commit.js';
import { syncGroup } from '../protocol/api/sync-group.js';
import { errorCode, errorName } from '../protocol/errors.js';
import { isUnanswered } from './admin/ask.js';
import { byTopic, type Place } from './admin/leaders.js';
import { COORDINATOR_MOVES } from './moved.js';
import {
  assignmentIn,
  assignRanges,
  encodeAssignment,
  encodeSubscription,
  RANGE,
  type Subscriber,
  subscriptionIn,
} from './range-assignor.js';
import { type Channel, type KafkaCluster, KafkaError, NotSent, type SendOptions } from './types.js';

export interface MembershipOptions {
  readonly cluster: KafkaCluster;
  readonly group: string;
  /** After such a time without a beat the coordinator gives our partitions to others. Default 15 000. */
  readonly sessionTimeoutMs?: number;
  /** How long others wait for us to join again. Default 60 000. */
  readonly rebalanceTimeoutMs?: number;
}

/** `again`: not now; ask again soon. `rejoin`: this generation is over. */
export type MembershipOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'again' | 'rejoin'; readonly reason: Error };

export interface OffsetToCommit extends Place {
  readonly offset: bigint;
}

const SESSION_TIMEOUT_MS = 15_000;
const REBALANCE_TIMEOUT_MS = 60_000;
const CONSUMER = 'consumer';
const ANSWER_MS = 10_000;
const BEATS_PER_SESSION = 5;
const LAST_COMMIT_BY_NAME = 9;

const MOVED: ReadonlySet<number> = new Set([...COORDINATOR_MOVES, errorCode.REQUEST_TIMED_OUT]);
const OVER: ReadonlySet<number> = new Set([
  errorCode.ILLEGAL_GENERATION,
  errorCode.UNKNOWN_MEMBER_ID,
  errorCode.REBALANCE_IN_PROGRESS,
]);
let members = 0;
const DONE: MembershipOutcome = { kind: 'done' };

export class Membership {
  readonly #cluster: KafkaCluster;
  readonly #group: string;
  readonly #sessionTimeoutMs: number;
  readonly #rebalanceTimeoutMs: number;
  #coordinator: number | undefined;
  #memberId = '';
  #generation = -1;
  #assigned: readonly Place[] = [];
  /** Partitions are ours and no rebalance has been heard of. */
  #stable = false;
  #beatTimer: Timer | undefined;
  #closed = false;
  /** A refusal that no repeating changes, found by a beat. */
  #fatal: Error | undefined;
  /** A connection of its own: a join holds up everything behind it. */
  readonly #purpose = `group member ${++members}`;

  constructor(options: MembershipOptions) {
    this.#cluster = options.cluster;
    this.#group = options.group;
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    this.#rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? REBALANCE_TIMEOUT_MS;
  }

  /** False: `join` is due. Throws what a beat was refused with for good. */
  get stable(): boolean {
    if (this.#fatal !== undefined) throw this.#fatal;
    return this.#stable;
  }

  /** The same, without complaint. */
  get isStable(): boolean {
    return this.#stable;
  }

  get assigned(): readonly Place[] {
    return this.#assigned;
  }

  /** Has this generation been ours; only then is there anything to commit under. */
  get joined(): boolean {
    return this.#generation >= 0;
  }

  /**
   * One attempt at a new generation, as long as the others take to join. Rejects with KafkaError when the group refuses
   * us for good. An aborted signal leaves us half in: only `leave` may follow.
   */
  async join(topics: readonly string[], signal?: AbortSignal): Promise<MembershipOutcome> {
    this.#stable = false;
    this.#stopBeating();
    let channel: Channel | undefined;
    try {
      channel = await this.#channel(signal);
      const joined = await this.#joinOnce(channel, topics, signal);
      if (joined.errorCode !== 0) return this.#verdict(joined.errorCode, 'joining');
      this.#memberId = joined.memberId;
      this.#generation = joined.generationId;
      const leads = joined.leader === joined.memberId;
      const assignments = leads ? await this.#distribute(joined.members, signal) : [];
      const synced = await channel.send(
        syncGroup,
        {
          groupId: this.#group,
          generationId: this.#generation,
          memberId: this.#memberId,
          protocolType: CONSUMER,
          protocolName: RANGE,
          assignments,
        },
        { timeoutMs: this.#rebalanceTimeoutMs + ANSWER_MS, signal },
      );
      if (synced.errorCode !== 0) return this.#verdict(synced.errorCode, 'getting partitions');
      this.#assigned = assignmentIn(synced.assignment);
      this.#stable = true;
      this.#beatLater();
      return DONE;
    } catch (error) {
      // A join that still waits for others would hold up everything behind it on this connection.
      if (signal?.aborted) channel?.reset('the join was called off');
      return this.#notNow(error);
    }
  }

  /** All of them under our generation. Rejects with KafkaError when that is refused for good. Safe to repeat. */
  async commit(offsets: readonly OffsetToCommit[], signal?: AbortSignal): Promise<MembershipOutcome> {
    if (offsets.length === 0) return DONE;
    const request = {
      groupId: this.#group,
      generationIdOrMemberEpoch: this.#generation,
      memberId: this.#memberId,
      topics: byTopic(offsets).map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: -1,
          committedMetadata: '',
        })),
      })),
    };
    try {
      const channel = await this.#channel(signal);
      const answer = await channel.send(offsetCommit, request, {
        timeoutMs: ANSWER_MS,
        versionMax: LAST_COMMIT_BY_NAME,
        signal,
      });
      const codes = answer.topics.flatMap(({ partitions }) => partitions.map((each) => each.errorCode));
      const refused = codes.find((code) => code !== 0);
      return refused === undefined ? DONE : this.#verdict(refused, 'committing offsets');
    } catch (error) {
      return this.#notNow(error);
    }
  }

  /** Gives the partitions back at once. What goes wrong is of no consequence: the session ends by itself. */
  async leave(): Promise<void> {
    this.#closed = true;
    this.#stable = false;
    this.#stopBeating();
    if (this.#memberId === '') return;
    const memberId = this.#memberId;
    try {
      const channel = await this.#channel();
      const request = { groupId: this.#group, memberId, members: [{ memberId, reason: 'the consumer was closed' }] };
      await channel.send(leaveGroup, request, { timeoutMs: ANSWER_MS / 2 });
      channel.close();
    } catch (error) {
      if (!isUnanswered(error) && !(error instanceof KafkaError)) throw error;
      this.#coordinator = undefined;
    }
  }

  async #joinOnce(channel: Channel, topics: readonly string[], signal: AbortSignal | undefined) {
    const options: SendOptions = { timeoutMs: this.#rebalanceTimeoutMs + ANSWER_MS, signal };
    const ask = () =>
      channel.send(
        joinGroup,
        {
          groupId: this.#group,
          sessionTimeoutMs: this.#sessionTimeoutMs,
          rebalanceTimeoutMs: this.#rebalanceTimeoutMs,
          memberId: this.#memberId,
          protocolType: CONSUMER,
          protocols: [{ name: RANGE, metadata: encodeSubscription(topics) }],
        },
        options,
      );
    const answer = await ask();
    if (answer.errorCode !== errorCode.MEMBER_ID_REQUIRED) return answer;
    this.#memberId = answer.memberId;
    return ask();
  }

  /** As leader: everybody's partitions, also of topics that only others read. */
  async #distribute(
    members: readonly { readonly memberId: string; readonly metadata: Buffer }[],
    signal: AbortSignal | undefined,
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const subscribers: Subscriber[] = members.map(({ memberId, metadata }) => ({
      memberId,
      topics: subscriptionIn(metadata),
    }));
    const names = [...new Set(subscribers.flatMap(({ topics }) => topics))];
    const { topics } = await this.#cluster.metadata(names, { timeoutMs: ANSWER_MS, signal });
    const partitionsOf = new Map(topics.map((topic) => [topic.name, topic.partitions.length]));
    const assigned = assignRanges(subscribers, partitionsOf);
    return [...assigned].map(([memberId, places]) => ({ memberId, assignment: encodeAssignment(places) }));
  }

  #beatLater(): void {
    if (this.#closed) return;
    const everyMs = this.#sessionTimeoutMs / BEATS_PER_SESSION;
    this.#beatTimer = this.#cluster.clock.setTimer(everyMs, () => {
      const timer = this.#beatTimer;
      this.#beat().then(
        () => {
          if (this.#beatTimer === timer) this.#beatLater();
        },
        (error: Error) => {
          this.#stable = false;
          this.#fatal = error;
        },
      );
    });
  }

  async #beat(): Promise<void> {
    const generation = this.#generation;
    const request = { groupId: this.#group, generationId: generation, memberId: this.#memberId };
    try {
      const channel = await this.#channel();
      const { errorCode: code } = await channel.send(heartbeat, request, { timeoutMs: ANSWER_MS });
      // Between send and answer a join may have begun: this answer speaks of the past then.
      if (code === 0 || !this.#stable || generation !== this.#generation) return;
      this.#verdict(code, 'beating');
    } catch (error) {
      this.#notNow(error);
    }
  }

  #stopBeating(): void {
    this.#beatTimer?.cancel();
    this.#beatTimer = undefined;
  }

  /** Throws KafkaError for a code that no repeating changes. */
  #verdict(code: number, what: string): MembershipOutcome {
    const reason = new KafkaError(code, errorName(code), `${what} in group "${this.#group}" of ${this.#cluster.name}`);
    if (MOVED.has(code)) {
      this.#coordinator = undefined;
      return { kind: 'again', reason };
    }
    if (!OVER.has(code)) throw reason;
    this.#stable = false;
    if (code === errorCode.UNKNOWN_MEMBER_ID) this.#memberId = '';
    return { kind: 'rejoin', reason };
  }

  /** Throws what no repeating changes. */
  #notNow(error: unknown): MembershipOutcome {
    const moved = error instanceof KafkaError && MOVED.has(error.code);
    if (!moved && !isUnanswered(error)) throw error;
    this.#coordinator = undefined;
    return { kind: 'again', reason: error as Error };
  }

  async #channel(signal?: AbortSignal): Promise<Channel> {
    this.#coordinator ??= await this.#cluster.coordinator('group', this.#group, { timeoutMs: ANSWER_MS, signal });
    const channel = await this.#cluster.channel(this.#coordinator, this.#purpose);
    if (!channel.open) throw new NotSent(`the connection to the coordinator of "${this.#group}" has just ended`);
    return channel;
  }
}
