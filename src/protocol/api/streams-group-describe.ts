// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface StreamsGroupDescribeRequest {
  groupIds: string[];
  includeAuthorizedOperations: boolean;
}

export interface StreamsGroupDescribeResponse {
  throttleTimeMs: number;
  groups: StreamsGroupDescribeResponseDescribedGroup[];
}

export interface StreamsGroupDescribeResponseDescribedGroup {
  errorCode: number;
  errorMessage: string | null;
  groupId: string;
  groupState: string;
  groupEpoch: number;
  assignmentEpoch: number;
  topology: StreamsGroupDescribeResponseTopology | null;
  members: StreamsGroupDescribeResponseMember[];
  authorizedOperations: number;
}

export interface StreamsGroupDescribeResponseTopology {
  epoch: number;
  subtopologies: StreamsGroupDescribeResponseSubtopology[] | null;
}

export interface StreamsGroupDescribeResponseSubtopology {
  subtopologyId: string;
  sourceTopics: string[];
  repartitionSinkTopics: string[];
  stateChangelogTopics: StreamsGroupDescribeResponseTopicInfo[];
  repartitionSourceTopics: StreamsGroupDescribeResponseTopicInfo[];
}

export interface StreamsGroupDescribeResponseTopicInfo {
  name: string;
  partitions: number;
  replicationFactor: number;
  topicConfigs: StreamsGroupDescribeResponseKeyValue[];
}

export interface StreamsGroupDescribeResponseKeyValue {
  key: string;
  value: string;
}

export interface StreamsGroupDescribeResponseMember {
  memberId: string;
  memberEpoch: number;
  instanceId: string | null;
  rackId: string | null;
  clientId: string;
  clientHost: string;
  topologyEpoch: number;
  processId: string;
  userEndpoint: StreamsGroupDescribeResponseEndpoint | null;
  clientTags: StreamsGroupDescribeResponseKeyValue[];
  taskOffsets: StreamsGroupDescribeResponseTaskOffset[];
  taskEndOffsets: StreamsGroupDescribeResponseTaskOffset[];
  assignment: StreamsGroupDescribeResponseAssignment;
  targetAssignment: StreamsGroupDescribeResponseAssignment;
  isClassic: boolean;
}

export interface StreamsGroupDescribeResponseEndpoint {
  host: string;
  port: number;
}

export interface StreamsGroupDescribeResponseTaskOffset {
  subtopologyId: string;
  partition: number;
  offset: bigint;
}

export interface StreamsGroupDescribeResponseAssignment {
  activeTasks: StreamsGroupDescribeResponseTaskIds[];
  standbyTasks: StreamsGroupDescribeResponseTaskIds[];
  warmupTasks: StreamsGroupDescribeResponseTaskIds[];
}

export interface StreamsGroupDescribeResponseTaskIds {
  subtopologyId: string;
  partitions: number[];
}

export const streamsGroupDescribe: Api<StreamsGroupDescribeRequest, StreamsGroupDescribeResponse> = {
  key: 89,
  name: 'StreamsGroupDescribe',
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
  request: [
    { name: 'groupIds', type: 'string', array: true, versions: { min: 0 } },
    { name: 'includeAuthorizedOperations', type: 'bool', versions: { min: 0 } },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'groups',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'errorCode', type: 'int16', versions: { min: 0 } },
        { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
        { name: 'groupId', type: 'string', versions: { min: 0 } },
        { name: 'groupState', type: 'string', versions: { min: 0 } },
        { name: 'groupEpoch', type: 'int32', versions: { min: 0 } },
        { name: 'assignmentEpoch', type: 'int32', versions: { min: 0 } },
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
              nullable: { min: 0 },
              default: null,
              fields: [
                { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
                { name: 'sourceTopics', type: 'string', array: true, versions: { min: 0 } },
                { name: 'repartitionSinkTopics', type: 'string', array: true, versions: { min: 0 } },
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
              ],
            },
          ],
        },
        {
          name: 'members',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'memberId', type: 'string', versions: { min: 0 } },
            { name: 'memberEpoch', type: 'int32', versions: { min: 0 } },
            { name: 'instanceId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
            { name: 'rackId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
            { name: 'clientId', type: 'string', versions: { min: 0 } },
            { name: 'clientHost', type: 'string', versions: { min: 0 } },
            { name: 'topologyEpoch', type: 'int32', versions: { min: 0 } },
            { name: 'processId', type: 'string', versions: { min: 0 } },
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
              fields: [
                { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
                { name: 'partition', type: 'int32', versions: { min: 0 } },
                { name: 'offset', type: 'int64', versions: { min: 0 } },
              ],
            },
            {
              name: 'assignment',
              type: 'struct',
              versions: { min: 0 },
              fields: [
                {
                  name: 'activeTasks',
                  type: 'struct',
                  array: true,
                  versions: { min: 0 },
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
                  fields: [
                    { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
                    { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
                  ],
                },
              ],
            },
            {
              name: 'targetAssignment',
              type: 'struct',
              versions: { min: 0 },
              fields: [
                {
                  name: 'activeTasks',
                  type: 'struct',
                  array: true,
                  versions: { min: 0 },
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
                  fields: [
                    { name: 'subtopologyId', type: 'string', versions: { min: 0 } },
                    { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
                  ],
                },
              ],
            },
            { name: 'isClassic', type: 'bool', versions: { min: 0 } },
          ],
        },
        { name: 'authorizedOperations', type: 'int32', versions: { min: 0 }, default: -2147483648 },
      ],
    },
  ],
};
