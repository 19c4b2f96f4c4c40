// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeProducersRequest {
  topics: DescribeProducersRequestTopicRequest[];
}

export interface DescribeProducersRequestTopicRequest {
  name: string;
  partitionIndexes: number[];
}

export interface DescribeProducersResponse {
  throttleTimeMs: number;
  topics: DescribeProducersResponseTopicResponse[];
}

export interface DescribeProducersResponseTopicResponse {
  name: string;
  partitions: DescribeProducersResponsePartitionResponse[];
}

export interface DescribeProducersResponsePartitionResponse {
  partitionIndex: number;
  errorCode: number;
  errorMessage: string | null;
  activeProducers: DescribeProducersResponseProducerState[];
}

export interface DescribeProducersResponseProducerState {
  producerId: bigint;
  producerEpoch: number;
  lastSequence: number;
  lastTimestamp: bigint;
  coordinatorEpoch: number;
  currentTxnStartOffset: bigint;
}

export const describeProducers: Api<DescribeProducersRequest, DescribeProducersResponse> = {
  key: 61,
  name: 'DescribeProducers',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'partitionIndexes', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
            {
              name: 'activeProducers',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'producerId', type: 'int64', versions: { min: 0 } },
                { name: 'producerEpoch', type: 'int32', versions: { min: 0 } },
                { name: 'lastSequence', type: 'int32', versions: { min: 0 }, default: -1 },
                { name: 'lastTimestamp', type: 'int64', versions: { min: 0 }, default: -1n },
                { name: 'coordinatorEpoch', type: 'int32', versions: { min: 0 } },
                { name: 'currentTxnStartOffset', type: 'int64', versions: { min: 0 }, default: -1n },
              ],
            },
          ],
        },
      ],
    },
  ],
};
