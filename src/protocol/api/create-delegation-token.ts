// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface CreateDelegationTokenRequest {
  ownerPrincipalType: string | null;
  ownerPrincipalName: string | null;
  renewers: CreateDelegationTokenRequestCreatableRenewers[];
  maxLifetimeMs: bigint;
}

export interface CreateDelegationTokenRequestCreatableRenewers {
  principalType: string;
  principalName: string;
}

export interface CreateDelegationTokenResponse {
  errorCode: number;
  principalType: string;
  principalName: string;
  tokenRequesterPrincipalType: string;
  tokenRequesterPrincipalName: string;
  issueTimestampMs: bigint;
  expiryTimestampMs: bigint;
  maxTimestampMs: bigint;
  tokenId: string;
  hmac: Buffer;
  throttleTimeMs: number;
}

export const createDelegationToken: Api<CreateDelegationTokenRequest, CreateDelegationTokenResponse> = {
  key: 38,
  name: 'CreateDelegationToken',
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
  request: [
    { name: 'ownerPrincipalType', type: 'string', versions: { min: 3 }, nullable: { min: 3 } },
    { name: 'ownerPrincipalName', type: 'string', versions: { min: 3 }, nullable: { min: 3 } },
    {
      name: 'renewers',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'principalType', type: 'string', versions: { min: 0 } },
        { name: 'principalName', type: 'string', versions: { min: 0 } },
      ],
    },
    { name: 'maxLifetimeMs', type: 'int64', versions: { min: 0 } },
  ],
  response: [
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'principalType', type: 'string', versions: { min: 0 } },
    { name: 'principalName', type: 'string', versions: { min: 0 } },
    { name: 'tokenRequesterPrincipalType', type: 'string', versions: { min: 3 } },
    { name: 'tokenRequesterPrincipalName', type: 'string', versions: { min: 3 } },
    { name: 'issueTimestampMs', type: 'int64', versions: { min: 0 } },
    { name: 'expiryTimestampMs', type: 'int64', versions: { min: 0 } },
    { name: 'maxTimestampMs', type: 'int64', versions: { min: 0 } },
    { name: 'tokenId', type: 'string', versions: { min: 0 } },
    { name: 'hmac', type: 'bytes', versions: { min: 0 } },
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
  ],
};
