/**
 * One consumer group of the newer protocol (KIP-848): members with what they subscribe to and hold, the target that the
 * broker has assigned, and the epochs of both. Holds state, answers questions, and takes in entries of the journal: the
 * same ones while it runs and at a start. `consumer-membership.ts` decides which. Serves docs/spec/broker.md §5.4.
 */
import type { Timer } from '../../base/clock.js';
import type { ConsumerEntry } from './consumer-journal.js';
import { type Protocol, sameProtocols } from './group.js';
import type { StoredOffsets } from './stored-offsets.js';

/** Topic id → partition → the group's epoch in which the member was given it. */
export type Held = ReadonlyMap<string, ReadonlyMap<number, number>>;
/** Topic id → partitions. */
export type Target = ReadonlyMap<string, ReadonlySet<number>>;

/** Kafka's names, as ListGroups and ConsumerGroupDescribe show them. */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable';

/** `unrevoked`: it was told to give partitions back. `unreleased`: it waits for partitions that others still hold. */
export type MemberProgress = 'stable' | 'unrevoked' | 'unreleased';

export interface MemberMetadata {
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Sorted, each once. */
  readonly topics: readonly string[];
  /** '': none. */
  readonly regex: string;
  readonly rebalanceTimeoutMs: number;
  readonly assignor: string | null;
  /** Of a member that speaks the classic protocol; null: the newer one. */
  readonly classic: ClassicSide | null;
}

export interface ClassicSide {
  readonly sessionTimeoutMs: number;
  /** At least one; what each says of the subscription is the same. */
  readonly protocols: readonly Protocol[];
}

export interface MemberAssignment {
  readonly epoch: number;
  /** What a heartbeat may say whose last answer was lost. */
  readonly previousEpoch: number;
  readonly progress: MemberProgress;
  readonly assigned: Held;
  readonly revoking: Held;
}

export interface ConsumerMember extends MemberMetadata, MemberAssignment {
  readonly id: string;
}

export interface ResolvedRegex {
  /** Sorted. */
  readonly topics: readonly string[];
  readonly version: bigint;
  readonly atMs: number;
}

export interface MemberTimers {
  session: Timer | undefined;
  rebalance: Timer | undefined;
  /** Of a classic member that was told to join again. */
  join: Timer | undefined;
  /** Of a classic member that has joined. */
  sync: Timer | undefined;
}

/** Epochs in which a member leaves for good, and in which a static member leaves to come back. */
export const LEAVES = -1;
export const LEAVES_FOR_A_WHILE = -2;

const NOTHING: Held = new Map();
const unassigned: MemberAssignment = {
  epoch: 0,
  previousEpoch: -1,
  progress: 'stable',
  assigned: NOTHING,
  revoking: NOTHING,
};
const unknown: MemberMetadata = {
  instanceId: null,
  rackId: null,
  clientId: '',
  clientHost: '',
  topics: [],
  regex: '',
  rebalanceTimeoutMs: -1,
  assignor: null,
  classic: null,
};

export class ConsumerGroup {
  readonly kind = 'consumer';
  readonly protocolType = 'consumer';
  readonly id: string;
  epoch = 0;
  /** Tells whether a topic that is subscribed to was made, deleted or grown since the last epoch. */
  topicsHash = 0n;
  assignmentEpoch = 0;
  /** Zero: nothing was assigned yet. */
  assignedAtMs = 0;
  members = new Map<string, ConsumerMember>();
  targets = new Map<string, Target>();
  /** Instance id → member id. */
  instances = new Map<string, string>();
  regexes = new Map<string, ResolvedRegex>();
  /** The version of the broker's topics that hash and regexes were made from; -1 after a start. */
  topicsSeen = -1;
  readonly timers = new Map<string, MemberTimers>();
  readonly offsets: StoredOffsets;
  /** Place → who has it, or has not given it back yet. */
  #holders = new Map<string, string>();

  constructor(id: string, offsets: StoredOffsets) {
    this.id = id;
    this.offsets = offsets;
  }

