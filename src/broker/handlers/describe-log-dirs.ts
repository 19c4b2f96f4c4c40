/** DescribeLogDirs: how many bytes each partition takes. */
import type { DescribeLogDirsRequest, DescribeLogDirsResponse } from '../../protocol/api/describe-log-dirs.js';
import type { Handler } from '../state.js';

export const answerDescribeLogDirs: Handler<DescribeLogDirsRequest, DescribeLogDirsResponse> = (broker, request) => {
  const wanted = new Map(request.topics?.map(({ topic, partitions }) => [topic, new Set(partitions)]));
  const isWanted = (name: string, index: number) => request.topics === null || wanted.get(name)?.has(index) === true;
  const topics = broker.topics.all.map((topic) => ({
    name: topic.name,
    partitions: topic.partitions
      .map((log, partitionIndex) => ({ partitionIndex, partitionSize: BigInt(log.bytes), offsetLag: 0n }))
      .filter(({ partitionIndex }) => isWanted(topic.name, partitionIndex)),
  }));
  return { results: [{ logDir: 'data', topics: topics.filter(({ partitions }) => partitions.length > 0) }] };
};
