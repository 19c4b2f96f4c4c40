/** OffsetFetch: committed offsets of one group, or of many from version 8 on. */

import type { OffsetFetchRequest, OffsetFetchResponse } from '../../protocol/api/offset-fetch.js';
import { errorCode } from '../../protocol/errors.js';
import { readRefusal } from '../groups/consumer-commit.js';
import { offsetKeyOf, offsetPlaceOf } from '../groups/group.js';
import type { Rights } from '../security/rights.js';
import { type BrokerState, type Handler, ZERO_UUID } from '../state.js';
import { coordinatorError } from './group-error.js';

const MANY_GROUPS = 8;
const BY_TOPIC_ID = 10;

interface WantedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
}

interface Question {
  readonly groupId: string;
  /** Null: everything the group has committed. */
  readonly topics: readonly WantedTopic[] | null;
  readonly requireStable: boolean;
  readonly byId: boolean;
  readonly rights: Rights;
  /** Of who reads as a member of a group of the newer protocol. */
  readonly memberId: string | null;
  readonly memberEpoch: number;
}

export const answerOffsetFetch: Handler<OffsetFetchRequest, OffsetFetchResponse> = (broker, request, context) => {
  const { requireStable } = request;
  const { rights } = context;
  const byId = context.version >= BY_TOPIC_ID;
  if (context.version >= MANY_GROUPS) {
    return {
      groups: request.groups.map(({ groupId, topics, memberId, memberEpoch }) => ({
        groupId,
        ...answer(broker, { groupId, topics, requireStable, byId, rights, memberId, memberEpoch }),
      })),
    };
  }
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: ZERO_UUID })) ?? null;
  const { groupId } = request;
  return answer(broker, { groupId, topics, requireStable, byId, rights, memberId: null, memberEpoch: -1 });
};

function answer(broker: BrokerState, question: Question) {
  const { groupId, requireStable, byId, rights } = question;
  if (!rights.may('DESCRIBE', 'GROUP', groupId)) return { errorCode: errorCode.GROUP_AUTHORIZATION_FAILED, topics: [] };
  // A group may be asked about before any was ever made: it has committed nothing.
  const error = coordinatorError(broker, groupId);
  if (error !== errorCode.NONE) return { errorCode: error, topics: [] };
  const group = broker.groups.get(groupId);
  const refused = group?.kind === 'consumer' ? readRefusal(group, question) : errorCode.NONE;
  if (refused !== errorCode.NONE) return { errorCode: refused, topics: [] };
  const maySee = (name: string) => rights.may('DESCRIBE', 'TOPIC', name);
  const wanted = question.topics ?? everything(broker, groupId).filter(({ name }) => maySee(name));
  return {
    errorCode: errorCode.NONE,
    topics: wanted.map((topic) => {
      const known = byId ? broker.topics.byId(topic.topicId) : undefined;
      const name = byId ? (known?.name ?? '') : topic.name;
      return {
        name,
        topicId: topic.topicId,
        partitions: topic.partitionIndexes.map((partitionIndex) => {
          const none = { partitionIndex, committedOffset: -1n, committedLeaderEpoch: -1, metadata: '' };
          if (byId && known === undefined) return { ...none, errorCode: errorCode.UNKNOWN_TOPIC_ID };
          if (!maySee(name)) return { ...none, errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED };
          if (requireStable && group && broker.groups.isUnstable(group, name, partitionIndex)) {
            return { ...none, errorCode: errorCode.UNSTABLE_OFFSET_COMMIT };
          }
          const committed = group?.offsets.get(offsetKeyOf(name, partitionIndex));
          if (committed === undefined) return { ...none, errorCode: errorCode.NONE };
          const { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata } = committed;
          return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode: errorCode.NONE };
        }),
      };
    }),
  };
}

function everything(broker: BrokerState, groupId: string): WantedTopic[] {
  const byTopic = new Map<string, number[]>();
  for (const [key] of broker.groups.get(groupId)?.offsets.entries ?? []) {
    const { topic, partition } = offsetPlaceOf(key);
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  }
  return [...byTopic].map(([name, partitionIndexes]) => ({
    name,
    topicId: broker.topics.get(name)?.id ?? ZERO_UUID,
    partitionIndexes,
  }));
}
