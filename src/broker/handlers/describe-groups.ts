/** ListGroups, DescribeGroups and DeleteGroups. Groups of the newer protocol describe themselves in `consumer-group-describe.ts`. */

import type { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/api/delete-groups.js';
import type { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/api/describe-groups.js';
import type { ListGroupsRequest, ListGroupsResponse } from '../../protocol/api/list-groups.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import type { Group } from '../groups/group.js';
import { NO_ASSIGNMENT } from '../groups/group.js';
import { type Handler, NO_OPERATIONS } from '../state.js';
import { groupError } from './group-error.js';

const TELLS_MISSING = 6;

export const answerListGroups: Handler<ListGroupsRequest, ListGroupsResponse> = (broker, request, { rights }) => {
  const maySee = (groupId: string) => rights.mayOnCluster('DESCRIBE') || rights.may('DESCRIBE', 'GROUP', groupId);
  const among = (filter: readonly string[], value: string) =>
    filter.length === 0 || filter.some((each) => each.toLowerCase() === value.toLowerCase());
  return {
    groups: broker.groups.all
      .filter(({ id }) => maySee(id) && !broker.groups.isOffline(id))
      .filter((group) => among(request.statesFilter, group.state) && among(request.typesFilter, group.kind))
      .map((group) => ({
        groupId: group.id,
        protocolType: group.protocolType ?? '',
        groupState: group.state,
        groupType: group.kind,
      })),
  };
};

export const answerDescribeGroups: Handler<DescribeGroupsRequest, DescribeGroupsResponse> = (
  broker,
  request,
  context,
) => {
  const { rights } = context;
  return {
    groups: request.groups.map((groupId) => {
      if (!rights.may('DESCRIBE', 'GROUP', groupId)) {
        return { groupId, errorCode: errorCode.GROUP_AUTHORIZATION_FAILED, authorizedOperations: NO_OPERATIONS };
      }
      if (broker.groups.isOffline(groupId)) {
        return { groupId, errorCode: errorCode.NOT_COORDINATOR, authorizedOperations: NO_OPERATIONS };
      }
      const group = broker.groups.get(groupId);
      const asked = request.includeAuthorizedOperations;
      const authorizedOperations = asked ? rights.operations('GROUP', groupId) : NO_OPERATIONS;
      if (group?.kind === 'classic') return { ...described(group), authorizedOperations };
      const missing = { groupId, groupState: 'Dead', authorizedOperations };
      if (context.version < TELLS_MISSING) return missing;
      const errorMessage = group ? `Group ${groupId} is not a classic group.` : `Group ${groupId} not found.`;
      return { ...missing, errorCode: errorCode.GROUP_ID_NOT_FOUND, errorMessage, authorizedOperations: NO_OPERATIONS };
    }),
  };
};

export const answerDeleteGroups: Handler<DeleteGroupsRequest, DeleteGroupsResponse> = (
  broker,
  request,
  { rights },
) => ({
  results: [...new Set(request.groupsNames)].map((groupId) => {
    if (!rights.may('DELETE', 'GROUP', groupId)) return { groupId, errorCode: errorCode.GROUP_AUTHORIZATION_FAILED };
    const error = groupError(broker, groupId);
    if (error !== errorCode.NONE) return { groupId, errorCode: error };
    const group = broker.groups.get(groupId);
    if (group === undefined) return { groupId, errorCode: errorCode.GROUP_ID_NOT_FOUND };
    if (group.state !== 'Empty') return { groupId, errorCode: errorCode.NON_EMPTY_GROUP };
    return { groupId, errorCode: broker.groups.delete(group) };
  }),
});

function described(group: Group): Draft<DescribeGroupsResponse['groups'][number]> {
  const isStable = group.state === 'Stable';
  return {
    groupId: group.id,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? group.metadataOf(member) : NO_ASSIGNMENT,
      memberAssignment: member.assignment,
    })),
  };
}
