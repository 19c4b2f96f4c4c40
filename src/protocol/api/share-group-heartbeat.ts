// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Api } from '../schema.js';

export interface ShareGroupHeartbeatRequest {
  groupId: string;
  memberId: string;
  memberEpoch: number;
  rackId: string | null;
  subscribedTopicNames: string[] | null;
}

export interface ShareGroupHeartbeatResponse {
  throttleTimeMs: number;
  errorCode: number;
  errorMessage: string | null;
  memberId: string | null;
  memberEpoch: number;
  heartbeatIntervalMs: number;
  assignment: ShareGroupHeartbeatResponseAssignment | null;
}

export interface ShareGroupHeartbeatResponseAssignment {
  topicPartitions: ShareGroupHeartbeatResponseTopicPartitions[];
}

export interface ShareGroupHeartbeatResponseTopicPartitions {
  topicId: string;
  partitions: number[];
}

export const shareGroupHeartbeat: Api<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse> = {
  key: 76,
  name: 'ShareGroupHeartbeat',
  versions: { min: 1, max: 1 },
  flexibleFrom: 0,
  request: [
    { name: 'groupId', type: 'string', versions: { min: 0 } },
    { name: 'memberId', type: 'string', versions: { min: 0 } },
    { name: 'memberEpoch', type: 'int32', versions: { min: 0 } },
    { name: 'rackId', type: 'string', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    {
      name: 'subscribedTopicNames',
      type: 'string',
      array: true,
      versions: { min: 0 },
      nullable: { min: 0 },
      default: null,
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
