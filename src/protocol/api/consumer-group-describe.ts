// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ConsumerGroupDescribeRequest {
  groupIds: string[];
  includeAuthorizedOperations: boolean;
}

export interface ConsumerGroupDescribeResponse {
  throttleTimeMs: number;
  groups: ConsumerGroupDescribeResponseDescribedGroup[];
}

export interface ConsumerGroupDescribeResponseDescribedGroup {
  errorCode: number;
  errorMessage: string | null;
  groupId: string;
  groupState: string;
  groupEpoch: number;
  assignmentEpoch: number;
  assignorName: string;
  members: ConsumerGroupDescribeResponseMember[];
  authorizedOperations: number;
}

export interface ConsumerGroupDescribeResponseMember {
  memberId: string;
  instanceId: string | null;
  rackId: string | null;
  memberEpoch: number;
  clientId: string;
  clientHost: string;
  subscribedTopicNames: string[];
  subscribedTopicRegex: string | null;
  assignment: ConsumerGroupDescribeResponseAssignment;
  targetAssignment: ConsumerGroupDescribeResponseAssignment;
  memberType: number;
}

export interface ConsumerGroupDescribeResponseAssignment {
  topicPartitions: ConsumerGroupDescribeResponseTopicPartitions[];
}

export interface ConsumerGroupDescribeResponseTopicPartitions {
  topicId: string;
  topicName: string;
  partitions: number[];
}

export const consumerGroupDescribe: Api<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse> = {
  key: 69,
  name: 'ConsumerGroupDescribe',
  versions: { min: 0, max: 1 },
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
        { name: 'assignorName', type: 'string', versions: { min: 0 } },
        {
          name: 'members',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'memberId', type: 'string', versions: { min: 0 } },
            { name: 'instanceId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
            { name: 'rackId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
            { name: 'memberEpoch', type: 'int32', versions: { min: 0 } },
            { name: 'clientId', type: 'string', versions: { min: 0 } },
            { name: 'clientHost', type: 'string', versions: { min: 0 } },
            { name: 'subscribedTopicNames', type: 'string', array: true, versions: { min: 0 } },
            { name: 'subscribedTopicRegex', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
            {
              name: 'assignment',
              type: 'struct',
              versions: { min: 0 },
              fields: [
                {
                  name: 'topicPartitions',
                  type: 'struct',
                  array: true,
                  versions: { min: 0 },
                  fields: [
                    { name: 'topicId', type: 'uuid', versions: { min: 0 } },
                    { name: 'topicName', type: 'string', versions: { min: 0 } },
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
                  name: 'topicPartitions',
                  type: 'struct',
                  array: true,
                  versions: { min: 0 },
                  fields: [
                    { name: 'topicId', type: 'uuid', versions: { min: 0 } },
                    { name: 'topicName', type: 'string', versions: { min: 0 } },
                    { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
                  ],
                },
              ],
            },
            { name: 'memberType', type: 'int8', versions: { min: 1 }, default: -1 },
          ],
        },
        { name: 'authorizedOperations', type: 'int32', versions: { min: 0 }, default: -2147483648 },
      ],
    },
  ],
};
