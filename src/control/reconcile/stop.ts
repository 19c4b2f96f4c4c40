/**
 * STOPPING: §8 step by step. The journal says which step is being done before it is done; each can be done again after a
 * kill at any point. What cannot go on now keeps only its own topic here, with the reason, and is tried without end.
 * Failover asks the source nothing. No fence is lifted before all barriers of its topic.
 */
import { unreachable } from '../../base/invariant.js';
import type { PartitionActivity, PartitionFailure } from '../../model/assignment.js';
import type { Link } from '../../model/link.js';
import {
  type ClampedGroup,
  type FinalPosition,
  fetchedUpTo,
  type Mirror,
  type PartitionEnd,
  type SettingChanges,
  type WaivedBarrier,
} from '../../model/mirror.js';
import { changesAtPromotion, RETENTION_GRACE_MS, settingsAfterwards } from '../../model/topic-settings.js';
import type { TaskEvent } from '../decide.js';
import { mirrorKey } from '../state.js';
import { assignmentOf, noMemory, sourceAddress } from './assignments.js';
import { leftToCopy } from './promote.js';
import { eachBounded, Patience, partitionOf, type Task } from './task.js';

type Stopping = Extract<Mirror, { readonly kind: 'STOPPING' }>;

const PARTITIONS_AT_ONCE = 8;

/** What one attempt at a step has come to. */
type Attempt =
  | { readonly kind: 'event'; readonly event: TaskEvent }
  | { readonly kind: 'failed'; readonly failures: readonly PartitionFailure[] }
  | { readonly kind: 'waiting'; readonly reason: string };

export async function stopMirror(task: Task, key: string): Promise<void> {
  const progress = new Progress();
  const patience = new Patience(100, 5_000);
  let step: string | undefined;
  while (!task.signal.aborted) {
    const mirror = task.state().mirrors.get(key);
    const link = mirror && task.state().links.get(mirror.linkId);
    if (mirror?.kind !== 'STOPPING' || link === undefined) return;
    if (mirror.step.kind !== step) {
      step = mirror.step.kind;
      patience.reset();
      progress.begin(step);
    }
    const attempt = await attemptStep(task, mirror, link, progress);
    if (attempt.kind === 'waiting') {
      task.explain(attempt.reason);
      await patience.wait(task);
      continue;
    }
    const { linkId, mirrorTopic } = mirror;
    const submitted = await task.submit(
      attempt.kind === 'event'
        ? { kind: 'record', event: attempt.event }
        : { kind: 'fail-partitions', linkId, mirrorTopic, failures: attempt.failures },
    );
    task.explain(submitted.kind === 'refused' ? submitted.refusal.message : undefined);
    if (submitted.kind === 'refused') await patience.wait(task);
  }
}

/** What was done of the current step since this process began it: spares work, decides nothing. */
class Progress {
  readonly proven = new Map<number, PartitionEnd>();
  readonly barriers = new Set<number>();

  begin(step: string): void {
    if (step === 'proving') this.proven.clear();
    if (step === 'proving' || step === 'barrier') this.barriers.clear();
  }
}

function attemptStep(task: Task, mirror: Stopping, link: Link, progress: Progress): Promise<Attempt> {
  const { step } = mirror;
  switch (step.kind) {
    case 'settling':
      return settle(task, mirror, link);
    case 'proving':
      return prove(task, mirror, link, progress);
    case 'barrier':
      return writeBarriers(task, mirror, link, step.ends, progress);
    case 'clamping':
      return clamp(task, mirror, step.ends, step.clamped);
    case 'settings':
      return applySettings(task, mirror);
    case 'lifting':
      return lift(task, mirror, step.ends);
    default:
      return unreachable(step);
  }
}

/** [8 (1)] */
async function settle(task: Task, mirror: Stopping, link: Link): Promise<Attempt> {
  // No engine: nothing of this process is in flight, and the proof reads the rest.
  if (task.ports.engine.running(mirror.linkId)) {
    const observation = task.observation(mirror);
    for (let partition = 0; partition < mirror.partitions; partition++) {
      const activity = partitionOf(observation, partition)?.activity;
      if (isWaived(mirror, partition)) continue;
      if (activity?.kind === 'settled' || activity?.kind === 'failed') continue;
      return waiting(`partition ${partition}: ${whyUnsettled(mirror, activity)}`);
    }
  }
  if (mirror.verb === 'promote') {
    const left = await leftToCopy(task, mirror, link);
    if (left !== undefined) return event({ kind: 'promotion-fell-behind', ...named(mirror), reason: left });
  }
  return event({ kind: 'engine-settled', ...named(mirror) });
}

