/** How a static member comes in, and is heard of, by either protocol; and what it may be answered. */
import {
  type ConsumerGroupHeartbeatResponse,
  consumerGroupHeartbeat,
} from '../../../src/protocol/api/consumer-group-heartbeat.js';
import { heartbeat } from '../../../src/protocol/api/heartbeat.js';
import { type JoinGroupResponse, joinGroup } from '../../../src/protocol/api/join-group.js';
import { syncGroup } from '../../../src/protocol/api/sync-group.js';
import type { Wire } from '../../harness/wire.js';
import type { ClassicGroups } from './classic-members.js';
import { type ConsumerGroups, listed } from './consumer-members.js';
import { assigned, assignmentOf, subscription } from './consumer-texts.js';
import { type Around, demand, PLAIN } from './places.js';
import { REBALANCE_MS, SESSION_MS } from './sessions.js';
import type { Instance, Protocol, StaticGroups } from './static-groups.js';

const PROTOCOL = 'load';
const JOINS_MAX = 10;
const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER = 25;
const REBALANCING = 27;
const UNRELEASED_INSTANCE = 111;
const FENCED_EPOCH = 110;

export interface StaticSurroundings {
  readonly groups: StaticGroups;
  readonly classic: ClassicGroups;
  readonly owners: ConsumerGroups;
  /** The broker assigns not sooner after the last time. */
  readonly assignmentIntervalMs: number;
}

interface Joining {
  /** '': it comes under another one. */
  readonly memberId: string;
  /** What its former self spoke. */
  readonly before: Protocol | undefined;
  readonly triesLeft: number;
}

export class StaticDialects {
  readonly groups: StaticGroups;
  readonly owners: ConsumerGroups;
  readonly #around: Around;
  readonly #classic: ClassicGroups;
  readonly #assignmentIntervalMs: number;

  constructor(around: Around, { groups, classic, owners, assignmentIntervalMs }: StaticSurroundings) {
    this.groups = groups;
    this.owners = owners;
    this.#around = around;
    this.#classic = classic;
    this.#assignmentIntervalMs = assignmentIntervalMs;
  }

  /** Of `PLAIN`, as it was told last. */
  partitionsOf(me: Instance): readonly number[] {
    return me.assignment?.partitions ?? [];
  }

  /** Under another member id. False: nobody knows who holds the instance id. */
  comeIn(wire: Wire, me: Instance, how: { readonly protocol: Protocol; readonly isKept: boolean }): Promise<boolean> {
    me.isThere = false;
    me.isCalm = false;
    return how.protocol === 'classic'
      ? this.#comeInClassic(wire, me, how.isKept)
      : this.#comeInNewer(wire, me, how.isKept);
  }

  /** Asks for a place in the group. */
  claim(
    wire: Wire,
    { group: groupId, instanceId }: Instance,
    memberId: string,
  ): Promise<ConsumerGroupHeartbeatResponse> {
    const wanted = { subscribedTopicNames: [PLAIN], subscribedTopicRegex: '', topicPartitions: [] };
    const who = { groupId, memberId, instanceId, memberEpoch: 0, rebalanceTimeoutMs: 60_000 };
    return wire.ask(consumerGroupHeartbeat, { ...who, ...wanted });
  }

  /** False: it is out. */
  beat(wire: Wire, me: Instance): Promise<boolean> {
    return me.protocol === 'classic' ? this.#beatClassic(wire, me) : this.#beatNewer(wire, me);
  }

