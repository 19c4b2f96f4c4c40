// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ConsumerGroupHeartbeatRequest {
  groupId: string;
  memberId: string;
  memberEpoch: number;
  instanceId: string | null;
  rackId: string | null;
  rebalanceTimeoutMs: number;
  subscribedTopicNames: string[] | null;
  subscribedTopicRegex: string | null;
  serverAssignor: string | null;
  topicPartitions: ConsumerGroupHeartbeatRequestTopicPartitions[] | null;
}

export interface ConsumerGroupHeartbeatRequestTopicPartitions {
  topicId: string;
  partitions: number[];
}

export interface ConsumerGroupHeartbeatResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  memberId: string | null;
  memberEpoch: number;
  heartbeatIntervalMs: number;
  assignment: ConsumerGroupHeartbeatResponseAssignment | null;
}

export interface ConsumerGroupHeartbeatResponseAssignment {
  topicPartitions: ConsumerGroupHeartbeatResponseTopicPartitions[];
}

export interface ConsumerGroupHeartbeatResponseTopicPartitions {
  topicId: string;
  partitions: number[];
}

export const consumerGroupHeartbeat: Api<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse> = {
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'memberId', type: 'string', versions: { min: 0 } },
    { name: 'memberEpoch', type: 'int32', versions: { min: 0 } },
    { name: 'instanceId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'rackId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'rebalanceTimeoutMs', type: 'int32', versions: { min: 0 }, default: -1 },
    {
      name: 'subscribedTopicNames',
      type: 'string',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
    },
    { name: 'subscribedTopicRegex', type: 'string', versions: { min: 1 }, nullable: { min: 1 }, default: null },
    { name: 'serverAssignor', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    {
      name: 'topicPartitions',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        { name: 'topicId', type: 'uuid', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', versions: { min: 0 } },
    { name: 'errorCode', type: 'int16', versions: { min: 0 } },
    { name: 'errorMessage', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'memberId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    { name: 'memberEpoch', type: 'int32', versions: { min: 0 } },
    { name: 'heartbeatIntervalMs', type: 'int32', versions: { min: 0 } },
    {
      name: 'assignment',
      type: 'struct',
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
      fields: [
        {
          name: 'topicPartitions',
          type: 'struct',
          array: true,
          versions: { min: 0 },
          fields: [
            { name: 'topicId', type: 'uuid', versions: { min: 0 } },
            { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
          ],
        },
      ],
    },
  ],
};
