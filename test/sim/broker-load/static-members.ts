/**
 * Static members (KIP-345), which keep their instance ids: they come back under another member id, of either protocol,
 * and have what they had while nothing else has happened in the group. Who was there before is nobody any more.
 */
import { randomInt } from '../../../src/base/random.js';
import { consumerGroupHeartbeat } from '../../../src/protocol/api/consumer-group-heartbeat.js';
import { heartbeat } from '../../../src/protocol/api/heartbeat.js';
import { leaveGroup } from '../../../src/protocol/api/leave-group.js';
import { offsetCommit } from '../../../src/protocol/api/offset-commit.js';
import type { Wire } from '../../harness/wire.js';
import { type Around, demand, type Holding, PLAIN } from './places.js';
import type { StaticDialects } from './static-dialects.js';
import type { Former, Instance, StaticGroup } from './static-groups.js';

const FENCED_INSTANCE = 82;
const UNRELEASED_INSTANCE = 111;

export class StaticMember {
  readonly #around: Around;
  readonly #dialects: StaticDialects;
  #me: Instance | undefined;

  constructor(around: Around, dialects: StaticDialects) {
    this.#around = around;
    this.#dialects = dialects;
  }

  async work(wire: Wire): Promise<void> {
    this.#me ??= this.#begin();
    const me = this.#me;
    if (!me.isThere || me.isAway) return this.#comeBack(wire, me);
    const dice = this.#around.random.next();
    if (dice < 0.35) return this.#beat(wire, me);
    if (dice < 0.5) return this.#commit(wire, me);
    if (dice < 0.75) return this.#goAndComeBack(wire, me);
    if (dice < 0.95) return this.#tryOther(wire, me);
    if (dice < 0.97) return this.vanish();
    return this.#leave(wire, me);
  }

  /** Whoever is in a group is heard of there. */
  async stay(wire: Wire): Promise<void> {
    const me = this.#me;
    if (me === undefined) return;
    if (me.isThere && !me.isAway) await this.#beat(wire, me);
    else await this.#comeBack(wire, me);
  }

  /** It has ended as its broker has. A newer self could not come back at once: it has not left. */
  end(): void {
    if (this.#me?.protocol === 'classic') this.#me.isThere = false;
  }

  /** It is never heard of again, and says nothing. */
  vanish(): void {
    const me = this.#me;
    this.#me = undefined;
    if (me) this.#around.sessions.vanish({ group: me.group, name: me.instanceId, session: me.session });
  }

  get holding(): Holding | undefined {
    const me = this.#me;
    if (me === undefined) return undefined;
    const isTold = me.isThere && !me.isAway && (me.isCalm || me.protocol === 'newer');
    return { group: me.group, partitions: isTold ? this.#dialects.partitionsOf(me) : undefined };
  }

  forget(): void {
    this.#me = undefined;
  }

  #begin(): Instance {
    const { random, next, sessions } = this.#around;
    const session = sessions.begin();
    const names = ['static-classic', 'static-newer', 'static-either'] as const;
    const group = names[randomInt(random, names.length)] ?? 'static-either';
    const facts = this.#dialects.groups.of(group);
    // A group that was a classic one in between assigns anew before it has heard of everybody, as in Kafka.
    const wasClassic = () => facts.mayHaveBeenClassicAt > me.toldAt;
    const me: Instance = {
      group,
      instanceId: `instance${next()}`,
      memberId: '',
      claim: undefined,
      protocol: undefined,
      epoch: -1,
      assignment: undefined,
      isThere: false,
      isAway: false,
      isUnsure: false,
      isCertain: false,
      isCalm: false,
      settledAt: 0,
      toldAt: 0,
      formers: [],
      owned: new Set(),
      mayBeGone: () => session.mayBeOver || (me.protocol !== 'newer' && (session.mayBeLate || wasClassic())),
      session,
    };
    facts.instances.add(me);
    return me;
  }

  #groupOf(me: Instance): StaticGroup {
    return this.#dialects.groups.of(me.group);
  }

