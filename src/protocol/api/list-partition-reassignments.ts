// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ListPartitionReassignmentsRequest {
  timeoutMs: number;
  topics: ListPartitionReassignmentsRequestListPartitionReassignmentsTopics[] | null;
}

export interface ListPartitionReassignmentsRequestListPartitionReassignmentsTopics {
  name: string;
  partitionIndexes: number[];
}

export interface ListPartitionReassignmentsResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  topics: ListPartitionReassignmentsResponseOngoingTopicReassignment[];
}

export interface ListPartitionReassignmentsResponseOngoingTopicReassignment {
  name: string;
  partitions: ListPartitionReassignmentsResponseOngoingPartitionReassignment[];
}

export interface ListPartitionReassignmentsResponseOngoingPartitionReassignment {
  partitionIndex: number;
  replicas: number[];
  addingReplicas: number[];
  removingReplicas: number[];
}

export const listPartitionReassignments: Api<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse> = {
  key: 46,
  name: 'ListPartitionReassignments',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    { name: 'timeoutMs', type: 'int32', versions: { min: 0 }, default: 60000 },
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'name', type: 'string', versions: { min: 0 } },
        { name: 'partitionIndexes', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 } },
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
            { name: 'replicas', type: 'int32', array: true, versions: { min: 0 } },
            { name: 'addingReplicas', type: 'int32', array: true, versions: { min: 0 } },
            { name: 'removingReplicas', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