  /** To try a change on; offsets and timers stay with the original. */
  copy(): ConsumerGroup {
    const copy = new ConsumerGroup(this.id, this.offsets);
    const { epoch, topicsHash, assignmentEpoch, assignedAtMs, topicsSeen } = this;
    Object.assign(copy, { epoch, topicsHash, assignmentEpoch, assignedAtMs, topicsSeen });
    copy.members = new Map(this.members);
    copy.targets = new Map(this.targets);
    copy.instances = new Map(this.instances);
    copy.regexes = new Map(this.regexes);
    copy.#holders = new Map(this.#holders);
    return copy;
  }

  get state(): ConsumerGroupState {
    if (this.members.size === 0) return 'Empty';
    if (this.epoch > this.assignmentEpoch) return 'Assigning';
    const reconciled = [...this.members.values()].every((member) => isReconciled(member, this.assignmentEpoch));
    return reconciled ? 'Stable' : 'Reconciling';
  }

  /** Undefined: nobody has it. */
  holderOf(topicId: string, partition: number): string | undefined {
    return this.#holders.get(`${topicId}:${partition}`);
  }

  /** What it was given and has not given back, also what it is to give back. */
  heldBy(memberId: string): Target {
    const held = new Map<string, Set<number>>();
    const { assigned, revoking } = this.members.get(memberId) ?? unassigned;
    for (const [topicId, partitions] of [...assigned, ...revoking]) {
      held.set(topicId, new Set([...(held.get(topicId) ?? []), ...partitions.keys()]));
    }
    return held;
  }

  memberOfInstance(instanceId: string): ConsumerMember | undefined {
    return this.members.get(this.instances.get(instanceId) ?? '');
  }

  /** Names, whether topics of these names are there or not. */
  topicsOf(member: MemberMetadata): ReadonlySet<string> {
    return new Set([...member.topics, ...(this.regexes.get(member.regex)?.topics ?? [])]);
  }

  get subscribedTopics(): ReadonlySet<string> {
    return new Set([...this.members.values()].flatMap((member) => [...this.topicsOf(member)]));
  }

  /** The assignor that most members ask for. */
  get preferredAssignor(): string | undefined {
    const votes = new Map<string, number>();
    for (const { assignor } of this.members.values()) {
      if (assignor !== null) votes.set(assignor, (votes.get(assignor) ?? 0) + 1);
    }
    return [...votes].sort((one, other) => other[1] - one[1])[0]?.[0];
  }

  /** Can who comes by the classic protocol with these work beside the classic members that are there? */
  supports(protocolType: string, protocols: readonly Protocol[]): boolean {
    if (protocolType !== this.protocolType) return false;
    const sides = [...this.members.values()].flatMap(({ classic }) => (classic ? [classic] : []));
    return protocols.some(({ name }) => sides.every((side) => side.protocols.some((each) => each.name === name)));
  }

  /** Only members of the classic protocol are there, and somebody is. */
  get isClassic(): boolean {
    return this.members.size > 0 && [...this.members.values()].every(({ classic }) => classic !== null);
  }

  /** Nobody but members of the classic protocol would be left without these, and somebody would. */
  isClassicWithout(ids: readonly string[]): boolean {
    if (this.isClassic) return false;
    const left = [...this.members.values()].filter(({ id }) => !ids.includes(id));
    return left.length > 0 && left.every(({ classic }) => classic !== null);
  }

  /** Everybody has what was assigned in this epoch, and nothing else. */
  get isSettled(): boolean {
    return this.assignmentEpoch === this.epoch && [...this.members.values()].every((each) => this.#hasItsTarget(each));
  }

  #hasItsTarget({ id, progress, epoch, assigned }: ConsumerMember): boolean {
    if (progress !== 'stable' || epoch !== this.epoch) return false;
    const target = this.targets.get(id) ?? new Map<string, ReadonlySet<number>>();
    const count = (held: ReadonlyMap<string, { readonly size: number }>) =>
      [...held.values()].reduce((sum, { size }) => sum + size, 0);
    const has = ([topicId, partitions]: [string, ReadonlySet<number>]) =>
      [...partitions].every((at) => assigned.get(topicId)?.has(at));
    return count(target) === count(assigned) && [...target].every(has);
  }

