/**
 * What members of the classic protocol say of their subscription inside of JoinGroup, and what they are told of their
 * assignment inside of SyncGroup: the consumers' own protocol. Serves docs/spec/broker.md §5.6.
 */
import { consumerProtocolAssignment } from '../../protocol/api/consumer-protocol-assignment.js';
import { consumerProtocolSubscription } from '../../protocol/api/consumer-protocol-subscription.js';
import { decodeMessage, encodeMessage } from '../../protocol/codec.js';
import { DecodeError } from '../../protocol/reader.js';
import type { Topics } from '../topics/topics.js';
import type { Target } from './consumer-group.js';
import type { Group } from './group.js';
import type { Owned } from './reconcile.js';

export interface Subscription {
  /** Of the subscription; an assignment is told in the same. */
  readonly version: number;
  /** Sorted, each once. */
  readonly topics: readonly string[];
  readonly owned: Owned;
  readonly rackId: string | null;
}

type Names = Pick<Topics, 'get' | 'byId'>;

/** The topics that a generation reads. Undefined: a member speaks another dialect, so that nobody knows. */
export function subscribedTopics({ subscriptions }: Pick<Group, 'subscriptions'>): ReadonlySet<string> | undefined {
  return decoded(
    () => new Set(subscriptions.flatMap((each) => decodeMessage(consumerProtocolSubscription, each).body.topics)),
  );
}

/** Undefined: another dialect. */
export function subscriptionIn(metadata: Buffer, topics: Names): Subscription | undefined {
  return decoded(() => {
    const { version, body } = decodeMessage(consumerProtocolSubscription, metadata);
    const owned = body.ownedPartitions.flatMap(({ topic, partitions }) => {
      const id = topics.get(topic)?.id;
      return id === undefined ? [] : [{ topicId: id, partitions }];
    });
    return { version, topics: [...new Set(body.topics)].sort(), owned, rackId: body.rackId };
  });
}

/** Of topics that are there. Nothing was assigned yet: an empty one. Undefined: another dialect. */
export function assignmentIn(assignment: Buffer, topics: Names): Target | undefined {
  if (assignment.length === 0) return new Map();
  return decoded(() => {
    const { body } = decodeMessage(consumerProtocolAssignment, assignment);
    return new Map(
      body.assignedPartitions.flatMap(({ topic, partitions }) => {
        const id = topics.get(topic)?.id;
        return id === undefined ? [] : [[id, new Set(partitions)] as const];
      }),
    );
  });
}

/** In the version in which the member says what it subscribes to. */
export function encodedAssignment(assigned: Assigned, metadata: Buffer, topics: Names): Buffer {
  const said = metadata.length < 2 ? 0 : metadata.readInt16BE(0);
  const version = Math.min(said, consumerProtocolAssignment.versions.max);
  const assignedPartitions = [...assigned].flatMap(([topicId, partitions]) => {
    const topic = topics.byId(topicId)?.name;
    return topic === undefined ? [] : [{ topic, partitions: [...partitions.keys()].sort((one, other) => one - other) }];
  });
  return encodeMessage(consumerProtocolAssignment, version, { assignedPartitions });
}

/** Topic id → partitions, as keys. */
type Assigned = ReadonlyMap<string, { readonly keys: () => Iterable<number> }>;

function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}
