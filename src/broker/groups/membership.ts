/**
 * Joining, syncing, heartbeating and leaving: the classic rebalance as Apache Kafka's coordinator runs it, static
 * members included. Times come from the clock; every waiting request is answered by a timer at the latest.
 * Serves docs/spec/broker.md §5.
 */
import type { Clock } from '../../base/clock.js';
import { type Random, randomUuid } from '../../base/random.js';
import { errorCode } from '../../protocol/errors.js';
import type { Configs } from '../config/configs.js';
import {
  type Identified,
  type JoinRequest,
  joined,
  joinRefused,
  memberError,
  memberOf,
  type SyncRequest,
  synced,
  syncRefused,
} from './answers.js';
import { type Group, type JoinOutcome, type Member, NO_ASSIGNMENT, type SyncOutcome, sameProtocols } from './group.js';

export interface MembershipSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly configs: Configs;
  /** Writes the group down. Gives the error code. */
  readonly store: (group: Group) => number;
}

export class Membership {
  readonly #around: MembershipSurroundings;

  constructor(around: MembershipSurroundings) {
    this.#around = around;
  }

  join(group: Group, request: JoinRequest, answer: (outcome: JoinOutcome) => void) {
    const refuse = (code: number) => answer(joinRefused(code, request.memberId));
    // Also who is alone in the group cannot give up all that it works by.
    if (!group.supports(request.protocolType, request.protocols)) {
      return refuse(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    }
    if (request.memberId === '') return this.#joinAsNew(group, request, answer);
    if (group.pending.has(request.memberId)) {
      this.#forgetPending(group, request.memberId);
      return this.#add(group, request.memberId, request, answer);
    }
    const error = memberError(group, { memberId: request.memberId, instanceId: request.instanceId });
    const member = group.members.get(request.memberId);
    if (error !== errorCode.NONE || member === undefined) return refuse(error);
    const changed = !sameProtocols(member.protocols, request.protocols);
    switch (group.state) {
      case 'PreparingRebalance':
        return this.#rejoin(group, member, request, answer);
      case 'CompletingRebalance':
        // The answer to the join was lost: it is given again.
        if (!changed) return answer(joined(group, member));
        return this.#rejoin(group, member, request, answer);
      case 'Stable':
        if (changed || member.id === group.leader) return this.#rejoin(group, member, request, answer);
        return answer(joined(group, member));
      case 'Empty':
      case 'Dead':
        return refuse(errorCode.UNKNOWN_MEMBER_ID);
    }
  }

  sync(group: Group, request: SyncRequest, answer: (outcome: SyncOutcome) => void) {
    const refuse = (code: number) => answer(syncRefused(code));
    const error = memberError(group, request);
    const member = group.members.get(request.memberId);
    if (error !== errorCode.NONE || member === undefined) return refuse(error);
    if (request.generationId !== group.generation) return refuse(errorCode.ILLEGAL_GENERATION);
    const otherType = request.protocolType !== null && request.protocolType !== group.protocolType;
    const otherName = request.protocolName !== null && request.protocolName !== group.protocolName;
    if (otherType || otherName) return refuse(errorCode.INCONSISTENT_GROUP_PROTOCOL);
    switch (group.state) {
      case 'PreparingRebalance':
        return refuse(errorCode.REBALANCE_IN_PROGRESS);
      case 'CompletingRebalance':
        member.awaitingSync = answer;
        this.#renewSession(group, member);
        if (member.id === group.leader) this.#distribute(group, request);
        return;
      case 'Stable':
        this.#renewSession(group, member);
        return answer(synced(group, member));
      case 'Empty':
      case 'Dead':
        return refuse(errorCode.UNKNOWN_MEMBER_ID);
    }
  }

  heartbeat(group: Group, request: Identified & { readonly generationId: number }): number {
    const error = memberError(group, request);
    const member = group.members.get(request.memberId);
    if (error !== errorCode.NONE || member === undefined) return error;
    if (request.generationId !== group.generation) return errorCode.ILLEGAL_GENERATION;
    this.#renewSession(group, member);
    return group.state === 'PreparingRebalance' ? errorCode.REBALANCE_IN_PROGRESS : errorCode.NONE;
  }

  /** All who ask are taken out before the others are asked to join again. Gives an error code for each. */
  leave(group: Group, leaving: readonly Identified[]): number[] {
    const codes = leaving.map((who) => this.#takeOut(group, who));
    if (codes.includes(errorCode.NONE)) this.#rebalanceWithout(group);
    return codes;
  }

  /** After a commit or a start: the member has shown that it lives. */
  renew(group: Group, memberId: string): void {
    const member = group.members.get(memberId);
    if (member) this.#renewSession(group, member);
  }

  /** The members have come from the other protocol: each has a whole session, and all are asked to join where they must. */
  takeOver(group: Group, mustJoin: boolean): void {
    for (const member of group.members.values()) this.#renewSession(group, member);
    if (mustJoin) this.#prepareRebalance(group);
  }

  /** The members go over to the other protocol: who waits is told to join again. */
  handOver(group: Group): void {
    this.stop(group);
    for (const member of group.members.values()) {
      member.awaitingJoin?.(joinRefused(errorCode.REBALANCE_IN_PROGRESS, member.id));
      member.awaitingSync?.(syncRefused(errorCode.REBALANCE_IN_PROGRESS));
    }
  }

  /** Ends every timer; waiting requests get no answer, their connections end with the broker. */
  stop(group: Group): void {
    for (const member of group.members.values()) member.session?.cancel();
    for (const timer of group.pending.values()) timer.cancel();
    group.rebalance?.cancel();
    group.syncDeadline?.cancel();
  }

  #joinAsNew(group: Group, request: JoinRequest, answer: (outcome: JoinOutcome) => void) {
    const id = `${request.instanceId ?? request.clientId}-${randomUuid(this.#around.random)}`;
    if (group.members.size >= this.#around.configs.number('group.max.size')) {
      return answer(joinRefused(errorCode.GROUP_MAX_SIZE_REACHED, ''));
    }
    if (request.instanceId !== null) {
      const old = group.members.get(group.instances.get(request.instanceId) ?? '');
      if (old) return this.#replaceInstance(group, old, { ...request, memberId: id }, answer);
      return this.#add(group, id, request, answer);
    }
    if (!request.mustKnowItsId) return this.#add(group, id, request, answer);
    const forget = () => {
      group.pending.delete(id);
      this.#completeIfAllJoined(group);
    };
    group.pending.set(id, this.#around.clock.setTimer(request.sessionTimeoutMs, forget));
    answer(joinRefused(errorCode.MEMBER_ID_REQUIRED, id));
  }

  /** A restarted static member takes the place of its former self; the old one is fenced. */
  #replaceInstance(group: Group, old: Member, request: JoinRequest, answer: (outcome: JoinOutcome) => void) {
    old.session?.cancel();
    old.awaitingJoin?.(joinRefused(errorCode.FENCED_INSTANCE_ID, old.id));
    old.awaitingSync?.(syncRefused(errorCode.FENCED_INSTANCE_ID));
    group.members.delete(old.id);
    const member = memberOf(request.memberId, request);
    member.assignment = old.assignment;
    group.members.set(member.id, member);
    group.instances.set(request.instanceId ?? '', member.id);
    const wasLeader = group.leader === old.id;
    if (wasLeader) group.leader = member.id;
    // It may subscribe otherwise: only another protocol of the group is a reason to begin a round.
    const same = group.chooseProtocol() === group.protocolName;
    // Where it cannot be written down, a rebalance does so in the end.
    if (group.state === 'Stable' && same && this.#around.store(group) === errorCode.NONE) {
      this.#renewSession(group, member);
      // The leader is told its old role but must not assign anew (KIP-814); who cannot be told so is told of its former self.
      const told = joined(group, member);
      if (!wasLeader || request.canSkipAssignment) return answer({ ...told, skipAssignment: wasLeader });
      return answer({ ...told, leader: old.id, members: [] });
    }
    member.awaitingJoin = answer;
    if (group.state === 'PreparingRebalance') this.#completeIfAllJoined(group);
    else this.#prepareRebalance(group);
  }

  #add(group: Group, id: string, request: JoinRequest, answer: (outcome: JoinOutcome) => void): void {
    const member = memberOf(id, request);
    member.awaitingJoin = answer;
    if (group.members.size === 0) group.protocolType = request.protocolType;
    group.members.set(id, member);
    if (request.instanceId !== null) group.instances.set(request.instanceId, id);
    group.leader ??= id;
    if (group.state === 'PreparingRebalance') this.#completeIfAllJoined(group);
    else this.#prepareRebalance(group);
  }

