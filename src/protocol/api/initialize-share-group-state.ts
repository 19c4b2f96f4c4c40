// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface InitializeShareGroupStateRequest {
  groupId: string;
  topics: InitializeShareGroupStateRequestInitializeStateData[];
}

export interface InitializeShareGroupStateRequestInitializeStateData {
  topicId: string;
  partitions: InitializeShareGroupStateRequestPartitionData[];
}

export interface InitializeShareGroupStateRequestPartitionData {
  partition: number;
  stateEpoch: number;
  startOffset: bigint;
}

export interface InitializeShareGroupStateResponse {
  results: InitializeShareGroupStateResponseInitializeStateResult[];
}

export interface InitializeShareGroupStateResponseInitializeStateResult {
  topicId: string;
  partitions: InitializeShareGroupStateResponsePartitionResult[];
}

export interface InitializeShareGroupStateResponsePartitionResult {
  partition: number;
  errorCode: number;
  errorMessage: string | null;
}

export const initializeShareGroupState: Api<InitializeShareGroupStateRequest, InitializeShareGroupStateResponse> = {
  key: 83,
  name: 'InitializeShareGroupState',
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
          fields: [
            { name: 'partition', type: 'int32', versions: { min: 0 } },
            { name: 'stateEpoch', type: 'int32', versions: { min: 0 } },
            { name: 'startOffset', type: 'int64', versions: { min: 0 } },
          ],
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