/** A failover asks the source nothing: that it is away is what kept the engine from copying, and is old news here. */
function whyUnsettled({ verb }: Stopping, activity: PartitionActivity | undefined): string {
  const settling = 'in-flight requests are being settled';
  if (activity?.kind !== 'waiting') return settling;
  const ofSource = verb === 'failover' && activity.reason.startsWith('source');
  return ofSource ? `${settling} (the engine's last word: ${activity.reason})` : activity.reason;
}

/** [8 (2)] A failed partition is not proven: it ends at its first bad offset. */
async function prove(task: Task, mirror: Stopping, link: Link, progress: Progress): Promise<Attempt> {
  const assignment = assignmentOf(mirror, link, task.memories(), 'settle');
  const failures: PartitionFailure[] = [];
  const reasons: string[] = [];
  const source = mirror.verb === 'promote' ? sourceAddress(link) : undefined;
  const open = partitionsOf(mirror).filter((partition) => {
    const failed = mirror.failures.find((each) => each.partition === partition);
    const waived = mirror.waived.find((each) => each.partition === partition);
    if (waived) progress.proven.set(partition, waivedEnd(waived));
    else if (failed) progress.proven.set(partition, badEnd(failed));
    return !progress.proven.has(partition);
  });
  await eachBounded(open, PARTITIONS_AT_ONCE, async (partition) => {
    const outcome = await task.ports.destination.promotion.prove({
      assignment,
      partition,
      markerNumber: link.marker.number,
      source,
    });
    if (outcome.kind === 'proven') {
      const { end, hasBarrier, sourceUnread } = outcome;
      progress.proven.set(partition, { end, hasBarrier, sourceUnread });
    } else if (outcome.kind === 'failed') {
      failures.push({ ...outcome.failure, partition });
    } else {
      reasons.push(`partition ${partition}: ${outcome.reason}`);
    }
  });
  if (failures.length > 0) return { kind: 'failed', failures };
  if (reasons.length > 0) return waiting(several(reasons));
  const ends = partitionsOf(mirror).flatMap((partition) => progress.proven.get(partition) ?? []);
  if (ends.length !== mirror.partitions) return waiting('partitions were added');
  return event({ kind: 'ends-proven', ...named(mirror), ends });
}

function badEnd({ offset, reason }: PartitionFailure): PartitionEnd {
  return { end: offset, hasBarrier: false, sourceUnread: `not proven: ${reason}` };
}

/** [8] Nobody can look at it: it ends where it was proven last. */
function waivedEnd({ end, reason }: WaivedBarrier): PartitionEnd {
  return { end, hasBarrier: false, sourceUnread: `not proven, ended without barrier: ${reason}` };
}

function isWaived(mirror: Stopping, partition: number): boolean {
  return mirror.waived.some((each) => each.partition === partition);
}

/** [8 (3)] */
async function writeBarriers(
  task: Task,
  mirror: Stopping,
  link: Link,
  ends: readonly PartitionEnd[],
  progress: Progress,
): Promise<Attempt> {
  const assignment = assignmentOf(mirror, link, task.memories(), 'settle');
  const reasons: string[] = [];
  let moved: string | undefined;
  const open = partitionsOf(mirror).filter((partition) => {
    // [8 (3)] Never a second one (T11).
    return !progress.barriers.has(partition) && ends[partition]?.hasBarrier !== true && !isWaived(mirror, partition);
  });
  await eachBounded(open, PARTITIONS_AT_ONCE, async (partition) => {
    const failed = mirror.failures.some((each) => each.partition === partition);
    const markerNumber = link.marker.number;
    const end = failed ? undefined : ends[partition]?.end;
    const outcome = await task.effect(() =>
      task.ports.destination.promotion.barrier({ assignment, partition, markerNumber, end }),
    );
    if (outcome.kind === 'done') progress.barriers.add(partition);
    else if (outcome.kind === 'moved') moved = `partition ${partition}: ${outcome.reason}`;
    else reasons.push(`partition ${partition}: ${outcome.reason}`);
  });
  if (moved !== undefined) return event({ kind: 'proof-outdated', ...named(mirror), reason: moved });
  if (reasons.length > 0) return waiting(several(reasons));
  return event({ kind: 'barriers-written', ...named(mirror) });
}

