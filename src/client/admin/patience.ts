/** How long one admin call goes on trying: a time for all attempts together, and growing pauses between them. */
import { sleep } from '../../base/clock.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { type KafkaCluster, NotSent, type SendOptions } from '../types.js';

export interface AdminOptions {
  /** For all attempts together; default 30 000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** One attempt may take so long: a broker that hangs must leave time for another. */
const ATTEMPT_MS = 12_000;
const BACKOFF: Backoff = { firstMs: 50, capMs: 1_000 };

export class Patience {
  readonly #cluster: KafkaCluster;
  readonly #signal: AbortSignal | undefined;
  readonly #endMs: number;
  #attempts = 0;

  constructor(cluster: KafkaCluster, options: AdminOptions) {
    this.#cluster = cluster;
    this.#signal = options.signal;
    this.#endMs = cluster.clock.monotonicMs() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  get leftMs(): number {
    return Math.max(0, this.#endMs - this.#cluster.clock.monotonicMs());
  }

  /** For a question, which may be asked again. */
  ask(): SendOptions {
    return { timeoutMs: Math.max(1, Math.min(ATTEMPT_MS, this.leftMs)), signal: this.#signal };
  }

  /** For a command: all the time that is left, since giving up early would only make its outcome unknown. */
  command(): SendOptions {
    return { timeoutMs: Math.max(1, this.leftMs), signal: this.#signal };
  }

  /** How long the broker may work on a command, so that its own verdict arrives before we give up. */
  get brokerMs(): number {
    return Math.max(1, Math.floor(this.leftMs * 0.8));
  }

  /** Pauses; false when the time would be over by then. Rejects NotSent when the signal aborts. */
  async another(): Promise<boolean> {
    const pauseMs = backoffMs(BACKOFF, this.#attempts++, this.#cluster.random);
    if (pauseMs >= this.leftMs) return false;
    await sleep(this.#cluster.clock, pauseMs, this.#signal).catch((cause: unknown) => {
      throw new NotSent(`given up before another attempt at ${this.#cluster.name}`, { cause });
    });
    return true;
  }
}
