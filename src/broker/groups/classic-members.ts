/**
 * Members of the classic protocol in a group of the newer one, as during a rolling upgrade: the broker assigns to them as
 * to the others, and they fetch what they are assigned by joining again whenever a heartbeat tells them to.
 * Serves docs/spec/broker.md §5.6.
 */
import { type Random, randomUuid } from '../../base/random.js';
import { errorCode } from '../../protocol/errors.js';
import { type Identified, type JoinRequest, joinRefused, type SyncRequest, syncRefused } from './answers.js';
import { ConsumerChange } from './consumer-change.js';
import { type ConsumerGroup, type ConsumerMember, type MemberMetadata, newMember } from './consumer-group.js';
import type { ConsumerMembership, ConsumerSurroundings } from './consumer-membership.js';
import { encodedAssignment, type Subscription, subscriptionIn } from './consumer-protocol.js';
import type { ConsumerTimers } from './consumer-timers.js';
import type { JoinOutcome, SyncOutcome } from './group.js';

const UNKNOWN = '';

export interface ClassicSurroundings extends ConsumerSurroundings {
  readonly random: Random;
  readonly membership: ConsumerMembership;
  readonly timers: ConsumerTimers;
}

interface Found {
  readonly member: ConsumerMember;
  /** The id of the static member in whose place it comes. */
  readonly former?: string;
}

export class ClassicMembers {
  readonly #around: ClassicSurroundings;

  constructor(around: ClassicSurroundings) {
    this.#around = around;
  }

  /** Answered at once: nobody waits for the others, who keep what they have until they give it back. */
  join(group: ConsumerGroup, request: JoinRequest): JoinOutcome {
    const { configs, topics, random, membership, timers } = this.#around;
    const isNew = request.memberId === UNKNOWN;
    const memberId = isNew ? randomUuid(random) : request.memberId;
    const isFull = group.members.size >= configs.number('group.consumer.max.size');
    if (isFull && !group.members.has(memberId)) return joinRefused(errorCode.GROUP_MAX_SIZE_REACHED, UNKNOWN);
    const [first] = request.protocols;
    const subscription = first && subscriptionIn(first.metadata, topics);
    if (!group.supports(request.protocolType, request.protocols) || subscription === undefined) {
      return joinRefused(errorCode.INCONSISTENT_GROUP_PROTOCOL, UNKNOWN);
    }
    if (isNew && request.mustKnowItsId && request.instanceId === null) {
      return joinRefused(errorCode.MEMBER_ID_REQUIRED, memberId);
    }
    const change = new ConsumerChange(group);
    const found = find(change, { memberId, instanceId: request.instanceId, isNew });
    if (typeof found === 'number') return joinRefused(found, UNKNOWN);
    const { member: before, former } = found;
    const metadata = described(before, request, subscription);
    // What it subscribes to has names, so that no expression is ever matched for it.
    const said = { before, metadata, owned: subscription.owned, former, match: () => [] };
    const next = membership.advance(group, change, said);
    if (typeof next === 'number') return joinRefused(next, UNKNOWN);
    timers.awaitSync(group, next.id);
    // The last one of the newer protocol may have been the one in whose place this one came.
    if (former !== undefined) this.#around.downgrade(group, []);
    return {
      errorCode: errorCode.NONE,
      generationId: next.epoch,
      protocolType: group.protocolType,
      protocolName: metadata.classic?.protocols[0]?.name ?? null,
      leader: '',
      memberId: next.id,
      members: [],
    };
  }

  sync(group: ConsumerGroup, request: SyncRequest): SyncOutcome {
    const { timers, topics } = this.#around;
    const member = memberOf(group, request);
    if (typeof member === 'number') return syncRefused(member);
    const [protocol] = member.classic?.protocols ?? [];
    if (protocol === undefined) return syncRefused(errorCode.UNKNOWN_MEMBER_ID);
    if (request.generationId !== member.epoch) return syncRefused(errorCode.ILLEGAL_GENERATION);
    const otherType = request.protocolType !== null && request.protocolType !== group.protocolType;
    const otherName = request.protocolName !== null && request.protocolName !== protocol.name;
    if (otherType || otherName) return syncRefused(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    // Who gives back first has joined for that, and is told to join again afterwards.
    if (group.epoch > member.epoch && member.progress !== 'unrevoked') {
      timers.awaitJoin(group, member.id);
      return syncRefused(errorCode.REBALANCE_IN_PROGRESS);
    }
    timers.synced(group, member.id);
    timers.renew(group, member.id);
    return {
      errorCode: errorCode.NONE,
      protocolType: request.protocolType,
      protocolName: request.protocolName,
      assignment: encodedAssignment(member.assigned, protocol.metadata, topics),
    };
  }

  heartbeat(group: ConsumerGroup, request: Identified & { readonly generationId: number }): number {
    const { timers } = this.#around;
    const member = memberOf(group, request);
    if (typeof member === 'number') return member;
    if (request.generationId !== member.epoch) return errorCode.ILLEGAL_GENERATION;
    timers.renew(group, member.id);
    if (!mustJoin(group, member)) return errorCode.NONE;
    timers.awaitJoin(group, member.id);
    return errorCode.REBALANCE_IN_PROGRESS;
  }
}

/** For a new epoch, to give back, or for what was waited for and is free now. */
export function mustJoin(group: ConsumerGroup, member: ConsumerMember): boolean {
  if (member.classic === null) return false;
  if (member.epoch < group.epoch || member.progress === 'unrevoked') return true;
  return member.progress === 'unreleased' && !group.isWaiting(member);
}

/** The member of the classic protocol that this is, or the error code. */
function memberOf(group: ConsumerGroup, who: Identified): ConsumerMember | number {
  const member = who.instanceId === null ? group.members.get(who.memberId) : group.memberOfInstance(who.instanceId);
  if (member === undefined) return errorCode.UNKNOWN_MEMBER_ID;
  if (member.id !== who.memberId) return errorCode.FENCED_INSTANCE_ID;
  return member.classic ? member : errorCode.UNKNOWN_MEMBER_ID;
}

function find(change: ConsumerChange, who: Identified & { readonly isNew: boolean }): Found | number {
  const { memberId, instanceId } = who;
  const known = change.after.members.get(memberId) ?? newMember(memberId);
  if (instanceId === null) return { member: known };
  const holder = change.after.memberOfInstance(instanceId);
  if (who.isNew) {
    if (holder === undefined) return { member: known };
    return { member: change.replace(holder, memberId), former: holder.id };
  }
  if (holder === undefined) return errorCode.UNKNOWN_MEMBER_ID;
  return holder.id === memberId ? { member: holder } : errorCode.FENCED_INSTANCE_ID;
}

function described(before: ConsumerMember, request: JoinRequest, subscription: Subscription): MemberMetadata {
  return {
    instanceId: request.instanceId ?? before.instanceId,
    rackId: subscription.rackId ?? before.rackId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    topics: subscription.topics,
    regex: '',
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    assignor: before.assignor,
    classic: { sessionTimeoutMs: request.sessionTimeoutMs, protocols: request.protocols },
  };
}
