/** A record as people think of it, and how many bytes it takes in a batch of magic 2. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

export interface BatchRecord {
  readonly offset: bigint;
  /** Milliseconds since the epoch; −1 when the producer gave none. */
  readonly timestamp: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}
