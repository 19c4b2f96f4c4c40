// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface CreatePartitionsRequest {
  topics: CreatePartitionsRequestCreatePartitionsTopic[];
  timeoutMs: number;
  validateOnly: boolean;
}

export interface CreatePartitionsRequestCreatePartitionsTopic {
  name: string;
  count: number;
  assignments: CreatePartitionsRequestCreatePartitionsAssignment[] | null;
}

export interface CreatePartitionsRequestCreatePartitionsAssignment {
  brokerIds: number[];
}

export interface CreatePartitionsResponse {
  throttleTimeMs: number;
  results: CreatePartitionsResponseCreatePartitionsTopicResult[];
}

export interface CreatePartitionsResponseCreatePartitionsTopicResult {
  name: string;
  errorCode: number;
  errorMessage: string | null;
}

export const createPartitions: Api<CreatePartitionsRequest, CreatePartitionsResponse> = {
  key: 37,
  name: 'CreatePartitions',
  versions: { min: 0, max: 3 },
  flexibleFrom: 2,
  request: [
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'count', type: 'int32', versions: { min: 0 } },
        {
          name: 'assignments',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          nullable: { min: 0 },
          fields: [{ name: 'brokerIds', type: 'int32', array: true, versions: { min: 0 } }],
        },
      ],
    },
    { name: 'timeoutMs', type: 'int32', versions: { min: 0 } },
    { name: 'validateOnly', type: 'bool', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'results',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
      ],
    },
  ],
};
