/**
 * Members of groups of the classic protocol, which outlive their broker: they join, sync, commit, leave, and go on with what
 * they were told. A generation that somebody was assigned something in is never given out again, and who is behind it
 * commits nothing.
 */
import { randomInt } from '../../../src/base/random.js';
import { heartbeat } from '../../../src/protocol/api/heartbeat.js';
import { joinGroup } from '../../../src/protocol/api/join-group.js';
import { leaveGroup } from '../../../src/protocol/api/leave-group.js';
import { offsetCommit } from '../../../src/protocol/api/offset-commit.js';
import { syncGroup } from '../../../src/protocol/api/sync-group.js';
import type { Wire } from '../../harness/wire.js';
import type { ConsumerGroups, Owner } from './consumer-members.js';
import { type Assignment, assigned, assignmentOf, subscription } from './consumer-texts.js';
import { type Around, demand, type GroupName, type Holding, PLAIN, Wrong } from './places.js';
import { REBALANCE_MS, SESSION_MS, type Session } from './sessions.js';

const PROTOCOL = 'load';
const JOINS_MAX = 10;

const INCONSISTENT_PROTOCOL = 23;
const UNKNOWN_MEMBER = 25;
const ILLEGAL_GENERATION = 22;
const REBALANCING = 27;
const MEMBER_ID_REQUIRED = 79;

/** What all members of a group were told, together. One that changes its protocol begins anew: of it nothing is kept. */
export class ClassicGroups {
  readonly #facts = new Map<GroupName, Facts>();

  of(group: GroupName): Facts {
    let facts = this.#facts.get(group);
    if (facts === undefined) {
      facts = { life: 0, synced: -1, tokens: new Map() };
      this.#facts.set(group, facts);
    }
    return facts;
  }

  /** It may be gone, and its generations begin anew. */
  mayEnd(group: GroupName): void {
    const { life } = this.of(group);
    this.#facts.set(group, { life: life + 1, synced: -1, tokens: new Map() });
  }

