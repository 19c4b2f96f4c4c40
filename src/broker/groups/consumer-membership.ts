/**
 * Heartbeats of the newer protocol (KIP-848): members join, change, take over, give back, leave and are put out. Each
 * heartbeat is tried on a copy of the group, written down as a whole, and only then counts. Serves docs/spec/broker.md §5.4.
 */
import type { Clock } from '../../base/clock.js';
import { errorCode } from '../../protocol/errors.js';
import type { Configs } from '../config/configs.js';
import { listOf } from '../config/definition.js';
import type { Topics } from '../topics/topics.js';
import type { Identified } from './answers.js';
import { assignors } from './assignors.js';
import { type BeatOutcome, type BeatRefusal, type BeatRequest, epochRefusal, refusal, staticRefusal } from './beat.js';
import {
  type ConsumerGroup,
  type ConsumerMember,
  LEAVES_FOR_A_WHILE,
  type MemberAssignment,
  type MemberMetadata,
  type MemberTimers,
  newMember,
  sameHeld,
  sameTarget,
  type Target,
} from './consumer-group.js';
import type { ConsumerEntry } from './consumer-journal.js';
import { reconcile } from './reconcile.js';
import { topicsHash } from './topics-hash.js';

export interface ConsumerSurroundings {
  readonly clock: Clock;
  readonly configs: Configs;
  readonly topics: Topics;
  /** Writes these down as one, and applies them to the group. Gives the error code. */
  readonly store: (group: ConsumerGroup, entries: readonly ConsumerEntry[]) => number;
}

export class ConsumerMembership {
  readonly #around: ConsumerSurroundings;

  constructor(around: ConsumerSurroundings) {
    this.#around = around;
  }

