// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ApiVersionsRequest {
  clientSoftwareName: string;
  clientSoftwareVersion: string;
}

export interface ApiVersionsResponse {
  errorCode: number;
  apiKeys: ApiVersionsResponseApiVersion[];
  throttleTimeMs: number;
  supportedFeatures: ApiVersionsResponseSupportedFeatureKey[];
  finalizedFeaturesEpoch: bigint;
  finalizedFeatures: ApiVersionsResponseFinalizedFeatureKey[];
  zkMigrationReady: boolean;
}

export interface ApiVersionsResponseApiVersion {
  apiKey: number;
  minVersion: number;
  maxVersion: number;
}

export interface ApiVersionsResponseSupportedFeatureKey {
  name: string;
  minVersion: number;
  maxVersion: number;
}

export interface ApiVersionsResponseFinalizedFeatureKey {
  name: string;
  maxVersionLevel: number;
  minVersionLevel: number;
}

export const apiVersions: Api<ApiVersionsRequest, ApiVersionsResponse> = {
  key: 18,
  name: 'ApiVersions',
  versions: { min: 0, max: 4 },
  flexibleFrom: 3,
  request: [
    { name: 'clientSoftwareName', type: 'string', versions: { min: 3 } },
    { name: 'clientSoftwareVersion', type: 'string', versions: { min: 3 } },
  ],
  response: [
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    {
      name: 'apiKeys',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'apiKey', type: 'int16', versions: { min: 0 } },
        { name: 'minVersion', type: 'int16', versions: { min: 0 } },
        { name: 'maxVersion', type: 'int16', versions: { min: 0 } },
      ],
    },
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    {
      name: 'supportedFeatures',
      type: 'struct',
      array: true,
      versions: { min: 3 },
      tag: 0,
      taggedVersions: { min: 3 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 3 } },
        { name: 'minVersion', type: 'int16', versions: { min: 3 } },
        { name: 'maxVersion', type: 'int16', versions: { min: 3 } },
      ],
    },
    {
      name: 'finalizedFeaturesEpoch',
      type: 'int64',
      versions: { min: 3 },
      tag: 1,
      taggedVersions: { min: 3 },
      default: -1n,
    },
    {
      name: 'finalizedFeatures',
      type: 'struct',
      array: true,
      versions: { min: 3 },
      tag: 2,
      taggedVersions: { min: 3 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 3 } },
        { name: 'maxVersionLevel', type: 'int16', versions: { min: 3 } },
        { name: 'minVersionLevel', type: 'int16', versions: { min: 3 } },
      ],
    },
    { name: 'zkMigrationReady', type: 'bool', versions: { min: 3 }, tag: 3, taggedVersions: { min: 3 } },
  ],
};
