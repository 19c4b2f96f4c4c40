/**
 * Heartbeats of the newer protocol (KIP-848): members join, change, take over, give back, leave and are put out. Each
 * heartbeat is tried on a copy of the group, written down as a whole, and only then counts. Serves docs/spec/broker.md §5.4.
 */
import { errorCode } from '../../protocol/errors.js';
import type { Identified } from './answers.js';
import { type BeatOutcome, type BeatRefusal, type BeatRequest, epochRefusal, refusal, staticRefusal } from './beat.js';
import { mustJoin } from './classic-members.js';
import { assignmentOf, ConsumerChange, type StoreFacts } from './consumer-change.js';
import { assign, beginEpoch, type EpochSurroundings, idsOf, sameTexts, takeIn } from './consumer-epochs.js';
import {
  type ConsumerGroup,
  type ConsumerMember,
  LEAVES_FOR_A_WHILE,
  type MemberMetadata,
  newMember,
  sameHeld,
} from './consumer-group.js';
import { ConsumerTimers } from './consumer-timers.js';
import { type Owned, reconcile } from './reconcile.js';

export interface ConsumerSurroundings extends EpochSurroundings {
  readonly store: StoreFacts;
  /**
   * Makes it a classic group where only classic members are left without these. Gives the error code; undefined: it
   * stays what it is.
   */
  readonly downgrade: (group: ConsumerGroup, without: readonly string[]) => number | undefined;
}

/** What a member says, by either protocol. */
export interface Said {
  readonly before: ConsumerMember;
  readonly metadata: MemberMetadata;
  readonly owned: Owned;
  readonly match: BeatRequest['match'];
  /** The id of the static member in whose place it comes. */
  readonly former: string | undefined;
}

interface Found {
  readonly kind: 'found';
  readonly member: ConsumerMember;
  /** The id of the static member in whose place it comes. */
  readonly former?: string;
}

export class ConsumerMembership {
  readonly #around: ConsumerSurroundings;
  readonly timers: ConsumerTimers;

  constructor(around: ConsumerSurroundings) {
    this.#around = around;
    this.timers = new ConsumerTimers({
      clock: around.clock,
      sessionMs: (groupId) => around.configs.groupNumber(groupId, 'consumer.session.timeout.ms'),
      expire: (group, id) => {
        const member = group.members.get(id);
        return member === undefined || this.putOut(group, member) === errorCode.NONE;
      },
    });
  }

  /** With an epoch of zero or more. The caller has checked what can be checked without the group. */
  beat(group: ConsumerGroup, request: BeatRequest): BeatOutcome {
    const { configs } = this.#around;
    const sizeMax = configs.number('group.consumer.max.size');
    if (group.members.size >= sizeMax && !group.members.has(request.memberId)) {
      const said = `The consumer group has reached its maximum capacity of ${sizeMax} members.`;
      return refusal(errorCode.GROUP_MAX_SIZE_REACHED, said);
    }
    const change = new ConsumerChange(group);
    const found = this.#find(change, request);
    if (found.kind === 'refused') return found;
    const { member: before, former } = found;
    const metadata = updated(before, request);
    const { owned, match } = request;
    const next = this.advance(group, change, { before, metadata, owned, match, former });
    if (typeof next === 'number') return refusal(next, null);
    const isFull = request.rebalanceTimeoutMs !== -1 && request.topics !== null && request.owned !== null;
    const tells = request.memberEpoch === 0 || isFull || !sameHeld(before.assigned, next.assigned);
    return {
      kind: 'accepted',
      memberId: next.id,
      memberEpoch: next.epoch,
      heartbeatIntervalMs: configs.groupNumber(group.id, 'consumer.heartbeat.interval.ms'),
      assignment: tells ? next.assigned : undefined,
    };
  }

