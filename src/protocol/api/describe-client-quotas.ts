// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeClientQuotasRequest {
  components: DescribeClientQuotasRequestComponentData[];
  strict: boolean;
}

export interface DescribeClientQuotasRequestComponentData {
  entityType: string;
  matchType: number;
  match: string | null;
}

export interface DescribeClientQuotasResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  entries: DescribeClientQuotasResponseEntryData[] | null;
}

export interface DescribeClientQuotasResponseEntryData {
  entity: DescribeClientQuotasResponseEntityData[];
  values: DescribeClientQuotasResponseValueData[];
}

export interface DescribeClientQuotasResponseEntityData {
  entityType: string;
  entityName: string | null;
}

export interface DescribeClientQuotasResponseValueData {
  key: string;
  value: number;
}

export const describeClientQuotas: Api<DescribeClientQuotasRequest, DescribeClientQuotasResponse> = {
  key: 48,
  name: 'DescribeClientQuotas',
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
  request: [
    {
      name: 'components',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'entityType', type: 'string', versions: { min: 0 } },
        { name: 'matchType', type: 'int8', versions: { min: 0 } },
        { name: 'match', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
      ],
    },
    { name: 'strict', type: 'bool', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    {
      name: 'entries',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      fields: [
        {
          name: 'entity',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'entityType', type: 'string', versions: { min: 0 } },
            { name: 'entityName', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
          ],
        },
        {
          name: 'values',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'key', type: 'string', versions: { min: 0 } },
            { name: 'value', type: 'float64', versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
