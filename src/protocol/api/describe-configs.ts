// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeConfigsRequest {
  resources: DescribeConfigsRequestDescribeConfigsResource[];
  includeSynonyms: boolean;
  includeDocumentation: boolean;
}

export interface DescribeConfigsRequestDescribeConfigsResource {
  resourceType: number;
  resourceName: string;
  configurationKeys: string[] | null;
}

export interface DescribeConfigsResponse {
  throttleTimeMs: number;
  results: DescribeConfigsResponseDescribeConfigsResult[];
}

export interface DescribeConfigsResponseDescribeConfigsResult {
  errorCode: number;
  errorMessage: string | null;
  resourceType: number;
  resourceName: string;
  configs: DescribeConfigsResponseDescribeConfigsResourceResult[];
}

export interface DescribeConfigsResponseDescribeConfigsResourceResult {
  name: string;
  value: string | null;
  readOnly: boolean;
  configSource: number;
  isSensitive: boolean;
  synonyms: DescribeConfigsResponseDescribeConfigsSynonym[];
  configType: number;
  documentation: string | null;
}

export interface DescribeConfigsResponseDescribeConfigsSynonym {
  name: string;
  value: string | null;
  source: number;
}

export const describeConfigs: Api<DescribeConfigsRequest, DescribeConfigsResponse> = {
  key: 32,
  name: 'DescribeConfigs',
  versions: { min: 1, max: 4 },
  flexibleFrom: 4,
  request: [
    {
      name: 'resources',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'resourceType', type: 'int8', versions: { min: 0 } },
        { name: 'resourceName', type: 'string', versions: { min: 0 } },
        { name: 'configurationKeys', type: 'string', array: true, versions: { min: 0 }, nullable: { min: 0 } },
      ],
    },
    { name: 'includeSynonyms', type: 'bool', versions: { min: 1 } },
    { name: 'includeDocumentation', type: 'bool', versions: { min: 3 } },
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
        { name: 'resourceType', type: 'int8', versions: { min: 0 } },
        { name: 'resourceName', type: 'string', versions: { min: 0 } },
        {
          name: 'configs',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 0 } },
            { name: 'value', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
            { name: 'readOnly', type: 'bool', versions: { min: 0 } },
            { name: 'configSource', type: 'int8', versions: { min: 1 }, default: -1 },
            { name: 'isSensitive', type: 'bool', versions: { min: 0 } },
            {
              name: 'synonyms',
              type: 'struct',
              array: true,
              versions: { min: 1 },
              fields: [
                { name: 'name', type: 'string', versions: { min: 1 } },
                { name: 'value', type: 'string', versions: { min: 1 }, nullable: { min: 0 } },
                { name: 'source', type: 'int8', versions: { min: 1 } },
              ],
            },
            { name: 'configType', type: 'int8', versions: { min: 3 }, default: 0 },
            { name: 'documentation', type: 'string', versions: { min: 3 }, nullable: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
