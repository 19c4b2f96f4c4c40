/**
 * Who leads which partition, and whether a topic is still the one that was journalled. Asks a broker when told to; calls
 * that come together share one request. Refuses to guess: no fresh answer, no leader. Spec: docs/spec/engine.md 1.3.
 */
import type { ClusterMetadata, KafkaCluster, TopicMetadata } from '../../client/types.js';
import type { MirrorAssignment } from '../../model/assignment.js';
import { errorCode } from '../../protocol/errors.js';
import { judge, OPINIONS_MAX, type Told } from './second-opinion.js';

export interface Leader {
  readonly broker: number;
  readonly epoch: number;
}

/**
 * [1.3] `recreated`: the name stands for another topic now. `unknown`: never described so far, or brokers contradict each
 * other.
 */
export type TopicIdentity = 'same' | 'recreated' | 'missing' | 'unknown';

type Journalled = Pick<MirrorAssignment, 'sourceTopic' | 'sourceTopicId' | 'mirrorTopic' | 'destinationTopicId'>;

export const sourceOf = (mirror: Journalled) => ({ name: mirror.sourceTopic, topicId: mirror.sourceTopicId });
export const mirrorOf = (mirror: Journalled) => ({ name: mirror.mirrorTopic, topicId: mirror.destinationTopicId });

export class Topology {
  readonly #cluster: KafkaCluster;
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #missing = new Set<string>();
  /** Journalled ids by name. */
  readonly #wanted = new Map<string, string>();
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** Only wanted topics are described, and what they are expected to be says when one broker's word is not enough. */
  want(topics: Iterable<{ readonly name: string; readonly topicId: string }>): void {
    this.#wanted.clear();
    for (const { name, topicId } of topics) this.#wanted.set(name, topicId);
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

  /** [1.3] What contradicts the journal is asked again, of other brokers, before it is believed. */
  async #ask(): Promise<void> {
    let names = [...this.#wanted.keys()];
    const told = new Map<string, Told[]>();
    for (let round = 0; names.length > 0 && round < OPINIONS_MAX; round++) {
      const answer: ClusterMetadata = await this.#cluster.metadata(names);
      const doubtful = answer.topics.filter((topic) => !this.#learn(topic, answer, told));
      names = doubtful.map(({ name }) => name);
    }
    for (const name of names) this.#topics.delete(name);
  }

  /** False: brokers disagree about what the name stands for, or only one has said that it is another topic. */
  #learn(topic: TopicMetadata, { answeredBy, brokers }: ClusterMetadata, told: Map<string, Told[]>): boolean {
    const { name } = topic;
    if (topic.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) {
      this.#missing.add(name);
      this.#topics.delete(name);
    }
    if (topic.errorCode !== 0) return true;
    const words = [...(told.get(name) ?? []), { by: answeredBy, topicId: topic.topicId }];
    told.set(name, words);
    if (judge(words, this.#wanted.get(name), brokers.length) === 'undecided') return false;
    this.#missing.delete(name);
    this.#topics.set(name, newest(this.#topics.get(name), topic));
    return true;
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
