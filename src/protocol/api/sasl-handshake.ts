// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface SaslHandshakeRequest {
  mechanism: string;
}

export interface SaslHandshakeResponse {
  errorCode: number;
  mechanisms: string[];
}

export const saslHandshake: Api<SaslHandshakeRequest, SaslHandshakeResponse> = {
  key: 17,
  name: 'SaslHandshake',
  versions: { min: 0, max: 1 },
  flexibleFrom: undefined,
  request: [{ name: 'mechanism', type: 'string', versions: { min: 0 } }],
  response: [
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'mechanisms', type: 'string', array: true, versions: { min: 0 } },
  ],
};
