// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeShareGroupOffsetsRequest {
  groups: DescribeShareGroupOffsetsRequestDescribeShareGroupOffsetsRequestGroup[];
}

export interface DescribeShareGroupOffsetsRequestDescribeShareGroupOffsetsRequestGroup {
  groupId: string;
  topics: DescribeShareGroupOffsetsRequestDescribeShareGroupOffsetsRequestTopic[] | null;
}

export interface DescribeShareGroupOffsetsRequestDescribeShareGroupOffsetsRequestTopic {
  topicName: string;
  partitions: number[];
}

export interface DescribeShareGroupOffsetsResponse {
  throttleTimeMs: number;
  groups: DescribeShareGroupOffsetsResponseDescribeShareGroupOffsetsResponseGroup[];
}

export interface DescribeShareGroupOffsetsResponseDescribeShareGroupOffsetsResponseGroup {
  groupId: string;
  topics: DescribeShareGroupOffsetsResponseDescribeShareGroupOffsetsResponseTopic[];
  errorCode: number;
  errorMessage: string | null;
}

export interface DescribeShareGroupOffsetsResponseDescribeShareGroupOffsetsResponseTopic {
  topicName: string;
  topicId: string;
  partitions: DescribeShareGroupOffsetsResponseDescribeShareGroupOffsetsResponsePartition[];
}

export interface DescribeShareGroupOffsetsResponseDescribeShareGroupOffsetsResponsePartition {
  partitionIndex: number;
  startOffset: bigint;
  leaderEpoch: number;
  lag: bigint;
  errorCode: number;
  errorMessage: string | null;
}

export const describeShareGroupOffsets: Api<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse> = {
  key: 90,
  name: 'DescribeShareGroupOffsets',
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
  request: [
    {
      name: 'groups',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'groupId', type: 'string', versions: { min: 0 } },
        {
          name: 'topics',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          nullable: { min: 0 },
          fields: [
            { name: 'topicName', type: 'string', versions: { min: 0 } },
            { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'groups',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'groupId', type: 'string', versions: { min: 0 } },
        {
          name: 'topics',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'topicName', type: 'string', versions: { min: 0 } },
            { name: 'topicId', type: 'uuid', versions: { min: 0 } },
            {
              name: 'partitions',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
                { name: 'startOffset', type: 'int64', versions: { min: 0 } },
                { name: 'leaderEpoch', type: 'int32', versions: { min: 0 } },
                { name: 'lag', type: 'int64', versions: { min: 1 }, default: -1n },
                { name: 'errorCode', type: 'int16', versions: { min: 0 } },
                { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
              ],
            },
          ],
        },
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
      ],
    },
  ],
};
