// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface AddPartitionsToTxnRequest {
  transactions: AddPartitionsToTxnRequestAddPartitionsToTxnTransaction[];
  v3AndBelowTransactionalId: string;
  v3AndBelowProducerId: bigint;
  v3AndBelowProducerEpoch: number;
  v3AndBelowTopics: AddPartitionsToTxnRequestAddPartitionsToTxnTopic[];
}

export interface AddPartitionsToTxnRequestAddPartitionsToTxnTransaction {
  transactionalId: string;
  producerId: bigint;
  producerEpoch: number;
  verifyOnly: boolean;
  topics: AddPartitionsToTxnRequestAddPartitionsToTxnTopic[];
}

export interface AddPartitionsToTxnRequestAddPartitionsToTxnTopic {
  name: string;
  partitions: number[];
}

export interface AddPartitionsToTxnResponse {
  throttleTimeMs: number;
  errorCode: number;
  resultsByTransaction: AddPartitionsToTxnResponseAddPartitionsToTxnResult[];
  resultsByTopicV3AndBelow: AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult[];
}

export interface AddPartitionsToTxnResponseAddPartitionsToTxnResult {
  transactionalId: string;
  topicResults: AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult[];
}

export interface AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult {
  name: string;
  resultsByPartition: AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult[];
}

export interface AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult {
  partitionIndex: number;
  partitionErrorCode: number;
}

export const addPartitionsToTxn: Api<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> = {
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
  request: [
    {
      name: 'transactions',
      type: 'struct',
      array: true,
      versions: { min: 4 },
      fields: [
        { name: 'transactionalId', type: 'string', versions: { min: 4 } },
        { name: 'producerId', type: 'int64', versions: { min: 4 } },
        { name: 'producerEpoch', type: 'int16', versions: { min: 4 } },
        { name: 'verifyOnly', type: 'bool', versions: { min: 4 } },
        {
          name: 'topics',
          type: 'struct',
          array: true,
          versions: { min: 4 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 0 } },
            { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
      ],
    },
    { name: 'v3AndBelowTransactionalId', type: 'string', versions: { min: 0, max: 3 } },
    { name: 'v3AndBelowProducerId', type: 'int64', versions: { min: 0, max: 3 } },
    { name: 'v3AndBelowProducerEpoch', type: 'int16', versions: { min: 0, max: 3 } },
    {
      name: 'v3AndBelowTopics',
      type: 'struct',
      array: true,
      versions: { min: 0, max: 3 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 4 } },
    {
      name: 'resultsByTransaction',
      type: 'struct',
      array: true,
      versions: { min: 4 },
      fields: [
        { name: 'transactionalId', type: 'string', versions: { min: 4 } },
        {
          name: 'topicResults',
          type: 'struct',
          array: true,
          versions: { min: 4 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 0 } },
            {
              name: 'resultsByPartition',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
                { name: 'partitionErrorCode', type: 'int16', versions: { min: 0 } },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'resultsByTopicV3AndBelow',
      type: 'struct',
      array: true,
      versions: { min: 0, max: 3 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        {
          name: 'resultsByPartition',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'partitionErrorCode', type: 'int16', versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
