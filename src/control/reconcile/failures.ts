/**
 * Sees to it that every partition that the engine has given up stands in the journal: its event can be lost when the
 * journal does not answer at that moment, what the engine goes on showing cannot. Rule 2.6.
 */
import type { PartitionFailure } from '../../model/assignment.js';
import { mirrorKey } from '../state.js';
import type { Task } from './task.js';

const LOOK_EVERY_MS = 1_000;

export async function recordFailures(task: Task): Promise<void> {
  for (;;) {
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
