/** Who leads the partitions of one topic. Calls for a fresh look that come together share one question. */
import { errorCode, errorName } from '../protocol/errors.js';
import { type KafkaCluster, KafkaError, type PartitionMetadata, type TopicMetadata } from './types.js';

export class TopicLeaders {
  readonly topic: string;
  readonly #cluster: KafkaCluster;
  #known: TopicMetadata | undefined;
  #asking: Promise<TopicMetadata> | undefined;

  constructor(cluster: KafkaCluster, topic: string) {
    this.#cluster = cluster;
    this.topic = topic;
  }

  /** As last seen; undefined before the first look. */
  get known(): TopicMetadata | undefined {
    return this.#known;
  }

  /** Rejects with KafkaError when the topic cannot be described (3, 29 …), NotSent when nobody answers. */
  refresh(timeoutMs: number): Promise<TopicMetadata> {
    this.#asking ??= this.#ask(timeoutMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  partition(partition: number): PartitionMetadata | undefined {
    return this.#known?.partitions.find((each) => each.partition === partition);
  }

  async #ask(timeoutMs: number): Promise<TopicMetadata> {
    const found = (await this.#cluster.metadata([this.topic], { timeoutMs })).topics[0];
    const code = found?.errorCode ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (found === undefined || code !== 0) {
      throw new KafkaError(code, errorName(code), `describing topic "${this.topic}" of ${this.#cluster.name}`);
    }
    this.#known = found;
    return found;
  }
}