  forget(): void {
    for (const group of [...this.#facts.keys()]) this.mayEnd(group);
  }
}

interface Facts {
  /** Another one each time that the group may have begun anew. */
  readonly life: number;
  /** The highest generation in which somebody was told what is his. */
  synced: number;
  /** By generation: what its leader has said. */
  readonly tokens: Map<number, string>;
}

interface Membership extends Owner {
  memberId: string;
  generation: number;
  /** Undefined: it was not told. */
  assignment: Assignment | undefined;
  /** Of the last join or leave nobody knows what came of it. */
  isUnsure: boolean;
  heardMs: number;
  /** It was told that nothing is to be done. */
  isCalm: boolean;
  readonly session: Session;
}

export class ClassicMember {
  readonly #around: Around;
  readonly #groups: ClassicGroups;
  readonly #owners: ConsumerGroups;
  #me: Membership | undefined;

  /** `owners`: who has what where the broker assigns. */
  constructor(around: Around, groups: ClassicGroups, owners: ConsumerGroups) {
    this.#around = around;
    this.#groups = groups;
    this.#owners = owners;
  }

  async work(wire: Wire): Promise<void> {
    const { random } = this.#around;
    this.#me ??= this.#begin();
    const me = this.#me;
    if (me.assignment === undefined) return this.#join(wire, me);
    const dice = random.next();
    if (dice < 0.2) return this.#syncAgain(wire, me, me.assignment);
    if (dice < 0.45) return this.#beat(wire, me);
    if (dice < 0.9) return this.#commit(wire, me, me.assignment);
    if (dice < 0.93) return this.vanish();
    return this.#leave(wire, me);
  }

  /** It is never heard of again, and says nothing. */
  vanish(): void {
    const me = this.#me;
    this.#me = undefined;
    if (me === undefined) return;
    this.#around.sessions.vanish({ group: me.group, name: me.memberId, session: me.session });
  }

  /** Whoever is in a group is heard of there. */
  async stay(wire: Wire): Promise<void> {
    const me = this.#me;
    if (me?.assignment) await this.#beat(wire, me);
    if (me && me.assignment === undefined) await this.#join(wire, me);
  }

  get holding(): Holding | undefined {
    const me = this.#me;
    return me && { group: me.group, partitions: me.isCalm ? me.assignment?.partitions : undefined };
  }

  #begin(): Membership {
    const { random, nowMs, sessions } = this.#around;
    const me: Membership = {
      group: random.next() < 0.7 ? 'classic' : 'either',
      memberId: '',
      generation: -1,
      assignment: undefined,
      owned: new Set(),
      mayBeGone: () => nowMs() - me.heardMs >= REBALANCE_MS / 2,
      isUnsure: false,
      heardMs: nowMs(),
      isCalm: false,
      session: sessions.begin(),
    };
    return me;
  }

  forget(): void {
    this.#me = undefined;
  }

  async #join(wire: Wire, me: Membership): Promise<void> {
    const { mayLose, nowMs } = this.#around;
    for (let tries = 0; tries < JOINS_MAX; tries++) {
      const facts = this.#groups.of(me.group);
      const { synced, life } = facts;
      me.isUnsure = true;
      this.#owners.hold(me, new Set());
      const answer = await wire.ask(joinGroup, {
        groupId: me.group,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        memberId: me.memberId,
        protocolType: 'consumer',
        protocols: [{ name: PROTOCOL, metadata: subscription([PLAIN]) }],
      });
      me.heardMs = nowMs();
      const { errorCode, generationId } = answer;
      if (errorCode === MEMBER_ID_REQUIRED) {
        me.memberId = answer.memberId;
        continue;
      }
      if (errorCode === UNKNOWN_MEMBER) {
        me.memberId = '';
        continue;
      }
      if (errorCode === INCONSISTENT_PROTOCOL && me.group === 'either') {
        this.#around.sessions.end(me.session);
        this.#me = undefined;
        return;
      }
      if (errorCode === REBALANCING) continue;
      demand(errorCode === 0, `JoinGroup of ${me.group} was answered ${errorCode}`);
      me.memberId = answer.memberId;
      me.generation = generationId;
      me.isUnsure = false;
      const isSame = this.#groups.of(me.group).life === life;
      if (isSame && !mayLose) {
        demand(generationId >= synced, `generation ${generationId} of ${me.group} comes after ${synced}`);
      }
      const token = `${me.memberId} ${this.#around.next()}`;
      const assignments = answer.members.map(({ memberId }, at) => {
        const partitions = [0, 1].filter((partition) => partition % answer.members.length === at);
        return { memberId, assignment: assigned(partitions, token) };
      });
      if (await this.#sync(wire, me, answer.leader === me.memberId ? assignments : [])) return;
    }
  }

  /** False: it has to join again. */
  async #sync(wire: Wire, me: Membership, assignments: { memberId: string; assignment: Buffer }[]): Promise<boolean> {
    const { memberId, generation: generationId, group: groupId } = me;
    const { life } = this.#groups.of(me.group);
    const named = { protocolType: 'consumer', protocolName: PROTOCOL };
    const answer = await wire.ask(syncGroup, { groupId, memberId, generationId, assignments, ...named });
    const silentMs = this.#heard(me);
    if (answer.errorCode !== 0) {
      this.#refused(me, answer.errorCode, silentMs, 'SyncGroup');
      return false;
    }
    const assignment = assignmentOf(answer.assignment);
    const facts = this.#groups.of(me.group);
    if (facts.life === life && me.group !== 'either') {
      const said = facts.tokens.get(generationId) ?? assignment.token;
      const where = `generation ${generationId} of ${groupId}`;
      demand(said === assignment.token, `${where} was assigned by ${said} and by ${assignment.token}`);
      facts.tokens.set(generationId, said);
      facts.synced = Math.max(facts.synced, generationId);
    }
    me.assignment = assignment;
    me.isCalm = true;
    const isByBroker = assignment.token === '' && me.group === 'either';
    const { topicId } = this.#owners;
    this.#owners.hold(me, new Set(isByBroker ? assignment.partitions.map((each) => `${topicId} ${each}`) : []));
    return true;
  }

