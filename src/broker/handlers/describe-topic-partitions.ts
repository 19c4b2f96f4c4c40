/** DescribeTopicPartitions: what Kafka's own tools ask instead of Metadata. */

import type {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from '../../protocol/api/describe-topic-partitions.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import type { Handler } from '../state.js';
import { refusalOfTopicName } from '../topics/topic-name.js';

const LIMIT_MAX = 2000;

export const answerDescribeTopicPartitions: Handler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse> = (
  broker,
  request,
  { rights },
) => {
  const { cursor } = request;
  const everything = request.topics.length === 0;
  const maySee = (name: string) => rights.may('DESCRIBE', 'TOPIC', name);
  const asked = !everything ? request.topics.map(({ name }) => name) : broker.topics.all.map(({ name }) => name);
  const names = [...new Set(asked)].sort().filter((name) => cursor === null || name >= cursor.topicName);
  const refuse = (code: number) => ({ topics: request.topics.map(({ name }) => ({ name, errorCode: code })) });
  // One that goes on where nothing can be is refused as a whole.
  const isLost = cursor !== null && !everything && !names.includes(cursor.topicName);
  if (isLost || (cursor !== null && cursor.partitionIndex < 0)) {
    return refuse(errorCode.INVALID_REQUEST);
  }
  if (cursor === null && names[0] === '') return refuse(errorCode.UNKNOWN_SERVER_ERROR);
  const topics: Draft<DescribeTopicPartitionsResponse['topics'][number]>[] = [];
  let left = Math.min(Math.max(1, request.responsePartitionLimit), LIMIT_MAX);
  for (const name of names) {
    if (!maySee(name)) {
      if (!everything) topics.push({ name, errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED });
      continue;
    }
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = broker.topics.get(name);
    const topicAuthorizedOperations = rights.operations('TOPIC', name);
    if (topic === undefined) {
      const { INVALID_TOPIC_EXCEPTION, UNKNOWN_TOPIC_OR_PARTITION } = errorCode;
      const isName = refusalOfTopicName(name) === undefined;
      const code = isName ? UNKNOWN_TOPIC_OR_PARTITION : INVALID_TOPIC_EXCEPTION;
      topics.push({ name, errorCode: code, topicAuthorizedOperations });
      continue;
    }
    const from = cursor !== null && cursor.topicName === name ? cursor.partitionIndex : 0;
    const some = topic.partitions.slice(from, from + left);
    topics.push({
      name,
      topicId: topic.id,
      isInternal: topic.internal,
      topicAuthorizedOperations,
      partitions: some.map((log, index) => ({
        partitionIndex: from + index,
        leaderId: broker.nodeId,
        leaderEpoch: log.leaderEpoch,
        replicaNodes: [broker.nodeId],
        isrNodes: [broker.nodeId],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offlineReplicas: [],
      })),
    });
    left -= some.length;
    const next = from + some.length;
    if (next < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: next } };
  }
  return { topics, nextCursor: null };
};
