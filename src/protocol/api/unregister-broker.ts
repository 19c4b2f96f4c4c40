// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface UnregisterBrokerRequest {
  brokerId: number;
}

export interface UnregisterBrokerResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
}

export const unregisterBroker: Api<UnregisterBrokerRequest, UnregisterBrokerResponse> = {
  key: 64,
  name: 'UnregisterBroker',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [{ name: 'brokerId', type: 'int32', versions: { min: 0 } }],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
  ],
};
