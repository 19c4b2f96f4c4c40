/**
 * Sees to it that every partition that the engine has given up stands in the journal: its event can be lost when the
 * journal does not answer at that moment, what the engine goes on showing cannot. Rule 2.6.
 * What the destination lost (2.4) is told once: it is kept here until it stands in the journal.
 */
import type { PartitionFailure } from '../../model/assignment.js';
import type { TaskEvent } from '../decide.js';
import { mirrorKey } from '../state.js';
import type { Task } from './task.js';

const LOOK_EVERY_MS = 1_000;
const LOSSES_MAX = 10_000;

type Loss = Extract<TaskEvent, { readonly kind: 'destination-truncated' }>;

/** [2.4] What the engine has told and the journal does not have yet, oldest first. */
export class Untold {
  readonly #losses: Loss[] = [];

  add(loss: Loss): void {
    // Far more than one mirror can lose while the journal is away; each was logged as well.
    if (this.#losses.length < LOSSES_MAX) this.#losses.push(loss);
  }

  async record(submit: Task['submit']): Promise<void> {
    for (let loss = this.#losses[0]; loss !== undefined; loss = this.#losses[0]) {
      const submitted = await submit({ kind: 'record', event: loss });
      if (submitted.kind === 'refused' && submitted.refusal.retriable) return;
      this.#losses.shift();
    }
  }
}

export async function recordFailures(task: Task, untold: Untold): Promise<void> {
  for (;;) {
    await untold.record(task.submit);
    for (const { linkId, mirrorTopic, partitions } of task.ports.engine.observations()) {
      if (!task.state().mirrors.has(mirrorKey({ linkId, mirrorTopic }))) continue;
      const failures = partitions.flatMap(({ activity }): PartitionFailure[] =>
        activity.kind === 'failed' ? [activity.failure] : [],
      );
      // Those that stand there already make no decision.
      if (failures.length > 0) await task.submit({ kind: 'fail-partitions', linkId, mirrorTopic, failures });
    }
    await task.pause(LOOK_EVERY_MS);
  }
}
