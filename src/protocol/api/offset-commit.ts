// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface OffsetCommitRequest {
  groupId: string;
  generationIdOrMemberEpoch: number;
  memberId: string;
  groupInstanceId: string | null;
  retentionTimeMs: bigint;
  topics: OffsetCommitRequestOffsetCommitRequestTopic[];
}

export interface OffsetCommitRequestOffsetCommitRequestTopic {
  name: string;
  topicId: string;
  partitions: OffsetCommitRequestOffsetCommitRequestPartition[];
}

export interface OffsetCommitRequestOffsetCommitRequestPartition {
  partitionIndex: number;
  committedOffset: bigint;
  committedLeaderEpoch: number;
  committedMetadata: string | null;
}

export interface OffsetCommitResponse {
  throttleTimeMs: number;
  topics: OffsetCommitResponseOffsetCommitResponseTopic[];
}

export interface OffsetCommitResponseOffsetCommitResponseTopic {
  name: string;
  topicId: string;
  partitions: OffsetCommitResponseOffsetCommitResponsePartition[];
}

export interface OffsetCommitResponseOffsetCommitResponsePartition {
  partitionIndex: number;
  errorCode: number;
}

export const offsetCommit: Api<OffsetCommitRequest, OffsetCommitResponse> = {
  key: 8,
  name: 'OffsetCommit',
  versions: { min: 2, max: 10 },
  flexibleFrom: 8,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'generationIdOrMemberEpoch', type: 'int32', versions: { min: 1 }, default: -1 },
    { name: 'memberId', type: 'string', versions: { min: 1 } },
    { name: 'groupInstanceId', type: 'string', versions: { min: 7 }, nullable: { min: 7 }, default: null },
    { name: 'retentionTimeMs', type: 'int64', versions: { min: 2, max: 4 }, default: -1n },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0, max: 9 } },
        { name: 'topicId', type: 'uuid', versions: { min: 10 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'committedOffset', type: 'int64', versions: { min: 0 } },
            { name: 'committedLeaderEpoch', type: 'int32', versions: { min: 6 }, default: -1 },
            { name: 'committedMetadata', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
          ],
        },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 3 } },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0, max: 9 } },
        { name: 'topicId', type: 'uuid', versions: { min: 10 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
