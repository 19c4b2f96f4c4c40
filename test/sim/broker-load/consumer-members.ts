/**
 * Members of groups of the newer protocol (KIP-848), which outlive their broker. Each keeps what it was assigned until it
 * says that it gives it back; nobody may be given it before. Epochs that were told never go back.
 */
import { randomInt } from '../../../src/base/random.js';
import {
  type ConsumerGroupHeartbeatRequest,
  consumerGroupHeartbeat,
} from '../../../src/protocol/api/consumer-group-heartbeat.js';
import { offsetCommit } from '../../../src/protocol/api/offset-commit.js';
import type { Draft } from '../../../src/protocol/schema.js';
import type { Wire } from '../../harness/wire.js';
import { type Around, demand, type GroupName, type Holding, PLAIN, SHORT, Wrong } from './places.js';
import type { Session } from './sessions.js';

const REBALANCE_MS = 60_000;
const UNKNOWN_MEMBER = 25;
const NOT_THIS_KIND = 69;
const FENCED_EPOCH = 110;
const STALE_EPOCH = 113;

/** Of either protocol, in a group in which the broker assigns. */
export interface Owner {
  readonly group: GroupName;
  readonly memberId: string;
  /** Topic id and partition. */
  readonly owned: Set<string>;
  /** May it be out of the group, and what it had be given to others? */
  readonly mayBeGone: () => boolean;
}

export interface ConsumerMembershipFacts extends Owner {
  /** −1: it was told none yet. */
  epoch: number;
  /** Of the last heartbeat nobody knows what came of it. */
  isUnsure: boolean;
  readonly session: Session;
}

/** What all members of all groups were told, together. */
export class ConsumerGroups {
  readonly #owners = new Map<string, Owner>();
  readonly #epochs = new Map<GroupName, { life: number; highest: number }>();
  readonly living = new Set<ConsumerMembershipFacts>();
  /** Whose offsets are committed. Undefined: not known yet. */
  topicId: string | undefined;

  epochOf(group: GroupName): { life: number; highest: number } {
    const facts = this.#epochs.get(group) ?? { life: 0, highest: -1 };
    this.#epochs.set(group, facts);
    return facts;
  }

  /** It may be gone, and its epochs begin anew. */
  mayEnd(group: GroupName): void {
    const { life } = this.epochOf(group);
    this.#epochs.set(group, { life: life + 1, highest: -1 });
  }

