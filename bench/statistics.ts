/** Medians, spreads and percentiles. Pure. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  return { median: (lower + upper) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** A value, and how many records have it. */
export interface Weighted {
  readonly value: number;
  readonly count: number;
}

/** The smallest value that at least `share` of all records do not exceed. */
export function percentile(samples: readonly Weighted[], share: number): number {
  const sorted = [...samples].sort((one, other) => one.value - other.value);
  const wanted = share * sorted.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { value, count } of sorted) {
    seen += count;
    if (seen >= wanted) return value;
  }
  return Number.NaN;
}
