// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ShareAcknowledgeRequest {
  groupId: string | null;
  memberId: string | null;
  shareSessionEpoch: number;
  isRenewAck: boolean;
  topics: ShareAcknowledgeRequestAcknowledgeTopic[];
}

export interface ShareAcknowledgeRequestAcknowledgeTopic {
  topicId: string;
  partitions: ShareAcknowledgeRequestAcknowledgePartition[];
}

export interface ShareAcknowledgeRequestAcknowledgePartition {
  partitionIndex: number;
  acknowledgementBatches: ShareAcknowledgeRequestAcknowledgementBatch[];
}

export interface ShareAcknowledgeRequestAcknowledgementBatch {
  firstOffset: bigint;
  lastOffset: bigint;
  acknowledgeTypes: number[];
}

export interface ShareAcknowledgeResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  acquisitionLockTimeoutMs: number;
  responses: ShareAcknowledgeResponseShareAcknowledgeTopicResponse[];
  nodeEndpoints: ShareAcknowledgeResponseNodeEndpoint[];
}

export interface ShareAcknowledgeResponseShareAcknowledgeTopicResponse {
  topicId: string;
  partitions: ShareAcknowledgeResponsePartitionData[];
}

export interface ShareAcknowledgeResponsePartitionData {
  partitionIndex: number;
  errorCode: number;
  errorMessage: string | null;
  currentLeader: ShareAcknowledgeResponseLeaderIdAndEpoch;
}

export interface ShareAcknowledgeResponseLeaderIdAndEpoch {
  leaderId: number;
  leaderEpoch: number;
}

export interface ShareAcknowledgeResponseNodeEndpoint {
  nodeId: number;
  host: string;
  port: number;
  rack: string | null;
}

export const shareAcknowledge: Api<ShareAcknowledgeRequest, ShareAcknowledgeResponse> = {
  key: 79,
  name: 'ShareAcknowledge',
  versions: { min: 1, max: 2 },
  flexibleFrom: 0,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'memberId', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    { name: 'shareSessionEpoch', type: 'int32', versions: { min: 0 } },
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
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'acquisitionLockTimeoutMs', type: 'int32', versions: { min: 2 } },
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
            {
              name: 'currentLeader',
              type: 'struct',
              versions: { min: 0 },
              fields: [
                { name: 'leaderId', type: 'int32', versions: { min: 0 } },
                { name: 'leaderEpoch', type: 'int32', versions: { min: 0 } },
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
