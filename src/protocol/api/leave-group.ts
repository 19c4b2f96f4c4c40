// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface LeaveGroupRequest {
  groupId: string;
  memberId: string;
  members: LeaveGroupRequestMemberIdentity[];
}

export interface LeaveGroupRequestMemberIdentity {
  memberId: string;
  groupInstanceId: string | null;
  reason: string | null;
}

export interface LeaveGroupResponse {
  throttleTimeMs: number;
  errorCode: number;
  members: LeaveGroupResponseMemberResponse[];
}

export interface LeaveGroupResponseMemberResponse {
  memberId: string;
  groupInstanceId: string | null;
  errorCode: number;
}

export const leaveGroup: Api<LeaveGroupRequest, LeaveGroupResponse> = {
  key: 13,
  name: 'LeaveGroup',
  versions: { min: 0, max: 5 },
  flexibleFrom: 4,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'memberId', type: 'string', versions: { min: 0, max: 2 } },
    {
      name: 'members',
      type: 'struct',
      array: true,
      versions: { min: 3 },
      fields: [
        { name: 'memberId', type: 'string', versions: { min: 3 } },
        { name: 'groupInstanceId', type: 'string', versions: { min: 3 }, nullable: { min: 3 }, default: null },
        { name: 'reason', type: 'string', versions: { min: 5 }, nullable: { min: 5 }, default: null },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    {
      name: 'members',
      type: 'struct',
      array: true,
      versions: { min: 3 },
      fields: [
        { name: 'memberId', type: 'string', versions: { min: 3 } },
        { name: 'groupInstanceId', type: 'string', versions: { min: 3 }, nullable: { min: 3 } },
        { name: 'errorCode', type: 'int16', versions: { min: 3 } },
      ],
    },
  ],
};
