/**
 * What one request and its answer cost their client: bytes written or read, and the time that they took. An answer to Fetch
 * that is too much for now is not given, and not counted. Serves docs/spec/broker.md 9.7.
 */
import type { Clock } from '../../base/clock.js';
import { fetch } from '../../protocol/api/fetch.js';
import { produce } from '../../protocol/api/produce.js';
import { writeTxnMarkers } from '../../protocol/api/write-txn-markers.js';
import type { Enforcer } from './enforcer.js';
import type { Client } from './limits.js';

/** Percent of one thread: so many in a second are each millisecond. */
const PERCENT_PER_MS = 0.1;

export class Meter {
  readonly #enforcer: Enforcer;
  readonly #clock: Clock;
  readonly #client: Client;
  readonly #request: { readonly apiKey: number; readonly bytes: number };
  #sinceMs: number;
  #workedMs = 0;

  constructor(
    enforcer: Enforcer,
    clock: Clock,
    client: Client,
    request: { readonly apiKey: number; readonly bytes: number },
  ) {
    this.#enforcer = enforcer;
    this.#clock = clock;
    this.#client = client;
    this.#request = request;
    this.#sinceMs = clock.monotonicMs();
  }

  /** From here on the request waits, which costs nothing. */
  waits(): void {
    this.#workedMs += this.#clock.monotonicMs() - this.#sinceMs;
  }

  goesOn(): void {
    this.#sinceMs = this.#clock.monotonicMs();
  }

  /** Gives for how long the client is to be silent. `answerBytes` undefined: there is no answer. */
  charge(answerBytes: number | undefined): number {
    const { apiKey, bytes } = this.#request;
    const nowMs = this.#clock.monotonicMs();
    const workedMs = this.#workedMs + nowMs - this.#sinceMs;
    // What a cluster does for itself is free, as is what gets no answer, but for its bytes.
    const isFree = apiKey === writeTxnMarkers.key || answerBytes === undefined;
    const forTimeMs = isFree
      ? 0
      : this.#enforcer.charge('request_percentage', this.#client, workedMs * PERCENT_PER_MS, nowMs);
    if (apiKey === produce.key) {
      const forBytesMs = this.#enforcer.charge('producer_byte_rate', this.#client, bytes, nowMs);
      return Math.max(forTimeMs, forBytesMs);
    }
    if (apiKey !== fetch.key || answerBytes === undefined) return forTimeMs;
    const forBytesMs = this.#enforcer.charge('consumer_byte_rate', this.#client, answerBytes, nowMs);
    const throttleMs = Math.max(forTimeMs, forBytesMs);
    if (throttleMs > 0) this.#enforcer.giveBack('consumer_byte_rate', this.#client, answerBytes, nowMs);
    return throttleMs;
  }
}
