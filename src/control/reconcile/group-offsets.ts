/**
 * Copies committed offsets of the chosen groups from source to mirror, never above what the mirror holds for certain
 * (7.2), and remembers what it wrote, so that `ready` can say whether a group may move. Refuses nothing silently: a group
 * with live members at the destination is left alone and named.
 */
import type { PartitionFailure } from '../../model/assignment.js';
import { selectsGroup } from '../../model/group-filters.js';
import type { Link } from '../../model/link.js';
import { groupNameOf } from '../../model/link-prefix.js';
import { linkOptions } from '../../model/link-settings.js';
import { failuresOf, type Mirror } from '../../model/mirror.js';
import type { GroupOffset } from '../ports/groups.js';
import { mirrorsOf } from '../state.js';
import { sourceAddress } from './assignments.js';
import { partitionOf, sourceTrouble, type Task, type Trouble } from './task.js';

/** [7.2] Offsets of idle groups expire at the destination; each is written again this often. */
export const REWRITE_AFTER_MS = 24 * 3_600_000;

interface Synced {
  readonly offset: bigint;
  readonly atMs: number;
}

export interface SyncState {
  /** Wall clock of the last round that asked the source with success; undefined: none yet. */
  readonly lastRoundMs: number | undefined;
  /** By group, as the source calls it: why it was not written in the last round. */
  readonly skipped: ReadonlyMap<string, Skipped>;
}

export interface Skipped {
  /** It has live members at the destination, which decide for themselves: no reason to wait. */
  readonly inUse: boolean;
  readonly reason: string;
}

/** What was written in this term, by link; a takeover begins with nothing and writes everything again. */
export class OffsetSyncs {
  readonly #states = new Map<string, SyncState>();
  readonly #synced = new Map<string, Synced>();

  stateOf(linkId: string): SyncState {
    return this.#states.get(linkId) ?? { lastRoundMs: undefined, skipped: new Map() };
  }

  syncedOffset(group: string, topic: string, partition: number): bigint | undefined {
    return this.#synced.get(keyOf(group, topic, partition))?.offset;
  }

  note(linkId: string, state: SyncState): void {
    this.#states.set(linkId, state);
  }

  wrote(group: string, offsets: readonly GroupOffset[], atMs: number): void {
    for (const { topic, partition, offset } of offsets) {
      this.#synced.set(keyOf(group, topic, partition), { offset, atMs });
    }
  }

  /** Those of `offsets` that differ from what was written, or were written too long ago. */
  due(group: string, offsets: readonly GroupOffset[], nowMs: number): readonly GroupOffset[] {
    return offsets.filter(({ topic, partition, offset }) => {
      const before = this.#synced.get(keyOf(group, topic, partition));
      return before?.offset !== offset || nowMs - before.atMs >= REWRITE_AFTER_MS;
    });
  }

  /** [2.4] What was written above `end` was lowered. */
  lowered(topic: string, partition: number, end: bigint): void {
    for (const [key, { offset }] of this.#synced) {
      const [, of, at] = key.split('\n');
      if (of === topic && at === String(partition) && offset > end) this.#synced.delete(key);
    }
  }

