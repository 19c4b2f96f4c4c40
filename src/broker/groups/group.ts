/**
 * One consumer group of the classic protocol: its members, generation, committed offsets and those of open
 * transactions. Holds state and answers questions; `membership.ts` and `offsets.ts` change it.
 */
import type { Timer } from '../../base/clock.js';
import type { GroupRecord } from './journal.js';
import { StoredOffsets } from './stored-offsets.js';

/** Kafka's names, as DescribeGroups and ListGroups show them. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinOutcome {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly memberId: string;
  readonly members: readonly { memberId: string; groupInstanceId: string | null; metadata: Buffer }[];
  readonly skipAssignment?: boolean;
}

export interface SyncOutcome {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

export interface Member {
  readonly id: string;
  readonly instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly Protocol[];
  assignment: Buffer;
  /** Set while the member waits for the answer of its JoinGroup or SyncGroup. */
  awaitingJoin: ((outcome: JoinOutcome) => void) | undefined;
  awaitingSync: ((outcome: SyncOutcome) => void) | undefined;
  session: Timer | undefined;
}

export const NO_ASSIGNMENT = Buffer.alloc(0);

export class Group {
  readonly kind = 'classic';
  readonly id: string;
  state: GroupState = 'Empty';
  stateSinceMs: number;
  protocolType: string | undefined;
  protocolName: string | undefined;
  /** What each member said of what it reads when the present generation began. */
  subscriptions: readonly Buffer[] = [];
  generation = 0;
  leader: string | undefined;
  readonly members = new Map<string, Member>();
  /** Instance id → member id. */
  readonly instances = new Map<string, string>();
  /** Member ids that were given out and have not joined yet, with the timers that forget them. */
  readonly pending = new Map<string, Timer>();
  /** Ends the rebalance under way when it has waited long enough. */
  rebalance: Timer | undefined;
  /** Removes members that got an answer to JoinGroup but never sent SyncGroup. */
  syncDeadline: Timer | undefined;
  /** A rebalance of an empty group waits a little for more members. */
  joinsUntilMs: number | undefined;
  /** Kept when the group changes from one protocol to the other. */
  readonly offsets: StoredOffsets;

  constructor(id: string, nowMs: number, offsets = new StoredOffsets()) {
    this.id = id;
    this.stateSinceMs = nowMs;
    this.offsets = offsets;
  }

  /** Nobody is in it, nor about to come in. */
  get isEmpty(): boolean {
    return this.members.size === 0 && this.pending.size === 0;
  }

  become(state: GroupState, nowMs: number): void {
    this.state = state;
    this.stateSinceMs = nowMs;
  }

  /** Every member can work by at least one of `protocols`. An empty group takes any. */
  supports(protocolType: string, protocols: readonly Protocol[]): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    if (this.members.size === 0) return true;
    return this.protocolType === protocolType && protocols.some(({ name }) => this.#commonNames().has(name));
  }

  /** The common protocol that most members like best. */
  chooseProtocol(): string | undefined {
    const common = this.#commonNames();
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const favourite = member.protocols.find(({ name }) => common.has(name))?.name;
      if (favourite !== undefined) votes.set(favourite, (votes.get(favourite) ?? 0) + 1);
    }
    // Of equals the one that comes first in Kafka's table.
    return [...votes].sort((one, other) => other[1] - one[1] || placeOf(one[0]) - placeOf(other[0]))[0]?.[0];
  }

  noteSubscriptions(): void {
    this.subscriptions = [...this.members.values()].map((member) => this.metadataOf(member));
  }

  metadataOf(member: Member): Buffer {
    return member.protocols.find(({ name }) => name === this.protocolName)?.metadata ?? NO_ASSIGNMENT;
  }

  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.members.values()].map((member) => member.rebalanceTimeoutMs));
  }

  get hasAllJoined(): boolean {
    return this.pending.size === 0 && [...this.members.values()].every((member) => member.awaitingJoin !== undefined);
  }

  record(): GroupRecord {
    return {
      protocolType: this.protocolType ?? '',
      generation: this.generation,
      protocol: this.protocolName ?? null,
      leader: this.leader ?? null,
      stateSinceMs: this.stateSinceMs,
      members: [...this.members.values()].map((member) => ({
        memberId: member.id,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: this.metadataOf(member),
        assignment: member.assignment,
      })),
    };
  }

  #commonNames(): Set<string> {
    let common: Set<string> | undefined;
    for (const member of this.members.values()) {
      const names = member.protocols.map(({ name }) => name);
      common = new Set(names.filter((name) => common === undefined || common.has(name)));
    }
    return common ?? new Set();
  }
}

/** In a small Java HashMap: entries are walked through in this order. */
function placeOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return (hash ^ (hash >>> 16)) & 15;
}

/** A topic name holds no space, so this is unambiguous. */
export function offsetKeyOf(topic: string, partition: number): string {
  return `${topic} ${partition}`;
}

export function offsetPlaceOf(key: string): { readonly topic: string; readonly partition: number } {
  const [topic = '', partition = '0'] = key.split(' ');
  return { topic, partition: Number(partition) };
}

export function sameProtocols(one: readonly Protocol[], other: readonly Protocol[]): boolean {
  return (
    one.length === other.length &&
    one.every((each, i) => each.name === other[i]?.name && each.metadata.equals(other[i]?.metadata ?? NO_ASSIGNMENT))
  );
}
