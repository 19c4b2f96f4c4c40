// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DeleteGroupsRequest {
  groupsNames: string[];
}

export interface DeleteGroupsResponse {
  throttleTimeMs: number;
  results: DeleteGroupsResponseDeletableGroupResult[];
}

export interface DeleteGroupsResponseDeletableGroupResult {
  groupId: string;
  errorCode: number;
}

export const deleteGroups: Api<DeleteGroupsRequest, DeleteGroupsResponse> = {
  key: 42,
  name: 'DeleteGroups',
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
  request: [{ name: 'groupsNames', type: 'string', array: true, versions: { min: 0 } }],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'results',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'groupId', type: 'string', versions: { min: 0 } },
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
      ],
    },
  ],
};