  /** With an epoch of zero or more. The caller has checked what can be checked without the group. */
  beat(group: ConsumerGroup, request: BeatRequest): BeatOutcome {
    const { configs, clock } = this.#around;
    const sizeMax = configs.number('group.consumer.max.size');
    if (group.members.size >= sizeMax && !group.members.has(request.memberId)) {
      const said = `The consumer group has reached its maximum capacity of ${sizeMax} members.`;
      return refusal(errorCode.GROUP_MAX_SIZE_REACHED, said);
    }
    const change = new Change(group);
    const found = this.#find(change, request);
    if (found.kind === 'refused') return found;
    const before = found.member;
    const metadata = updated(before, request);
    this.#takeIn(change, before, metadata, request);
    this.#assign(change, clock.nowMs());
    const member = change.after.members.get(before.id) ?? before;
    const changedTopics = !sameTexts(before.topics, metadata.topics) || before.regex !== metadata.regex;
    const next = reconcile(member, {
      targetEpoch: change.after.assignmentEpoch,
      target: change.after.targets.get(member.id) ?? new Map(),
      owned: request.owned,
      subscribed: changedTopics ? this.#idsOf(change.after.topicsOf(member)) : undefined,
      isHeld: (topicId, partition) => change.after.holderOf(topicId, partition) !== undefined,
    });
    if (next !== member) change.write({ kind: 'current', memberId: member.id, value: assignmentOf(next) });
    const code = change.commit(this.#around.store);
    if (code !== errorCode.NONE) return refusal(code, null);
    group.topicsSeen = this.#around.topics.version;
    this.#renew(group, member.id);
    if (next !== member) this.#timeRevocation(group, member.id);
    const isFull = request.rebalanceTimeoutMs !== -1 && request.topics !== null && request.owned !== null;
    const tells = request.memberEpoch === 0 || isFull || !sameHeld(before.assigned, next.assigned);
    return {
      kind: 'accepted',
      memberId: member.id,
      memberEpoch: next.epoch,
      heartbeatIntervalMs: configs.number('group.consumer.heartbeat.interval.ms'),
      assignment: tells ? next.assigned : undefined,
    };
  }

  /** With epoch -1 or -2. */
  leave(group: ConsumerGroup, request: BeatRequest): BeatOutcome {
    const { memberId, instanceId, memberEpoch } = request;
    const member = instanceId === null ? group.members.get(memberId) : group.memberOfInstance(instanceId);
    const refused = instanceId === null ? undefined : staticRefusal(member, { memberId, instanceId });
    if (refused) return refused;
    if (member === undefined) return unknownMember(group, memberId);
    const left: BeatOutcome = {
      kind: 'accepted',
      memberId,
      memberEpoch,
      heartbeatIntervalMs: 0,
      assignment: undefined,
    };
    if (instanceId !== null && memberEpoch === LEAVES_FOR_A_WHILE) {
      const change = new Change(group);
      const value = { ...assignmentOf(member), epoch: LEAVES_FOR_A_WHILE, revoking: new Map() };
      change.write({ kind: 'current', memberId, value });
      const code = change.commit(this.#around.store);
      return code === errorCode.NONE ? left : refusal(code, null);
    }
    const code = this.putOut(group, member);
    return code === errorCode.NONE ? left : refusal(code, null);
  }

  /** By LeaveGroup, as an administrator does: by its id, or a static member by its instance id. Gives the error code. */
  takeOut(group: ConsumerGroup, who: Identified): number {
    const member = who.instanceId === null ? group.members.get(who.memberId) : group.memberOfInstance(who.instanceId);
    if (member === undefined) return errorCode.UNKNOWN_MEMBER_ID;
    if (who.memberId !== '' && who.memberId !== member.id) return errorCode.FENCED_INSTANCE_ID;
    return this.putOut(group, member);
  }

  /** The member is gone, and what it had is free. Gives the error code. */
  putOut(group: ConsumerGroup, member: ConsumerMember): number {
    const change = new Change(group);
    change.remove(member.id);
    const { after } = change;
    if (member.regex !== '' && ![...after.members.values()].some(({ regex }) => regex === member.regex)) {
      change.write({ kind: 'regex', pattern: member.regex, value: undefined });
    }
    const hash = topicsHash(after.subscribedTopics, this.#around.topics);
    change.write({ kind: 'epoch', value: { epoch: after.epoch + 1, topicsHash: hash } });
    const code = change.commit(this.#around.store);
    if (code === errorCode.NONE) this.#forgetTimers(group, member.id);
    return code;
  }

  /** After a start: everybody has a whole session to be heard of, and what it was given to give back. */
  resume(group: ConsumerGroup): void {
    for (const id of group.members.keys()) {
      this.#renew(group, id);
      this.#timeRevocation(group, id);
    }
  }

  stop(group: ConsumerGroup): void {
    for (const id of [...group.timers.keys()]) this.#forgetTimers(group, id);
  }

  /** The member that asks, as it was; a new one, or one in the place of a static member that had left, is made. */
  #find(change: Change, request: BeatRequest): { kind: 'found'; member: ConsumerMember } | BeatRefusal {
    const { memberId, instanceId, memberEpoch } = request;
    const { after } = change;
    const joins = memberEpoch === 0;
    const known = after.members.get(memberId);
    if (instanceId === null) {
      const member = known ?? (joins ? newMember(memberId) : undefined);
      if (member === undefined) return unknownMember(after, memberId);
      const refused = joins ? undefined : epochRefusal(member, request);
      return refused ?? { kind: 'found', member };
    }
    const holder = after.memberOfInstance(instanceId);
    if (!joins) {
      const refused = staticRefusal(holder, { memberId, instanceId }) ?? (holder && epochRefusal(holder, request));
      return refused ?? { kind: 'found', member: holder ?? newMember(memberId) };
    }
    if (holder === undefined) return { kind: 'found', member: known ?? newMember(memberId) };
    if (holder.epoch !== LEAVES_FOR_A_WHILE) {
      const said = `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${holder.id} member.`;
      return refusal(errorCode.UNRELEASED_INSTANCE_ID, said);
    }
    return { kind: 'found', member: change.replace(holder, memberId) };
  }

  /** What the member said of itself, and what the topics have become: either may begin a new epoch. */
  #takeIn(change: Change, before: ConsumerMember, metadata: MemberMetadata, request: BeatRequest): void {
    const { topics } = this.#around;
    const isNew = !change.after.members.has(before.id);
    const had = isNew ? new Set<string>() : change.after.topicsOf(before);
    if (isNew || !sameMetadata(before, metadata)) {
      change.write({ kind: 'member', memberId: before.id, value: metadata });
    }
    this.#resolve(change, before.regex, request);
    const { after } = change;
    const renamed = !sameTexts(before.topics, metadata.topics);
    const has = after.topicsOf(metadata);
    const rematched = has.size !== had.size || [...has].some((name) => !had.has(name));
    const unseen = after.topicsSeen !== topics.version;
    let epoch = Math.max(1, after.epoch);
    let hash = after.topicsHash;
    if (renamed || rematched || unseen) hash = topicsHash(after.subscribedTopics, topics);
    if (renamed || rematched || hash !== after.topicsHash) epoch++;
    if (epoch !== after.epoch) change.write({ kind: 'epoch', value: { epoch, topicsHash: hash } });
  }

  /** Which topics the regular expressions of the group match, among those that the asking member may describe. */
  #resolve(change: Change, formerly: string, request: BeatRequest): void {
    const { topics, clock } = this.#around;
    if (change.after.regexes.size === 0 && formerly === '' && !request.regex) return;
    const all = [...change.after.members.values()].map(({ regex }) => regex);
    const wanted = new Set(all.filter((regex) => regex !== ''));
    if (formerly !== '' && !wanted.has(formerly) && change.after.regexes.has(formerly)) {
      change.write({ kind: 'regex', pattern: formerly, value: undefined });
    }
    const unseen = change.after.topicsSeen !== topics.version;
    for (const pattern of wanted) {
      const known = change.after.regexes.get(pattern);
      if (known !== undefined && !unseen) continue;
      const matched = request.match(pattern);
      if (known !== undefined && sameTexts(known.topics, matched)) continue;
      const value = { topics: matched, version: BigInt(topics.version), atMs: clock.nowMs() };
      change.write({ kind: 'regex', pattern, value });
    }
  }

  /** A new epoch gets its assignment, but not sooner after the last one than the setting says. */
  #assign(change: Change, nowMs: number): void {
    const { configs, topics } = this.#around;
    const { after } = change;
    if (after.epoch <= after.assignmentEpoch) return;
    const sinceMs = nowMs - after.assignedAtMs;
    if (sinceMs >= 0 && sinceMs < configs.number('group.consumer.assignment.interval.ms')) return;
    const offered = listOf(configs.string('group.consumer.assignors'));
    const assign = assignors.get(after.preferredAssignor ?? offered[0] ?? '');
    if (assign === undefined) return;
    const target = assign({
      members: [...after.members.values()].map((member) => ({
        id: member.id,
        instanceId: member.instanceId,
        topics: this.#idsOf(after.topicsOf(member)),
        before: after.targets.get(member.id) ?? (new Map() as Target),
      })),
      partitionsOf: (topicId) => topics.byId(topicId)?.partitions.length ?? 0,
    });
    for (const [memberId, value] of target) {
      if (!sameTarget(after.targets.get(memberId), value)) change.write({ kind: 'target', memberId, value });
    }
    change.write({ kind: 'assignment', value: { epoch: after.epoch, atMs: nowMs } });
  }

