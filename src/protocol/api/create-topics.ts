// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface CreateTopicsRequest {
  topics: CreateTopicsRequestCreatableTopic[];
  timeoutMs: number;
  validateOnly: boolean;
}

export interface CreateTopicsRequestCreatableTopic {
  name: string;
  numPartitions: number;
  replicationFactor: number;
  assignments: CreateTopicsRequestCreatableReplicaAssignment[];
  configs: CreateTopicsRequestCreatableTopicConfig[];
}

export interface CreateTopicsRequestCreatableReplicaAssignment {
  partitionIndex: number;
  brokerIds: number[];
}

export interface CreateTopicsRequestCreatableTopicConfig {
  name: string;
  value: string | null;
}

export interface CreateTopicsResponse {
  throttleTimeMs: number;
  topics: CreateTopicsResponseCreatableTopicResult[];
}

export interface CreateTopicsResponseCreatableTopicResult {
  name: string;
  topicId: string;
  errorCode: number;
  errorMessage: string | null;
  topicConfigErrorCode: number;
  numPartitions: number;
  replicationFactor: number;
  configs: CreateTopicsResponseCreatableTopicConfigs[] | null;
}

export interface CreateTopicsResponseCreatableTopicConfigs {
  name: string;
  value: string | null;
  readOnly: boolean;
  configSource: number;
  isSensitive: boolean;
}

export const createTopics: Api<CreateTopicsRequest, CreateTopicsResponse> = {
  key: 19,
  name: 'CreateTopics',
  versions: { min: 2, max: 7 },
  flexibleFrom: 5,
  request: [
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'numPartitions', type: 'int32', versions: { min: 0 } },
        { name: 'replicationFactor', type: 'int16', versions: { min: 0 } },
        {
          name: 'assignments',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'brokerIds', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
        {
          name: 'configs',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 0 } },
            { name: 'value', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
          ],
        },
      ],
    },
    { name: 'timeoutMs', type: 'int32', versions: { min: 0 }, default: 60000 },
    { name: 'validateOnly', type: 'bool', versions: { min: 1 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 2 } },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'topicId', type: 'uuid', versions: { min: 7 } },
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 1 }, nullable: { min: 0 } },
        { name: 'topicConfigErrorCode', type: 'int16', versions: { min: 5 }, tag: 0, taggedVersions: { min: 5 } },
        { name: 'numPartitions', type: 'int32', versions: { min: 5 }, default: -1 },
        { name: 'replicationFactor', type: 'int16', versions: { min: 5 }, default: -1 },
        {
          name: 'configs',
          type: 'struct',
          array: true,
          versions: { min: 5 },
          nullable: { min: 5 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 5 } },
            { name: 'value', type: 'string', versions: { min: 5 }, nullable: { min: 5 } },
            { name: 'readOnly', type: 'bool', versions: { min: 5 } },
            { name: 'configSource', type: 'int8', versions: { min: 5 }, default: -1 },
            { name: 'isSensitive', type: 'bool', versions: { min: 5 } },
          ],
        },
      ],
    },
  ],
};
