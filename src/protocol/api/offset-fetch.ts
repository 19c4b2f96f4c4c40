// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface OffsetFetchRequest {
  groupId: string;
  topics: OffsetFetchRequestOffsetFetchRequestTopic[] | null;
  groups: OffsetFetchRequestOffsetFetchRequestGroup[];
  requireStable: boolean;
}

export interface OffsetFetchRequestOffsetFetchRequestTopic {
  name: string;
  partitionIndexes: number[];
}

export interface OffsetFetchRequestOffsetFetchRequestGroup {
  groupId: string;
  memberId: string | null;
  memberEpoch: number;
  topics: OffsetFetchRequestOffsetFetchRequestTopics[] | null;
}

export interface OffsetFetchRequestOffsetFetchRequestTopics {
  name: string;
  topicId: string;
  partitionIndexes: number[];
}

export interface OffsetFetchResponse {
  throttleTimeMs: number;
  topics: OffsetFetchResponseOffsetFetchResponseTopic[];
  errorCode: number;
  groups: OffsetFetchResponseOffsetFetchResponseGroup[];
}

export interface OffsetFetchResponseOffsetFetchResponseTopic {
  name: string;
  partitions: OffsetFetchResponseOffsetFetchResponsePartition[];
}

export interface OffsetFetchResponseOffsetFetchResponsePartition {
  partitionIndex: number;
  committedOffset: bigint;
  committedLeaderEpoch: number;
  metadata: string | null;
  errorCode: number;
}

export interface OffsetFetchResponseOffsetFetchResponseGroup {
  groupId: string;
  topics: OffsetFetchResponseOffsetFetchResponseTopics[];
  errorCode: number;
}

export interface OffsetFetchResponseOffsetFetchResponseTopics {
  name: string;
  topicId: string;
  partitions: OffsetFetchResponseOffsetFetchResponsePartitions[];
}

export interface OffsetFetchResponseOffsetFetchResponsePartitions {
  partitionIndex: number;
  committedOffset: bigint;
  committedLeaderEpoch: number;
  metadata: string | null;
  errorCode: number;
}

export const offsetFetch: Api<OffsetFetchRequest, OffsetFetchResponse> = {
  key: 9,
  name: 'OffsetFetch',
  versions: { min: 1, max: 10 },
  flexibleFrom: 6,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0, max: 7 } },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0, max: 7 },
      nullable: { min: 2, max: 7 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0, max: 7 } },
        { name: 'partitionIndexes', type: 'int32', array: true, versions: { min: 0, max: 7 } },
      ],
    },
    {
      name: 'groups',
      type: 'struct',
      array: true,
      versions: { min: 8 },
      fields: [
        { name: 'groupId', type: 'string', versions: { min: 8 } },
        { name: 'memberId', type: 'string', versions: { min: 9 }, nullable: { min: 9 }, default: null },
        { name: 'memberEpoch', type: 'int32', versions: { min: 9 }, default: -1 },
        {
          name: 'topics',
          type: 'struct',
          array: true,
          versions: { min: 8 },
          nullable: { min: 8 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 8, max: 9 } },
            { name: 'topicId', type: 'uuid', versions: { min: 10 } },
            { name: 'partitionIndexes', type: 'int32', array: true, versions: { min: 8 } },
          ],
        },
      ],
    },
    { name: 'requireStable', type: 'bool', versions: { min: 7 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 3 } },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0, max: 7 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0, max: 7 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0, max: 7 },
          fields: [
            { name: 'partitionIndex', type: 'int32', versions: { min: 0, max: 7 } },
            { name: 'committedOffset', type: 'int64', versions: { min: 0, max: 7 } },
            { name: 'committedLeaderEpoch', type: 'int32', versions: { min: 5, max: 7 }, default: -1 },
            { name: 'metadata', type: 'string', versions: { min: 0, max: 7 }, nullable: { min: 0, max: 7 } },
            { name: 'errorCode', type: 'int16', versions: { min: 0, max: 7 } },
          ],
        },
      ],
    },
    { name: 'errorCode', type: 'int16', versions: { min: 2, max: 7 }, default: 0 },
    {
      name: 'groups',
      type: 'struct',
      array: true,
      versions: { min: 8 },
      fields: [
        { name: 'groupId', type: 'string', versions: { min: 8 } },
        {
          name: 'topics',
          type: 'struct',
          array: true,
          versions: { min: 8 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 8, max: 9 } },
            { name: 'topicId', type: 'uuid', versions: { min: 10 } },
            {
              name: 'partitions',
              type: 'struct',
              array: true,
              versions: { min: 8 },
              fields: [
                { name: 'partitionIndex', type: 'int32', versions: { min: 8 } },
                { name: 'committedOffset', type: 'int64', versions: { min: 8 } },
                { name: 'committedLeaderEpoch', type: 'int32', versions: { min: 8 }, default: -1 },
                { name: 'metadata', type: 'string', versions: { min: 8 }, nullable: { min: 8 } },
                { name: 'errorCode', type: 'int16', versions: { min: 8 } },
              ],
            },
          ],
        },
        { name: 'errorCode', type: 'int16', versions: { min: 8 }, default: 0 },
      ],
    },
  ],
};
