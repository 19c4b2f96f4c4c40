// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DeleteAclsRequest {
  filters: DeleteAclsRequestDeleteAclsFilter[];
}

export interface DeleteAclsRequestDeleteAclsFilter {
  resourceTypeFilter: number;
  resourceNameFilter: string | null;
  patternTypeFilter: number;
  principalFilter: string | null;
  hostFilter: string | null;
  operation: number;
  permissionType: number;
}

export interface DeleteAclsResponse {
  throttleTimeMs: number;
  filterResults: DeleteAclsResponseDeleteAclsFilterResult[];
}

export interface DeleteAclsResponseDeleteAclsFilterResult {
  errorCode: number;
  errorMessage: string | null;
  matchingAcls: DeleteAclsResponseDeleteAclsMatchingAcl[];
}

export interface DeleteAclsResponseDeleteAclsMatchingAcl {
  errorCode: number;
  errorMessage: string | null;
  resourceType: number;
  resourceName: string;
  patternType: number;
  principal: string;
  host: string;
  operation: number;
  permissionType: number;
}

export const deleteAcls: Api<DeleteAclsRequest, DeleteAclsResponse> = {
  key: 31,
  name: 'DeleteAcls',
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
  request: [
    {
      name: 'filters',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'resourceTypeFilter', type: 'int8', versions: { min: 0 } },
        { name: 'resourceNameFilter', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
        { name: 'patternTypeFilter', type: 'int8', versions: { min: 1 }, default: 3 },
        { name: 'principalFilter', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
        { name: 'hostFilter', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
        { name: 'operation', type: 'int8', versions: { min: 0 } },
        { name: 'permissionType', type: 'int8', versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'filterResults',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
        {
          name: 'matchingAcls',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
            { name: 'resourceType', type: 'int8', versions: { min: 0 } },
            { name: 'resourceName', type: 'string', versions: { min: 0 } },
            { name: 'patternType', type: 'int8', versions: { min: 1 }, default: 3 },
            { name: 'principal', type: 'string', versions: { min: 0 } },
            { name: 'host', type: 'string', versions: { min: 0 } },
            { name: 'operation', type: 'int8', versions: { min: 0 } },
            { name: 'permissionType', type: 'int8', versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
