// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface IncrementalAlterConfigsRequest {
  resources: IncrementalAlterConfigsRequestAlterConfigsResource[];
  validateOnly: boolean;
}

export interface IncrementalAlterConfigsRequestAlterConfigsResource {
  resourceType: number;
  resourceName: string;
  configs: IncrementalAlterConfigsRequestAlterableConfig[];
}

export interface IncrementalAlterConfigsRequestAlterableConfig {
  name: string;
  configOperation: number;
  value: string | null;
}

export interface IncrementalAlterConfigsResponse {
  throttleTimeMs: number;
  responses: IncrementalAlterConfigsResponseAlterConfigsResourceResponse[];
}

export interface IncrementalAlterConfigsResponseAlterConfigsResourceResponse {
  errorCode: number;
  errorMessage: string | null;
  resourceType: number;
  resourceName: string;
}

export const incrementalAlterConfigs: Api<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse> = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
  request: [
    {
      name: 'resources',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'resourceType', type: 'int8', versions: { min: 0 } },
        { name: 'resourceName', type: 'string', versions: { min: 0 } },
        {
          name: 'configs',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 0 } },
            { name: 'configOperation', type: 'int8', versions: { min: 0 } },
            { name: 'value', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
          ],
        },
      ],
    },
    { name: 'validateOnly', type: 'bool', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'responses',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
        { name: 'resourceType', type: 'int8', versions: { min: 0 } },
        { name: 'resourceName', type: 'string', versions: { min: 0 } },
      ],
    },
  ],
};
