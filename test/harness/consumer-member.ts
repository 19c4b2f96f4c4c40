/** One member of a group of the newer protocol (KIP-848), in raw heartbeats: it does what it is told, one step at a time. */
import type { Clock } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/node/clock.js';
import { consumerGroupHeartbeat } from '../../src/protocol/api/consumer-group-heartbeat.js';
import { until } from './until.js';
import type { Wire } from './wire.js';
import type { WireTopic } from './wire-topic.js';

export type Beat = Awaited<ReturnType<ConsumerMember['beat']>>;

export interface Saying {
  readonly memberEpoch?: number;
  readonly instanceId?: string | null;
  readonly rackId?: string | null;
  readonly rebalanceTimeoutMs?: number;
  readonly subscribedTopicNames?: string[] | null;
  readonly subscribedTopicRegex?: string | null;
  readonly serverAssignor?: string | null;
  readonly topicPartitions?: { topicId: string; partitions: number[] }[] | null;
}

const NOT_YET: ReadonlySet<number> = new Set([14, 15, 16]);

export class ConsumerMember {
  readonly wire: () => Wire;
  readonly group: string;
  readonly id: string;
  readonly instanceId: string | null;
  epoch = 0;
  /** As the broker last said; it is owned as soon as it is said. */
  assigned: { topicId: string; partitions: number[] }[] = [];
  readonly #clock: Clock;
  #first: Saying = {};

  constructor(
    wire: () => Wire,
    group: string,
    id: string,
    instanceId: string | null = null,
    clock: Clock = systemClock,
  ) {
    this.wire = wire;
    this.group = group;
    this.id = id;
    this.instanceId = instanceId;
    this.#clock = clock;
  }

  /** Sends just this, and takes nothing in. */
  async beat(saying: Saying = {}, version?: number) {
    const { group: groupId, id: memberId, epoch: memberEpoch, instanceId } = this;
    const body = { groupId, memberId, memberEpoch, instanceId, ...saying };
    if (version !== undefined) return this.wire().send(consumerGroupHeartbeat, version, body);
    return this.wire().ask(consumerGroupHeartbeat, body);
  }

  /** Takes in epoch and assignment. */
  async say(saying: Saying = {}): Promise<number> {
    const answer = await this.beat(saying);
    if (answer.errorCode === 0) {
      this.epoch = answer.memberEpoch;
      if (answer.assignment) this.assigned = answer.assignment.topicPartitions;
    }
    return answer.errorCode;
  }

  async join(topics: readonly WireTopic[] | Saying, rebalanceTimeoutMs = 30_000): Promise<number> {
    const subscription = isTopics(topics) ? { subscribedTopicNames: topics.map(({ name }) => name) } : topics;
    this.#first = { rebalanceTimeoutMs, topicPartitions: [], ...subscription };
    let code = -1;
    const isAnswered = async () => {
      code = await this.say({ memberEpoch: 0, ...this.#first });
      return !NOT_YET.has(code);
    };
    await until(`${this.id} is answered`, 20_000, isAnswered, this.#clock);
    return code;
  }

  /** Says what it has, as a client does after each change. */
  own(): Promise<number> {
    return this.say({ topicPartitions: this.assigned });
  }

  leave(epoch = -1): Promise<number> {
    return this.beat({ memberEpoch: epoch }).then(({ errorCode }) => errorCode);
  }

  of(topic: WireTopic): number[] {
    return [...(this.assigned.find(({ topicId }) => topicId === topic.id)?.partitions ?? [])].sort((a, b) => a - b);
  }
}

/** All of them go on, in turn, until it is so. */
export async function settle(what: string, members: readonly ConsumerMember[], isSo: () => boolean): Promise<void> {
  await until(what, 30_000, async () => {
    for (const member of members) {
      const code = await member.own();
      if (code !== 0) throw new Error(`${member.id} of ${member.group} was answered ${code}`);
    }
    return isSo();
  });
}

function isTopics(given: readonly WireTopic[] | Saying): given is readonly WireTopic[] {
  return Array.isArray(given);
}
