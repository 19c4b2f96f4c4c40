/**
 * Who gets which partition: Kafka's two assignors of groups of the newer protocol, `uniform` (as even as can be, and as
 * little moved as can be) and `range` (neighbours together, the same range of each topic). Pure.
 */
import type { Target } from './consumer-group.js';

export interface MemberToAssign {
  readonly id: string;
  readonly instanceId: string | null;
  /** Ids of topics that are there. */
  readonly topics: ReadonlySet<string>;
  /** What it was assigned before. */
  readonly before: Target;
}

export interface AssignmentQuestion {
  readonly members: readonly MemberToAssign[];
  readonly partitionsOf: (topicId: string) => number;
}

export type Assignor = (question: AssignmentQuestion) => ReadonlyMap<string, Target>;

type Draft = Map<string, Map<string, Set<number>>>;
interface Place {
  readonly topicId: string;
  readonly partition: number;
}

export const assignors: ReadonlyMap<string, Assignor> = new Map([
  ['uniform', uniform],
  ['range', range],
]);

function range({ members, partitionsOf }: AssignmentQuestion): ReadonlyMap<string, Target> {
  const sorted = [...members].sort(byInstanceThenId);
  const target: Draft = new Map(members.map(({ id }) => [id, new Map()]));
  for (const topicId of topicsOf(members)) {
    const subscribers = sorted.filter(({ topics }) => topics.has(topicId));
    const count = partitionsOf(topicId);
    const each = Math.floor(count / subscribers.length);
    let extra = count % subscribers.length;
    let from = 0;
    for (const { id } of subscribers) {
      const to = from + each + (extra-- > 0 ? 1 : 0);
      for (let partition = from; partition < to; partition++) give(target, id, { topicId, partition });
      from = to;
    }
  }
  return target;
}

/** Static members by their instance ids, before the others. */
function byInstanceThenId(one: MemberToAssign, other: MemberToAssign): number {
  if (one.instanceId !== null && other.instanceId !== null) return one.instanceId < other.instanceId ? -1 : 1;
  if (one.instanceId !== null) return -1;
  if (other.instanceId !== null) return 1;
  return one.id < other.id ? -1 : 1;
}

function uniform(question: AssignmentQuestion): ReadonlyMap<string, Target> {
  const { members, partitionsOf } = question;
  const target: Draft = new Map(members.map(({ id }) => [id, new Map()]));
  const free = new Map<string, Set<number>>();
  for (const topicId of topicsOf(members)) {
    free.set(topicId, new Set(Array.from({ length: partitionsOf(topicId) }, (_, partition) => partition)));
  }
  // Everybody keeps what it had, as far as it is there and still subscribed to.
  for (const { id, topics, before } of members) {
    for (const [topicId, partitions] of before) {
      if (!topics.has(topicId)) continue;
      for (const partition of partitions) {
        if (free.get(topicId)?.delete(partition)) give(target, id, { topicId, partition });
      }
    }
  }
  const load = new Map(members.map(({ id }) => [id, sizeOf(target, id)]));
  const subscribers = new Map([...free.keys()].map((topicId) => [topicId, idsOf(members, topicId)]));
  // What few can take goes first, so that the others even it out.
  const left = [...free].sort(([one], [other]) => countOf(subscribers, one) - countOf(subscribers, other));
  for (const [topicId, partitions] of left) {
    for (const partition of partitions) {
      const id = leastLoaded(subscribers.get(topicId) ?? [], load);
      if (id === undefined) continue;
      give(target, id, { topicId, partition });
      load.set(id, (load.get(id) ?? 0) + 1);
    }
  }
  level({ members, target, load, subscribers });
  return target;
}

interface Levelling {
  readonly members: readonly MemberToAssign[];
  readonly target: Draft;
  readonly load: Map<string, number>;
  readonly subscribers: ReadonlyMap<string, readonly string[]>;
}

/** Moves one partition at a time to somebody who has at least two fewer, until there is none: each move narrows the spread. */
function level({ members, target, load, subscribers }: Levelling): void {
  const byLoad = () => [...members].sort((one, other) => (load.get(other.id) ?? 0) - (load.get(one.id) ?? 0));
  for (let moved = true; moved; ) {
    moved = false;
    for (const { id } of byLoad()) {
      for (const [topicId, partitions] of target.get(id) ?? []) {
        for (const partition of [...partitions].reverse()) {
          const to = leastLoaded(subscribers.get(topicId) ?? [], load);
          if (to === undefined || (load.get(id) ?? 0) - (load.get(to) ?? 0) < 2) break;
          partitions.delete(partition);
          if (partitions.size === 0) target.get(id)?.delete(topicId);
          give(target, to, { topicId, partition });
          load.set(id, (load.get(id) ?? 0) - 1);
          load.set(to, (load.get(to) ?? 0) + 1);
          moved = true;
        }
      }
    }
  }
}

function topicsOf(members: readonly MemberToAssign[]): string[] {
  return [...new Set(members.flatMap(({ topics }) => [...topics]))];
}

function idsOf(members: readonly MemberToAssign[], topicId: string): readonly string[] {
  return members.filter(({ topics }) => topics.has(topicId)).map(({ id }) => id);
}

function countOf(subscribers: ReadonlyMap<string, readonly string[]>, topicId: string): number {
  return subscribers.get(topicId)?.length ?? 0;
}

function leastLoaded(ids: readonly string[], load: ReadonlyMap<string, number>): string | undefined {
  let least: string | undefined;
  for (const id of ids) {
    if (least === undefined || (load.get(id) ?? 0) < (load.get(least) ?? 0)) least = id;
  }
  return least;
}

function give(target: Draft, id: string, { topicId, partition }: Place): void {
  const topics = target.get(id) ?? new Map<string, Set<number>>();
  const partitions = topics.get(topicId) ?? new Set<number>();
  partitions.add(partition);
  topics.set(topicId, partitions);
  target.set(id, topics);
}

function sizeOf(target: Draft, id: string): number {
  return [...(target.get(id)?.values() ?? [])].reduce((sum, { size }) => sum + size, 0);
}
