// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeGroupsRequest {
  groups: string[];
  includeAuthorizedOperations: boolean;
}

export interface DescribeGroupsResponse {
  throttleTimeMs: number;
  groups: DescribeGroupsResponseDescribedGroup[];
}

export interface DescribeGroupsResponseDescribedGroup {
  errorCode: number;
  errorMessage: string | null;
  groupId: string;
  groupState: string;
  protocolType: string;
  protocolData: string;
  members: DescribeGroupsResponseDescribedGroupMember[];
  authorizedOperations: number;
}

export interface DescribeGroupsResponseDescribedGroupMember {
  memberId: string;
  groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  memberMetadata: Buffer;
  memberAssignment: Buffer;
}

export const describeGroups: Api<DescribeGroupsRequest, DescribeGroupsResponse> = {
  key: 15,
  name: 'DescribeGroups',
  versions: { min: 0, max: 6 },
  flexibleFrom: 5,
  request: [
    { name: 'groups', type: 'string', array: true, versions: { min: 0 } },
    { name: 'includeAuthorizedOperations', type: 'bool', versions: { min: 3 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    {
      name: 'groups',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 6 }, nullable: { min: 6 }, default: null },
        { name: 'groupId', type: 'string', versions: { min: 0 } },
        { name: 'groupState', type: 'string', versions: { min: 0 } },
        { name: 'protocolType', type: 'string', versions: { min: 0 } },
        { name: 'protocolData', type: 'string', versions: { min: 0 } },
        {
          name: 'members',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'memberId', type: 'string', versions: { min: 0 } },
            { name: 'groupInstanceId', type: 'string', versions: { min: 4 }, nullable: { min: 4 }, default: null },
            { name: 'clientId', type: 'string', versions: { min: 0 } },
            { name: 'clientHost', type: 'string', versions: { min: 0 } },
            { name: 'memberMetadata', type: 'bytes', versions: { min: 0 } },
            { name: 'memberAssignment', type: 'bytes', versions: { min: 0 } },
          ],
        },
        { name: 'authorizedOperations', type: 'int32', versions: { min: 3 }, default: -2147483648 },
      ],
    },
  ],
};
