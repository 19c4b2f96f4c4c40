/**
 * How many source bytes a partition may hold: its share of the whole, so that nobody starves and the sum is bounded by the
 * whole and one fetch more of each. Pure.
 */

export interface Room {
  /** How much one partition may hold or fetch at once, as many of them as there are now. */
  readonly partitionBytesMax: number;
  /** Over all partitions. */
  readonly left: boolean;
}

/** Less than that is not worth a fetch. */
const SHARE_MIN = 16 << 10;

export function roomFor(
  limits: { readonly queueBytesMax: number; readonly queueBytesPerPartitionMax: number },
  now: { readonly partitions: number; readonly bytesHeld: number },
): Room {
  // Half: what is held, and as much again that a fetch may bring.
  const share = Math.floor(limits.queueBytesMax / 2 / Math.max(1, now.partitions));
  return {
    partitionBytesMax: Math.min(limits.queueBytesPerPartitionMax, Math.max(SHARE_MIN, share)),
    left: now.bytesHeld < limits.queueBytesMax,
  };
}
