/**
 * What clients used of late, and how long one has to be silent for it. Nothing is counted where no quota is set. One clock for
 * all of it, which comes in with each call. Serves docs/spec/broker.md 9.7.
 */
import type { Configs } from '../config/configs.js';
import type { QuotaMeta } from '../topics/meta-file.js';
import { type Client, type Limit, Limits, type QuotaKey } from './limits.js';
import { TokenBucket } from './token-bucket.js';
import { WindowedRate, type Windows } from './windowed-rate.js';

/** Those that count no more are looked for when there are more meters than this, or than twice what was left the last time. */
const METERS_SWEPT_ABOVE = 1024;
const INT_MAX = 2 ** 31 - 1;

export interface EnforcerSurroundings {
  /** A new array whenever one of them changed. */
  readonly quotas: () => readonly QuotaMeta[];
  readonly configs: Configs;
}

/** Changes of topics by one request: how many it may still make, and how long its client is to wait. */
export interface Mutations {
  /** False: refused, and nothing is counted. */
  take(permits: number): boolean;
  throttleMs(): number;
}

const FREE: Mutations = { take: () => true, throttleMs: () => 0 };

export class Enforcer {
  readonly #around: EnforcerSurroundings;
  readonly #rates = new Meters(() => new WindowedRate());
  readonly #buckets = new Meters(() => new TokenBucket());
  #quotas: readonly QuotaMeta[] | undefined;
  #limits = new Limits([]);

  constructor(around: EnforcerSurroundings) {
    this.#around = around;
  }

  /** No client has a quota. */
  get isIdle(): boolean {
    return this.#current.isEmpty;
  }

  /** For whom something is counted. */
  get meters(): number {
    return this.#rates.size + this.#buckets.size;
  }

  /** Counts `value`, and gives how long the client is to be silent. */
  charge(key: QuotaKey, client: Client, value: number, nowMs: number): number {
    const limit = this.#current.of(key, client);
    if (limit === undefined) return 0;
    const windows = this.#windows('quota.window');
    const rate = this.#rates.of(limit.sharedBy, nowMs, windows);
    rate.record(value, nowMs, windows);
    const excessMs = Math.round(rate.excessMs(limit.perSecond, nowMs, windows));
    // Time that requests took is made up for window by window.
    return Math.min(excessMs, key === 'request_percentage' ? windows.sizeMs : INT_MAX);
  }

  /** What was counted did not come to pass. */
  giveBack(key: QuotaKey, client: Client, value: number, nowMs: number): void {
    const limit = this.#current.of(key, client);
    if (limit === undefined) return;
    const windows = this.#windows('quota.window');
    this.#rates.of(limit.sharedBy, nowMs, windows).record(-value, nowMs, windows);
  }

  /** More at once would be throttled whatever came before; undefined: no limit. */
  fetchBytesMax(client: Client): number | undefined {
    const limit = this.#current.of('consumer_byte_rate', client);
    if (limit === undefined) return undefined;
    const { count, sizeMs } = this.#windows('quota.window');
    return Math.floor((limit.perSecond * (count - 1) * sizeMs) / 1000);
  }

  /** `strict`: refuses when something is owed already. Else all is done and only waited for afterwards. */
  mutationsOf(client: Client, strict: boolean, nowMs: () => number): Mutations {
    const limit = this.#current.of('controller_mutation_rate', client);
    return limit === undefined ? FREE : this.#counted(limit, strict, nowMs);
  }

  #counted({ perSecond, sharedBy }: Limit, strict: boolean, nowMs: () => number): Mutations {
    const windows = this.#windows('controller.quota.window');
    const bucket = this.#buckets.of(sharedBy, nowMs(), windows);
    let untilMs = Number.NEGATIVE_INFINITY;
    const owes = () => {
      const now = nowMs();
      const debtMs = bucket.debtMs(perSecond, now, windows);
      if (debtMs > 0) untilMs = now + debtMs;
      return debtMs > 0;
    };
    return {
      take(permits) {
        if (strict && owes()) return false;
        bucket.take(permits, perSecond, nowMs(), windows);
        if (!strict) owes();
        return true;
      },
      throttleMs: () => Math.min(INT_MAX, Math.max(0, Math.round(untilMs - nowMs()))),
    };
  }

  get #current(): Limits {
    const quotas = this.#around.quotas();
    if (quotas !== this.#quotas) {
      this.#quotas = quotas;
      this.#limits = new Limits(quotas);
    }
    return this.#limits;
  }

  #windows(prefix: 'quota.window' | 'controller.quota.window'): Windows {
    const { configs } = this.#around;
    return { count: configs.number(`${prefix}.num`), sizeMs: configs.number(`${prefix}.size.seconds`) * 1000 };
  }
}

/** One for all who share a limit. What counts no more is let go of: a client may name itself anew with each request. */
class Meters<M extends { isSpent(nowMs: number, windows: Windows): boolean }> {
  readonly #make: () => M;
  readonly #bySharers = new Map<string, M>();
  #sweptAbove = METERS_SWEPT_ABOVE;

  constructor(make: () => M) {
    this.#make = make;
  }

  get size(): number {
    return this.#bySharers.size;
  }

  of(sharedBy: string, nowMs: number, windows: Windows): M {
    let meter = this.#bySharers.get(sharedBy);
    if (meter === undefined) {
      if (this.#bySharers.size >= this.#sweptAbove) this.#sweep(nowMs, windows);
      meter = this.#make();
      this.#bySharers.set(sharedBy, meter);
    }
    return meter;
  }

  #sweep(nowMs: number, windows: Windows): void {
    for (const [sharedBy, meter] of this.#bySharers) {
      if (meter.isSpent(nowMs, windows)) this.#bySharers.delete(sharedBy);
    }
    this.#sweptAbove = Math.max(METERS_SWEPT_ABOVE, 2 * this.#bySharers.size);
  }
}
