// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DeleteTopicsRequest {
  topics: DeleteTopicsRequestDeleteTopicState[];
  topicNames: string[];
  timeoutMs: number;
}

export interface DeleteTopicsRequestDeleteTopicState {
  name: string | null;
  topicId: string;
}

export interface DeleteTopicsResponse {
  throttleTimeMs: number;
  responses: DeleteTopicsResponseDeletableTopicResult[];
}

export interface DeleteTopicsResponseDeletableTopicResult {
  name: string | null;
  topicId: string;
  errorCode: number;
  errorMessage: string | null;
}

export const deleteTopics: Api<DeleteTopicsRequest, DeleteTopicsResponse> = {
  key: 20,
  name: 'DeleteTopics',
  versions: { min: 1, max: 6 },
  flexibleFrom: 4,
  request: [
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 6 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 6 }, nullable: { min: 6 }, default: null },
        { name: 'topicId', type: 'uuid', versions: { min: 6 } },
      ],
    },
    { name: 'topicNames', type: 'string', array: true, versions: { min: 0, max: 5 } },
    { name: 'timeoutMs', type: 'int32', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 } },
    {
      name: 'responses',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 }, nullable: { min: 6 } },
        { name: 'topicId', type: 'uuid', versions: { min: 6 } },
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 5 }, nullable: { min: 5 }, default: null },
      ],
    },
  ],
};
