// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeClusterRequest {
  includeClusterAuthorizedOperations: boolean;
  endpointType: number;
  includeFencedBrokers: boolean;
}

export interface DescribeClusterResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  endpointType: number;
  clusterId: string;
  controllerId: number;
  brokers: DescribeClusterResponseDescribeClusterBroker[];
  clusterAuthorizedOperations: number;
}

export interface DescribeClusterResponseDescribeClusterBroker {
  brokerId: number;
  host: string;
  port: number;
  rack: string | null;
  isFenced: boolean;
}

export const describeCluster: Api<DescribeClusterRequest, DescribeClusterResponse> = {
  key: 60,
  name: 'DescribeCluster',
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
  request: [
    { name: 'includeClusterAuthorizedOperations', type: 'bool', versions: { min: 0 } },
    { name: 'endpointType', type: 'int8', versions: { min: 1 }, default: 1 },
    { name: 'includeFencedBrokers', type: 'bool', versions: { min: 2 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'endpointType', type: 'int8', versions: { min: 1 }, default: 1 },
    { name: 'clusterId', type: 'string', versions: { min: 0 } },
    { name: 'controllerId', type: 'int32', versions: { min: 0 }, default: -1 },
    {
      name: 'brokers',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'brokerId', type: 'int32', versions: { min: 0 } },
        { name: 'host', type: 'string', versions: { min: 0 } },
        { name: 'port', type: 'int32', versions: { min: 0 } },
        { name: 'rack', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
        { name: 'isFenced', type: 'bool', versions: { min: 2 } },
      ],
    },
    { name: 'clusterAuthorizedOperations', type: 'int32', versions: { min: 0 }, default: -2147483648 },
  ],
};