  async #comeInNewer(wire: Wire, me: Instance, isKept: boolean): Promise<boolean> {
    const { mayLose, next } = this.#around;
    me.claim ??= `static${next()}`;
    const wasUnsure = me.isUnsure;
    const { protocol: before, session } = me;
    const mustBeOver = session.mustBeOver();
    me.isUnsure = true;
    me.isCertain = false;
    me.protocol = undefined;
    if (!isKept) this.owners.hold(me, new Set());
    const { life, highest } = this.owners.epochOf(me.group);
    const answer = await this.claim(wire, me, me.claim);
    const what = `${me.claim} as ${me.instanceId} of ${me.group}, who was ${me.memberId},`;
    if (answer.errorCode === UNRELEASED_INSTANCE) {
      demand((wasUnsure && !mustBeOver) || mayLose, `${what} is told that the instance id is taken`);
      return false;
    }
    demand(answer.errorCode === 0, `${what} was answered ${answer.errorCode}: ${answer.errorMessage}`);
    this.#replace(me, before, me.claim);
    me.claim = undefined;
    me.protocol = 'newer';
    me.isAway = false;
    me.isCertain = true;
    const isLower = this.owners.epochOf(me.group).life === life && answer.memberEpoch < highest;
    demand(
      !isLower || me.group === 'static-either' || mayLose,
      `${what} was told ${answer.memberEpoch}, others ${highest}`,
    );
    this.#told(me, answer);
    return true;
  }

  async #beatNewer(wire: Wire, me: Instance): Promise<boolean> {
    const { mayLose, nowMs } = this.#around;
    const { group: groupId, memberId, instanceId, epoch, assignment, session, isUnsure: wasUnsure } = me;
    const group = this.groups.of(groupId);
    const at = group.tick();
    const isSettling = nowMs() - group.stirredMs >= this.#assignmentIntervalMs;
    const { mayBeOver } = session;
    const isKept = group.keeps(me) && !wasUnsure && !mayLose;
    me.isUnsure = true;
    const wanted = { subscribedTopicNames: [PLAIN], subscribedTopicRegex: '', rebalanceTimeoutMs: 60_000 };
    const said = { memberEpoch: epoch, topicPartitions: listed(me.owned) };
    const answer = await wire.ask(consumerGroupHeartbeat, { groupId, memberId, instanceId, ...said, ...wanted });
    me.isUnsure = false;
    if (answer.errorCode !== 0) {
      const mayBe = mayBeOver || mayLose || (wasUnsure && answer.errorCode === FENCED_EPOCH);
      const what = `a heartbeat of ${memberId} as ${instanceId} at ${epoch} in ${groupId}`;
      demand(mayBe, `${what} was answered ${answer.errorCode}: ${answer.errorMessage}`);
      return false;
    }
    const isBehind = answer.memberEpoch < epoch && !mayLose;
    demand(!isBehind, `${memberId} of ${groupId} was told ${answer.memberEpoch}, and ${epoch} before`);
    this.#told(me, answer);
    const had = assignment?.partitions ?? [];
    const hasAll = me.epoch === epoch && had.every((each) => this.partitionsOf(me).includes(each));
    // It may be given more, which others have given back.
    demand(hasAll || !isKept || !group.keeps(me), `${memberId} in ${groupId} is told something else for no reason`);
    const isSame = hasAll && this.partitionsOf(me).length === had.length;
    if (isSame && isSettling) me.settledAt = at;
    return true;
  }

  #told(me: Instance, { memberEpoch, assignment }: ConsumerGroupHeartbeatResponse): void {
    const facts = this.owners.epochOf(me.group);
    facts.highest = Math.max(facts.highest, memberEpoch);
    me.epoch = memberEpoch;
    me.isUnsure = false;
    me.isThere = true;
    me.session.heard();
    if (assignment === null) return;
    const { topicId } = this.owners;
    const partitions = assignment.topicPartitions.flatMap((each) => (each.topicId === topicId ? each.partitions : []));
    me.assignment = { token: '', partitions };
    this.owners.hold(me, new Set(partitions.map((each) => `${topicId} ${each}`)));
    me.toldAt = this.groups.of(me.group).tick();
  }

  async #comeInClassic(wire: Wire, me: Instance, isKept: boolean): Promise<boolean> {
    const { protocol: before } = me;
    me.isCertain = false;
    // Who goes over may have done so when nobody knows what came of it; a classic self that is replaced changes nothing else.
    if (!isKept || before !== 'classic') {
      me.isUnsure = true;
      me.protocol = undefined;
    }
    if (!isKept) this.owners.hold(me, new Set());
    return this.#join(wire, me, { memberId: '', before, triesLeft: JOINS_MAX });
  }

  async #join(wire: Wire, me: Instance, how: Joining): Promise<boolean> {
    const { mayLose } = this.#around;
    const { synced, life } = this.#classic.of(me.group);
    const answer = await wire.ask(joinGroup, {
      groupId: me.group,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      memberId: how.memberId,
      groupInstanceId: me.instanceId,
      protocolType: 'consumer',
      protocols: [{ name: PROTOCOL, metadata: subscription([PLAIN]) }],
    });
    const { errorCode, generationId } = answer;
    if (errorCode === REBALANCING) return this.#joinAgain(wire, me, how);
    if (errorCode === UNKNOWN_MEMBER && how.memberId !== '') return this.#joinAgain(wire, me, { ...how, memberId: '' });
    const what = `JoinGroup of ${how.memberId} as ${me.instanceId} of ${me.group}`;
    demand(errorCode === 0, `${what} was answered ${errorCode}`);
    if (how.memberId === '') this.#replace(me, how.before, answer.memberId);
    me.claim = undefined;
    me.protocol = 'classic';
    me.isAway = false;
    me.epoch = generationId;
    me.session.heard();
    const isSame = this.#classic.of(me.group).life === life;
    if (isSame && me.group === 'static-classic' && !mayLose) {
      demand(generationId >= synced, `${what} was answered generation ${generationId}, it comes after ${synced}`);
    }
    if (await this.#sync(wire, me, this.#assignments(me, answer))) return true;
    return this.#joinAgain(wire, me, { ...how, memberId: me.memberId });
  }

  /** Whatever it kept until now, a rebalance has begun. */
  #joinAgain(wire: Wire, me: Instance, how: Joining): Promise<boolean> {
    me.isThere = false;
    me.isUnsure = true;
    this.owners.hold(me, new Set());
    if (how.triesLeft === 0) return Promise.resolve(false);
    return this.groups.of(me.group).stir(() => this.#join(wire, me, { ...how, triesLeft: how.triesLeft - 1 }));
  }

  #replace(me: Instance, protocol: Protocol | undefined, memberId: string): void {
    const { memberId: former, epoch } = me;
    if (former !== '' && protocol !== undefined) me.formers.push({ memberId: former, epoch, protocol });
    me.memberId = memberId;
  }

  /** A leader that came back keeps what it had assigned (KIP-814). */
  #assignments(me: Instance, { leader, members, skipAssignment }: JoinGroupResponse) {
    if (leader !== me.memberId || skipAssignment) return [];
    const token = `${me.memberId} ${this.#around.next()}`;
    return members.map(({ memberId }, at) => {
      const partitions = [0, 1].filter((partition) => partition % members.length === at);
      return { memberId, assignment: assigned(partitions, token) };
    });
  }

  /** False: it has to join again. */
  async #sync(wire: Wire, me: Instance, assignments: { memberId: string; assignment: Buffer }[]): Promise<boolean> {
    const { memberId, epoch: generationId, group: groupId, instanceId: groupInstanceId } = me;
    const at = this.groups.of(groupId).tick();
    const { life } = this.#classic.of(groupId);
    const named = { protocolType: 'consumer', protocolName: PROTOCOL };
    const who = { groupId, memberId, groupInstanceId, generationId };
    const answer = await wire.ask(syncGroup, { ...who, assignments, ...named });
    if (answer.errorCode !== 0) return false;
    me.session.heard();
    const assignment = assignmentOf(answer.assignment);
    const facts = this.#classic.of(groupId);
    const isByBroker = assignment.token === '' && groupId === 'static-either';
    if (facts.life === life && groupId === 'static-classic') {
      const said = facts.tokens.get(generationId) ?? assignment.token;
      demand(said === assignment.token, `generation ${generationId} was assigned by ${said}, ${assignment.token}`);
      facts.tokens.set(generationId, said);
      facts.synced = Math.max(facts.synced, generationId);
      me.settledAt = at;
    }
    me.assignment = assignment;
    me.isUnsure = false;
    me.isThere = true;
    me.isCertain = true;
    me.isCalm = true;
    me.toldAt = at;
    const { topicId } = this.owners;
    this.owners.hold(me, new Set(isByBroker ? assignment.partitions.map((each) => `${topicId} ${each}`) : []));
    return true;
  }

  async #beatClassic(wire: Wire, me: Instance): Promise<boolean> {
    const { mayLose } = this.#around;
    const { memberId, instanceId: groupInstanceId, group: groupId, epoch: generationId } = me;
    const group = this.groups.of(groupId);
    const { settledAt, session } = me;
    const isKept = group.keeps(me);
    const { mayBeOver } = session;
    const at = group.tick();
    const { errorCode } = await wire.ask(heartbeat, { groupId, memberId, groupInstanceId, generationId });
    me.isCalm = errorCode === 0;
    if (errorCode === 0) {
      session.heard();
      // Where the broker assigns, there is no epoch behind this one; where a leader does, no generation.
      if (me.assignment?.token === '' || groupId === 'static-classic') me.settledAt = at;
      return true;
    }
    const what = `Heartbeat of ${memberId} as ${groupInstanceId} of ${groupId} at ${generationId}`;
    // In a mixed group it may be given more, which others have given back.
    const isMore = errorCode === REBALANCING && groupId === 'static-either';
    const isMoved = !isKept || !group.keeps(me, settledAt) || isMore || mayLose;
    demand(isMoved || mayBeOver, `${what} was answered ${errorCode}, and nothing has happened`);
    demand(
      [REBALANCING, ILLEGAL_GENERATION, UNKNOWN_MEMBER].includes(errorCode) || mayBeOver || mayLose,
      `${what} was answered ${errorCode}`,
    );
    if (errorCode === UNKNOWN_MEMBER) return false;
    return this.#joinAgain(wire, me, { memberId, before: me.protocol, triesLeft: JOINS_MAX });
  }
}
