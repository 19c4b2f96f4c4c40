/**
 * One step of one member towards its target, as KIP-848 has it: what is not in the target is given back first, what
 * others still hold is waited for, what is free is taken. Pure. Serves docs/spec/broker.md §5.4.
 */
import { type ConsumerMember, type Held, isReconciled, type MemberAssignment, type Target } from './consumer-group.js';

/** What the member says it has; null when it did not say. */
export type Owned = readonly { readonly topicId: string; readonly partitions: readonly number[] }[] | null;

export interface Reconciliation {
  readonly targetEpoch: number;
  readonly target: Target;
  readonly owned: Owned;
  /** Ids of the topics it subscribes to, where it has just changed that: others are given back at once. */
  readonly subscribed: ReadonlySet<string> | undefined;
  /** Does anybody hold it, or has not given it back yet? */
  readonly isHeld: (topicId: string, partition: number) => boolean;
}

/** Gives the very member when there is nothing to do. */
export function reconcile(member: ConsumerMember, step: Reconciliation): MemberAssignment {
  if (step.subscribed === undefined && isReconciled(member, step.targetEpoch)) return member;
  switch (member.progress) {
    case 'stable':
      if (member.epoch !== step.targetEpoch) return towardsTarget(member, step);
      return step.subscribed ? withoutOthers(member, step.subscribed, step.owned) : member;
    case 'unrevoked':
      if (!owns(step.owned, member.revoking)) return towardsTarget(member, step);
      return step.subscribed ? withoutOthers(member, step.subscribed, step.owned) : member;
    case 'unreleased':
      return towardsTarget(member, step);
  }
}

function towardsTarget(member: ConsumerMember, step: Reconciliation): MemberAssignment {
  const { targetEpoch, owned, subscribed } = step;
  const assigned = new Map<string, Map<number, number>>();
  const revoking = new Map<string, Map<number, number>>();
  let waits = false;
  for (const topicId of new Set([...step.target.keys(), ...member.assigned.keys()])) {
    const wanted = subscribed?.has(topicId) === false ? undefined : step.target.get(topicId);
    for (const [partition, epoch] of member.assigned.get(topicId) ?? []) {
      put(wanted?.has(partition) ? assigned : revoking, topicId, partition, epoch);
    }
  }
  if (revoking.size > 0 && owns(owned, revoking)) {
    return { ...next(member, member.epoch), progress: 'unrevoked', assigned, revoking };
  }
  for (const [topicId, partitions] of step.target) {
    if (subscribed?.has(topicId) === false) continue;
    for (const partition of partitions) {
      if (assigned.get(topicId)?.has(partition)) continue;
      if (step.isHeld(topicId, partition)) waits = true;
      else put(assigned, topicId, partition, targetEpoch);
    }
  }
  return { ...next(member, targetEpoch), progress: waits ? 'unreleased' : 'stable', assigned, revoking: new Map() };
}

/** The target is not yet computed anew, but nothing may be consumed any more that is not subscribed to. */
function withoutOthers(member: ConsumerMember, subscribed: ReadonlySet<string>, owned: Owned): MemberAssignment {
  const assigned = new Map<string, Map<number, number>>();
  const revoking = new Map<string, Map<number, number>>();
  for (const [topicId, partitions] of member.revoking) revoking.set(topicId, new Map(partitions));
  for (const [topicId, partitions] of member.assigned) {
    for (const [partition, epoch] of partitions) {
      put(subscribed.has(topicId) ? assigned : revoking, topicId, partition, epoch);
    }
  }
  if (revoking.size === 0) return member;
  const kept = { assigned, previousEpoch: member.previousEpoch, epoch: member.epoch };
  if (owns(owned, revoking)) return { ...kept, progress: 'unrevoked', revoking };
  return { ...kept, progress: member.progress, revoking: new Map() };
}

function next(member: ConsumerMember, epoch: number): Pick<MemberAssignment, 'epoch' | 'previousEpoch'> {
  return { epoch, previousEpoch: member.epoch };
}

/** Who does not say what it owns may own everything. */
function owns(owned: Owned, held: Held): boolean {
  if (owned === null) return true;
  return owned.some(({ topicId, partitions }) => partitions.some((partition) => held.get(topicId)?.has(partition)));
}

/** Is all that the member says it has among what it should have? */
export function isWithin(owned: Owned, held: Held): boolean {
  if (owned === null) return false;
  return owned.every(({ topicId, partitions }) => partitions.every((partition) => held.get(topicId)?.has(partition)));
}

function put(held: Map<string, Map<number, number>>, topicId: string, partition: number, epoch: number): void {
  const partitions = held.get(topicId) ?? new Map<number, number>();
  partitions.set(partition, epoch);
  held.set(topicId, partitions);
}
