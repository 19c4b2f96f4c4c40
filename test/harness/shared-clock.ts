/**
 * The machine's own monotonic clock, the same for all its processes. `performance.timeOrigin` is not that: each process takes
 * it from the wall clock when it starts, and where that clock is being corrected two processes differ by milliseconds.
 */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
