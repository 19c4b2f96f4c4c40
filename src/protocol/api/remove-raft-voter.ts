// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface RemoveRaftVoterRequest {
  clusterId: string | null;
  voterId: number;
  voterDirectoryId: string;
}

export interface RemoveRaftVoterResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
}

export const removeRaftVoter: Api<RemoveRaftVoterRequest, RemoveRaftVoterResponse> = {
  key: 81,
  name: 'RemoveRaftVoter',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    { name: 'clusterId', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    { name: 'voterId', type: 'int32', versions: { min: 0 } },
    { name: 'voterDirectoryId', type: 'uuid', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
  ],
};