  #rejoin(group: Group, member: Member, request: JoinRequest, answer: (outcome: JoinOutcome) => void): void {
    member.protocols = request.protocols;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.clientId = request.clientId;
    member.clientHost = request.clientHost;
    // A second join of one member means that the first connection is gone.
    member.awaitingJoin?.(joinRefused(errorCode.REBALANCE_IN_PROGRESS, member.id));
    member.awaitingJoin = answer;
    member.session?.cancel();
    if (group.state === 'PreparingRebalance') this.#completeIfAllJoined(group);
    else this.#prepareRebalance(group);
  }

  #prepareRebalance(group: Group): void {
    const { clock, configs } = this.#around;
    group.syncDeadline?.cancel();
    for (const member of group.members.values()) {
      if (group.state === 'CompletingRebalance') member.assignment = NO_ASSIGNMENT;
      const waiting = member.awaitingSync;
      member.awaitingSync = undefined;
      waiting?.(syncRefused(errorCode.REBALANCE_IN_PROGRESS));
    }
    const wasEmpty = group.state === 'Empty';
    group.become('PreparingRebalance', clock.nowMs());
    group.rebalance?.cancel();
    // The first round waits a while, not for those who have an id and have not come yet.
    const delayMs = configs.number('group.initial.rebalance.delay.ms');
    if (!wasEmpty || delayMs === 0) {
      if (wasEmpty) this.#complete(group);
      else this.#waitForAll(group);
      return;
    }
    group.joinsUntilMs = clock.monotonicMs() + delayMs;
    const close = () => {
      group.joinsUntilMs = undefined;
      this.#complete(group);
    };
    group.rebalance = clock.setTimer(Math.min(delayMs, group.rebalanceTimeoutMs), close);
  }

  #waitForAll(group: Group): void {
    group.rebalance?.cancel();
    // Nobody has a rebalance timeout: Kafka's timer of no time, at once.
    if (group.members.size === 0) {
      this.#complete(group);
      return;
    }
    group.rebalance = this.#around.clock.setTimer(group.rebalanceTimeoutMs, () => this.#complete(group));
    this.#completeIfAllJoined(group);
  }

  #completeIfAllJoined(group: Group): void {
    if (group.state === 'PreparingRebalance' && group.joinsUntilMs === undefined && group.hasAllJoined) {
      this.#complete(group);
    }
  }

  #complete(group: Group): void {
    const { clock } = this.#around;
    group.rebalance?.cancel();
    group.rebalance = undefined;
    for (const member of [...group.members.values()]) {
      // Static members keep their place until their session ends.
      if (member.awaitingJoin === undefined && member.instanceId === null) this.#forget(group, member);
    }
    const present = [...group.members.values()].filter((member) => member.awaitingJoin !== undefined);
    if (present.length === 0) {
      if (group.members.size > 0) {
        group.rebalance = clock.setTimer(group.rebalanceTimeoutMs, () => this.#complete(group));
        return;
      }
      group.generation++;
      group.protocolName = undefined;
      group.noteSubscriptions();
      group.leader = undefined;
      group.become('Empty', clock.nowMs());
      // Where this fails, a start finds members again, whose sessions end once more.
      this.#around.store(group);
      return;
    }
    if (!present.some((member) => member.id === group.leader)) group.leader = present[0]?.id;
    group.generation++;
    group.protocolName = group.chooseProtocol();
    group.noteSubscriptions();
    group.become('CompletingRebalance', clock.nowMs());
    for (const member of group.members.values()) {
      const answer = member.awaitingJoin;
      member.awaitingJoin = undefined;
      this.#renewSession(group, member);
      answer?.(joined(group, member));
    }
    const generation = group.generation;
    group.syncDeadline?.cancel();
    group.syncDeadline = clock.setTimer(group.rebalanceTimeoutMs, () => this.#dropUnsynced(group, generation));
  }

  #dropUnsynced(group: Group, generation: number): void {
    if (group.generation !== generation || group.state !== 'CompletingRebalance') return;
    const silent = [...group.members.values()].filter((member) => member.awaitingSync === undefined);
    for (const member of silent) this.#forget(group, member);
    this.#prepareRebalance(group);
  }

  #distribute(group: Group, request: SyncRequest): void {
    const given = new Map(request.assignments.map((each) => [each.memberId, each.assignment]));
    for (const member of group.members.values()) member.assignment = Buffer.from(given.get(member.id) ?? NO_ASSIGNMENT);
    group.syncDeadline?.cancel();
    const code = this.#around.store(group);
    if (code === errorCode.NONE) group.become('Stable', this.#around.clock.nowMs());
    for (const member of group.members.values()) {
      const answer = member.awaitingSync;
      member.awaitingSync = undefined;
      answer?.(code === errorCode.NONE ? synced(group, member) : syncRefused(code));
    }
    if (code !== errorCode.NONE) this.#prepareRebalance(group);
  }

  #renewSession(group: Group, member: Member): void {
    member.session?.cancel();
    member.session = this.#around.clock.setTimer(member.sessionTimeoutMs, () => {
      if (group.members.get(member.id) !== member || member.awaitingJoin !== undefined) return;
      this.#removeAndRebalance(group, member);
    });
  }

  /** Who has an id and has not joined leaves as if it had been a member. */
  #takeOut(group: Group, who: Identified): number {
    const byInstance = who.instanceId !== null ? group.instances.get(who.instanceId) : undefined;
    const memberId = who.memberId === '' && byInstance !== undefined ? byInstance : who.memberId;
    if (group.pending.has(memberId)) {
      this.#forgetPending(group, memberId);
      return errorCode.NONE;
    }
    const error = memberError(group, { memberId, instanceId: who.instanceId });
    const member = group.members.get(memberId);
    if (error !== errorCode.NONE || member === undefined) return error;
    this.#forget(group, member);
    return errorCode.NONE;
  }

  #removeAndRebalance(group: Group, member: Member): void {
    this.#forget(group, member);
    this.#rebalanceWithout(group);
  }

  #rebalanceWithout(group: Group): void {
    if (group.state === 'Stable' || group.state === 'CompletingRebalance') this.#prepareRebalance(group);
    else this.#completeIfAllJoined(group);
  }

  #forget(group: Group, member: Member): void {
    member.session?.cancel();
    member.awaitingJoin?.(joinRefused(errorCode.UNKNOWN_MEMBER_ID, ''));
    member.awaitingSync?.(syncRefused(errorCode.UNKNOWN_MEMBER_ID));
    group.members.delete(member.id);
    if (member.instanceId !== null) group.instances.delete(member.instanceId);
    if (group.leader === member.id) {
      const next = [...group.members.values()].find((each) => each.awaitingJoin !== undefined);
      group.leader = next?.id ?? group.members.keys().next().value;
    }
  }

  #forgetPending(group: Group, memberId: string): void {
    group.pending.get(memberId)?.cancel();
    group.pending.delete(memberId);
  }
}
