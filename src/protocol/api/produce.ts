// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ProduceRequest {
  transactionalId: string | null;
  acks: number;
  timeoutMs: number;
  topicData: ProduceRequestTopicProduceData[];
}

export interface ProduceRequestTopicProduceData {
  name: string;
  topicId: string;
  partitionData: ProduceRequestPartitionProduceData[];
}

export interface ProduceRequestPartitionProduceData {
  index: number;
  records: Buffer | null;
}

export interface ProduceResponse {
  responses: ProduceResponseTopicProduceResponse[];
  throttleTimeMs: number;
  nodeEndpoints: ProduceResponseNodeEndpoint[];
}

export interface ProduceResponseTopicProduceResponse {
  name: string;
  topicId: string;
  partitionResponses: ProduceResponsePartitionProduceResponse[];
}

export interface ProduceResponsePartitionProduceResponse {
  index: number;
  errorCode: number;
  baseOffset: bigint;
  logAppendTimeMs: bigint;
  logStartOffset: bigint;
  recordErrors: ProduceResponseBatchIndexAndErrorMessage[];
  errorMessage: string | null;
  currentLeader: ProduceResponseLeaderIdAndEpoch;
}

export interface ProduceResponseBatchIndexAndErrorMessage {
  batchIndex: number;
  batchIndexErrorMessage: string | null;
}

export interface ProduceResponseLeaderIdAndEpoch {
  leaderId: number;
  leaderEpoch: number;
}

export interface ProduceResponseNodeEndpoint {
  nodeId: number;
  host: string;
  port: number;
  rack: string | null;
}

export const produce: Api<ProduceRequest, ProduceResponse> = {
  key: 0,
  name: 'Produce',
  versions: { min: 3, max: 13 },
  flexibleFrom: 9,
  request: [
    { name: 'transactionalId', type: 'string', versions: { min: 3 }, nullable: { min: 3 }, default: null },
    { name: 'acks', type: 'int16', versions: { min: 0 } },
    { name: 'timeoutMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'topicData',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0, max: 12 } },
        { name: 'topicId', type: 'uuid', versions: { min: 13 } },
        {
          name: 'partitionData',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'index', type: 'int32', versions: { min: 0 } },
            { name: 'records', type: 'records', versions: { min: 0 }, nullable: { min: 0 } },
          ],
        },
      ],
    },
  ],
  response: [
    {
      name: 'responses',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'name', type: 'string', versions: { min: 0, max: 12 } },
        { name: 'topicId', type: 'uuid', versions: { min: 13 } },
        {
          name: 'partitionResponses',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'index', type: 'int32', versions: { min: 0 } },
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'baseOffset', type: 'int64', versions: { min: 0 } },
            { name: 'logAppendTimeMs', type: 'int64', versions: { min: 2 }, default: -1n },
            { name: 'logStartOffset', type: 'int64', versions: { min: 5 }, default: -1n },
            {
              name: 'recordErrors',
              type: 'struct',
              array: true,
              versions: { min: 8 },
              fields: [
                { name: 'batchIndex', type: 'int32', versions: { min: 8 } },
                {
                  name: 'batchIndexErrorMessage',
                  type: 'string',
                  versions: { min: 8 },
                  nullable: { min: 8 },
                  default: null,
                },
              ],
            },
            { name: 'errorMessage', type: 'string', versions: { min: 8 }, nullable: { min: 8 }, default: null },
            {
              name: 'currentLeader',
              type: 'struct',
              versions: { min: 10 },
              tag: 0,
              taggedVersions: { min: 10 },
              fields: [
                { name: 'leaderId', type: 'int32', versions: { min: 10 }, default: -1 },
                { name: 'leaderEpoch', type: 'int32', versions: { min: 10 }, default: -1 },
              ],
            },
          ],
        },
      ],
    },
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 1 }, default: 0 },
    {
      name: 'nodeEndpoints',
      type: 'struct',
      array: true,
      versions: { min: 10 },
      tag: 0,
      taggedVersions: { min: 10 },
      fields: [
        { name: 'nodeId', type: 'int32', versions: { min: 10 } },
        { name: 'host', type: 'string', versions: { min: 10 } },
        { name: 'port', type: 'int32', versions: { min: 10 } },
        { name: 'rack', type: 'string', versions: { min: 10 }, nullable: { min: 10 }, default: null },
      ],
    },
  ],
};
