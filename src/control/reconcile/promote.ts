/**
 * PROMOTING: goes on copying until nothing is left on any partition, with the source asked at that moment, then syncs the
 * groups for the last time. Only then does §8 begin. Waits without end: who cannot wait fails over.
 */

import type { Link } from '../../model/link.js';
import { linkOptions } from '../../model/link-settings.js';
import type { MadeMirrorState } from '../../model/mirror.js';
import { sourceAddress } from './assignments.js';
import { syncOnce } from './group-offsets.js';
import { partitionOf, type Task } from './task.js';

const ASK_EVERY_MS = 500;

export async function catchUp(task: Task, key: string): Promise<void> {
  for (; !task.signal.aborted; await task.pause(ASK_EVERY_MS)) {
    const mirror = task.state().mirrors.get(key);
    const link = mirror && task.state().links.get(mirror.linkId);
    if (mirror?.kind !== 'PROMOTING' || link === undefined) return;
    if (link.kind === 'PAUSED') {
      task.explain(`cluster link '${link.name}' is paused`);
      continue;
    }
    const missing = await leftToCopy(task, mirror, link);
    if (missing !== undefined) {
      task.explain(missing);
      continue;
    }
    const unsynced = await lastSync(task, link);
    if (unsynced !== undefined) {
      task.explain(`consumer group offsets: ${unsynced}`);
      continue;
    }
    const { linkId, mirrorTopic } = mirror;
    await task.submit({ kind: 'record', event: { kind: 'promotion-caught-up', linkId, mirrorTopic } });
  }
}

/** What is left, from the source's own answer now; undefined: nothing on any partition. */
export async function leftToCopy(task: Task, mirror: MadeMirrorState, link: Link): Promise<string | undefined> {
  const observation = task.observation(mirror);
  const found = await task.ports.source.describe(sourceAddress(link), mirror.sourceTopic);
  if (found.kind === 'absent') return `the source has no topic '${mirror.sourceTopic}' any more`;
  if (found.kind !== 'found') return `the source does not say where it ends: ${found.reason}`;
  if (found.topicId !== mirror.sourceTopicId) return `the source topic '${mirror.sourceTopic}' was made again`;
  if (found.partitions.length !== mirror.partitions) {
    return `the source has ${found.partitions.length} partitions, the mirror ${mirror.partitions}`;
  }
  let behind = 0;
  let records = 0n;
  for (const [partition, { end }] of found.partitions.entries()) {
    const mirrorEnd = partitionOf(observation, partition)?.mirrorHighWatermark ?? -1n;
    if (mirrorEnd < 0n) return `partition ${partition} of the mirror was not read yet`;
    if (mirrorEnd < end) {
      behind++;
      records += end - mirrorEnd;
    }
  }
  return behind === 0 ? undefined : `${records} records are left to copy on ${behind} partitions`;
}

/** Gives what keeps a group from being synced for the last time. */
async function lastSync(task: Task, link: Link): Promise<string | undefined> {
  const options = linkOptions(link.settings);
  if (!options.ok || options.value.offsetSync === undefined) return undefined;
  const trouble = await syncOnce(task, link);
  if (trouble !== undefined) return trouble.reason;
  const { skipped } = task.offsetSyncs.stateOf(link.id);
  return [...skipped.values()].find(({ inUse }) => !inUse)?.reason;
}
