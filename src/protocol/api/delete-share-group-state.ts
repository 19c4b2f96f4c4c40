// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DeleteShareGroupStateRequest {
  groupId: string;
  topics: DeleteShareGroupStateRequestDeleteStateData[];
}

export interface DeleteShareGroupStateRequestDeleteStateData {
  topicId: string;
  partitions: DeleteShareGroupStateRequestPartitionData[];
}

export interface DeleteShareGroupStateRequestPartitionData {
  partition: number;
}

export interface DeleteShareGroupStateResponse {
  results: DeleteShareGroupStateResponseDeleteStateResult[];
}

export interface DeleteShareGroupStateResponseDeleteStateResult {
  topicId: string;
  partitions: DeleteShareGroupStateResponsePartitionResult[];
}

export interface DeleteShareGroupStateResponsePartitionResult {
  partition: number;
  errorCode: number;
  errorMessage: string | null;
}

export const deleteShareGroupState: Api<DeleteShareGroupStateRequest, DeleteShareGroupStateResponse> = {
  key: 86,
  name: 'DeleteShareGroupState',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'topicId', type: 'uuid', versions: { min: 0 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [{ name: 'partition', type: 'int32', versions: { min: 0 } }],
        },
      ],
    },
  ],
  response: [
    {
      name: 'results',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'topicId', type: 'uuid', versions: { min: 0 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partition', type: 'int32', versions: { min: 0 } },
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
          ],
        },
      ],
    },
  ],
};