  async #goAndComeBack(wire: Wire, me: Instance): Promise<void> {
    // Who goes over from the newer protocol to the classic one need not have left.
    const mustLeave = me.protocol === 'newer' && (me.group === 'static-newer' || this.#around.random.next() < 0.5);
    if (mustLeave) await this.#leaveForAWhile(wire, me);
    else await this.#comeBack(wire, me, me.protocol === 'newer' ? 'classic' : undefined);
  }

  /** Without a rebalance, where there is none for another reason. */
  async #comeBack(wire: Wire, me: Instance, wanted?: 'classic'): Promise<void> {
    const { random, mayLose } = this.#around;
    const group = this.#groupOf(me);
    const one = random.next() < 0.5 ? 'classic' : 'newer';
    const protocol =
      me.group === 'static-classic' ? 'classic' : me.group === 'static-newer' ? 'newer' : (wanted ?? one);
    const { epoch, assignment, settledAt, memberId } = me;
    const had = this.#dialects.partitionsOf(me);
    const isKept = !me.isUnsure && group.keeps(me);
    const isIn = () => this.#dialects.comeIn(wire, me, { protocol, isKept });
    if (!(isKept ? await isIn() : await group.stir(isIn))) {
      this.vanish();
      return;
    }
    if (!isKept || mayLose || !group.keeps(me, settledAt)) return;
    me.settledAt = settledAt;
    const what = `${me.instanceId} of ${me.group}, ${memberId} and now ${me.memberId},`;
    demand(me.epoch === epoch, `${what} came back to ${me.epoch}, it had ${epoch}`);
    const now = this.#dialects.partitionsOf(me);
    demand(
      had.every((each) => now.includes(each)) && me.assignment?.token === assignment?.token,
      `${what} had ${had} by '${assignment?.token}', and has ${now} by '${me.assignment?.token}'`,
    );
  }

  async #leaveForAWhile(wire: Wire, me: Instance): Promise<void> {
    // What it was to give back is free now.
    if (!this.#groupOf(me).keeps(me)) this.#dialects.owners.hold(me, new Set());
    const { group: groupId, memberId, instanceId, session } = me;
    me.isThere = false;
    const wasUnsure = me.isUnsure;
    me.isUnsure = true;
    const answer = await wire.ask(consumerGroupHeartbeat, { groupId, memberId, instanceId, memberEpoch: -2 });
    me.isUnsure = wasUnsure;
    me.isAway = answer.errorCode === 0;
    const mayBeOut = session.mayBeOver || this.#around.mayLose;
    demand(me.isAway || mayBeOut, `${memberId} leaves for a while: ${answer.errorCode}`);
    if (!me.isAway) this.#end(me);
  }

  async #beat(wire: Wire, me: Instance): Promise<void> {
    const isIn = await this.#dialects.beat(wire, me);
    if (!isIn) this.#end(me);
  }

  async #commit(wire: Wire, me: Instance): Promise<void> {
    const mine = this.#dialects.partitionsOf(me);
    const partition = mine[randomInt(this.#around.random, mine.length || 1)];
    if (partition === undefined) return this.#beat(wire, me);
    const group = this.#groupOf(me);
    const isKept = group.keeps(me);
    const mayBeOut = me.session.mayBeOver || this.#around.mayLose;
    const code = await this.#commitAs(wire, me, me, partition);
    if (code === 0) return me.session.heard();
    const isMoved = me.protocol === 'classic' && !(isKept && group.keeps(me));
    const said = `OffsetCommit of ${me.memberId} at ${me.epoch} as ${me.instanceId} of ${me.group}`;
    demand(mayBeOut || isMoved, `${said} was answered ${code}`);
    if (me.protocol === 'newer') this.#end(me);
    else await this.#beat(wire, me);
  }

  async #commitAs(
    wire: Wire,
    { group: groupId, instanceId: groupInstanceId }: Instance,
    { memberId, epoch, protocol }: Pick<Instance, 'memberId' | 'epoch' | 'protocol'>,
    partitionIndex: number,
  ): Promise<number> {
    const { next, offsets } = this.#around;
    const value = next();
    const register = offsets.of(groupId, partitionIndex);
    const write = register.begin(value);
    const partitions = [{ partitionIndex, committedOffset: BigInt(value), committedMetadata: '' }];
    const who = { memberId, generationIdOrMemberEpoch: epoch, groupInstanceId };
    const request = { groupId, ...who, topics: [{ name: PLAIN, partitions }] };
    const answer = await wire.ask(offsetCommit, request, protocol === 'newer' ? 9 : 8);
    const code = answer.topics[0]?.partitions[0]?.errorCode ?? -1;
    if (code === 0) register.acknowledge(write);
    else register.refuse(write);
    return code;
  }

  /** One that was there before, or a stranger under the same instance id: there is nobody but the one. */
  async #tryOther(wire: Wire, me: Instance): Promise<void> {
    const { random, mayLose, next } = this.#around;
    if (!me.isCertain || mayLose) return;
    const former = me.formers[randomInt(random, me.formers.length * 2 || 1)];
    const mayBeOut = me.session.mayBeOver;
    if (former === undefined && (me.protocol !== 'newer' || mayBeOut)) return this.#beat(wire, me);
    const asked = former ? this.#askAs(wire, me, former) : this.#claim(wire, me, `stranger${next()}`);
    const { code, expected } = await asked;
    const who = former ? `the former ${former.memberId} at ${former.epoch}` : 'a stranger';
    const isRefused = code === expected || (expected === undefined && code !== 0);
    demand(
      isRefused || (mayBeOut && code !== 0),
      `${who} as ${me.instanceId} of ${me.group}, who is ${me.memberId}, was answered ${code}, not ${expected}`,
    );
  }

  async #claim(wire: Wire, me: Instance, memberId: string) {
    const code = await this.#dialects.claim(wire, me, memberId);
    return { code: code.errorCode, expected: UNRELEASED_INSTANCE };
  }

  /** `expected` undefined: anything that refuses. */
  async #askAs(
    wire: Wire,
    me: Instance,
    former: Former,
  ): Promise<{ readonly code: number; readonly expected: number | undefined }> {
    const { group: groupId, instanceId } = me;
    const { memberId, epoch, protocol } = former;
    const dice = this.#around.random.next();
    if (dice < 0.4) return { code: await this.#commitAs(wire, me, former, 0), expected: undefined };
    if (dice < 0.5) {
      const members = [{ memberId, groupInstanceId: instanceId }];
      const { members: left } = await wire.ask(leaveGroup, { groupId, members });
      return { code: left[0]?.errorCode ?? 0, expected: FENCED_INSTANCE };
    }
    if (protocol === 'classic') {
      const asked = { groupId, memberId, generationId: epoch, groupInstanceId: instanceId };
      return { code: (await wire.ask(heartbeat, asked)).errorCode, expected: FENCED_INSTANCE };
    }
    const memberEpoch = dice < 0.6 ? -2 : epoch;
    const { errorCode: code } = await wire.ask(consumerGroupHeartbeat, { groupId, memberId, instanceId, memberEpoch });
    // A group that is a classic one again does not know such members.
    return { code, expected: me.group === 'static-newer' ? FENCED_INSTANCE : undefined };
  }

  async #leave(wire: Wire, me: Instance): Promise<void> {
    this.vanish();
    const { group: groupId, memberId, instanceId, protocol, isCertain } = me;
    const members = [{ memberId, groupInstanceId: instanceId }];
    const mayBeOut = me.session.mayBeOver || this.#around.mayLose;
    this.#dialects.owners.hold(me, new Set());
    me.isUnsure = true;
    me.isCertain = false;
    const code = await this.#groupOf(me).stir(async () => {
      if (protocol === 'newer' && this.#around.random.next() < 0.7) {
        return (await wire.ask(consumerGroupHeartbeat, { groupId, memberId, instanceId, memberEpoch: -1 })).errorCode;
      }
      return (await wire.ask(leaveGroup, { groupId, members })).members[0]?.errorCode ?? 0;
    });
    demand(code === 0 || mayBeOut || !isCertain, `a leave of ${memberId} as ${instanceId} was answered ${code}`);
    // A classic group is written down only when the others have joined again: until then a crash brings it back.
    if (code === 0 && me.group === 'static-newer') this.#dialects.groups.remove(me.group, instanceId);
  }

  /** It is out: whoever comes now comes under another instance id. */
  #end(me: Instance): void {
    this.#dialects.owners.hold(me, new Set());
    this.vanish();
  }
}
