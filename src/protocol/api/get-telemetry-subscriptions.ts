// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface GetTelemetrySubscriptionsRequest {
  clientInstanceId: string;
}

export interface GetTelemetrySubscriptionsResponse {
  throttleTimeMs: number;
  errorCode: number;
  clientInstanceId: string;
  subscriptionId: number;
  acceptedCompressionTypes: number[];
  pushIntervalMs: number;
  telemetryMaxBytes: number;
  deltaTemporality: boolean;
  requestedMetrics: string[];
}

export const getTelemetrySubscriptions: Api<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse> = {
  key: 71,
  name: 'GetTelemetrySubscriptions',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [{ name: 'clientInstanceId', type: 'uuid', versions: { min: 0 } }],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'clientInstanceId', type: 'uuid', versions: { min: 0 } },
    { name: 'subscriptionId', type: 'int32', versions: { min: 0 } },
    { name: 'acceptedCompressionTypes', type: 'int8', array: true, versions: { min: 0 } },
    { name: 'pushIntervalMs', type: 'int32', versions: { min: 0 } },
    { name: 'telemetryMaxBytes', type: 'int32', versions: { min: 0 } },
    { name: 'deltaTemporality', type: 'bool', versions: { min: 0 } },
    { name: 'requestedMetrics', type: 'string', array: true, versions: { min: 0 } },
  ],
};
