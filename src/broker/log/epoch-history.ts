/**
 * Which leader epoch began at which offset. What OffsetForLeaderEpoch and the divergence check of Fetch answer from.
 * Source: KIP-101, KIP-320.
 */
export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: bigint;
}

export interface EpochEnd {
  readonly epoch: number;
  readonly endOffset: bigint;
}

export class EpochHistory {
  #entries: EpochEntry[];

  constructor(entries: readonly EpochEntry[] = []) {
    this.#entries = [...entries];
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  get latestEpoch(): number | undefined {
    return this.#entries[this.#entries.length - 1]?.epoch;
  }

  /** Epochs of leaders that wrote nothing vanish: their start is where the next one starts. */
  begin(epoch: number, startOffset: bigint): void {
    if (this.latestEpoch === epoch) return;
    this.#entries = this.#entries.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset);
    this.#entries.push({ epoch, startOffset });
  }

  truncateFromStart(logStartOffset: bigint): void {
    const kept = this.#entries.filter((entry) => entry.startOffset > logStartOffset);
    const covering = this.#entries.filter((entry) => entry.startOffset <= logStartOffset).pop();
    if (covering) kept.unshift({ epoch: covering.epoch, startOffset: logStartOffset });
    this.#entries = kept;
  }

  truncateFromEnd(logEndOffset: bigint): void {
    this.#entries = this.#entries.filter((entry) => entry.startOffset < logEndOffset);
  }

  epochOf(offset: bigint): number {
    let epoch = -1;
    for (const entry of this.#entries) {
      if (entry.startOffset > offset) break;
      epoch = entry.epoch;
    }
    return epoch;
  }

  /**
   * The largest epoch at or below `epoch` and where it ends; undefined when `epoch` is above all that are known, or −1. One
   * before all of them ends where they begin.
   */
  endOf(epoch: number, logEndOffset: bigint): EpochEnd | undefined {
    const entries = this.#entries;
    const latest = this.latestEpoch;
    if (latest === undefined || epoch === -1 || epoch > latest) return undefined;
    if (epoch === latest) return { epoch, endOffset: logEndOffset };
    const next = entries.findIndex((entry) => entry.epoch > epoch);
    const endOffset = entries[next]?.startOffset ?? logEndOffset;
    return { epoch: entries[next - 1]?.epoch ?? epoch, endOffset };
  }
}
