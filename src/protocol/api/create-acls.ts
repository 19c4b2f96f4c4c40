// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface CreateAclsRequest {
  creations: CreateAclsRequestAclCreation[];
}

export interface CreateAclsRequestAclCreation {
  resourceType: number;
  resourceName: string;
  resourcePatternType: number;
  principal: string;
  host: string;
  operation: number;
  permissionType: number;
}

export interface CreateAclsResponse {
  throttleTimeMs: number;
  results: CreateAclsResponseAclCreationResult[];
}

export interface CreateAclsResponseAclCreationResult {
  errorCode: number;
  errorMessage: string | null;
}

export const createAcls: Api<CreateAclsRequest, CreateAclsResponse> = {
  key: 30,
  name: 'CreateAcls',
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
  request: [
    {
      name: 'creations',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'resourceType', type: 'int8', versions: { min: 0 } },
        { name: 'resourceName', type: 'string', versions: { min: 0 } },
        { name: 'resourcePatternType', type: 'int8', versions: { min: 1 }, default: 3 },
        { name: 'principal', type: 'string', versions: { min: 0 } },
        { name: 'host', type: 'string', versions: { min: 0 } },
        { name: 'operation', type: 'int8', versions: { min: 0 } },
        { name: 'permissionType', type: 'int8', versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'results',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
      ],
    },
  ],
};
