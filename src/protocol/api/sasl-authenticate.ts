// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface SaslAuthenticateRequest {
  authBytes: Buffer;
}

export interface SaslAuthenticateResponse {
  errorCode: number;
  errorMessage: string | null;
  authBytes: Buffer;
  sessionLifetimeMs: bigint;
}

export const saslAuthenticate: Api<SaslAuthenticateRequest, SaslAuthenticateResponse> = {
  key: 36,
  name: 'SaslAuthenticate',
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
  request: [{ name: 'authBytes', type: 'bytes', versions: { min: 0 } }],
  response: [
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    { name: 'authBytes', type: 'bytes', versions: { min: 0 } },
    { name: 'sessionLifetimeMs', type: 'int64', versions: { min: 1 }, default: 0n },
  ],
};
