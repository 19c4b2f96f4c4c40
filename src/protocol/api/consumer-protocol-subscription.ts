// Made by tools/import-messages.ts from the message definitions of Apache Kafka 4.3.0; do not edit.
import type { Message } from '../schema.js';

export interface ConsumerProtocolSubscription {
  topics: string[];
  userData: Buffer | null;
  ownedPartitions: ConsumerProtocolSubscriptionTopicPartition[];
  generationId: number;
  rackId: string | null;
}

export interface ConsumerProtocolSubscriptionTopicPartition {
  topic: string;
  partitions: number[];
}

export const consumerProtocolSubscription: Message<ConsumerProtocolSubscription> = {
  name: 'ConsumerProtocolSubscription',
  versions: { min: 0, max: 3 },
  flexibleFrom: undefined,
  fields: [
    { name: 'topics', type: 'string', array: true, versions: { min: 0 } },
    { name: 'userData', type: 'bytes', versions: { min: 0 }, nullable: { min: 0 }, default: null },
    {
      name: 'ownedPartitions',
      type: 'struct',
      array: true,
      versions: { min: 1 },
      fields: [
        { name: 'topic', type: 'string', versions: { min: 1 } },
        { name: 'partitions', type: 'int32', array: true, versions: { min: 1 } },
      ],
    },
    { name: 'generationId', type: 'int32', versions: { min: 2 }, default: -1 },
    { name: 'rackId', type: 'string', versions: { min: 3 }, nullable: { min: 3 }, default: null },
  ],
};
