// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface AddRaftVoterRequest {
  clusterId: string | null;
  timeoutMs: number;
  voterId: number;
  voterDirectoryId: string;
  listeners: AddRaftVoterRequestListener[];
  ackWhenCommitted: boolean;
}

export interface AddRaftVoterRequestListener {
  name: string;
  host: string;
  port: number;
}

export interface AddRaftVoterResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
}

export const addRaftVoter: Api<AddRaftVoterRequest, AddRaftVoterResponse> = {
  key: 80,
  name: 'AddRaftVoter',
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
  request: [
    { name: 'clusterId', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    { name: 'timeoutMs', type: 'int32', versions: { min: 0 } },
    { name: 'voterId', type: 'int32', versions: { min: 0 } },
    { name: 'voterDirectoryId', type: 'uuid', versions: { min: 0 } },
    {
      name: 'listeners',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'host', type: 'string', versions: { min: 0 } },
        { name: 'port', type: 'uint16', versions: { min: 0 } },
      ],
    },
    { name: 'ackWhenCommitted', type: 'bool', versions: { min: 1 }, default: true },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
  ],
};
