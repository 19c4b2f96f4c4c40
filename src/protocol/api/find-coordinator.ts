// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface FindCoordinatorRequest {
  key: string;
  keyType: number;
  coordinatorKeys: string[];
}

export interface FindCoordinatorResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  nodeId: number;
  host: string;
  port: number;
  coordinators: FindCoordinatorResponseCoordinator[];
}

export interface FindCoordinatorResponseCoordinator {
  key: string;
  nodeId: number;
  host: string;
  port: number;
  errorCode: number;
  errorMessage: string | null;
}

export const findCoordinator: Api<FindCoordinatorRequest, FindCoordinatorResponse> = {
  key: 10,
  name: 'FindCoordinator',
  versions: { min: 0, max: 6 },
  flexibleFrom: 3,
  request: [
    { name: 'key', type: 'string', versions: { min: 0, max: 3 } },
    { name: 'keyType', type: 'int8', versions: { min: 1 }, default: 0 },
    { name: 'coordinatorKeys', type: 'string', array: true, versions: { min: 4 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0, max: 3 } },
    { name: 'errorMessage', type: 'string', versions: { min: 1, max: 3 }, nullable: { min: 1, max: 3 } },
    { name: 'nodeId', type: 'int32', versions: { min: 0, max: 3 } },
    { name: 'host', type: 'string', versions: { min: 0, max: 3 } },
    { name: 'port', type: 'int32', versions: { min: 0, max: 3 } },
    {
      name: 'coordinators',
      type: 'struct',
      array: true,
      versions: { min: 4 },
      fields: [
        { name: 'key', type: 'string', versions: { min: 4 } },
        { name: 'nodeId', type: 'int32', versions: { min: 4 } },
        { name: 'host', type: 'string', versions: { min: 4 } },
        { name: 'port', type: 'int32', versions: { min: 4 } },
        { name: 'errorCode', type: 'int16', versions: { min: 4 } },
        { name: 'errorMessage', type: 'string', versions: { min: 4 }, nullable: { min: 4 } },
      ],
    },
  ],
};
