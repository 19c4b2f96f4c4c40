/** JoinGroup, SyncGroup, Heartbeat, LeaveGroup: the wire side of `groups/membership.ts`. */

import type { HeartbeatRequest, HeartbeatResponse } from '../../protocol/api/heartbeat.js';
import type { JoinGroupRequest, JoinGroupResponse } from '../../protocol/api/join-group.js';
import type { LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/api/leave-group.js';
import type { SyncGroupRequest, SyncGroupResponse } from '../../protocol/api/sync-group.js';
import { errorCode } from '../../protocol/errors.js';
import { type Identified, joinRefused, syncRefused } from '../groups/answers.js';
import type { JoinOutcome } from '../groups/group.js';
import type { AnyGroup } from '../groups/known-groups.js';
import type { BrokerState, Handler } from '../state.js';
import { groupError } from './group-error.js';

const KNOWS_ITS_ID = 4;
const SKIPS_ASSIGNMENT = 9;
const NULLABLE_PROTOCOL = 7;
const MANY_MEMBERS = 3;
/** SyncGroup says by which protocol the group works. */
const NAMES_PROTOCOL = 5;

export const answerJoinGroup: Handler<JoinGroupRequest, JoinGroupResponse> = (broker, request, context) => {
  const spoken = (outcome: JoinOutcome) => ({
    ...outcome,
    members: outcome.members.map((member) => ({ ...member })),
    protocolName: outcome.protocolName ?? (context.version >= NULLABLE_PROTOCOL ? null : ''),
  });
  const refuse = (code: number) => refuseJoin(request, code, context.version);
  const error = groupError(broker, request.groupId);
  if (error !== errorCode.NONE) return refuse(error);
  const { sessionTimeoutMs } = request;
  const shortest = broker.configs.number('group.min.session.timeout.ms');
  const longest = broker.configs.number('group.max.session.timeout.ms');
  if (sessionTimeoutMs < shortest || sessionTimeoutMs > longest) return refuse(errorCode.INVALID_SESSION_TIMEOUT);
  if (request.memberId !== '' && broker.groups.get(request.groupId) === undefined) {
    return refuse(errorCode.UNKNOWN_MEMBER_ID);
  }
  const group = broker.groups.joinable(request.groupId);
  if (typeof group === 'number') return refuse(group);
  return new Promise((resolve) => {
    const join = {
      memberId: request.memberId,
      instanceId: request.groupInstanceId,
      clientId: context.clientId,
      clientHost: `/${context.clientHost}`,
      sessionTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs > 0 ? request.rebalanceTimeoutMs : sessionTimeoutMs,
      protocolType: request.protocolType,
      // Copies: the frame that these bytes stand in is let go.
      protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
      mustKnowItsId: context.version >= KNOWS_ITS_ID,
      canSkipAssignment: context.version >= SKIPS_ASSIGNMENT,
    };
    const answer = (outcome: JoinOutcome) => resolve(spoken(outcome));
    if (group.kind === 'consumer') answer(broker.groups.classicMembers.join(group, join));
    else broker.groups.membership.join(group, join, answer);
  });
};

export function refuseJoin(request: JoinGroupRequest, code: number, version: number) {
  const { members, ...refused } = joinRefused(code, request.memberId);
  const protocolName = refused.protocolName ?? (version >= NULLABLE_PROTOCOL ? null : '');
  return { ...refused, members: [...members], protocolName };
}

export const answerSyncGroup: Handler<SyncGroupRequest, SyncGroupResponse> = (broker, request, { version }) => {
  const isNamed = request.protocolType !== null && request.protocolName !== null;
  if (version >= NAMES_PROTOCOL && !isNamed) return syncRefused(errorCode.INCONSISTENT_GROUP_PROTOCOL);
  const error = groupError(broker, request.groupId);
  if (error !== errorCode.NONE) return syncRefused(error);
  const group = broker.groups.get(request.groupId);
  if (group === undefined) return syncRefused(errorCode.UNKNOWN_MEMBER_ID);
  return new Promise((resolve) => {
    const { memberId, generationId, protocolType, protocolName, assignments } = request;
    const sync = {
      memberId,
      generationId,
      protocolType,
      protocolName,
      assignments,
      instanceId: request.groupInstanceId,
    };
    if (group.kind === 'consumer') resolve(broker.groups.classicMembers.sync(group, sync));
    else broker.groups.membership.sync(group, sync, resolve);
  });
};

export const answerHeartbeat: Handler<HeartbeatRequest, HeartbeatResponse> = (broker, request) => {
  const error = groupError(broker, request.groupId);
  if (error !== errorCode.NONE) return { errorCode: error };
  const group = broker.groups.get(request.groupId);
  if (group === undefined) return { errorCode: errorCode.UNKNOWN_MEMBER_ID };
  const { memberId, generationId, groupInstanceId: instanceId } = request;
  const asked = { memberId, generationId, instanceId };
  const { classicMembers, membership } = broker.groups;
  return {
    errorCode: group.kind === 'consumer' ? classicMembers.heartbeat(group, asked) : membership.heartbeat(group, asked),
  };
};

export const answerLeaveGroup: Handler<LeaveGroupRequest, LeaveGroupResponse> = (broker, request, context) => {
  const error = groupError(broker, request.groupId);
  if (error !== errorCode.NONE) return { errorCode: error };
  const single = [{ memberId: request.memberId, groupInstanceId: null }];
  const leaving = context.version >= MANY_MEMBERS ? request.members : single;
  const asked = leaving.map(({ memberId, groupInstanceId: instanceId }) => ({ memberId, instanceId }));
  const codes = leave(broker, broker.groups.get(request.groupId), asked);
  const members = leaving.map(({ memberId, groupInstanceId }, i) => ({
    memberId,
    groupInstanceId,
    errorCode: codes[i] ?? errorCode.NONE,
  }));
  if (context.version >= MANY_MEMBERS) return { members };
  return { errorCode: members[0]?.errorCode ?? errorCode.NONE };
};

/** Members of either protocol: this is also how an administrator takes them out. */
function leave(broker: BrokerState, group: AnyGroup | undefined, leaving: readonly Identified[]): readonly number[] {
  switch (group?.kind) {
    case undefined:
      return leaving.map(() => errorCode.UNKNOWN_MEMBER_ID);
    case 'classic':
      return broker.groups.membership.leave(group, leaving);
    case 'consumer':
      return broker.groups.consumers.takeOut(group, leaving);
  }
}
