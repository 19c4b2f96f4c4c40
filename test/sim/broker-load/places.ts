/** Where the load goes, what it has sent there, and how a client says that an answer cannot be. */
import type { Random } from '../../../src/base/random.js';
import { Register } from './register.js';
import type { Sessions } from './sessions.js';

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Never shortened but by DeleteRecords, and only in partition 0. */
export const PLAIN = 'plain';
/** Retention by size takes its oldest segments. */
export const SHORT = 'short';
export const COMPACTED = 'compacted';
/** Gets more and more partitions, and nothing else. */
export const GROWING = 'growing';
export const PLACES: readonly Place[] = [
  { topic: PLAIN, partition: 0 },
  { topic: PLAIN, partition: 1 },
  { topic: SHORT, partition: 0 },
  { topic: COMPACTED, partition: 0 },
];

/**
 * Commits from outside alone; members of the classic protocol, of the newer one, of whichever comes first; and the same
 * three of static members.
 */
export const GROUPS = [
  'outside',
  'classic',
  'newer',
  'either',
  'static-classic',
  'static-newer',
  'static-either',
] as const;
export type GroupName = (typeof GROUPS)[number];

/** What a member of a group was told that it has of `PLAIN`. Undefined: it is not told yet. */
export interface Holding {
  readonly group: GroupName;
  readonly partitions: readonly number[] | undefined;
}

/** What is committed, by group and partition of `PLAIN`. */
export class Offsets {
  readonly all: { readonly group: GroupName; readonly partition: number; readonly register: Register }[];

  constructor() {
    this.all = GROUPS.flatMap((group) =>
      [0, 1].map((partition) => ({ group, partition, register: new Register(`offset ${partition} of ${group}`) })),
    );
  }

  of(group: GroupName, partition: number): Register {
    const found = this.all.find((each) => each.group === group && each.partition === partition);
    if (found === undefined) throw new Error(`nobody commits ${partition} of ${group}`);
    return found.register;
  }
}

/** What each client of the load works with. */
export interface Around {
  readonly random: Random;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** After a loss of what was acknowledged a client begins anew instead of complaining. */
  readonly mayLose: boolean;
  readonly offsets: Offsets;
  readonly sessions: Sessions;
  /** Another one each time. */
  readonly next: () => number;
}

/** Thrown where an answer is none that a correct broker gives. */
export class Wrong extends Error {}

export function fine(code: number | undefined, what: string): void {
  if (code !== 0) throw new Wrong(`${what} was answered ${code}`);
}

export function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Wrong(what);
}

export function keyOf({ topic, partition }: Place): string {
  return `${topic}-${partition}`;
}
