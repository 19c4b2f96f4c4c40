/**
 * What a task of reconcile sees of the term it runs in. A task does one thing to the world again and again until state no
 * longer asks for it; it changes state only by submitting what it has done or found.
 */
import type { AclSyncError } from '../../model/acl.js';
import type { MirrorObservation, PartitionObservation } from '../../model/assignment.js';
import type { Refusal } from '../../model/errors.js';
import type { Command } from '../decide.js';
import type { Unavailable } from '../ports/outcome.js';
import type { SourceRefused } from '../ports/source.js';
import type { ControlPorts } from '../ports.js';
import type { ControlState } from '../state.js';
import type { Memories } from './assignments.js';
import type { OffsetSyncs } from './group-offsets.js';

export type Submitted =
  /** Recorded; also when there was nothing to record. */
  { readonly kind: 'done' } | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Published error codes of a task of a link, as far as klink tells them apart. */
export type TaskError = AclSyncError | 'UNKNOWN_TOPIC_OR_PARTITION_ERROR';

export interface Trouble {
  readonly error: TaskError;
  readonly reason: string;
}

/** What a source that does not help means for the task that asked it. */
export function sourceTrouble(answer: SourceRefused | Unavailable): Trouble {
  const { reason } = answer;
  if (answer.kind === 'unavailable') return { error: 'INTERNAL_ERROR', reason };
  switch (answer.error) {
    case 'AUTHENTICATION_ERROR':
    case 'AUTHORIZATION_ERROR':
      return { error: answer.error, reason };
    case 'UNRESOLVABLE_BOOTSTRAP_ERROR':
    case 'UNKNOWN':
      return { error: 'INTERNAL_ERROR', reason };
  }
}

export interface Task {
  readonly ports: ControlPorts;
  /** Aborts when the term ends or state no longer asks for the task. */
  readonly signal: AbortSignal;
  readonly offsetSyncs: OffsetSyncs;
  state(): ControlState;
  memories(): Memories;
  observation(of: { readonly linkId: string; readonly mirrorTopic: string }): MirrorObservation | undefined;
  submit(command: Command): Promise<Submitted>;
  /**
   * Runs what changes the destination and is neither data nor journal, if the lease is proven right before it (decision 7).
   * `unavailable`: it was not, and nothing was done. `topic`: no other effect that names this topic runs meanwhile, so
   * `work` asks state for whether it is still wanted.
   */
  effect<T>(work: () => Promise<T>, topic?: string): Promise<T | Unavailable>;
  /**
   * What the task waits for, shown by `describe`; undefined: nothing. A task that goes round says it in every round: that also
   * takes away what a fault before it has left.
   */
  explain(reason: string | undefined, error?: TaskError): void;
  /** Another klink has taken over: the journal is opened and read again, if this one still owns. */
  fenced(reason: string): void;
  pause(ms: number): Promise<void>;
}

/** Pauses of a task that waits for the world: short at first, because most waits are short. */
export class Patience {
  readonly #capMs: number;
  #nextMs: number;
  readonly #firstMs: number;

  constructor(firstMs: number, capMs: number) {
    this.#firstMs = firstMs;
    this.#nextMs = firstMs;
    this.#capMs = capMs;
  }

  async wait(task: Task): Promise<void> {
    const pauseMs = this.#nextMs * (0.8 + 0.4 * task.ports.random.next());
    this.#nextMs = Math.min(this.#capMs, this.#nextMs * 2);
    await task.pause(pauseMs);
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}

/** Runs `work` over all items, at most `limit` at a time. */
export async function eachBounded<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

export function partitionOf(
  observation: MirrorObservation | undefined,
  partition: number,
): PartitionObservation | undefined {
  return observation?.partitions.find((each) => each.partition === partition);
}
