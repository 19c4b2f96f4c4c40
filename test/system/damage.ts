/** Judges a mirror that may be damaged: what is said to have failed must be right below its offset, and wrong from there. */
import assert from 'node:assert/strict';
import type { PartitionReport } from '../checker/run-checker.js';

export interface SaidFailure {
  readonly partition: number;
  readonly reason: string;
  readonly offset: number;
}

export interface Judged {
  readonly damaged: readonly number[];
  /** Said to have failed, although a reader sees no difference: the offset has to be beyond all that is wrong. */
  readonly invisible: readonly number[];
}

/**
 * `reports` come from a comparison of what both sides hold, with a mirror that may end earlier. `visibleFrom` finds the
 * first source record at or above an offset (undefined: none): only there can a reader see that something is missing.
 */
export async function judgeDamage(
  reports: readonly PartitionReport[],
  failures: readonly SaidFailure[],
  visibleFrom: (partition: number, offset: number) => Promise<number | undefined>,
): Promise<Judged> {
  const damaged: number[] = [];
  const invisible: number[] = [];
  for (const { partition, difference } of reports) {
    const said = failures.filter((each) => each.partition === partition);
    const first = Math.min(...said.map(({ offset }) => offset));
    if (difference === null) {
      if (said.length > 0) invisible.push(partition);
      continue;
    }
    damaged.push(partition);
    const where = `partition ${partition}: ${difference.what} at ${difference.offset}`;
    assert.ok(said.length > 0, `silently wrong: ${where}`);
    assert.ok(difference.offset >= first, `failed at ${first}, but wrong below: ${where}`);
    const seen = await visibleFrom(partition, first);
    assert.ok(seen === undefined || difference.offset <= seen, `failed at ${first}, too early: ${where}`);
  }
  return { damaged, invisible };
}
