// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeDelegationTokenRequest {
  owners: DescribeDelegationTokenRequestDescribeDelegationTokenOwner[] | null;
}

export interface DescribeDelegationTokenRequestDescribeDelegationTokenOwner {
  principalType: string;
  principalName: string;
}

export interface DescribeDelegationTokenResponse {
  errorCode: number;
  tokens: DescribeDelegationTokenResponseDescribedDelegationToken[];
  throttleTimeMs: number;
}

export interface DescribeDelegationTokenResponseDescribedDelegationToken {
  principalType: string;
  principalName: string;
  tokenRequesterPrincipalType: string;
  tokenRequesterPrincipalName: string;
  issueTimestamp: bigint;
  expiryTimestamp: bigint;
  maxTimestamp: bigint;
  tokenId: string;
  hmac: Buffer;
  renewers: DescribeDelegationTokenResponseDescribedDelegationTokenRenewer[];
}

export interface DescribeDelegationTokenResponseDescribedDelegationTokenRenewer {
  principalType: string;
  principalName: string;
}

export const describeDelegationToken: Api<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse> = {
  key: 41,
  name: 'DescribeDelegationToken',
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
  request: [
    {
      name: 'owners',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      fields: [
        { name: 'principalType', type: 'string', versions: { min: 0 } },
        { name: 'principalName', type: 'string', versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    {
      name: 'tokens',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'principalType', type: 'string', versions: { min: 0 } },
        { name: 'principalName', type: 'string', versions: { min: 0 } },
        { name: 'tokenRequesterPrincipalType', type: 'string', versions: { min: 3 } },
        { name: 'tokenRequesterPrincipalName', type: 'string', versions: { min: 3 } },
        { name: 'issueTimestamp', type: 'int64', versions: { min: 0 } },
        { name: 'expiryTimestamp', type: 'int64', versions: { min: 0 } },
        { name: 'maxTimestamp', type: 'int64', versions: { min: 0 } },
        { name: 'tokenId', type: 'string', versions: { min: 0 } },
        { name: 'hmac', type: 'bytes', versions: { min: 0 } },
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
      ],
    },
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
  ],
};
