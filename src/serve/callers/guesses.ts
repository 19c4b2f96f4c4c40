/**
 * How often a login may fail: for each key name and for each peer, a handful at once and then one in a while. Every attempt
 * takes its turn before it is made, so that guesses made side by side count too; one that did not fail gives it back.
 * Memory is bounded, and who has failed longest ago is forgotten first.
 */
import type { Clock } from '../../base/clock.js';

interface Limit {
  readonly attempts: number;
  readonly everyMs: number;
}

export const NAME_LIMIT: Limit = { attempts: 10, everyMs: 6_000 };
/** Many may stand behind one address. */
export const PEER_LIMIT: Limit = { attempts: 60, everyMs: 1_000 };
export const REMEMBERED_MAX = 10_000;

interface Bucket {
  left: number;
  atMs: number;
}

export class Guesses {
  readonly #clock: Clock;
  readonly #names = new Map<string, Bucket>();
  readonly #peers = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Zero: the attempt may be made. Else how long to wait, and nothing was taken. */
  take(name: string, peer: string): number {
    const ofName = this.#bucket(this.#names, name, NAME_LIMIT);
    const ofPeer = this.#bucket(this.#peers, peer, PEER_LIMIT);
    const waitMs = Math.max(wait(ofName, NAME_LIMIT), wait(ofPeer, PEER_LIMIT));
    if (waitMs > 0) return waitMs;
    ofName.left -= 1;
    ofPeer.left -= 1;
    return 0;
  }

  /** The attempt was no guess: it succeeded, or nobody answered. */
  giveBack(name: string, peer: string): void {
    const ofName = this.#bucket(this.#names, name, NAME_LIMIT);
    const ofPeer = this.#bucket(this.#peers, peer, PEER_LIMIT);
    ofName.left = Math.min(NAME_LIMIT.attempts, ofName.left + 1);
    ofPeer.left = Math.min(PEER_LIMIT.attempts, ofPeer.left + 1);
  }

  get remembered(): number {
    return this.#names.size + this.#peers.size;
  }

  #bucket(buckets: Map<string, Bucket>, key: string, { attempts, everyMs }: Limit): Bucket {
    const nowMs = this.#clock.monotonicMs();
    const known = buckets.get(key) ?? { left: attempts, atMs: nowMs };
    known.left = Math.min(attempts, known.left + (nowMs - known.atMs) / everyMs);
    known.atMs = nowMs;
    // Used last stands last.
    buckets.delete(key);
    buckets.set(key, known);
    const [oldest] = buckets.keys();
    if (buckets.size > REMEMBERED_MAX && oldest !== undefined) buckets.delete(oldest);
    return known;
  }
}

function wait({ left }: Bucket, { everyMs }: Limit): number {
  return left >= 1 ? 0 : Math.ceil((1 - left) * everyMs);
}
