// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface AlterShareGroupOffsetsRequest {
  groupId: string;
  topics: AlterShareGroupOffsetsRequestAlterShareGroupOffsetsRequestTopic[];
}

export interface AlterShareGroupOffsetsRequestAlterShareGroupOffsetsRequestTopic {
  topicName: string;
  partitions: AlterShareGroupOffsetsRequestAlterShareGroupOffsetsRequestPartition[];
}

export interface AlterShareGroupOffsetsRequestAlterShareGroupOffsetsRequestPartition {
  partitionIndex: number;
  startOffset: bigint;
}

export interface AlterShareGroupOffsetsResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  responses: AlterShareGroupOffsetsResponseAlterShareGroupOffsetsResponseTopic[];
}

export interface AlterShareGroupOffsetsResponseAlterShareGroupOffsetsResponseTopic {
  topicName: string;
  topicId: string;
  partitions: AlterShareGroupOffsetsResponseAlterShareGroupOffsetsResponsePartition[];
}

export interface AlterShareGroupOffsetsResponseAlterShareGroupOffsetsResponsePartition {
  partitionIndex: number;
  errorCode: number;
  errorMessage: string | null;
}

export const alterShareGroupOffsets: Api<AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse> = {
  key: 91,
  name: 'AlterShareGroupOffsets',
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
        { name: 'topicName', type: 'string', versions: { min: 0 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'startOffset', type: 'int64', versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    {
      name: 'responses',
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
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
          ],
        },
      ],
    },
  ],
};
