/**
 * Who leads which partition, and whether a topic is still the one that was journalled. Asks a broker when told to; calls
 * that come together share one request. Refuses to guess: no fresh answer, no leader. Spec: docs/spec/engine.md 1.3.
 */
import type { ClusterMetadata, KafkaCluster, TopicMetadata } from '../../client/types.js';
import { errorCode } from '../../protocol/errors.js';

export interface Leader {
  readonly broker: number;
  readonly epoch: number;
}

/** [1.3] `recreated`: the name stands for another topic now. `unknown`: never described so far. */
export type TopicIdentity = 'same' | 'recreated' | 'missing' | 'unknown';

export class Topology {
  readonly #cluster: KafkaCluster;
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #missing = new Set<string>();
  readonly #wanted = new Set<string>();
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** Only wanted topics are described. */
  want(topics: Iterable<string>): void {
    this.#wanted.clear();
    for (const topic of topics) this.#wanted.add(topic);
  }

  /**
   * Resolves once an answer to a request that was sent after this call is in. Rejects when no broker answers.
   */
  refresh(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#ask().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    // The request under way may have been answered from before this call: one more serves all who ask meanwhile.
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.refresh();
      });
    return this.#queued;
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name);
  }

  leader(topic: string, partition: number): Leader | undefined {
    const found = this.#topics.get(topic)?.partitions.find((each) => each.partition === partition);
    return found && found.leader >= 0 ? { broker: found.leader, epoch: found.leaderEpoch } : undefined;
  }

  /** [1.3] The journalled id is what makes a topic this topic. */
  identity(topic: string, topicId: string): TopicIdentity {
    if (this.#missing.has(topic)) return 'missing';
    const found = this.#topics.get(topic);
    if (found === undefined) return 'unknown';
    return found.topicId === topicId ? 'same' : 'recreated';
  }

  async #ask(): Promise<void> {
    if (this.#wanted.size === 0) return;
    const answer: ClusterMetadata = await this.#cluster.metadata([...this.#wanted]);
    for (const topic of answer.topics) {
      if (topic.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) {
        this.#missing.add(topic.name);
        this.#topics.delete(topic.name);
      } else if (topic.errorCode === 0) {
        this.#missing.delete(topic.name);
        this.#topics.set(topic.name, newest(this.#topics.get(topic.name), topic));
      }
    }
  }
}

/** A broker that lags behind may describe an older leader: epochs of one topic never fall. */
function newest(before: TopicMetadata | undefined, now: TopicMetadata): TopicMetadata {
  if (before === undefined || before.topicId !== now.topicId) return now;
  const partitions = now.partitions.map((partition) => {
    const known = before.partitions.find((each) => each.partition === partition.partition);
    return known && known.leaderEpoch > partition.leaderEpoch ? known : partition;
  });
  return { ...now, partitions };
}
