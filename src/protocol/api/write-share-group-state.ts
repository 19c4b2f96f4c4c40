// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface WriteShareGroupStateRequest {
  groupId: string;
  topics: WriteShareGroupStateRequestWriteStateData[];
}

export interface WriteShareGroupStateRequestWriteStateData {
  topicId: string;
  partitions: WriteShareGroupStateRequestPartitionData[];
}

export interface WriteShareGroupStateRequestPartitionData {
  partition: number;
  stateEpoch: number;
  leaderEpoch: number;
  startOffset: bigint;
  deliveryCompleteCount: number;
  stateBatches: WriteShareGroupStateRequestStateBatch[];
}

export interface WriteShareGroupStateRequestStateBatch {
  firstOffset: bigint;
  lastOffset: bigint;
  deliveryState: number;
  deliveryCount: number;
}

export interface WriteShareGroupStateResponse {
  results: WriteShareGroupStateResponseWriteStateResult[];
}

export interface WriteShareGroupStateResponseWriteStateResult {
  topicId: string;
  partitions: WriteShareGroupStateResponsePartitionResult[];
}

export interface WriteShareGroupStateResponsePartitionResult {
  partition: number;
  errorCode: number;
  errorMessage: string | null;
}

export const writeShareGroupState: Api<WriteShareGroupStateRequest, WriteShareGroupStateResponse> = {
  key: 85,
  name: 'WriteShareGroupState',
  versions: { min: 0, max: 1 },
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
            { name: 'leaderEpoch', type: 'int32', versions: { min: 0 } },
            { name: 'startOffset', type: 'int64', versions: { min: 0 } },
            { name: 'deliveryCompleteCount', type: 'int32', versions: { min: 1 }, default: -1 },
            {
              name: 'stateBatches',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'firstOffset', type: 'int64', versions: { min: 0 } },
                { name: 'lastOffset', type: 'int64', versions: { min: 0 } },
                { name: 'deliveryState', type: 'int8', versions: { min: 0 } },
                { name: 'deliveryCount', type: 'int16', versions: { min: 0 } },
              ],
            },
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