  /** A mirror of that name begins anew. */
  forgetTopic(topic: string): void {
    for (const key of this.#synced.keys()) if (key.split('\n')[1] === topic) this.#synced.delete(key);
  }
}

function keyOf(group: string, topic: string, partition: number): string {
  return `${group}\n${topic}\n${partition}`;
}

/** The same trouble is logged again this often, however short the rounds are. */
export const TOLD_AGAIN_AFTER_MS = 60_000;
/** Reasons that change with every round must not make a line each. */
const REASONS_MAX = 5;

export async function syncGroupOffsets(task: Task, linkId: string): Promise<void> {
  const { clock, log } = task.ports;
  /** By reason: when it was told. */
  const told = new Map<string, number>();
  for (;;) {
    const link = task.state().links.get(linkId);
    const options = link && linkOptions(link.settings);
    if (link === undefined || !options?.ok || options.value.offsetSync === undefined) return;
    const trouble = await syncOnce(task, link);
    task.explain(trouble?.reason, trouble?.error);
    const problem = trouble?.reason;
    const nowMs = clock.monotonicMs();
    for (const [reason, atMs] of told) if (problem && nowMs - atMs >= TOLD_AGAIN_AFTER_MS) told.delete(reason);
    if (problem && !told.has(problem) && told.size < REASONS_MAX) {
      told.set(problem, nowMs);
      log.warn({ link: link.name, problem }, 'group offsets could not be synced');
    }
    if (problem === undefined && told.size > 0) {
      told.clear();
      log.info({ link: link.name }, 'group offsets are synced again');
    }
    await task.pause(options.value.offsetSync.everyMs);
  }
}

/** One round. Gives why it could not be done as a whole. */
export async function syncOnce(task: Task, link: Link): Promise<Trouble | undefined> {
  const { clock, source } = task.ports;
  const options = linkOptions(link.settings);
  if (!options.ok || options.value.offsetSync === undefined) return undefined;
  const { prefix, offsetSync } = options.value;
  const { filters } = offsetSync;
  const startedMs = clock.nowMs();
  const topics = mirrorsOf(task.state(), link.id).filter(takesOffsets);
  const skipped = new Map<string, Skipped>();
  if (topics.length > 0 && filters.filters.length > 0) {
    const sourceTopics = topics.map((mirror) => mirror.sourceTopic);
    const found = await source.groupOffsets(sourceAddress(link), (name) => selectsGroup(filters, name), sourceTopics);
    if (found.kind !== 'done') return sourceTrouble(found);
    for (const { group, offsets } of found.groups) {
      const why = await syncGroup(task, link, groupNameOf(prefix, group), offsets);
      if (why !== undefined) skipped.set(group, why);
    }
  }
  task.offsetSyncs.note(link.id, { lastRoundMs: startedMs, skipped });
  return undefined;
}

/** `group`: as it is called at the destination. Gives why it was not written; undefined: it stands where it should, as far as the mirror goes. */
async function syncGroup(
  task: Task,
  link: Link,
  group: string,
  offsets: readonly GroupOffset[],
): Promise<Skipped | undefined> {
  const { destination, clock } = task.ports;
  const dueNow = () => {
    const possible = offsets.flatMap((each) => boundedOffset(task, link, each) ?? []);
    return task.offsetSyncs.due(group, possible, clock.nowMs());
  };
  if (dueNow().length === 0) return undefined;
  const outcome = await task.effect(async () => {
    // State is asked right before the commit: a mirror that began to stop meanwhile belongs to its clamp.
    const due = dueNow();
    const written = due.length === 0 ? ({ kind: 'done' } as const) : await destination.groups.commit(group, due);
    if (written.kind === 'done') task.offsetSyncs.wrote(group, due, clock.nowMs());
    return written;
  });
  switch (outcome.kind) {
    case 'done':
      return undefined;
    case 'in-use':
      return { inUse: true, reason: `consumer group '${group}' has live members at the destination` };
    case 'fenced':
      task.fenced(outcome.reason);
      return { inUse: false, reason: outcome.reason };
    case 'refused':
    case 'unavailable':
      return { inUse: false, reason: outcome.reason };
  }
}

/** [7.2] Never above the mirror's high watermark, nor above the first bad offset. Undefined: not known yet. */
export function boundedOffset(
  task: Pick<Task, 'state' | 'observation'>,
  link: Pick<Link, 'id'>,
  { topic, partition, offset }: GroupOffset,
): GroupOffset | undefined {
  const mirror = mirrorsOf(task.state(), link.id).find((each) => takesOffsets(each) && each.sourceTopic === topic);
  if (mirror === undefined) return undefined;
  const highWatermark = partitionOf(task.observation(mirror), partition)?.mirrorHighWatermark ?? -1n;
  if (highWatermark < 0n) return undefined;
  const bad = failuresOf(mirror).find((each: PartitionFailure) => each.partition === partition)?.offset;
  const end = bad !== undefined && bad < highWatermark ? bad : highWatermark;
  return { topic: mirror.mirrorTopic, partition, offset: offset < end ? offset : end };
}

function takesOffsets(mirror: Mirror): boolean {
  switch (mirror.kind) {
    case 'ACTIVE':
    case 'PAUSED':
    case 'FAILED':
    case 'PROMOTING':
      return true;
    case 'CREATING':
    case 'STOPPING':
    case 'STOPPED':
      return false;
  }
}
