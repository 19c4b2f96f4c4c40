// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface SyncGroupRequest {
  groupId: string;
  generationId: number;
  memberId: string;
  groupInstanceId: string | null;
  protocolType: string | null;
  protocolName: string | null;
  assignments: SyncGroupRequestSyncGroupRequestAssignment[];
}

export interface SyncGroupRequestSyncGroupRequestAssignment {
  memberId: string;
  assignment: Buffer;
}

export interface SyncGroupResponse {
  throttleTimeMs: number;
  errorCode: number;
  protocolType: string | null;
  protocolName: string | null;
  assignment: Buffer;
}

export const syncGroup: Api<SyncGroupRequest, SyncGroupResponse> = {
  key: 14,
  name: 'SyncGroup',
  versions: { min: 0, max: 5 },
  flexibleFrom: 4,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'generationId', type: 'int32', versions: { min: 0 } },
    { name: 'memberId', type: 'string', versions: { min: 0 } },
    { name: 'groupInstanceId', type: 'string', versions: { min: 3 }, nullable: { min: 3 }, default: null },
    { name: 'protocolType', type: 'string', versions: { min: 5 }, nullable: { min: 5 }, default: null },
    { name: 'protocolName', type: 'string', versions: { min: 5 }, nullable: { min: 5 }, default: null },
    {
      name: 'assignments',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'memberId', type: 'string', versions: { min: 0 } },
        { name: 'assignment', type: 'bytes', versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'protocolType', type: 'string', versions: { min: 5 }, nullable: { min: 5 }, default: null },
    { name: 'protocolName', type: 'string', versions: { min: 5 }, nullable: { min: 5 }, default: null },
    { name: 'assignment', type: 'bytes', versions: { min: 0 } },
  ],
};
