// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface StreamsGroupHeartbeatRequest {
  groupId: string;
  memberId: string;
  memberEpoch: number;
  endpointInformationEpoch: number;
  instanceId: string | null;
  rackId: string | null;
  rebalanceTimeoutMs: number;
  topology: StreamsGroupHeartbeatRequestTopology | null;
  activeTasks: StreamsGroupHeartbeatRequestTaskIds[] | null;
  standbyTasks: StreamsGroupHeartbeatRequestTaskIds[] | null;
  warmupTasks: StreamsGroupHeartbeatRequestTaskIds[] | null;
  processId: string | null;
  userEndpoint: StreamsGroupHeartbeatRequestEndpoint | null;
  clientTags: StreamsGroupHeartbeatRequestKeyValue[] | null;
  taskOffsets: StreamsGroupHeartbeatRequestTaskOffset[] | null;
  taskEndOffsets: StreamsGroupHeartbeatRequestTaskOffset[] | null;
  shutdownApplication: boolean;
}

export interface StreamsGroupHeartbeatRequestTopology {
  epoch: number;
  subtopologies: StreamsGroupHeartbeatRequestSubtopology[];
}

export interface StreamsGroupHeartbeatRequestSubtopology {
  subtopologyId: string;
  sourceTopics: string[];
  sourceTopicRegex: string[];
  stateChangelogTopics: StreamsGroupHeartbeatRequestTopicInfo[];
  repartitionSinkTopics: string[];
  repartitionSourceTopics: StreamsGroupHeartbeatRequestTopicInfo[];
  copartitionGroups: StreamsGroupHeartbeatRequestCopartitionGroup[];
}

export interface StreamsGroupHeartbeatRequestTopicInfo {
  name: string;
  partitions: number;
  replicationFactor: number;
  topicConfigs: StreamsGroupHeartbeatRequestKeyValue[];
}

export interface StreamsGroupHeartbeatRequestKeyValue {
  key: string;
  value: string;
}

export interface StreamsGroupHeartbeatRequestCopartitionGroup {
  sourceTopics: number[];
  sourceTopicRegex: number[];
  repartitionSourceTopics: number[];
}

export interface StreamsGroupHeartbeatRequestTaskIds {
  subtopologyId: string;
  partitions: number[];
}

export interface StreamsGroupHeartbeatRequestEndpoint {
  host: string;
  port: number;
}

export interface StreamsGroupHeartbeatRequestTaskOffset {
  subtopologyId: string;
  partition: number;
  offset: bigint;
}

export interface StreamsGroupHeartbeatResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  memberId: string;
  memberEpoch: number;
  heartbeatIntervalMs: number;
  acceptableRecoveryLag: number;
  taskOffsetIntervalMs: number;
  status: StreamsGroupHeartbeatResponseStatus[] | null;
  activeTasks: StreamsGroupHeartbeatResponseTaskIds[] | null;
  standbyTasks: StreamsGroupHeartbeatResponseTaskIds[] | null;
  warmupTasks: StreamsGroupHeartbeatResponseTaskIds[] | null;
  endpointInformationEpoch: number;
  partitionsByUserEndpoint: StreamsGroupHeartbeatResponseEndpointToPartitions[] | null;
}

export interface StreamsGroupHeartbeatResponseStatus {
  statusCode: number;
  statusDetail: string;
}

export interface StreamsGroupHeartbeatResponseTaskIds {
  subtopologyId: string;
  partitions: number[];
}

export interface StreamsGroupHeartbeatResponseEndpointToPartitions {
  userEndpoint: StreamsGroupHeartbeatResponseEndpoint;
  activePartitions: StreamsGroupHeartbeatResponseTopicPartition[];
  standbyPartitions: StreamsGroupHeartbeatResponseTopicPartition[];
}

export interface StreamsGroupHeartbeatResponseEndpoint {
  host: string;
  port: number;
}

export interface StreamsGroupHeartbeatResponseTopicPartition {
  topic: string;
  partitions: number[];
}