  /** Does it wait for a partition that somebody still has? */
  isWaiting({ id, progress, assigned }: ConsumerMember): boolean {
    if (progress !== 'unreleased') return false;
    const target = [...(this.targets.get(id) ?? [])];
    return target.some(([topicId, partitions]) =>
      [...partitions].some((at) => !assigned.get(topicId)?.has(at) && this.holderOf(topicId, at) !== undefined),
    );
  }

  apply(entry: ConsumerEntry): void {
    switch (entry.kind) {
      case 'epoch':
        this.epoch = entry.value?.epoch ?? 0;
        this.topicsHash = entry.value?.topicsHash ?? 0n;
        return;
      case 'assignment':
        this.assignmentEpoch = entry.value?.epoch ?? 0;
        this.assignedAtMs = entry.value?.atMs ?? 0;
        return;
      case 'member':
        if (entry.value) this.#describe(entry.memberId, entry.value);
        else this.#remove(entry.memberId);
        return;
      case 'target':
        if (entry.value) this.targets.set(entry.memberId, entry.value);
        else this.targets.delete(entry.memberId);
        return;
      case 'current':
        this.#hold(entry.memberId, entry.value);
        return;
      case 'regex':
        if (entry.value) this.regexes.set(entry.pattern, entry.value);
        else this.regexes.delete(entry.pattern);
        return;
    }
  }

  #describe(id: string, metadata: MemberMetadata): void {
    const { epoch, previousEpoch, progress, assigned, revoking } = this.members.get(id) ?? unassigned;
    this.members.set(id, { id, ...metadata, epoch, previousEpoch, progress, assigned, revoking });
    if (metadata.instanceId !== null) this.instances.set(metadata.instanceId, id);
  }

  #remove(id: string): void {
    const member = this.members.get(id);
    if (member === undefined) return;
    this.#release(member);
    this.members.delete(id);
    if (member.instanceId !== null && this.instances.get(member.instanceId) === id) {
      this.instances.delete(member.instanceId);
    }
  }

  /** Without a value it holds nothing any more. A compacted journal can tell what is held before it tells by whom. */
  #hold(id: string, assignment: MemberAssignment | undefined): void {
    const before = this.members.get(id);
    if (before === undefined && assignment === undefined) return;
    if (before) this.#release(before);
    const member: ConsumerMember = { ...(before ?? { id, ...unknown }), ...(assignment ?? unassigned) };
    this.members.set(id, member);
    for (const place of placesOf(member)) this.#holders.set(place, id);
  }

  #release(member: ConsumerMember): void {
    for (const place of placesOf(member)) if (this.#holders.get(place) === member.id) this.#holders.delete(place);
  }
}

export function newMember(id: string): ConsumerMember {
  return { id, ...unknown, ...unassigned };
}

export function isReconciled(member: ConsumerMember, assignmentEpoch: number): boolean {
  return member.progress === 'stable' && member.epoch === assignmentEpoch;
}

function placesOf({ assigned, revoking }: MemberAssignment): string[] {
  const of = (held: Held) =>
    [...held].flatMap(([topicId, partitions]) => [...partitions.keys()].map((partition) => `${topicId}:${partition}`));
  return [...of(assigned), ...of(revoking)];
}

export function sameClassic(one: ClassicSide | null, other: ClassicSide | null): boolean {
  if (one === null || other === null) return one === other;
  return one.sessionTimeoutMs === other.sessionTimeoutMs && sameProtocols(one.protocols, other.protocols);
}

export function sameHeld(one: Held, other: Held): boolean {
  return (
    one.size === other.size &&
    [...one].every(([topicId, partitions]) => {
      const there = other.get(topicId);
      return there?.size === partitions.size && [...partitions].every(([at, epoch]) => there.get(at) === epoch);
    })
  );
}

export function sameTarget(one: Target | undefined, other: Target | undefined): boolean {
  if (one === undefined || other === undefined) return (one?.size ?? 0) === (other?.size ?? 0);
  return (
    one.size === other.size &&
    [...one].every(([topicId, partitions]) => {
      const there = other.get(topicId);
      return there?.size === partitions.size && [...partitions].every((partition) => there.has(partition));
    })
  );
}
