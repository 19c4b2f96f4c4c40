/**
 * Kafka's `range` assignment: per topic, its subscribers in the order of their ids get runs of partitions, the first ones
 * one more where it does not divide. Every client of the world computes the same. Also its messages on the wire.
 */
import {
  type ConsumerProtocolAssignment,
  consumerProtocolAssignment,
} from '../protocol/api/consumer-protocol-assignment.js';
import { consumerProtocolSubscription } from '../protocol/api/consumer-protocol-subscription.js';
import { decodeMessage, encodeMessage } from '../protocol/codec.js';
import type { Place } from './admin/leaders.js';

export const RANGE = 'range';
/** The first ones: all that is in them is all we say. */
const SUBSCRIPTION_VERSION = 0;
const ASSIGNMENT_VERSION = 0;

export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/** By member; everybody is in it. Topics without known partitions are left out. */
export function assignRanges(
  subscribers: readonly Subscriber[],
  partitionsOf: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly Place[]> {
  const assigned = new Map<string, Place[]>(subscribers.map(({ memberId }) => [memberId, []]));
  for (const [topic, partitions] of partitionsOf) {
    const members = subscribers.filter(({ topics }) => topics.includes(topic)).map(({ memberId }) => memberId);
    members.sort((one, other) => (one < other ? -1 : 1));
    let next = 0;
    for (const [at, member] of members.entries()) {
      const more = at < partitions % members.length ? 1 : 0;
      const end = next + Math.floor(partitions / members.length) + more;
      for (; next < end; next++) assigned.get(member)?.push({ topic, partition: next });
    }
  }
  return assigned;
}

export function encodeSubscription(topics: readonly string[]): Buffer {
  return encodeMessage(consumerProtocolSubscription, SUBSCRIPTION_VERSION, {
    topics: [...topics].sort(),
    userData: null,
  });
}

/** Throws DecodeError. */
export function subscriptionIn(metadata: Buffer): readonly string[] {
  return decodeMessage(consumerProtocolSubscription, metadata).body.topics;
}

export function encodeAssignment(places: readonly Place[]): Buffer {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of places) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  const assignedPartitions = [...topics].map(([topic, partitions]) => ({ topic, partitions }));
  return encodeMessage(consumerProtocolAssignment, ASSIGNMENT_VERSION, { assignedPartitions, userData: null });
}

/** Nothing for no bytes, which is how a coordinator says it. Throws DecodeError. */
export function assignmentIn(bytes: Buffer): readonly Place[] {
  if (bytes.length === 0) return [];
  const { assignedPartitions }: ConsumerProtocolAssignment = decodeMessage(consumerProtocolAssignment, bytes).body;
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}
