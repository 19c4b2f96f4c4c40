/**
 * The epoch of M that this owner writes with: raised and journalled before its first marker of a term, and after every
 * lost reply. Calls that come together share one raise. Spec: docs/spec/engine.md 1.2, 4.3.
 */
import type { MarkerIdentity } from '../../model/assignment.js';
import type { LeaseView, MarkerSource } from '../lease-view.js';

export class MarkerEpoch {
  readonly #source: MarkerSource;
  readonly #lease: Pick<LeaseView, 'term'>;
  #identity: MarkerIdentity | undefined;
  #term = -1;
  #raising: Promise<MarkerIdentity> | undefined;

  constructor(source: MarkerSource, lease: Pick<LeaseView, 'term'>) {
    this.#source = source;
    this.#lease = lease;
  }

  /** Rejects when it could not be journalled. */
  async current(): Promise<MarkerIdentity> {
    // [1.2] Raised at takeover: a new term begins with an epoch that no other owner has used.
    if (this.#identity === undefined || this.#term !== this.#lease.term()) return this.raise();
    return this.#identity;
  }

  /** Asked right before sending: no term and no epoch has begun since this one was given. */
  isCurrent(identity: MarkerIdentity): boolean {
    return this.#identity === identity && this.#term === this.#lease.term() && this.#raising === undefined;
  }

  /** `after`: nothing to do when the epoch has moved on from this one already. */
  raise(after?: MarkerIdentity): Promise<MarkerIdentity> {
    if (this.#raising) return this.#raising;
    const now = this.#identity;
    if (after && now && (now.epoch !== after.epoch || now.number !== after.number)) return Promise.resolve(now);
    const term = this.#lease.term();
    this.#raising = this.#source
      .nextEpoch()
      .then((identity) => {
        this.#identity = identity;
        this.#term = term;
        return identity;
      })
      .finally(() => {
        this.#raising = undefined;
      });
    return this.#raising;
  }
}