  #idsOf(names: ReadonlySet<string>): ReadonlySet<string> {
    const ids = [...names].map((name) => this.#around.topics.get(name)?.id);
    return new Set(ids.filter((id) => id !== undefined));
  }

  #renew(group: ConsumerGroup, id: string): void {
    const timers = timersOf(group, id);
    timers.session?.cancel();
    const sessionMs = this.#around.configs.number('group.consumer.session.timeout.ms');
    timers.session = this.#around.clock.setTimer(sessionMs, () => this.#expire(group, id));
  }

  /** Who was told to give partitions back has its own rebalance timeout for it. */
  #timeRevocation(group: ConsumerGroup, id: string): void {
    const timers = timersOf(group, id);
    timers.rebalance?.cancel();
    timers.rebalance = undefined;
    const member = group.members.get(id);
    if (member?.progress !== 'unrevoked') return;
    const { epoch, rebalanceTimeoutMs } = member;
    timers.rebalance = this.#around.clock.setTimer(Math.max(0, rebalanceTimeoutMs), () => {
      if (group.members.get(id)?.epoch === epoch) this.#expire(group, id);
    });
  }

  #expire(group: ConsumerGroup, id: string): void {
    const member = group.members.get(id);
    // What cannot be written down now is tried again after another session.
    if (member && this.putOut(group, member) !== errorCode.NONE) this.#renew(group, id);
  }

  #forgetTimers(group: ConsumerGroup, id: string): void {
    const timers = group.timers.get(id);
    timers?.session?.cancel();
    timers?.rebalance?.cancel();
    group.timers.delete(id);
  }
}

