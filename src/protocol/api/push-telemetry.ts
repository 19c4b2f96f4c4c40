// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface PushTelemetryRequest {
  clientInstanceId: string;
  subscriptionId: number;
  terminating: boolean;
  compressionType: number;
  metrics: Buffer;
}

export interface PushTelemetryResponse {
  throttleTimeMs: number;
  errorCode: number;
}

export const pushTelemetry: Api<PushTelemetryRequest, PushTelemetryResponse> = {
  key: 72,
  name: 'PushTelemetry',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    { name: 'clientInstanceId', type: 'uuid', versions: { min: 0 } },
    { name: 'subscriptionId', type: 'int32', versions: { min: 0 } },
    { name: 'terminating', type: 'bool', versions: { min: 0 } },
    { name: 'compressionType', type: 'int8', versions: { min: 0 } },
    { name: 'metrics', type: 'bytes', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
  ],
};