/** [8 (4)] Every group is named in the journal before it is moved: a kill in between must not lose its name. */
async function clamp(
  task: Task,
  mirror: Stopping,
  ends: readonly PartitionEnd[],
  known: readonly ClampedGroup[],
): Promise<Attempt> {
  const { groups } = task.ports.destination;
  const { mirrorTopic } = mirror;
  const offsets = ends.map(({ end }) => end);
  const above = await groups.aboveEnds(mirrorTopic, offsets);
  if (above.kind !== 'done') return waiting(above.reason);
  const isKnown = ({ group, partition }: ClampedGroup) =>
    known.some((each) => each.group === group && each.partition === partition);
  if (!above.groups.every(isKnown)) return event({ kind: 'clamp-begun', ...named(mirror), clamped: above.groups });
  const outcome = await task.effect(() => groups.clamp(mirrorTopic, offsets));
  if (outcome.kind === 'fenced') task.fenced(outcome.reason);
  if (outcome.kind !== 'done') return waiting(outcome.reason);
  return event({ kind: 'groups-clamped', ...named(mirror), clamped: outcome.clamped });
}

/** [8 (5)] A setting that the destination refuses is told; it is no reason to keep writers out. */
async function applySettings(task: Task, mirror: Stopping): Promise<Attempt> {
  const { now, deleting } = changesAtPromotion(settingsAfterwards(mirror));
  const changes: SettingChanges = mirror.retention === 'now' ? { ...now, ...deleting } : now;
  const { topics } = task.ports.destination;
  const { mirrorTopic, destinationTopicId } = mirror;
  const apply = (some: SettingChanges) =>
    task.effect(() => topics.ensureSettings(mirrorTopic, destinationTopicId, some), mirrorTopic);
  const all = await apply(changes);
  if (all.kind === 'unavailable') return waiting(all.reason);
  const notes: string[] = [];
  if (all.kind === 'refused') {
    for (const [name, value] of Object.entries(changes)) {
      const one = await apply({ [name]: value });
      if (one.kind === 'unavailable') return waiting(one.reason);
      if (one.kind === 'refused') notes.push(`setting ${name} was refused: ${one.reason}`);
    }
  }
  return event({ kind: 'settings-applied', ...named(mirror), notes });
}

/** [8 (6), (7)] */
async function lift(task: Task, mirror: Stopping, ends: readonly PartitionEnd[]): Promise<Attempt> {
  const { destination, random, clock } = task.ports;
  const lifted = await task.effect(() => destination.fence.lift(mirror.mirrorTopic), mirror.mirrorTopic);
  if (lifted.kind !== 'done') return waiting(`lifting the fence: ${lifted.reason}`);
  const { deleting } = changesAtPromotion(settingsAfterwards(mirror));
  const deferred =
    mirror.retention === 'now' ? undefined : { settings: deleting, dueAtMs: clock.nowMs() + RETENTION_GRACE_MS };
  return event({
    kind: 'mirror-stopped',
    ...named(mirror),
    // [1.1] Whatever is mirrored here later begins behind the barrier, under ids that were never used. Without barrier
    // nothing above the proven end was ever accepted.
    lineage: {
      number: mirror.lineage.number + 1,
      random: random.bytes(16).toString('hex'),
      startOffsets: ends.map(({ end }, partition) => (isWaived(mirror, partition) ? end : end + 1n)),
    },
    positions: finalPositions(task, mirror, ends),
    deferred,
  });
}

function finalPositions(task: Task, mirror: Stopping, ends: readonly PartitionEnd[]): FinalPosition[] {
  const memory = task.memories().get(mirrorKey(mirror));
  return ends.map(({ end }, partition) => {
    const remembered = memory?.get(partition) ?? noMemory;
    const { sourceEnd, sourceSeenAtMs } = remembered;
    const behind = sourceEnd > end ? sourceEnd - end : 0n;
    return {
      lastSourceFetchOffset: fetchedUpTo(mirror, partition, { end, remembered: remembered.lastSourceFetchOffset }),
      sourceEnd,
      sourceSeenAtMs,
      lagRecords: sourceEnd < 0n ? -1n : behind,
    };
  });
}

function partitionsOf(mirror: Stopping): number[] {
  return Array.from({ length: mirror.partitions }, (_, partition) => partition);
}

function named({ linkId, mirrorTopic }: Mirror): { readonly linkId: string; readonly mirrorTopic: string } {
  return { linkId, mirrorTopic };
}

function waiting(reason: string): Attempt {
  return { kind: 'waiting', reason };
}

function event(done: TaskEvent): Attempt {
  return { kind: 'event', event: done };
}

function several(reasons: readonly string[]): string {
  const [first = '', ...rest] = reasons;
  return rest.length === 0 ? first : `${first} (and ${rest.length} more partitions)`;
}
