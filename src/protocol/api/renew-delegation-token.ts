// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface RenewDelegationTokenRequest {
  hmac: Buffer;
  renewPeriodMs: bigint;
}

export interface RenewDelegationTokenResponse {
  errorCode: number;
  expiryTimestampMs: bigint;
  throttleTimeMs: number;
}

export const renewDelegationToken: Api<RenewDelegationTokenRequest, RenewDelegationTokenResponse> = {
  key: 39,
  name: 'RenewDelegationToken',
  versions: { min: 1, max: 2 },
  flexibleFrom: 2,
  request: [
    { name: 'hmac', type: 'bytes', versions: { min: 0 } },
    { name: 'renewPeriodMs', type: 'int64', versions: { min: 0 } },
  ],
  response: [
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'expiryTimestampMs', type: 'int64', versions: { min: 0 } },
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
  ],
};
