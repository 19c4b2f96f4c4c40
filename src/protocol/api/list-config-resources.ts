// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ListConfigResourcesRequest {
  resourceTypes: number[];
}

export interface ListConfigResourcesResponse {
  throttleTimeMs: number;
  errorCode: number;
  configResources: ListConfigResourcesResponseConfigResource[];
}

export interface ListConfigResourcesResponseConfigResource {
  resourceName: string;
  resourceType: number;
}

export const listConfigResources: Api<ListConfigResourcesRequest, ListConfigResourcesResponse> = {
  key: 74,
  name: 'ListConfigResources',
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
  request: [{ name: 'resourceTypes', type: 'int8', array: true, versions: { min: 1 } }],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    {
      name: 'configResources',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'resourceName', type: 'string', versions: { min: 0 } },
        { name: 'resourceType', type: 'int8', versions: { min: 1 }, default: 16 },
      ],
    },
  ],
};
