/** DescribeTopicPartitions: what Kafka's own tools ask instead of Metadata. */

import type {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from '../../protocol/api/describe-topic-partitions.js';
import { errorCode } from '../../protocol/errors.js';
import type { Draft } from '../../protocol/schema.js';
import type { Handler } from '../state.js';

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
  const topics: Draft<DescribeTopicPartitionsResponse['topics'][number]>[] = [];
  let left = Math.min(Math.max(1, request.responsePartitionLimit), LIMIT_MAX);
  for (const name of names) {
    if (!maySee(name)) {
      if (!everything) topics.push({ name, errorCode: errorCode.TOPIC_AUTHORIZATION_FAILED });
      continue;
    }
    const topic = broker.topics.get(name);
    if (topic === undefined) {
      topics.push({ name, errorCode: errorCode.UNKNOWN_TOPIC_OR_PARTITION });
      continue;
    }
    const from = cursor !== null && cursor.topicName === name ? cursor.partitionIndex : 0;
    if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: from } };
    const some = topic.partitions.slice(from, from + left);
    topics.push({
      name,
      topicId: topic.id,
      isInternal: topic.internal,
      topicAuthorizedOperations: rights.operations('TOPIC', name),
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
