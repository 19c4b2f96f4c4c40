// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeQuorumRequest {
  topics: DescribeQuorumRequestTopicData[];
}

export interface DescribeQuorumRequestTopicData {
  topicName: string;
  partitions: DescribeQuorumRequestPartitionData[];
}

export interface DescribeQuorumRequestPartitionData {
  partitionIndex: number;
}

export interface DescribeQuorumResponse {
  errorCode: number;
  errorMessage: string | null;
  topics: DescribeQuorumResponseTopicData[];
  nodes: DescribeQuorumResponseNode[];
}

export interface DescribeQuorumResponseTopicData {
  topicName: string;
  partitions: DescribeQuorumResponsePartitionData[];
}

export interface DescribeQuorumResponsePartitionData {
  partitionIndex: number;
  errorCode: number;
  errorMessage: string | null;
  leaderId: number;
  leaderEpoch: number;
  highWatermark: bigint;
  currentVoters: DescribeQuorumResponseReplicaState[];
  observers: DescribeQuorumResponseReplicaState[];
}

export interface DescribeQuorumResponseReplicaState {
  replicaId: number;
  replicaDirectoryId: string;
  logEndOffset: bigint;
  lastFetchTimestamp: bigint;
  lastCaughtUpTimestamp: bigint;
}

export interface DescribeQuorumResponseNode {
  nodeId: number;
  listeners: DescribeQuorumResponseListener[];
}

export interface DescribeQuorumResponseListener {
  name: string;
  host: string;
  port: number;
}

export const describeQuorum: Api<DescribeQuorumRequest, DescribeQuorumResponse> = {
  key: 55,
  name: 'DescribeQuorum',
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
  request: [
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
          fields: [{ name: 'partitionIndex', type: 'int32', versions: { min: 0 } }],
        },
      ],
    },
  ],
  response: [
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 2 }, nullable: { min: 2 } },
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
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'errorMessage', type: 'string', versions: { min: 2 }, nullable: { min: 2 } },
            { name: 'leaderId', type: 'int32', versions: { min: 0 } },
            { name: 'leaderEpoch', type: 'int32', versions: { min: 0 } },
            { name: 'highWatermark', type: 'int64', versions: { min: 0 } },
            {
              name: 'currentVoters',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'replicaId', type: 'int32', versions: { min: 0 } },
                { name: 'replicaDirectoryId', type: 'uuid', versions: { min: 2 } },
                { name: 'logEndOffset', type: 'int64', versions: { min: 0 } },
                { name: 'lastFetchTimestamp', type: 'int64', versions: { min: 1 }, default: -1n },
                { name: 'lastCaughtUpTimestamp', type: 'int64', versions: { min: 1 }, default: -1n },
              ],
            },
            {
              name: 'observers',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'replicaId', type: 'int32', versions: { min: 0 } },
                { name: 'replicaDirectoryId', type: 'uuid', versions: { min: 2 } },
                { name: 'logEndOffset', type: 'int64', versions: { min: 0 } },
                { name: 'lastFetchTimestamp', type: 'int64', versions: { min: 1 }, default: -1n },
                { name: 'lastCaughtUpTimestamp', type: 'int64', versions: { min: 1 }, default: -1n },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'nodes',
      type: 'struct',
      array: true,
      versions: { min: 2 },
      fields: [
        { name: 'nodeId', type: 'int32', versions: { min: 2 } },
        {
          name: 'listeners',
          type: 'struct',
          array: true,
          versions: { min: 2 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 2 } },
            { name: 'host', type: 'string', versions: { min: 2 } },
            { name: 'port', type: 'uint16', versions: { min: 2 } },
          ],
        },
      ],
    },
  ],
};
