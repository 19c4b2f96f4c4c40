/**
 * What a Produce request brings to each partition that it names. As in Apache Kafka, which keeps what is sound in one table and
 * what is malformed in another, of a partition that is named twice the last sound batch is written, and what is wrong with
 * a malformed one is told in its place. Spec: docs/spec/broker.md 3.9.
 */
import type { ProduceRequest } from '../../protocol/api/produce.js';
import { type ProducedEntry, producedEntry } from '../log/produced-entry.js';
import type { Refusal } from '../log/refusal.js';

export type TopicData = ProduceRequest['topicData'][number];
export type PartitionData = TopicData['partitionData'][number];

export interface ProducedRequest {
  /** Each partition once. */
  readonly topicData: readonly TopicData[];
  /** Of everything that the request names, in its order. */
  readonly entries: ReadonlyMap<PartitionData, ProducedEntry>;
  /** What is told of a partition instead of what became of its batch. */
  readonly told: ReadonlyMap<PartitionData, Refusal>;
}

export function producedRequest({ topicData }: ProduceRequest, version: number): ProducedRequest {
  const entries = new Map<PartitionData, ProducedEntry>();
  for (const { partitionData } of topicData) {
    for (const data of partitionData) entries.set(data, producedEntry(data.records, version));
  }
  const told = new Map<PartitionData, Refusal>();
  if (entries.size < 2) return { topicData, entries, told };
  const named = new Map<string, Named>();
  for (const { name, topicId, partitionData } of topicData) {
    for (const data of partitionData) {
      const place = `${name} ${topicId} ${data.index}`;
      const isMalformed = entries.get(data)?.kind === 'refused';
      named.set(place, { ...named.get(place), ...(isMalformed ? { malformed: data } : { sound: data }) });
    }
  }
  if (named.size === entries.size) return { topicData: joined(topicData), entries, told };
  const left = new Set<PartitionData>();
  for (const { sound, malformed } of named.values()) {
    const data = sound ?? malformed;
    if (data !== undefined) left.add(data);
    const refusal = malformed === undefined ? undefined : entries.get(malformed);
    if (sound !== undefined && refusal?.kind === 'refused') told.set(sound, refusal);
  }
  const once = topicData
    .map((topic) => ({ ...topic, partitionData: topic.partitionData.filter((data) => left.has(data)) }))
    .filter(({ partitionData }) => partitionData.length > 0);
  return { topicData: joined(once), entries, told };
}

/** Each topic once. */
function joined(topicData: readonly TopicData[]): readonly TopicData[] {
  const topics = new Map<string, TopicData>();
  for (const topic of topicData) {
    const key = `${topic.name} ${topic.topicId}`;
    const before = topics.get(key);
    topics.set(key, before ? { ...topic, partitionData: [...before.partitionData, ...topic.partitionData] } : topic);
  }
  return topics.size === topicData.length ? topicData : [...topics.values()];
}

/** What a partition is named with, the last of either kind. */
interface Named {
  readonly sound?: PartitionData;
  readonly malformed?: PartitionData;
}
