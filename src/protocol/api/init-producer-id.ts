// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface InitProducerIdRequest {
  transactionalId: string | null;
  transactionTimeoutMs: number;
  producerId: bigint;
  producerEpoch: number;
  enable2Pc: boolean;
  keepPreparedTxn: boolean;
}

export interface InitProducerIdResponse {
  throttleTimeMs: number;
  errorCode: number;
  producerId: bigint;
  producerEpoch: number;
  ongoingTxnProducerId: bigint;
  ongoingTxnProducerEpoch: number;
}

export const initProducerId: Api<InitProducerIdRequest, InitProducerIdResponse> = {
  key: 22,
  name: 'InitProducerId',
  versions: { min: 0, max: 6 },
  flexibleFrom: 2,
  request: [
    { name: 'transactionalId', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    { name: 'transactionTimeoutMs', type: 'int32', versions: { min: 0 } },
    { name: 'producerId', type: 'int64', versions: { min: 3 }, default: -1n },
    { name: 'producerEpoch', type: 'int16', versions: { min: 3 }, default: -1 },
    { name: 'enable2Pc', type: 'bool', versions: { min: 6 } },
    { name: 'keepPreparedTxn', type: 'bool', versions: { min: 6 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'producerId', type: 'int64', versions: { min: 0 }, default: -1n },
    { name: 'producerEpoch', type: 'int16', versions: { min: 0 } },
    { name: 'ongoingTxnProducerId', type: 'int64', versions: { min: 6 }, default: -1n },
    { name: 'ongoingTxnProducerEpoch', type: 'int16', versions: { min: 6 }, default: -1 },
  ],
};
