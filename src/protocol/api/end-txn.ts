// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface EndTxnRequest {
  transactionalId: string;
  producerId: bigint;
  producerEpoch: number;
  committed: boolean;
}

export interface EndTxnResponse {
  throttleTimeMs: number;
  errorCode: number;
  producerId: bigint;
  producerEpoch: number;
}

export const endTxn: Api<EndTxnRequest, EndTxnResponse> = {
  key: 26,
  name: 'EndTxn',
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
  request: [
    { name: 'transactionalId', type: 'string', versions: { min: 0 } },
    { name: 'producerId', type: 'int64', versions: { min: 0 } },
    { name: 'producerEpoch', type: 'int16', versions: { min: 0 } },
    { name: 'committed', type: 'bool', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'producerId', type: 'int64', versions: { min: 5 }, default: -1n },
    { name: 'producerEpoch', type: 'int16', versions: { min: 5 }, default: -1 },
  ],
};
