// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface AlterClientQuotasRequest {
  entries: AlterClientQuotasRequestEntryData[];
  validateOnly: boolean;
}

export interface AlterClientQuotasRequestEntryData {
  entity: AlterClientQuotasRequestEntityData[];
  ops: AlterClientQuotasRequestOpData[];
}

export interface AlterClientQuotasRequestEntityData {
  entityType: string;
  entityName: string | null;
}

export interface AlterClientQuotasRequestOpData {
  key: string;
  value: number;
  remove: boolean;
}

export interface AlterClientQuotasResponse {
  throttleTimeMs: number;
  entries: AlterClientQuotasResponseEntryData[];
}

export interface AlterClientQuotasResponseEntryData {
  errorCode: number;
  errorMessage: string | null;
  entity: AlterClientQuotasResponseEntityData[];
}

export interface AlterClientQuotasResponseEntityData {
  entityType: string;
  entityName: string | null;
}

export const alterClientQuotas: Api<AlterClientQuotasRequest, AlterClientQuotasResponse> = {
  key: 49,
  name: 'AlterClientQuotas',
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
  request: [
    {
      name: 'entries',
      type: 'struct',
      array: true,
      versions: { min: 0 },
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
          name: 'ops',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'key', type: 'string', versions: { min: 0 } },
            { name: 'value', type: 'float64', versions: { min: 0 } },
            { name: 'remove', type: 'bool', versions: { min: 0 } },
          ],
        },
      ],
    },
    { name: 'validateOnly', type: 'bool', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'entries',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
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
      ],
    },
  ],
};