  #take(member: Owner, partition: string): void {
    const key = `${member.group} ${partition}`;
    const owner = this.#owners.get(key);
    const isGone = owner === undefined || owner === member || owner.mayBeGone();
    demand(isGone, `${partition} was given to ${member.memberId}, and ${owner?.memberId} has it`);
    owner?.owned.delete(partition);
    this.#owners.set(key, member);
    member.owned.add(partition);
  }

  #giveBack(member: Owner, partition: string): void {
    const key = `${member.group} ${partition}`;
    if (this.#owners.get(key) === member) this.#owners.delete(key);
    member.owned.delete(partition);
  }

  /** What it has now, and nothing else. */
  hold(member: Owner, partitions: ReadonlySet<string>): void {
    for (const partition of [...member.owned]) if (!partitions.has(partition)) this.#giveBack(member, partition);
    for (const partition of partitions) this.#take(member, partition);
  }

  end(member: ConsumerMembershipFacts): void {
    this.hold(member, new Set());
    this.living.delete(member);
  }

  /** Partitions of `PLAIN`. */
  plainOf({ owned }: Owner): number[] {
    return [0, 1].filter((partition) => owned.has(`${this.topicId} ${partition}`));
  }

  forget(): void {
    this.#owners.clear();
    this.living.clear();
    for (const group of [...this.#epochs.keys()]) this.mayEnd(group);
  }
}

export class ConsumerMember {
  readonly #around: Around;
  readonly #groups: ConsumerGroups;
  #me: ConsumerMembershipFacts | undefined;

  constructor(around: Around, groups: ConsumerGroups) {
    this.#around = around;
    this.#groups = groups;
  }

  async work(wire: Wire): Promise<void> {
    const me = this.#me;
    const { random } = this.#around;
    if (me === undefined || me.epoch < 0) return this.#join(wire, me ?? this.#begin());
    const dice = random.next();
    if (dice < 0.5) {
      const said = random.next() < 0.7 ? { topicPartitions: listed(me.owned) } : {};
      return this.#beat(wire, me, { memberEpoch: me.epoch, ...said });
    }
    if (dice < 0.8) return this.#commit(wire, me);
    if (dice < 0.9) return this.#subscribe(wire, me);
    if (dice < 0.92) return this.vanish();
    return this.#leave(wire, me);
  }

  /** It is never heard of again, and says nothing. */
  vanish(): void {
    const me = this.#me;
    this.#me = undefined;
    if (me === undefined) return;
    this.#groups.living.delete(me);
    this.#around.sessions.vanish({ group: me.group, name: me.memberId, session: me.session });
  }

  /** Whoever is in a group is heard of there. */
  async stay(wire: Wire): Promise<void> {
    const me = this.#me;
    if (me === undefined) return;
    if (me.epoch < 0) return this.#join(wire, me);
    const said = { topicPartitions: listed(me.owned), rebalanceTimeoutMs: REBALANCE_MS };
    const wanted = { subscribedTopicNames: [PLAIN], subscribedTopicRegex: '' };
    return this.#beat(wire, me, { memberEpoch: me.epoch, ...said, ...wanted });
  }

  get holding(): Holding | undefined {
    const me = this.#me;
    return me && { group: me.group, partitions: me.epoch < 0 ? undefined : this.#groups.plainOf(me) };
  }

  forget(): void {
    this.#me = undefined;
  }

  #begin(): ConsumerMembershipFacts {
    const { random, next, sessions } = this.#around;
    const session = sessions.begin();
    const group = random.next() < 0.75 ? 'newer' : 'either';
    const me = {
      group,
      memberId: `member${next()}`,
      epoch: -1,
      owned: new Set<string>(),
      mayBeGone: () => session.mayBeOver,
      isUnsure: false,
      session,
    } as const;
    this.#me = me;
    this.#groups.living.add(me);
    return me;
  }

  #join(wire: Wire, me: ConsumerMembershipFacts): Promise<void> {
    const joins = { memberEpoch: 0, rebalanceTimeoutMs: REBALANCE_MS, topicPartitions: [], ...this.#subscription() };
    return this.#beat(wire, me, joins);
  }

  #subscribe(wire: Wire, me: ConsumerMembershipFacts): Promise<void> {
    const said = { topicPartitions: listed(me.owned), rebalanceTimeoutMs: REBALANCE_MS };
    return this.#beat(wire, me, { memberEpoch: me.epoch, ...said, ...this.#subscription() });
  }

  #subscription(): { subscribedTopicNames: string[]; subscribedTopicRegex: string } {
    const { random } = this.#around;
    const names = [[PLAIN], [PLAIN, SHORT], [SHORT], ['extra0', PLAIN], []][randomInt(random, 5)] ?? [];
    const subscribedTopicRegex = names.length === 0 || random.next() < 0.2 ? 'plain|extra.*' : '';
    return { subscribedTopicNames: names, subscribedTopicRegex };
  }

  async #beat(
    wire: Wire,
    me: ConsumerMembershipFacts,
    said: Draft<ConsumerGroupHeartbeatRequest> & { readonly memberEpoch: number },
  ): Promise<void> {
    const { mayLose } = this.#around;
    const { life, highest } = this.#groups.epochOf(me.group);
    const wasUnsure = me.isUnsure;
    me.isUnsure = true;
    const request = { groupId: me.group, memberId: me.memberId, ...said };
    const answer = await wire.ask(consumerGroupHeartbeat, request);
    const mayBeOver = me.session.mayBeOver;
    me.isUnsure = false;
    const { errorCode, memberEpoch, assignment } = answer;
    const what = `a heartbeat of ${me.memberId} at ${said.memberEpoch} in ${me.group}`;
    if (errorCode !== 0) {
      const isOut = errorCode === UNKNOWN_MEMBER || errorCode === FENCED_EPOCH;
      const isOther = errorCode === NOT_THIS_KIND && me.group === 'either' && me.epoch < 0;
      const mayBeOut = mayBeOver || mayLose || (wasUnsure && errorCode === FENCED_EPOCH);
      demand(isOther || (isOut && mayBeOut), `${what} was answered ${errorCode}: ${answer.errorMessage}`);
      this.#end(me);
      return;
    }
    me.session.heard();
    demand(memberEpoch >= me.epoch, `${what} was answered ${memberEpoch}, ${me.epoch} was told before`);
    const facts = this.#groups.epochOf(me.group);
    if (facts.life === life && me.group === 'newer' && !mayLose) {
      const joins = said.memberEpoch === 0;
      demand(!joins || memberEpoch >= highest, `${what} was answered ${memberEpoch}, others were told ${highest}`);
    }
    if (facts.life === life) facts.highest = Math.max(facts.highest, memberEpoch);
    me.epoch = memberEpoch;
    if (assignment === null) return;
    const given = new Set(
      assignment.topicPartitions.flatMap(({ topicId, partitions }) => partitions.map((each) => `${topicId} ${each}`)),
    );
    this.#groups.hold(me, given);
  }

  /** At the epoch that it was told, of what it has: nobody can refuse that. */
  async #commit(wire: Wire, me: ConsumerMembershipFacts): Promise<void> {
    const { random, mayLose } = this.#around;
    const mine = this.#groups.plainOf(me);
    const partitionIndex = mine[randomInt(random, mine.length || 1)];
    if (partitionIndex === undefined) return this.#beat(wire, me, { memberEpoch: me.epoch });
    const code = await this.#commitAt(wire, me, partitionIndex);
    if (code === 0) return;
    const mayBeOut = me.session.mayBeOver || mayLose;
    const what = `OffsetCommit of ${me.memberId} at ${me.epoch} in ${me.group}`;
    demand(mayBeOut && (code === UNKNOWN_MEMBER || code === STALE_EPOCH), `${what} was answered ${code}`);
    this.#end(me);
  }

  async #commitAt(wire: Wire, me: ConsumerMembershipFacts, partitionIndex: number): Promise<number> {
    const { next, offsets } = this.#around;
    const value = next();
    const register = offsets.of(me.group, partitionIndex);
    const write = register.begin(value);
    const partitions = [{ partitionIndex, committedOffset: BigInt(value), committedMetadata: '' }];
    const { group: groupId, memberId, epoch: generationIdOrMemberEpoch } = me;
    const request = { groupId, memberId, generationIdOrMemberEpoch, topics: [{ name: PLAIN, partitions }] };
    const answer = await wire.ask(offsetCommit, request, 9);
    const code = answer.topics[0]?.partitions[0]?.errorCode ?? -1;
    if (code === 0) register.acknowledge(write);
    else register.refuse(write);
    return code;
  }

  /** Who has left commits nothing any more. */
  async #leave(wire: Wire, me: ConsumerMembershipFacts): Promise<void> {
    this.#end(me);
    const { group: groupId, memberId } = me;
    const answer = await wire.ask(consumerGroupHeartbeat, { groupId, memberId, memberEpoch: -1 });
    const mayBeOut = me.session.mayBeOver || this.#around.mayLose;
    if (answer.errorCode !== 0 && !mayBeOut) throw new Wrong(`a leave of ${memberId} was answered ${answer.errorCode}`);
    if (this.#around.random.next() < 0.7) return;
    const code = await this.#commitAt(wire, me, 0);
    demand(code !== 0, `${memberId} has left ${groupId} and commits`);
  }

  #end(me: ConsumerMembershipFacts): void {
    this.#groups.end(me);
    this.#around.sessions.end(me.session);
    this.#me = undefined;
  }
}

export function listed(owned: ReadonlySet<string>) {
  const byTopic = new Map<string, number[]>();
  for (const each of owned) {
    const [topicId = '', partition] = each.split(' ');
    byTopic.set(topicId, [...(byTopic.get(topicId) ?? []), Number(partition)]);
  }
  return [...byTopic].map(([topicId, partitions]) => ({ topicId, partitions }));
}