export const streamsGroupHeartbeat: Api<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse> = {
  key: 88,
  name: 'StreamsGroupHeartbeat',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'memberId', type: 'string', versions: { min: 0 } },
    { name: 'memberEpoch', type: 'int32', versions: { min: 0 } },
    { name: 'endpointInformationEpoch', type: 'int32', versions: { min: 0 } },
    { name: 'instanceId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'rackId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'rebalanceTimeoutMs', type: 'int32', versions: { min: 0 }, default: -1 },
    {
      name: 'topology',
      type: 'struct',
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'epoch', type: 'int32', versions: { min: 0 } },
        {
          name: 'subtopologies',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
            { name: 'sourceTopics', type: 'string', array: true, versions: { min: 0 } },
            { name: 'sourceTopicRegex', type: 'string', array: true, versions: { min: 0 } },
            {
              name: 'stateChangelogTopics',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'name', type: 'string', versions: { min: 0 } },
                { name: 'partitions', type: 'int32', versions: { min: 0 } },
                { name: 'replicationFactor', type: 'int16', versions: { min: 0 } },
                {
                  name: 'topicConfigs',
                  type: 'struct',
                  array: true,
                  versions: { min: 0 },
                  fields: [
                    { name: 'key', type: 'string', versions: { min: 0 } },
                    { name: 'value', type: 'string', versions: { min: 0 } },
                  ],
                },
              ],
            },
            { name: 'repartitionSinkTopics', type: 'string', array: true, versions: { min: 0 } },
            {
              name: 'repartitionSourceTopics',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'name', type: 'string', versions: { min: 0 } },
                { name: 'partitions', type: 'int32', versions: { min: 0 } },
                { name: 'replicationFactor', type: 'int16', versions: { min: 0 } },
                {
                  name: 'topicConfigs',
                  type: 'struct',
                  array: true,
                  versions: { min: 0 },
                  fields: [
                    { name: 'key', type: 'string', versions: { min: 0 } },
                    { name: 'value', type: 'string', versions: { min: 0 } },
                  ],
                },
              ],
            },
            {
              name: 'copartitionGroups',
              type: 'struct',
              array: true,
              versions: { min: 0 },
              fields: [
                { name: 'sourceTopics', type: 'int16', array: true, versions: { min: 0 } },
                { name: 'sourceTopicRegex', type: 'int16', array: true, versions: { min: 0 } },
                { name: 'repartitionSourceTopics', type: 'int16', array: true, versions: { min: 0 } },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'activeTasks',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
    {
      name: 'standbyTasks',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
    {
      name: 'warmupTasks',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
    { name: 'processId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    {
      name: 'userEndpoint',
      type: 'struct',
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'host', type: 'string', versions: { min: 0 } },
        { name: 'port', type: 'uint16', versions: { min: 0 } },
      ],
    },
    {
      name: 'clientTags',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'key', type: 'string', versions: { min: 0 } },
        { name: 'value', type: 'string', versions: { min: 0 } },
      ],
    },
    {
      name: 'taskOffsets',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
        { name: 'partition', type: 'int32', versions: { min: 0 } },
        { name: 'offset', type: 'int64', versions: { min: 0 } },
      ],
    },
    {
      name: 'taskEndOffsets',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
        { name: 'partition', type: 'int32', versions: { min: 0 } },
        { name: 'offset', type: 'int64', versions: { min: 0 } },
      ],
    },
    { name: 'shutdownApplication', type: 'bool', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'memberId', type: 'string', versions: { min: 0 } },
    { name: 'memberEpoch', type: 'int32', versions: { min: 0 } },
    { name: 'heartbeatIntervalMs', type: 'int32', versions: { min: 0 } },
    { name: 'acceptableRecoveryLag', type: 'int32', versions: { min: 0 } },
    { name: 'taskOffsetIntervalMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'status',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      fields: [
        { name: 'statusCode', type: 'int8', versions: { min: 0 } },
        { name: 'statusDetail', type: 'string', versions: { min: 0 } },
      ],
    },
    {
      name: 'activeTasks',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
    {
      name: 'standbyTasks',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
    {
      name: 'warmupTasks',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
    { name: 'endpointInformationEpoch', type: 'int32', versions: { min: 0 } },
    {
      name: 'partitionsByUserEndpoint',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        {
          name: 'userEndpoint',
          type: 'struct',
          versions: { min: 0 },
          fields: [
            { name: 'host', type: 'string', versions: { min: 0 } },
            { name: 'port', type: 'uint16', versions: { min: 0 } },
          ],
        },
        {
          name: 'activePartitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'topic', type: 'string', versions: { min: 0 } },
            { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
        {
          name: 'standbyPartitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'topic', type: 'string', versions: { min: 0 } },
            { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
