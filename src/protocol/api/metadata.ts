// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface MetadataRequest {
  topics: MetadataRequestMetadataRequestTopic[] | null;
  allowAutoTopicCreation: boolean;
  includeClusterAuthorizedOperations: boolean;
  includeTopicAuthorizedOperations: boolean;
}

export interface MetadataRequestMetadataRequestTopic {
  topicId: string;
  name: string | null;
}

export interface MetadataResponse {
  throttleTimeMs: number;
  brokers: MetadataResponseMetadataResponseBroker[];
  clusterId: string | null;
  controllerId: number;
  topics: MetadataResponseMetadataResponseTopic[];
  clusterAuthorizedOperations: number;
  errorCode: number;
}

export interface MetadataResponseMetadataResponseBroker {
  nodeId: number;
  host: string;
  port: number;
  rack: string | null;
}

export interface MetadataResponseMetadataResponseTopic {
  errorCode: number;
  name: string | null;
  topicId: string;
  isInternal: boolean;
  partitions: MetadataResponseMetadataResponsePartition[];
  topicAuthorizedOperations: number;
}

export interface MetadataResponseMetadataResponsePartition {
  errorCode: number;
  partitionIndex: number;
  leaderId: number;
  leaderEpoch: number;
  replicaNodes: number[];
  isrNodes: number[];
  offlineReplicas: number[];
}

export const metadata: Api<MetadataRequest, MetadataResponse> = {
  key: 3,
  name: 'Metadata',
  versions: { min: 0, max: 13 },
  flexibleFrom: 9,
  request: [
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 1 },
      fields: [
        { name: 'topicId', type: 'uuid', versions: { min: 10 } },
        { name: 'name', type: 'string', versions: { min: 0 }, nullable: { min: 10 } },
      ],
    },
    { name: 'allowAutoTopicCreation', type: 'bool', versions: { min: 4 }, default: true },
    { name: 'includeClusterAuthorizedOperations', type: 'bool', versions: { min: 8, max: 10 } },
    { name: 'includeTopicAuthorizedOperations', type: 'bool', versions: { min: 8 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 3 } },
    {
      name: 'brokers',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'nodeId', type: 'int32', versions: { min: 0 } },
        { name: 'host', type: 'string', versions: { min: 0 } },
        { name: 'port', type: 'int32', versions: { min: 0 } },
        { name: 'rack', type: 'string', versions: { min: 1 }, nullable: { min: 1 }, default: null },
      ],
    },
    { name: 'clusterId', type: 'string', versions: { min: 2 }, nullable: { min: 2 }, default: null },
    { name: 'controllerId', type: 'int32', versions: { min: 1 }, default: -1 },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'name', type: 'string', versions: { min: 0 }, nullable: { min: 12 } },
        { name: 'topicId', type: 'uuid', versions: { min: 10 } },
        { name: 'isInternal', type: 'bool', versions: { min: 1 } },
        {
          name: 'partitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'errorCode', type: 'int16', versions: { min: 0 } },
            { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
            { name: 'leaderId', type: 'int32', versions: { min: 0 } },
            { name: 'leaderEpoch', type: 'int32', versions: { min: 7 }, default: -1 },
            { name: 'replicaNodes', type: 'int32', array: true, versions: { min: 0 } },
            { name: 'isrNodes', type: 'int32', array: true, versions: { min: 0 } },
            { name: 'offlineReplicas', type: 'int32', array: true, versions: { min: 5 } },
          ],
        },
        { name: 'topicAuthorizedOperations', type: 'int32', versions: { min: 8 }, default: -2147483648 },
      ],
    },
    { name: 'clusterAuthorizedOperations', type: 'int32', versions: { min: 8, max: 10 }, default: -2147483648 },
    { name: 'errorCode', type: 'int16', versions: { min: 13 } },
  ],
};