  /** What it was assigned it is assigned still. */
  async #syncAgain(wire: Wire, me: Membership, before: Assignment): Promise<void> {
    const isSynced = await this.#sync(wire, me, []);
    if (!isSynced) return;
    // Whether it is a leader or the broker who assigns may have changed.
    if (me.group === 'either') return;
    const now = me.assignment;
    demand(now?.token === before.token, `${me.memberId} had ${before.token} and has ${now?.token}`);
  }

  async #beat(wire: Wire, me: Membership): Promise<void> {
    const { memberId, generation: generationId, group: groupId } = me;
    const { errorCode } = await wire.ask(heartbeat, { groupId, memberId, generationId });
    const silentMs = this.#heard(me);
    me.isCalm = errorCode === 0;
    if (errorCode !== 0) this.#refused(me, errorCode, silentMs, 'Heartbeat');
  }

  async #commit(wire: Wire, me: Membership, { partitions }: Assignment): Promise<void> {
    const { random, next, offsets } = this.#around;
    const partitionIndex = partitions[randomInt(random, partitions.length || 1)];
    if (partitionIndex === undefined) return this.#beat(wire, me);
    const { synced, life } = this.#groups.of(me.group);
    const value = next();
    const register = offsets.of(me.group, partitionIndex);
    const write = register.begin(value);
    const wanted = [{ partitionIndex, committedOffset: BigInt(value), committedMetadata: '' }];
    const topics = [{ name: PLAIN, partitions: wanted }];
    const { memberId, generation, group: groupId } = me;
    const request = { groupId, memberId, generationIdOrMemberEpoch: generation, topics };
    const answer = await wire.ask(offsetCommit, request, 8);
    const code = answer.topics[0]?.partitions[0]?.errorCode ?? -1;
    const silentMs = this.#heard(me);
    if (code !== 0) {
      register.refuse(write);
      this.#refused(me, code, silentMs, 'OffsetCommit');
      return;
    }
    register.acknowledge(write);
    if (this.#groups.of(me.group).life !== life) return;
    demand(generation >= synced, `generation ${generation} of ${groupId} commits, ${synced} has its partitions`);
  }

  async #leave(wire: Wire, me: Membership): Promise<void> {
    this.#me = undefined;
    this.#around.sessions.end(me.session);
    this.#owners.hold(me, new Set());
    const members = [{ memberId: me.memberId, groupInstanceId: null }];
    const answer = await wire.ask(leaveGroup, { groupId: me.group, members }, 4);
    const code = answer.errorCode || (answer.members[0]?.errorCode ?? 0);
    if (code !== 0) this.#refused(me, code, this.#heard(me), 'LeaveGroup');
  }

  #heard(me: Membership): number {
    const silentMs = this.#around.nowMs() - me.heardMs;
    me.heardMs = this.#around.nowMs();
    me.session.heard();
    return silentMs;
  }

  /** Whoever was heard of in time is known, and at the generation that he was told. */
  #refused(me: Membership, code: number, silentMs: number, what: string): void {
    const said = `${what} of ${me.memberId} at generation ${me.generation} of ${me.group} was answered ${code}`;
    if (![REBALANCING, UNKNOWN_MEMBER, ILLEGAL_GENERATION].includes(code)) throw new Wrong(said);
    // Once its broker has ended, a rebalance that it was waited for in may be over.
    const mayBeOut = silentMs >= REBALANCE_MS || me.isUnsure || me.assignment === undefined;
    // A group that goes back to the classic protocol does so in the epoch of the group, and a member may have been behind it.
    const isBehind = me.group === 'either' && code === ILLEGAL_GENERATION;
    const mayBe = mayBeOut || isBehind || this.#around.mayLose || code === REBALANCING;
    demand(mayBe, `${said} ${silentMs} ms after the last answer`);
    if (code === UNKNOWN_MEMBER) me.memberId = '';
    if (code !== REBALANCING) this.#owners.hold(me, new Set());
    me.assignment = undefined;
  }
}
