/**
 * Which groups stand above an end, and which of them must be lowered. Pure. Spec: docs/spec/groups.md 8 (4).
 *
 * A position above the end skips records that will be written later, if it lies above the log end as well; or it pretends
 * to have read what this mirror never held. One exception each way:
 * - Right behind the end stands nothing but the barrier (the log end is end + 1): who has read past it has skipped nothing.
 *   A consumer that reads the mirror while it is promoted stands there.
 * - A group with live members cannot be lowered to any effect: its consumers go on from where they are and store that again.
 *   Where they stand at or below the log end they skip nothing, and are left alone; above it klink waits until they are gone,
 *   or have found out by themselves.
 */
import type { Standing } from './standings.js';

export interface AboveEnd extends Standing {
  readonly end: bigint;
  /** Above the log end too: records that are still to come would be skipped. */
  readonly beyondLog: boolean;
}

/** `logEnds`: high watermarks, by partition, where one is known. */
export function standingAbove(
  standings: readonly Standing[],
  ends: readonly bigint[],
  logEnds: readonly (bigint | undefined)[],
): AboveEnd[] {
  return standings.flatMap((standing) => {
    const end = ends[standing.partition];
    if (end === undefined || standing.offset <= end) return [];
    const logEnd = logEnds[standing.partition];
    if (logEnd === end + 1n && standing.offset === logEnd) return [];
    return [{ ...standing, end, beyondLog: logEnd === undefined || standing.offset > logEnd }];
  });
}

export function byGroup(above: readonly AboveEnd[]): ReadonlyMap<string, readonly AboveEnd[]> {
  const groups = new Map<string, AboveEnd[]>();
  for (const each of above) groups.set(each.group, [...(groups.get(each.group) ?? []), each]);
  return groups;
}