type Fact<E> = E extends { readonly group: string } ? Omit<E, 'group'> : never;

/** What one request changes: seen at once in `after`, and in the group when it is written down. */
class Change {
  readonly #group: ConsumerGroup;
  readonly #entries: ConsumerEntry[] = [];
  #after: ConsumerGroup;

  constructor(group: ConsumerGroup) {
    this.#group = group;
    this.#after = group;
  }

  /** The group itself while nothing has changed, which is what most heartbeats find; ask anew after each `write`. */
  get after(): ConsumerGroup {
    return this.#after;
  }

  write(fact: Fact<ConsumerEntry>): void {
    const entry: ConsumerEntry = { group: this.#group.id, ...fact };
    if (this.#entries.length === 0) this.#after = this.#group.copy();
    this.#entries.push(entry);
    this.#after.apply(entry);
  }

  /** The order matters to who reads the journal: Kafka's own. */
  remove(memberId: string): void {
    for (const kind of ['current', 'target', 'member'] as const) this.write({ kind, memberId, value: undefined });
  }

  /** A static member under a new id has what the former self was assigned. */
  replace(former: ConsumerMember, memberId: string): ConsumerMember {
    const member: ConsumerMember = { ...former, id: memberId, epoch: 0, previousEpoch: 0 };
    const target: Target = this.after.targets.get(former.id) ?? new Map();
    this.remove(former.id);
    this.write({ kind: 'member', memberId, value: metadataOf(member) });
    this.write({ kind: 'target', memberId, value: target });
    this.write({ kind: 'current', memberId, value: assignmentOf(member) });
    return member;
  }

  commit(store: ConsumerSurroundings['store']): number {
    return this.#entries.length === 0 ? errorCode.NONE : store(this.#group, this.#entries);
  }
}

function timersOf(group: ConsumerGroup, id: string): MemberTimers {
  const timers = group.timers.get(id) ?? { session: undefined, rebalance: undefined };
  group.timers.set(id, timers);
  return timers;
}

function unknownMember(group: ConsumerGroup, memberId: string): BeatRefusal {
  return refusal(errorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${group.id}.`);
}

/** What is not said stays. */
function updated(member: ConsumerMember, request: BeatRequest): MemberMetadata {
  return {
    instanceId: request.instanceId ?? member.instanceId,
    rackId: request.rackId ?? member.rackId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    topics: request.topics ? [...new Set(request.topics)].sort() : member.topics,
    regex: request.regex ?? member.regex,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
    assignor: request.assignor ?? member.assignor,
  };
}

function metadataOf(member: MemberMetadata): MemberMetadata {
  const { instanceId, rackId, clientId, clientHost, topics, regex, rebalanceTimeoutMs, assignor } = member;
  return { instanceId, rackId, clientId, clientHost, topics, regex, rebalanceTimeoutMs, assignor };
}

function assignmentOf(assignment: MemberAssignment): MemberAssignment {
  const { epoch, previousEpoch, progress, assigned, revoking } = assignment;
  return { epoch, previousEpoch, progress, assigned, revoking };
}

function sameMetadata(one: MemberMetadata, other: MemberMetadata): boolean {
  const { topics, ...rest } = metadataOf(one);
  return (
    sameTexts(topics, other.topics) &&
    Object.entries(rest).every(([name, value]) => other[name as keyof MemberMetadata] === value)
  );
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
