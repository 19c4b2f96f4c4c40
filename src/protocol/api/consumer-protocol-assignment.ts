// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Message } from '../schema.js';

export interface ConsumerProtocolAssignment {
  assignedPartitions: ConsumerProtocolAssignmentTopicPartition[];
  userData: Buffer | null;
}

export interface ConsumerProtocolAssignmentTopicPartition {
  topic: string;
  partitions: number[];
}

export const consumerProtocolAssignment: Message<ConsumerProtocolAssignment> = {
  name: 'ConsumerProtocolAssignment',
  versions: { min: 0, max: 3 },
  flexibleFrom: undefined,
  fields: [
    {
      name: 'assignedPartitions',
      type: 'struct',
      array: true,
      versions: { min: 0 },
      fields: [
        { name: 'topic', type: 'string', versions: { min: 0 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 0 } },
      ],
    },
    { name: 'userData', type: 'bytes', versions: { min: 0 }, nullable: { min: 0 }, default: null },
  ],
};
