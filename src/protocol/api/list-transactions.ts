// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ListTransactionsRequest {
  stateFilters: string[];
  producerIdFilters: bigint[];
  durationFilter: bigint;
  transactionalIdPattern: string | null;
}

export interface ListTransactionsResponse {
  throttleTimeMs: number;
  errorCode: number;
  unknownStateFilters: string[];
  transactionStates: ListTransactionsResponseTransactionState[];
}

export interface ListTransactionsResponseTransactionState {
  transactionalId: string;
  producerId: bigint;
  transactionState: string;
}

export const listTransactions: Api<ListTransactionsRequest, ListTransactionsResponse> = {
  key: 66,
  name: 'ListTransactions',
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
  request: [
    { name: 'stateFilters', type: 'string', array: true, versions: { min: 0 } },
    { name: 'producerIdFilters', type: 'int64', array: true, versions: { min: 0 } },
    { name: 'durationFilter', type: 'int64', versions: { min: 1 }, default: -1n },
    { name: 'transactionalIdPattern', type: 'string', versions: { min: 2 }, nullable: { min: 2 }, default: null },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'unknownStateFilters', type: 'string', array: true, versions: { min: 0 } },
    {
      name: 'transactionStates',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'transactionalId', type: 'string', versions: { min: 0 } },
        { name: 'producerId', type: 'int64', versions: { min: 0 } },
        { name: 'transactionState', type: 'string', versions: { min: 0 } },
      ],
    },
  ],
};
