/**
 * How long members of a group of the newer protocol may be silent, and how long they may take to give partitions back.
 * Serves docs/spec/broker.md §5.4.
 */
import type { Clock, Timer } from '../../base/clock.js';
import type { ConsumerGroup, MemberTimers } from './consumer-group.js';

export interface TimerSurroundings {
  readonly clock: Clock;
  readonly sessionMs: (groupId: string) => number;
  /** A member's time is up. False: it could not be put out now. */
  readonly expire: (group: ConsumerGroup, memberId: string) => boolean;
}

export class ConsumerTimers {
  readonly #around: TimerSurroundings;

  constructor(around: TimerSurroundings) {
    this.#around = around;
  }

  /** It was heard of. */
  renew(group: ConsumerGroup, id: string): void {
    const timers = timersOf(group, id);
    timers.session?.cancel();
    const sessionMs = group.members.get(id)?.classic?.sessionTimeoutMs ?? this.#around.sessionMs(group.id);
    timers.session = this.#around.clock.setTimer(sessionMs, () => this.#expire(group, id));
  }

  /** Who was told to give partitions back has its own rebalance timeout for it. */
  timeRevocation(group: ConsumerGroup, id: string): void {
    const timers = timersOf(group, id);
    timers.rebalance?.cancel();
    timers.rebalance = undefined;
    const member = group.members.get(id);
    // Members of the classic protocol give back by joining again, and have their time for that.
    if (member?.progress !== 'unrevoked' || member.classic) return;
    const { epoch, rebalanceTimeoutMs } = member;
    timers.rebalance = this.#around.clock.setTimer(Math.max(0, rebalanceTimeoutMs), () => {
      if (group.members.get(id)?.epoch === epoch) this.#expire(group, id);
    });
  }

  /** A classic member was told to join again: once told, its time does not begin anew. */
  awaitJoin(group: ConsumerGroup, id: string): void {
    const timers = timersOf(group, id);
    timers.join ??= this.#deadline(group, id);
  }

  /** A classic member has joined, and is to fetch its assignment. */
  awaitSync(group: ConsumerGroup, id: string): void {
    const timers = timersOf(group, id);
    timers.join?.cancel();
    timers.join = undefined;
    timers.sync?.cancel();
    timers.sync = this.#deadline(group, id);
  }

  synced(group: ConsumerGroup, id: string): void {
    const timers = timersOf(group, id);
    timers.sync?.cancel();
    timers.sync = undefined;
  }

  #deadline(group: ConsumerGroup, id: string): Timer {
    const rebalanceMs = Math.max(0, group.members.get(id)?.rebalanceTimeoutMs ?? 0);
    return this.#around.clock.setTimer(rebalanceMs, () => this.#expire(group, id));
  }

  forget(group: ConsumerGroup, id: string): void {
    const timers = group.timers.get(id);
    timers?.join?.cancel();
    timers?.sync?.cancel();
    timers?.session?.cancel();
    timers?.rebalance?.cancel();
    group.timers.delete(id);
  }

  /** What cannot be written down now is tried again after another session. */
  #expire(group: ConsumerGroup, id: string): void {
    if (group.members.has(id) && !this.#around.expire(group, id)) this.renew(group, id);
  }
}

function timersOf(group: ConsumerGroup, id: string): MemberTimers {
  const timers = group.timers.get(id) ?? { session: undefined, rebalance: undefined, join: undefined, sync: undefined };
  group.timers.set(id, timers);
  return timers;
}
