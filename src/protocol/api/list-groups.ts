// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ListGroupsRequest {
  statesFilter: string[];
  typesFilter: string[];
}

export interface ListGroupsResponse {
  throttleTimeMs: number;
  errorCode: number;
  groups: ListGroupsResponseListedGroup[];
}

export interface ListGroupsResponseListedGroup {
  groupId: string;
  protocolType: string;
  groupState: string;
  groupType: string;
}

export const listGroups: Api<ListGroupsRequest, ListGroupsResponse> = {
  key: 16,
  name: 'ListGroups',
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
  request: [
    { name: 'statesFilter', type: 'string', array: true, versions: { min: 4 } },
    { name: 'typesFilter', type: 'string', array: true, versions: { min: 5 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    {
      name: 'groups',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'groupId', type: 'string', versions: { min: 0 } },
        { name: 'protocolType', type: 'string', versions: { min: 0 } },
        { name: 'groupState', type: 'string', versions: { min: 4 } },
        { name: 'groupType', type: 'string', versions: { min: 5 } },
      ],
    },
  ],
};
