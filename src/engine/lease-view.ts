/**
 * What the byte path asks of the ownership of its destination. Asked right before every effect that has no
 * compare-and-append: markers and DeleteRecords. Spec: docs/spec/engine.md 4.1, docs/spec/ownership.md.
 */
export interface LeaseView {
  /** The lease is proven at this very moment. */
  holds(): boolean;
  /** `holds`, and a new owner's wait of one session timeout is over (X4). */
  mayWriteMarkers(): boolean;
  /** Counts the times this process became owner: a new one takes a new epoch of M. */
  term(): number;
  /** False: an exclusive owner cannot be proven here, so markers go one at a time, each behind a read back. */
  exclusive(): boolean;
}

/** M of one link at one destination. Both the identity and its epoch are journalled before their first use. */
export interface MarkerSource {
  /** The highest identity in the journal: what the tail proof accepts, up to its number. */
  journalled(): { readonly number: number; readonly epoch: number };
  /** Journals the identity after it and gives it once that decision counts. Rejects when it could not be journalled. */
  nextEpoch(): Promise<{ readonly number: number; readonly epoch: number }>;
}
