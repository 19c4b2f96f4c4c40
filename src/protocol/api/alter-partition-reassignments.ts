// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface AlterPartitionReassignmentsRequest {
  timeoutMs: number;
  allowReplicationFactorChange: boolean;
  topics: AlterPartitionReassignmentsRequestReassignableTopic[];
}

export interface AlterPartitionReassignmentsRequestReassignableTopic {
  name: string;
  partitions: AlterPartitionReassignmentsRequestReassignablePartition[];
}

export interface AlterPartitionReassignmentsRequestReassignablePartition {
  partitionIndex: number;
  replicas: number[] | null;
}

export interface AlterPartitionReassignmentsResponse {
  throttleTimeMs: number;
  allowReplicationFactorChange: boolean;
  errorCode: number;
  errorMessage: string | null;
  responses: AlterPartitionReassignmentsResponseReassignableTopicResponse[];
}

export interface AlterPartitionReassignmentsResponseReassignableTopicResponse {
  name: string;
  partitions: AlterPartitionReassignmentsResponseReassignablePartitionResponse[];
}

export interface AlterPartitionReassignmentsResponseReassignablePartitionResponse {
  partitionIndex: number;
  errorCode: number;
  errorMessage: string | null;
}

export const alterPartitionReassignments: Api<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse> =
  {
    key: 45,
    name: 'AlterPartitionReassignments',
    versions: { min: 0, max: 1 },
    flexibleFrom: 0,
    request: [
      { name: 'timeoutMs', type: 'int32', versions: { min: 0 }, default: 60000 },
      { name: 'allowReplicationFactorChange', type: 'bool', versions: { min: 1 }, default: true },
      {
        name: 'topics',
        type: 'struct',
        array: true,
        versions: { min: 0 },
        fields: [
          { name: 'name', type: 'string', versions: { min: 0 } },
          {
            name: 'partitions',
            type: 'struct',
            array: true,
            versions: { min: 0 },
            fields: [
              { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
              {
                name: 'replicas',
                type: 'int32',
                array: true,
                versions: { min: 0 },
                nullable: { min: 0 },
                default: null,
              },
            ],
          },
        ],
      },
    ],
    response: [
      { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
      { name: 'allowReplicationFactorChange', type: 'bool', versions: { min: 1 }, default: true },
      { name: 'errorCode', type: 'int16', versions: { min: 0 } },
      { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
      {
        name: 'responses',
        type: 'struct',
        array: true,
        versions: { min: 0 },
        fields: [
          { name: 'name', type: 'string', versions: { min: 0 } },
          {
            name: 'partitions',
            type: 'struct',
            array: true,
            versions: { min: 0 },
            fields: [
              { name: 'partitionIndex', type: 'int32', versions: { min: 0 } },
              { name: 'errorCode', type: 'int16', versions: { min: 0 } },
              { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
            ],
          },
        ],
      },
    ],
  };
