// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface FetchRequest {
  clusterId: string | null;
  replicaId: number;
  replicaState: FetchRequestReplicaState;
  maxWaitMs: number;
  minBytes: number;
  maxBytes: number;
  isolationLevel: number;
  sessionId: number;
  sessionEpoch: number;
  topics: FetchRequestFetchTopic[];
  forgottenTopicsData: FetchRequestForgottenTopic[];
  rackId: string;
}

export interface FetchRequestReplicaState {
  replicaId: number;
  replicaEpoch: bigint;
}

export interface FetchRequestFetchTopic {
  topic: string;
  topicId: string;
  partitions: FetchRequestFetchPartition[];
}

export interface FetchRequestFetchPartition {
  partition: number;
  currentLeaderEpoch: number;
  fetchOffset: bigint;
  lastFetchedEpoch: number;
  logStartOffset: bigint;
  partitionMaxBytes: number;
  replicaDirectoryId: string;
  highWatermark: bigint;
}

export interface FetchRequestForgottenTopic {
  topic: string;
  topicId: string;
  partitions: number[];
}

export interface FetchResponse {
  throttleTimeMs: number;
  errorCode: number;
  sessionId: number;
  responses: FetchResponseFetchableTopicResponse[];
  nodeEndpoints: FetchResponseNodeEndpoint[];
}

export interface FetchResponseFetchableTopicResponse {
  topic: string;
  topicId: string;
  partitions: FetchResponsePartitionData[];
}

export interface FetchResponsePartitionData {
  partitionIndex: number;
  errorCode: number;
  highWatermark: bigint;
  lastStableOffset: bigint;
  logStartOffset: bigint;
  divergingEpoch: FetchResponseEpochEndOffset;
  currentLeader: FetchResponseLeaderIdAndEpoch;
  snapshotId: FetchResponseSnapshotId;
  abortedTransactions: FetchResponseAbortedTransaction[] | null;
  preferredReadReplica: number;
  records: Buffer | null;
}

export interface FetchResponseEpochEndOffset {
  epoch: number;
  endOffset: bigint;
}

export interface FetchResponseLeaderIdAndEpoch {
  leaderId: number;
  leaderEpoch: number;
}

export interface FetchResponseSnapshotId {
  endOffset: bigint;
  epoch: number;
}

export interface FetchResponseAbortedTransaction {
  producerId: bigint;
  firstOffset: bigint;
}

export interface FetchResponseNodeEndpoint {
  nodeId: number;
  host: string;
  port: number;
  rack: string | null;
}

