/** Which topics a reader means, and how many partitions they have now: one by name, or all that match an expression. */
import { errorCode, errorName } from '../protocol/errors.js';
import { type KafkaCluster, KafkaError, type SendOptions } from './types.js';

export type Wanted = string | RegExp;

/** Topic → number of partitions. Rejects with KafkaError when a topic called by its name cannot be described (3, 29). */
export async function wantedTopics(
  cluster: KafkaCluster,
  wanted: Wanted,
  options: SendOptions,
): Promise<ReadonlyMap<string, number>> {
  if (typeof wanted === 'string') {
    const topic = (await cluster.metadata([wanted], options)).topics[0];
    const code = topic?.errorCode ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (topic === undefined || code !== 0) {
      throw new KafkaError(code, errorName(code), `reading topic "${wanted}" of ${cluster.name}`);
    }
    return new Map([[wanted, topic.partitions.length]]);
  }
  const { topics } = await cluster.metadata('all', options);
  const matching = topics.filter((topic) => topic.errorCode === 0 && !topic.isInternal && wanted.test(topic.name));
  return new Map(matching.map((topic) => [topic.name, topic.partitions.length]));
}

export function sameTopics(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([topic, partitions]) => other.get(topic) === partitions);
}
