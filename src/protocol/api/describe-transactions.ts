// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeTransactionsRequest {
  transactionalIds: string[];
}

export interface DescribeTransactionsResponse {
  throttleTimeMs: number;
  transactionStates: DescribeTransactionsResponseTransactionState[];
}

export interface DescribeTransactionsResponseTransactionState {
  errorCode: number;
  transactionalId: string;
  transactionState: string;
  transactionTimeoutMs: number;
  transactionStartTimeMs: bigint;
  producerId: bigint;
  producerEpoch: number;
  topics: DescribeTransactionsResponseTopicData[];
}

export interface DescribeTransactionsResponseTopicData {
  topic: string;
  partitions: number[];
}

export const describeTransactions: Api<DescribeTransactionsRequest, DescribeTransactionsResponse> = {
  key: 65,
  name: 'DescribeTransactions',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [{ name: 'transactionalIds', type: 'string', array: true, versions: { min: 0 } }],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'transactionStates',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'transactionalId', type: 'string', versions: { min: 0 } },
        { name: 'transactionState', type: 'string', versions: { min: 0 } },
        { name: 'transactionTimeoutMs', type: 'int32', versions: { min: 0 } },
        { name: 'transactionStartTimeMs', type: 'int64', versions: { min: 0 } },
        { name: 'producerId', type: 'int64', versions: { min: 0 } },
        { name: 'producerEpoch', type: 'int16', versions: { min: 0 } },
        {
          name: 'topics',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'topic', type: 'string', versions: { min: 0 } },
            { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
