// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface DescribeLogDirsRequest {
  topics: DescribeLogDirsRequestDescribableLogDirTopic[] | null;
}

export interface DescribeLogDirsRequestDescribableLogDirTopic {
  topic: string;
  partitions: number[];
}

export interface DescribeLogDirsResponse {
  throttleTimeMs: number;
  errorCode: number;
  results: DescribeLogDirsResponseDescribeLogDirsResult[];
}

export interface DescribeLogDirsResponseDescribeLogDirsResult {
  errorCode: number;
  logDir: string;
  topics: DescribeLogDirsResponseDescribeLogDirsTopic[];
  totalBytes: bigint;
  usableBytes: bigint;
  isCordoned: boolean;
}

export interface DescribeLogDirsResponseDescribeLogDirsTopic {
  name: string;
  partitions: DescribeLogDirsResponseDescribeLogDirsPartition[];
}

export interface DescribeLogDirsResponseDescribeLogDirsPartition {
  partitionIndex: number;
  partitionSize: bigint;
  offsetLag: bigint;
  isFutureKey: boolean;
}

export const describeLogDirs: Api<DescribeLogDirsRequest, DescribeLogDirsResponse> = {
  key: 35,
  name: 'DescribeLogDirs',
  versions: { min: 1, max: 5 },
  flexibleFrom: 2,
  request: [
    {
      name: 'topics',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      fields: [
        { name: 'topic', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 3 } },
    {
      name: 'results',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'logDir', type: 'string', versions: { min: 0 } },
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
                { name: 'partitionSize', type: 'int64', versions: { min: 0 } },
                { name: 'offsetLag', type: 'int64', versions: { min: 0 } },
                { name: 'isFutureKey', type: 'bool', versions: { min: 0 } },
              ],
            },
          ],
        },
        { name: 'totalBytes', type: 'int64', versions: { min: 4 }, default: -1n },
        { name: 'usableBytes', type: 'int64', versions: { min: 4 }, default: -1n },
        { name: 'isCordoned', type: 'bool', versions: { min: 5 } },
      ],
    },
  ],
};
