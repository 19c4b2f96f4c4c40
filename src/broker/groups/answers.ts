/** What members ask of a group, and the answers they get: the plain part of membership, without timers. */
import { errorCode } from '../../protocol/errors.js';
import { type Group, type JoinOutcome, type Member, NO_ASSIGNMENT, type Protocol, type SyncOutcome } from './group.js';

export interface JoinRequest {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
  /** From version 4 on a new member first gets its id and then joins with it (KIP-394). */
  readonly mustKnowItsId: boolean;
  /** From version 9 on a leader that comes back learns that it has nothing to assign (KIP-814). */
  readonly canSkipAssignment: boolean;
}

export interface SyncRequest {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
}

export interface Identified {
  readonly memberId: string;
  readonly instanceId: string | null;
}

/** Is this a member, and the present holder of its instance id? */
export function memberError(group: Group, who: Identified): number {
  if (who.instanceId !== null) {
    const holder = group.instances.get(who.instanceId);
    if (holder === undefined) return errorCode.UNKNOWN_MEMBER_ID;
    if (holder !== who.memberId) return errorCode.FENCED_INSTANCE_ID;
  }
  return group.members.has(who.memberId) ? errorCode.NONE : errorCode.UNKNOWN_MEMBER_ID;
}

/** A member that has just come, and waits for nothing. */
export const NOTHING_ASSIGNED = {
  assignment: NO_ASSIGNMENT,
  awaitingJoin: undefined,
  awaitingSync: undefined,
  session: undefined,
};

export function memberOf(id: string, request: JoinRequest): Member {
  return {
    id,
    instanceId: request.instanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols: request.protocols,
    ...NOTHING_ASSIGNED,
  };
}

export function joined(group: Group, member: Member): JoinOutcome {
  const isLeader = member.id === group.leader;
  const members = [...group.members.values()].map((each) => ({
    memberId: each.id,
    groupInstanceId: each.instanceId,
    metadata: group.metadataOf(each),
  }));
  return {
    errorCode: errorCode.NONE,
    generationId: group.generation,
    protocolType: group.protocolType ?? null,
    protocolName: group.protocolName ?? null,
    leader: group.leader ?? '',
    memberId: member.id,
    members: isLeader ? members : [],
  };
}

export function joinRefused(code: number, memberId: string): JoinOutcome {
  const nobody = { protocolType: null, protocolName: null, leader: '', members: [] };
  return { errorCode: code, generationId: -1, memberId, ...nobody };
}

export function synced(group: Group, member: Member): SyncOutcome {
  return {
    errorCode: errorCode.NONE,
    protocolType: group.protocolType ?? null,
    protocolName: group.protocolName ?? null,
    assignment: member.assignment,
  };
}

export function syncRefused(code: number): SyncOutcome {
  return { errorCode: code, protocolType: null, protocolName: null, assignment: NO_ASSIGNMENT };
}
