// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ShareFetchRequest {
  groupId: string | null;
  memberId: string | null;
  shareSessionEpoch: number;
  maxWaitMs: number;
  minBytes: number;
  maxBytes: number;
  maxRecords: number;
  batchSize: number;
  shareAcquireMode: number;
  isRenewAck: boolean;
  topics: ShareFetchRequestFetchTopic[];
  forgottenTopicsData: ShareFetchRequestForgottenTopic[];
}

export interface ShareFetchRequestFetchTopic {
  topicId: string;
  partitions: ShareFetchRequestFetchPartition[];
}

export interface ShareFetchRequestFetchPartition {
  partitionIndex: number;
  partitionMaxBytes: number;
  acknowledgementBatches: ShareFetchRequestAcknowledgementBatch[];
}

export interface ShareFetchRequestAcknowledgementBatch {
  firstOffset: bigint;
  lastOffset: bigint;
  acknowledgeTypes: number[];
}

export interface ShareFetchRequestForgottenTopic {
  topicId: string;
  partitions: number[];
}

export interface ShareFetchResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  acquisitionLockTimeoutMs: number;
  responses: ShareFetchResponseShareFetchableTopicResponse[];
  nodeEndpoints: ShareFetchResponseNodeEndpoint[];
}

export interface ShareFetchResponseShareFetchableTopicResponse {
  topicId: string;
  partitions: ShareFetchResponsePartitionData[];
}

export interface ShareFetchResponsePartitionData {
  partitionIndex: number;
  errorCode: number;
  errorMessage: string | null;
  acknowledgeErrorCode: number;
  acknowledgeErrorMessage: string | null;
  currentLeader: ShareFetchResponseLeaderIdAndEpoch;
  records: Buffer | null;
  acquiredRecords: ShareFetchResponseAcquiredRecords[];
}

export interface ShareFetchResponseLeaderIdAndEpoch {
  leaderId: number;
  leaderEpoch: number;
}

export interface ShareFetchResponseAcquiredRecords {
  firstOffset: bigint;
  lastOffset: bigint;
  deliveryCount: number;
}

export interface ShareFetchResponseNodeEndpoint {
  nodeId: number;
  host: string;
  port: number;
  rack: string | null;
}

export const shareFetch: Api<ShareFetchRequest, ShareFetchResponse> = {
  key: 78,
  name: 'ShareFetch',
  versions: { min: 1, max: 2 },
  flexibleFrom: 0,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'memberId', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    { name: 'shareSessionEpoch', type: 'int32', versions: { min: 0 } },
    { name: 'maxWaitMs', type: 'int32', versions: { min: 0 } },
    { name: 'minBytes', type: 'int32', versions: { min: 0 } },
    { name: 'maxBytes', type: 'int32', versions: { min: 0 }, default: 2147483647 },
    { name: 'maxRecords', type: 'int32', versions: { min: 1 } },
    { name: 'batchSize', type: 'int32', versions: { min: 1 } },
    { name: 'shareAcquireMode', type: 'int8', versions: { min: 2 }, default: 0 },
    { name: 'isRenewAck', type: 'bool', versions: { min: 2 } },
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
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'partitionMaxBytes', type: 'int32', versions: { min: 0, max: 0 } },
            {
              name: 'acknowledgementBatches',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'firstOffset', type: 'int64', versions: { min: 0 } },
                { name: 'lastOffset', type: 'int64', versions: { min: 0 } },
                { name: 'acknowledgeTypes', type: 'int8', array: true, versions: { min: 0 } },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'forgottenTopicsData',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'topicId', type: 'uuid', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'acquisitionLockTimeoutMs', type: 'int32', versions: { min: 1 } },
    {
      name: 'responses',
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
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
            { name: 'acknowledgeErrorCode', type: 'int16', versions: { min: 0 } },
            {
              name: 'acknowledgeErrorMessage',
              type: 'string',
              versions: { min: 0 },
              nullable: { min: 0 },
              default: null,
            },
            {
              name: 'currentLeader',
              type: 'struct',
              versions: { min: 0 },
              fields: [
                { name: 'leaderId', type: 'int32', versions: { min: 0 } },
                { name: 'leaderEpoch', type: 'int32', versions: { min: 0 } },
              ],
            },
            { name: 'records', type: 'records', versions: { min: 0 }, nullable: { min: 0, max: 0 } },
            {
              name: 'acquiredRecords',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'firstOffset', type: 'int64', versions: { min: 0 } },
                { name: 'lastOffset', type: 'int64', versions: { min: 0 } },
                { name: 'deliveryCount', type: 'int16', versions: { min: 0 } },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'nodeEndpoints',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'nodeId', type: 'int32', versions: { min: 0 } },
        { name: 'host', type: 'string', versions: { min: 0 } },
        { name: 'port', type: 'int32', versions: { min: 0 } },
        { name: 'rack', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
      ],
    },
  ],
};
