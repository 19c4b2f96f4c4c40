// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface HeartbeatRequest {
  groupId: string;
  generationId: number;
  memberId: string;
  groupInstanceId: string | null;
}

export interface HeartbeatResponse {
  throttleTimeMs: number;
  errorCode: number;
}

export const heartbeat: Api<HeartbeatRequest, HeartbeatResponse> = {
  key: 12,
  name: 'Heartbeat',
  versions: { min: 0, max: 4 },
  flexibleFrom: 4,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'generationId', type: 'int32', versions: { min: 0 } },
    { name: 'memberId', type: 'string', versions: { min: 0 } },
    { name: 'groupInstanceId', type: 'string', versions: { min: 3 }, nullable: { min: 3 }, default: null },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
  ],
};
