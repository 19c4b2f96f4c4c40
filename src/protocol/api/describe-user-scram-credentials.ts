// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeUserScramCredentialsRequest {
  users: DescribeUserScramCredentialsRequestUserName[] | null;
}

export interface DescribeUserScramCredentialsRequestUserName {
  name: string;
}

export interface DescribeUserScramCredentialsResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  results: DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult[];
}

export interface DescribeUserScramCredentialsResponseDescribeUserScramCredentialsResult {
  user: string;
  errorCode: number;
  errorMessage: string | null;
  credentialInfos: DescribeUserScramCredentialsResponseCredentialInfo[];
}

export interface DescribeUserScramCredentialsResponseCredentialInfo {
  mechanism: number;
  iterations: number;
}

export const describeUserScramCredentials: Api<
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse
> = {
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    {
      name: 'users',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      fields: [{ name: 'name', type: 'string', versions: { min: 0 } }],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    {
      name: 'results',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'user', type: 'string', versions: { min: 0 } },
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
        {
          name: 'credentialInfos',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'mechanism', type: 'int8', versions: { min: 0 } },
            { name: 'iterations', type: 'int32', versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
