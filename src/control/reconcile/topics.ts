/**
 * Keeps destination topics as state wants them: as many partitions as decided, working settings while mirrored (3.4), and
 * the settings that delete once their time of grace is over (8 (5)). Reads what source topics want, and how many
 * partitions they have, into the journal.
 */

import { linkOptions } from '../../model/link-settings.js';
import type { MadeMirrorState, Mirror } from '../../model/mirror.js';
import { wantedOf, workingSettings } from '../../model/topic-settings.js';
import { mirrorKey, mirrorsOf } from '../state.js';
import { sourceAddress } from './assignments.js';
import { eachBounded, Patience, sourceTrouble, type Task, type Trouble } from './task.js';

const PARTITIONS_EVERY_MS = 5_000;
const SETTINGS_EVERY_ROUNDS = 12;
const TOPICS_AT_ONCE = 8;

export async function keepTopics(task: Task): Promise<void> {
  const problems = new Map<string, string>();
  for (let round = 0; ; round++) {
    const mirrors = [...task.state().mirrors.values()].filter(isMirrored);
    await eachBounded(mirrors, TOPICS_AT_ONCE, async (mirror) => {
      const topic = mirror.mirrorTopic;
      const problem = await keepTopic(task, mirror, round % SETTINGS_EVERY_ROUNDS === 0);
      if (problem === undefined) problems.delete(topic);
      else if (problems.get(topic) !== problem) {
        problems.set(topic, problem);
        task.ports.log.warn({ topic, problem }, 'a mirror topic could not be kept right');
      }
    });
    await task.pause(PARTITIONS_EVERY_MS);
  }
}

async function keepTopic(task: Task, mirror: MadeMirrorState, settings: boolean): Promise<string | undefined> {
  const { topics } = task.ports.destination;
  const { mirrorTopic, destinationTopicId, partitions } = mirror;
  const found = await topics.describe(mirrorTopic);
  if (found.kind === 'absent') return 'it does not exist at the destination';
  if (found.kind !== 'found') return found.reason;
  // [1.3] A topic that was deleted and made again is none of ours; the engine fails its partitions.
  if (found.topicId !== destinationTopicId) return 'it was deleted and made again';
  if (found.partitions < partitions) {
    const grown = await task.effect(() => topics.grow(mirrorTopic, destinationTopicId, partitions));
    if (grown.kind !== 'done') return grown.reason;
  }
  if (!settings) return undefined;
  const ensured = await task.effect(async () => {
    // The topic may be on its way to its wanted settings by now.
    const now = task.state().mirrors.get(mirrorKey(mirror));
    if (now === undefined || !isMirrored(now)) return { kind: 'done' } as const;
    return topics.ensureSettings(mirrorTopic, destinationTopicId, workingSettings);
  }, mirrorTopic);
  return ensured.kind === 'done' ? undefined : ensured.reason;
}

/** From the barrier on the topic is on its way to its wanted settings. */
export function isMirrored(mirror: Mirror): mirror is MadeMirrorState {
  if (mirror.kind === 'STOPPING') return mirror.step.kind === 'settling' || mirror.step.kind === 'proving';
  return mirror.kind !== 'CREATING' && mirror.kind !== 'STOPPED';
}

/** One link: what its source topics want. */
export async function followSourceTopics(task: Task, linkId: string): Promise<void> {
  for (;;) {
    const link = task.state().links.get(linkId);
    const options = link && linkOptions(link.settings);
    if (link === undefined || !options?.ok) return;
    let problem: Trouble | undefined;
    for (const mirror of mirrorsOf(task.state(), linkId)) {
      if (!isMirrored(mirror) || mirror.kind === 'STOPPING') continue;
      problem = (await followSourceTopic(task, mirror, sourceAddress(link), options.value.syncedSettings)) ?? problem;
    }
    task.explain(problem?.reason, problem?.error);
    await task.pause(options.value.topicConfigEveryMs);
  }
}

async function followSourceTopic(
  task: Task,
  mirror: MadeMirrorState,
  source: ReturnType<typeof sourceAddress>,
  syncedSettings: readonly string[],
): Promise<Trouble | undefined> {
  const { linkId, mirrorTopic } = mirror;
  const found = await task.ports.source.describe(source, mirror.sourceTopic);
  const error = 'UNKNOWN_TOPIC_OR_PARTITION_ERROR';
  if (found.kind === 'absent') return { error, reason: `the source has no topic '${mirror.sourceTopic}' any more` };
  if (found.kind !== 'found') return sourceTrouble(found);
  if (found.topicId !== mirror.sourceTopicId) {
    return { error, reason: `the source topic '${mirror.sourceTopic}' was made again` };
  }
  await grow(task, mirror, found.partitions.length);
  await task.submit({
    kind: 'record',
    event: { kind: 'wanted-changed', linkId, mirrorTopic, wanted: wantedOf(found.settings, syncedSettings) },
  });
  return undefined;
}

/** Partitions added at the source: the decision first, then `keepTopics` makes it so. */
export async function grow(
  task: Pick<Task, 'submit'>,
  { linkId, mirrorTopic }: Pick<Mirror, 'linkId' | 'mirrorTopic'>,
  partitions: number,
): Promise<void> {
  await task.submit({ kind: 'record', event: { kind: 'mirror-grown', linkId, mirrorTopic, partitions } });
}

const DUE_CHECK_MS = 60_000;

/** Applies what deletes, once its time of grace is over. */
export async function applyDeferred(task: Task, key: string): Promise<void> {
  const patience = new Patience(5_000, 600_000);
  for (;;) {
    const mirror = task.state().mirrors.get(key);
    if (mirror?.kind !== 'STOPPED' || mirror.deferred === undefined) return;
    const { mirrorTopic, destinationTopicId, linkId, deferred } = mirror;
    const waitMs = deferred.dueAtMs - task.ports.clock.nowMs();
    if (waitMs > 0) {
      await task.pause(Math.min(waitMs, DUE_CHECK_MS));
      continue;
    }
    const { topics } = task.ports.destination;
    const found = await topics.describe(mirrorTopic);
    // A topic that is gone, or another one by now, is owed nothing.
    const owed = !(found.kind === 'absent' || (found.kind === 'found' && found.topicId !== destinationTopicId));
    const applied = owed
      ? await task.effect(() => topics.ensureSettings(mirrorTopic, destinationTopicId, deferred.settings))
      : ({ kind: 'done' } as const);
    if (applied.kind === 'done') {
      await task.submit({ kind: 'record', event: { kind: 'deferred-settings-applied', linkId, mirrorTopic } });
    } else {
      task.explain(`settings that delete: ${applied.reason}`);
      await patience.wait(task);
    }
  }
}