export const fetch: Api<FetchRequest, FetchResponse> = {
  key: 1,
  name: 'Fetch',
  versions: { min: 4, max: 18 },
  flexibleFrom: 12,
  request: [
    {
      name: 'clusterId',
      type: 'string',
      versions: { min: 12 },
      nullable: { min: 12 },
      tag: 0,
      taggedVersions: { min: 12 },
      default: null,
    },
    { name: 'replicaId', type: 'int32', versions: { min: 0, max: 14 }, default: -1 },
    {
      name: 'replicaState',
      type: 'struct',
      versions: { min: 15 },
      tag: 1,
      taggedVersions: { min: 15 },
      fields: [
        { name: 'replicaId', type: 'int32', versions: { min: 15 }, default: -1 },
        { name: 'replicaEpoch', type: 'int64', versions: { min: 15 }, default: -1n },
      ],
    },
    { name: 'maxWaitMs', type: 'int32', versions: { min: 0 } },
    { name: 'minBytes', type: 'int32', versions: { min: 0 } },
    { name: 'maxBytes', type: 'int32', versions: { min: 3 }, default: 2147483647 },
    { name: 'isolationLevel', type: 'int8', versions: { min: 4 }, default: 0 },
    { name: 'sessionId', type: 'int32', versions: { min: 7 }, default: 0 },
    { name: 'sessionEpoch', type: 'int32', versions: { min: 7 }, default: -1 },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'topic', type: 'string', versions: { min: 0, max: 12 } },
        { name: 'topicId', type: 'uuid', versions: { min: 13 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partition', type: 'int32', versions: { min: 0 } },
            { name: 'currentLeaderEpoch', type: 'int32', versions: { min: 9 }, default: -1 },
            { name: 'fetchOffset', type: 'int64', versions: { min: 0 } },
            { name: 'lastFetchedEpoch', type: 'int32', versions: { min: 12 }, default: -1 },
            { name: 'logStartOffset', type: 'int64', versions: { min: 5 }, default: -1n },
            { name: 'partitionMaxBytes', type: 'int32', versions: { min: 0 } },
            { name: 'replicaDirectoryId', type: 'uuid', versions: { min: 17 }, tag: 0, taggedVersions: { min: 17 } },
            {
              name: 'highWatermark',
              type: 'int64',
              versions: { min: 18 },
              tag: 1,
              taggedVersions: { min: 18 },
              default: 9223372036854775807n,
            },
          ],
        },
      ],
    },
    {
      name: 'forgottenTopicsData',
      type: 'struct',
      array: true,
      versions: { min: 7 },
      fields: [
        { name: 'topic', type: 'string', versions: { min: 7, max: 12 } },
        { name: 'topicId', type: 'uuid', versions: { min: 13 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 7 } },
      ],
    },
    { name: 'rackId', type: 'string', versions: { min: 11 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    { name: 'errorCode', type: 'int16', versions: { min: 7 } },
    { name: 'sessionId', type: 'int32', versions: { min: 7 }, default: 0 },
    {
      name: 'responses',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'topic', type: 'string', versions: { min: 0, max: 12 } },
        { name: 'topicId', type: 'uuid', versions: { min: 13 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'highWatermark', type: 'int64', versions: { min: 0 } },
            { name: 'lastStableOffset', type: 'int64', versions: { min: 4 }, default: -1n },
            { name: 'logStartOffset', type: 'int64', versions: { min: 5 }, default: -1n },
            {
              name: 'divergingEpoch',
              type: 'struct',
              versions: { min: 12 },
              tag: 0,
              taggedVersions: { min: 12 },
              fields: [
                { name: 'epoch', type: 'int32', versions: { min: 12 }, default: -1 },
                { name: 'endOffset', type: 'int64', versions: { min: 12 }, default: -1n },
              ],
            },
            {
              name: 'currentLeader',
              type: 'struct',
              versions: { min: 12 },
              tag: 1,
              taggedVersions: { min: 12 },
              fields: [
                { name: 'leaderId', type: 'int32', versions: { min: 12 }, default: -1 },
                { name: 'leaderEpoch', type: 'int32', versions: { min: 12 }, default: -1 },
              ],
            },
            {
              name: 'snapshotId',
              type: 'struct',
              versions: { min: 12 },
              tag: 2,
              taggedVersions: { min: 12 },
              fields: [
                { name: 'endOffset', type: 'int64', versions: { min: 0 }, default: -1n },
                { name: 'epoch', type: 'int32', versions: { min: 0 }, default: -1 },
              ],
            },
            {
              name: 'abortedTransactions',
              type: 'struct',
              array: true,
              versions: { min: 4 },
              nullable: { min: 4 },
              fields: [
                { name: 'producerId', type: 'int64', versions: { min: 4 } },
                { name: 'firstOffset', type: 'int64', versions: { min: 4 } },
              ],
            },
            { name: 'preferredReadReplica', type: 'int32', versions: { min: 11 }, default: -1 },
            { name: 'records', type: 'records', versions: { min: 0 }, nullable: { min: 0 } },
          ],
        },
      ],
    },
    {
      name: 'nodeEndpoints',
      type: 'struct',
      array: true,
      versions: { min: 16 },
      tag: 0,
      taggedVersions: { min: 16 },
      fields: [
        { name: 'nodeId', type: 'int32', versions: { min: 16 } },
        { name: 'host', type: 'string', versions: { min: 16 } },
        { name: 'port', type: 'int32', versions: { min: 16 } },
        { name: 'rack', type: 'string', versions: { min: 16 }, nullable: { min: 16 }, default: null },
      ],
    },
  ],
};
