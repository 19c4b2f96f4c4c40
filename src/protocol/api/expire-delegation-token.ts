// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ExpireDelegationTokenRequest {
  hmac: Buffer;
  expiryTimePeriodMs: bigint;
}

export interface ExpireDelegationTokenResponse {
  errorCode: number;
  expiryTimestampMs: bigint;
  throttleTimeMs: number;
}

export const expireDelegationToken: Api<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse> = {
  key: 40,
  name: 'ExpireDelegationToken',
  versions: { min: 1, max: 2 },
  flexibleFrom: 2,
  request: [
    { name: 'hmac', type: 'bytes', versions: { min: 0 } },
    { name: 'expiryTimePeriodMs', type: 'int64', versions: { min: 0 } },
  ],
  response: [
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'expiryTimestampMs', type: 'int64', versions: { min: 0 } },
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
  ],
};
