/**
 * How long members of a group of the newer protocol may be silent, and how long they may take to give partitions back.
 * Serves docs/spec/broker.md §5.4.
 */
import type { Clock } from '../../base/clock.js';
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
    const sessionMs = this.#around.sessionMs(group.id);
    timers.session = this.#around.clock.setTimer(sessionMs, () => this.#expire(group, id));
  }

  /** Who was told to give partitions back has its own rebalance timeout for it. */
  timeRevocation(group: ConsumerGroup, id: string): void {
    const timers = timersOf(group, id);
    timers.rebalance?.cancel();
    timers.rebalance = undefined;
    const member = group.members.get(id);
    if (member?.progress !== 'unrevoked') return;
    const { epoch, rebalanceTimeoutMs } = member;
    timers.rebalance = this.#around.clock.setTimer(Math.max(0, rebalanceTimeoutMs), () => {
      if (group.members.get(id)?.epoch === epoch) this.#expire(group, id);
    });
  }

  forget(group: ConsumerGroup, id: string): void {
    const timers = group.timers.get(id);
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
  const timers = group.timers.get(id) ?? { session: undefined, rebalance: undefined };
  group.timers.set(id, timers);
  return timers;
}
