// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeTopicPartitionsRequest {
  topics: DescribeTopicPartitionsRequestTopicRequest[];
  responsePartitionLimit: number;
  cursor: DescribeTopicPartitionsRequestCursor | null;
}

export interface DescribeTopicPartitionsRequestTopicRequest {
  name: string;
}

export interface DescribeTopicPartitionsRequestCursor {
  topicName: string;
  partitionIndex: number;
}

export interface DescribeTopicPartitionsResponse {
  throttleTimeMs: number;
  topics: DescribeTopicPartitionsResponseDescribeTopicPartitionsResponseTopic[];
  nextCursor: DescribeTopicPartitionsResponseCursor | null;
}

export interface DescribeTopicPartitionsResponseDescribeTopicPartitionsResponseTopic {
  errorCode: number;
  name: string | null;
  topicId: string;
  isInternal: boolean;
  partitions: DescribeTopicPartitionsResponseDescribeTopicPartitionsResponsePartition[];
  topicAuthorizedOperations: number;
}

export interface DescribeTopicPartitionsResponseDescribeTopicPartitionsResponsePartition {
  errorCode: number;
  partitionIndex: number;
  leaderId: number;
  leaderEpoch: number;
  replicaNodes: number[];
  isrNodes: number[];
  eligibleLeaderReplicas: number[] | null;
  lastKnownElr: number[] | null;
  offlineReplicas: number[];
}

export interface DescribeTopicPartitionsResponseCursor {
  topicName: string;
  partitionIndex: number;
}

export const describeTopicPartitions: Api<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse> = {
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [{ name: 'name', type: 'string', versions: { min: 0 } }],
    },
    { name: 'responsePartitionLimit', type: 'int32', versions: { min: 0 }, default: 2000 },
    {
      name: 'cursor',
      type: 'struct',
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'topicName', type: 'string', versions: { min: 0 } },
        { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
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
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'name', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
        { name: 'topicId', type: 'uuid', versions: { min: 0 } },
        { name: 'isInternal', type: 'bool', versions: { min: 0 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'leaderId', type: 'int32', versions: { min: 0 } },
            { name: 'leaderEpoch', type: 'int32', versions: { min: 0 }, default: -1 },
            { name: 'replicaNodes', type: 'int32', array: true, versions: { min: 0 } },
            { name: 'isrNodes', type: 'int32', array: true, versions: { min: 0 } },
            {
              name: 'eligibleLeaderReplicas',
              type: 'int32',
              array: true,
              versions: { min: 0 },
              nullable: { min: 0 },
              default: null,
            },
            {
              name: 'lastKnownElr',
              type: 'int32',
              array: true,
              versions: { min: 0 },
              nullable: { min: 0 },
              default: null,
            },
            { name: 'offlineReplicas', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
        { name: 'topicAuthorizedOperations', type: 'int32', versions: { min: 0 }, default: -2147483648 },
      ],
    },
    {
      name: 'nextCursor',
      type: 'struct',
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'topicName', type: 'string', versions: { min: 0 } },
        { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
      ],
    },
  ],
};
