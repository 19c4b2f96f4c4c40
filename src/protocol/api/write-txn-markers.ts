// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface WriteTxnMarkersRequest {
  markers: WriteTxnMarkersRequestWritableTxnMarker[];
}

export interface WriteTxnMarkersRequestWritableTxnMarker {
  producerId: bigint;
  producerEpoch: number;
  transactionResult: boolean;
  topics: WriteTxnMarkersRequestWritableTxnMarkerTopic[];
  coordinatorEpoch: number;
  transactionVersion: number;
}

export interface WriteTxnMarkersRequestWritableTxnMarkerTopic {
  name: string;
  partitionIndexes: number[];
}

export interface WriteTxnMarkersResponse {
  markers: WriteTxnMarkersResponseWritableTxnMarkerResult[];
}

export interface WriteTxnMarkersResponseWritableTxnMarkerResult {
  producerId: bigint;
  topics: WriteTxnMarkersResponseWritableTxnMarkerTopicResult[];
}

export interface WriteTxnMarkersResponseWritableTxnMarkerTopicResult {
  name: string;
  partitions: WriteTxnMarkersResponseWritableTxnMarkerPartitionResult[];
}

export interface WriteTxnMarkersResponseWritableTxnMarkerPartitionResult {
  partitionIndex: number;
  errorCode: number;
}

export const writeTxnMarkers: Api<WriteTxnMarkersRequest, WriteTxnMarkersResponse> = {
  key: 27,
  name: 'WriteTxnMarkers',
  versions: { min: 1, max: 2 },
  flexibleFrom: 1,
  request: [
    {
      name: 'markers',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'producerId', type: 'int64', versions: { min: 0 } },
        { name: 'producerEpoch', type: 'int16', versions: { min: 0 } },
        { name: 'transactionResult', type: 'bool', versions: { min: 0 } },
        {
          name: 'topics',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 0 } },
            { name: 'partitionIndexes', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
        { name: 'coordinatorEpoch', type: 'int32', versions: { min: 0 } },
        { name: 'transactionVersion', type: 'int8', versions: { min: 2 }, default: 0 },
      ],
    },
  ],
  response: [
    {
      name: 'markers',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'producerId', type: 'int64', versions: { min: 0 } },
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
                { name: 'errorCode', type: 'int16', versions: { min: 0 } },
              ],
            },
          ],
        },
      ],
    },
  ],
};
