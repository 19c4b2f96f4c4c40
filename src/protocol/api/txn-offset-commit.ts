// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface TxnOffsetCommitRequest {
  transactionalId: string;
  groupId: string;
  producerId: bigint;
  producerEpoch: number;
  generationId: number;
  memberId: string;
  groupInstanceId: string | null;
  topics: TxnOffsetCommitRequestTxnOffsetCommitRequestTopic[];
}

export interface TxnOffsetCommitRequestTxnOffsetCommitRequestTopic {
  name: string;
  partitions: TxnOffsetCommitRequestTxnOffsetCommitRequestPartition[];
}

export interface TxnOffsetCommitRequestTxnOffsetCommitRequestPartition {
  partitionIndex: number;
  committedOffset: bigint;
  committedLeaderEpoch: number;
  committedMetadata: string | null;
}

export interface TxnOffsetCommitResponse {
  throttleTimeMs: number;
  topics: TxnOffsetCommitResponseTxnOffsetCommitResponseTopic[];
}

export interface TxnOffsetCommitResponseTxnOffsetCommitResponseTopic {
  name: string;
  partitions: TxnOffsetCommitResponseTxnOffsetCommitResponsePartition[];
}

export interface TxnOffsetCommitResponseTxnOffsetCommitResponsePartition {
  partitionIndex: number;
  errorCode: number;
}

export const txnOffsetCommit: Api<TxnOffsetCommitRequest, TxnOffsetCommitResponse> = {
  key: 28,
  name: 'TxnOffsetCommit',
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
  request: [
    { name: 'transactionalId', type: 'string', versions: { min: 0 } },
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'producerId', type: 'int64', versions: { min: 0 } },
    { name: 'producerEpoch', type: 'int16', versions: { min: 0 } },
    { name: 'generationId', type: 'int32', versions: { min: 3 }, default: -1 },
    { name: 'memberId', type: 'string', versions: { min: 3 } },
    { name: 'groupInstanceId', type: 'string', versions: { min: 3 }, nullable: { min: 3 }, default: null },
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
            { name: 'committedOffset', type: 'int64', versions: { min: 0 } },
            { name: 'committedLeaderEpoch', type: 'int32', versions: { min: 2 }, default: -1 },
            { name: 'committedMetadata', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
          ],
        },
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
          ],
        },
      ],
    },
  ],
};
