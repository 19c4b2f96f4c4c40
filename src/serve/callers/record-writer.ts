/**
 * Records that a caller writes over its own connections. A producer is kept for each topic as long as the session lasts: one
 * for each request would leave its id in the brokers' memory for a day.
 */
import type { NewRecord, WrittenRecord } from '../../api/ports.js';
import { openProducer, type Producer } from '../../client/producer.js';
import type { KafkaCluster } from '../../client/types.js';

/** Shorter than clients wait for their answer, so that the reason arrives. */
const DELIVERY_TIMEOUT_MS = 20_000;
const TOPICS_MAX = 16;

export class RecordWriter {
  readonly #cluster: KafkaCluster;
  readonly #producers = new Map<string, Promise<Producer>>();

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** Of each record, in order. Rejects where the topic cannot be described; then nothing was written. */
  async write(topic: string, records: readonly NewRecord[]): Promise<readonly (WrittenRecord | Error)[]> {
    const producer = await this.#producer(topic);
    return await Promise.all(records.map((record) => producer.send(record).catch((error: unknown) => asError(error))));
  }

  #producer(topic: string): Promise<Producer> {
    const known = this.#producers.get(topic);
    if (known !== undefined) return known;
    const [oldest] = this.#producers.keys();
    // Its records on their way go on; it holds nothing that had to be closed.
    if (this.#producers.size >= TOPICS_MAX && oldest !== undefined) this.#producers.delete(oldest);
    const opening = openProducer({ cluster: this.#cluster, topic, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
    this.#producers.set(topic, opening);
    // Whoever waits for it is told; the next one opens another.
    opening.catch(() => this.#producers.delete(topic));
    return opening;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
