// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface UpdateFeaturesRequest {
  timeoutMs: number;
  featureUpdates: UpdateFeaturesRequestFeatureUpdateKey[];
  validateOnly: boolean;
}

export interface UpdateFeaturesRequestFeatureUpdateKey {
  feature: string;
  maxVersionLevel: number;
  allowDowngrade: boolean;
  upgradeType: number;
}

export interface UpdateFeaturesResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  results: UpdateFeaturesResponseUpdatableFeatureResult[];
}

export interface UpdateFeaturesResponseUpdatableFeatureResult {
  feature: string;
  errorCode: number;
  errorMessage: string | null;
}

export const updateFeatures: Api<UpdateFeaturesRequest, UpdateFeaturesResponse> = {
  key: 57,
  name: 'UpdateFeatures',
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
  request: [
    { name: 'timeoutMs', type: 'int32', versions: { min: 0 }, default: 60000 },
    {
      name: 'featureUpdates',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'feature', type: 'string', versions: { min: 0 } },
        { name: 'maxVersionLevel', type: 'int16', versions: { min: 0 } },
        { name: 'allowDowngrade', type: 'bool', versions: { min: 0, max: 0 } },
        { name: 'upgradeType', type: 'int8', versions: { min: 1 }, default: 1 },
      ],
    },
    { name: 'validateOnly', type: 'bool', versions: { min: 1 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
    {
      name: 'results',
      type: 'struct',
      array: true,
      versions: { min: 0, max: 1 },
      fields: [
        { name: 'feature', type: 'string', versions: { min: 0 } },
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
      ],
    },
  ],
};
