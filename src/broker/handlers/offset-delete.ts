/** OffsetDelete: forgets committed offsets of topics that no living member reads. */

import type { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/api/offset-delete.js';
import { errorCode } from '../../protocol/errors.js';
import { subscribedTopics } from '../groups/consumer-protocol.js';
import { offsetKeyOf } from '../groups/group.js';
import type { Handler } from '../state.js';
import { groupError } from './group-error.js';

const CONSUMER = 'consumer';

export const answerOffsetDelete: Handler<OffsetDeleteRequest, OffsetDeleteResponse> = (broker, request, context) => {
  const early = (name: string, index: number) => {
    if (!context.rights.may('READ', 'TOPIC', name)) return errorCode.TOPIC_AUTHORIZATION_FAILED;
    return broker.topics.partition(name, index) ? undefined : errorCode.UNKNOWN_TOPIC_OR_PARTITION;
  };
  const answer = (codeOf: (name: string, index: number) => number) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: early(name, partitionIndex) ?? codeOf(name, partitionIndex),
      })),
    })),
  });
  const error = groupError(broker, request.groupId);
  if (error !== errorCode.NONE) return { errorCode: error };
  const group = broker.groups.get(request.groupId);
  if (group === undefined) return { errorCode: errorCode.GROUP_ID_NOT_FOUND };
  const isConsumer = group.protocolType === CONSUMER;
  if (group.state !== 'Empty' && !isConsumer) return { errorCode: errorCode.NON_EMPTY_GROUP };
  const subscribed = group.kind === 'consumer' ? group.subscribedTopics : subscribedTopics(group);
  return answer((name, index) =>
    isConsumer && subscribed?.has(name) !== false
      ? errorCode.GROUP_SUBSCRIBED_TO_TOPIC
      : broker.groups.deleteOffsets(group, [offsetKeyOf(name, index)]),
  );
};
