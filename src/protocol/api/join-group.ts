// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface JoinGroupRequest {
  groupId: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  memberId: string;
  groupInstanceId: string | null;
  protocolType: string;
  protocols: JoinGroupRequestJoinGroupRequestProtocol[];
  reason: string | null;
}

export interface JoinGroupRequestJoinGroupRequestProtocol {
  name: string;
  metadata: Buffer;
}

export interface JoinGroupResponse {
  throttleTimeMs: number;
  errorCode: number;
  generationId: number;
  protocolType: string | null;
  protocolName: string | null;
  leader: string;
  skipAssignment: boolean;
  memberId: string;
  members: JoinGroupResponseJoinGroupResponseMember[];
}

export interface JoinGroupResponseJoinGroupResponseMember {
  memberId: string;
  groupInstanceId: string | null;
  metadata: Buffer;
}

export const joinGroup: Api<JoinGroupRequest, JoinGroupResponse> = {
  key: 11,
  name: 'JoinGroup',
  versions: { min: 0, max: 9 },
  flexibleFrom: 6,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'sessionTimeoutMs', type: 'int32', versions: { min: 0 } },
    { name: 'rebalanceTimeoutMs', type: 'int32', versions: { min: 1 }, default: -1 },
    { name: 'memberId', type: 'string', versions: { min: 0 } },
    { name: 'groupInstanceId', type: 'string', versions: { min: 5 }, nullable: { min: 5 }, default: null },
    { name: 'protocolType', type: 'string', versions: { min: 0 } },
    {
      name: 'protocols',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'metadata', type: 'bytes', versions: { min: 0 } },
      ],
    },
    { name: 'reason', type: 'string', versions: { min: 8 }, nullable: { min: 8 }, default: null },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 2 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'generationId', type: 'int32', versions: { min: 0 }, default: -1 },
    { name: 'protocolType', type: 'string', versions: { min: 7 }, nullable: { min: 7 }, default: null },
    { name: 'protocolName', type: 'string', versions: { min: 0 }, nullable: { min: 7 } },
    { name: 'leader', type: 'string', versions: { min: 0 } },
    { name: 'skipAssignment', type: 'bool', versions: { min: 9 } },
    { name: 'memberId', type: 'string', versions: { min: 0 } },
    {
      name: 'members',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'memberId', type: 'string', versions: { min: 0 } },
        { name: 'groupInstanceId', type: 'string', versions: { min: 5 }, nullable: { min: 5 }, default: null },
        { name: 'metadata', type: 'bytes', versions: { min: 0 } },
      ],
    },
  ],
};
