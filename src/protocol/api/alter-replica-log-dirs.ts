// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface AlterReplicaLogDirsRequest {
  dirs: AlterReplicaLogDirsRequestAlterReplicaLogDir[];
}

export interface AlterReplicaLogDirsRequestAlterReplicaLogDir {
  path: string;
  topics: AlterReplicaLogDirsRequestAlterReplicaLogDirTopic[];
}

export interface AlterReplicaLogDirsRequestAlterReplicaLogDirTopic {
  name: string;
  partitions: number[];
}

export interface AlterReplicaLogDirsResponse {
  throttleTimeMs: number;
  results: AlterReplicaLogDirsResponseAlterReplicaLogDirTopicResult[];
}

export interface AlterReplicaLogDirsResponseAlterReplicaLogDirTopicResult {
  topicName: string;
  partitions: AlterReplicaLogDirsResponseAlterReplicaLogDirPartitionResult[];
}

export interface AlterReplicaLogDirsResponseAlterReplicaLogDirPartitionResult {
  partitionIndex: number;
  errorCode: number;
}

export const alterReplicaLogDirs: Api<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse> = {
  key: 34,
  name: 'AlterReplicaLogDirs',
  versions: { min: 1, max: 2 },
  flexibleFrom: 2,
  request: [
    {
      name: 'dirs',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'path', type: 'string', versions: { min: 0 } },
        {
          name: 'topics',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'name', type: 'string', versions: { min: 0 } },
            { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'results',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'topicName', type: 'string', versions: { min: 0 } },
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
};
