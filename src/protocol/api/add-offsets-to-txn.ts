// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface AddOffsetsToTxnRequest {
  transactionalId: string;
  producerId: bigint;
  producerEpoch: number;
  groupId: string;
}

export interface AddOffsetsToTxnResponse {
  throttleTimeMs: number;
  errorCode: number;
}

export const addOffsetsToTxn: Api<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> = {
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: { min: 0, max: 4 },
  flexibleFrom: 3,
  request: [
    { name: 'transactionalId', type: 'string', versions: { min: 0 } },
    { name: 'producerId', type: 'int64', versions: { min: 0 } },
    { name: 'producerEpoch', type: 'int16', versions: { min: 0 } },
    { name: 'groupId', type: 'string', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
  ],
};