  /** Takes in what a member says, and brings it one step nearer to its target. Gives the member as it is then, or the error code. */
  advance(group: ConsumerGroup, change: ConsumerChange, said: Said): ConsumerMember | number {
    const { topics } = this.#around;
    const { before, metadata, owned, former } = said;
    takeIn(this.#around, change, said);
    assign(this.#around, change);
    const member = change.after.members.get(before.id) ?? before;
    const changedTopics = !sameTexts(before.topics, metadata.topics) || before.regex !== metadata.regex;
    const next = reconcile(member, {
      targetEpoch: change.after.assignmentEpoch,
      target: change.after.targets.get(member.id) ?? new Map(),
      owned,
      subscribed: changedTopics ? idsOf(topics, change.after.topicsOf(member)) : undefined,
      // What it has just given back itself it may have again.
      isHeld: (topicId, partition) => ![undefined, member.id].includes(change.after.holderOf(topicId, partition)),
    });
    if (next !== member) change.write({ kind: 'current', memberId: member.id, value: assignmentOf(next) });
    const code = change.commit(this.#around.store);
    if (code !== errorCode.NONE) return code;
    group.topicsSeen = topics.version;
    if (former !== undefined) this.timers.forget(group, former);
    // Whoever goes over to the newer protocol neither joins nor syncs any more.
    if (before.classic && !metadata.classic) this.timers.forget(group, before.id);
    this.timers.renew(group, member.id);
    if (next !== member) this.timers.timeRevocation(group, member.id);
    return { ...member, ...next };
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
      const change = new ConsumerChange(group);
      const value = { ...assignmentOf(member), epoch: LEAVES_FOR_A_WHILE, revoking: new Map() };
      change.write({ kind: 'current', memberId, value });
      const code = change.commit(this.#around.store);
      return code === errorCode.NONE ? left : refusal(code, null);
    }
    const code = this.putOut(group, member);
    return code === errorCode.NONE ? left : refusal(code, null);
  }

  /**
   * By LeaveGroup, as an administrator does: by its id, or a static member by its instance id. Each is looked for in the group
   * as it was: who is named twice leaves twice. Gives an error code for each.
   */
  takeOut(group: ConsumerGroup, leaving: readonly Identified[]): number[] {
    const found = leaving.map((who) => memberNamed(group, who));
    const members = found.filter((each) => typeof each !== 'number');
    const code = members.length === 0 ? errorCode.NONE : this.#putOutAll(group, [...new Set(members)]);
    return found.map((each) => (typeof each === 'number' ? each : code));
  }

  /** The member is gone, and what it had is free. Gives the error code. */
  putOut(group: ConsumerGroup, member: ConsumerMember): number {
    return this.#putOutAll(group, [member]);
  }

  /** After a start: everybody has a whole session to be heard of, and what it was given to give back. */
  resume(group: ConsumerGroup): void {
    for (const id of group.members.keys()) {
      this.timers.renew(group, id);
      this.timers.timeRevocation(group, id);
      const member = group.members.get(id);
      if (member && mustJoin(group, member)) this.timers.awaitJoin(group, id);
    }
  }

  stop(group: ConsumerGroup): void {
    for (const id of [...group.timers.keys()]) this.timers.forget(group, id);
  }

  /** In one epoch. */
  #putOutAll(group: ConsumerGroup, members: readonly ConsumerMember[]): number {
    const ids = members.map(({ id }) => id);
    const downgraded = this.#around.downgrade(group, ids);
    if (downgraded !== undefined) return downgraded;
    const change = new ConsumerChange(group);
    for (const id of ids) change.remove(id);
    beginEpoch(this.#around, change, members);
    const code = change.commit(this.#around.store);
    if (code === errorCode.NONE) for (const id of ids) this.timers.forget(group, id);
    return code;
  }

  /** The member that asks, as it was; a new one, or one in the place of a static member that had left, is made. */
  #find(change: ConsumerChange, request: BeatRequest): Found | BeatRefusal {
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
    // One of the classic protocol cannot say that it leaves for a while: it is simply replaced.
    if (holder.epoch !== LEAVES_FOR_A_WHILE && holder.classic === null) {
      const said = `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${holder.id} member.`;
      return refusal(errorCode.UNRELEASED_INSTANCE_ID, said);
    }
    return { kind: 'found', member: change.replace(holder, memberId), former: holder.id };
  }
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
    classic: null,
  };
}

/** Or the error code. A static member is known by its name alone. */
function memberNamed(group: ConsumerGroup, who: Identified): ConsumerMember | number {
  const member = who.instanceId === null ? group.members.get(who.memberId) : group.memberOfInstance(who.instanceId);
  if (member === undefined) return errorCode.UNKNOWN_MEMBER_ID;
  return who.memberId !== '' && who.memberId !== member.id ? errorCode.FENCED_INSTANCE_ID : member;
}
