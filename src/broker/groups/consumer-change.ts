/**
 * What one request changes in a group of the newer protocol: tried on a copy, written down as a whole, and only then in
 * force. Serves docs/spec/broker.md §5.4.
 */
import { errorCode } from '../../protocol/errors.js';
import type { ConsumerGroup, ConsumerMember, MemberAssignment, MemberMetadata, Target } from './consumer-group.js';
import type { ConsumerEntry } from './consumer-journal.js';

/** Writes these down as one, and applies them to the group. Gives the error code. */
export type StoreFacts = (group: ConsumerGroup, entries: readonly ConsumerEntry[]) => number;

type Fact<E> = E extends { readonly group: string } ? Omit<E, 'group'> : never;

/** Seen at once in `after`, and in the group when it is written down. */
export class ConsumerChange {
  readonly #group: ConsumerGroup;
  readonly #entries: ConsumerEntry[] = [];
  #after: ConsumerGroup;

  constructor(group: ConsumerGroup) {
    this.#group = group;
    this.#after = group;
  }

  /** The group itself while nothing has changed, which is what most heartbeats find; ask anew after each `write`. */
  get after(): ConsumerGroup {
    return this.#after;
  }

  write(fact: Fact<ConsumerEntry>): void {
    const entry: ConsumerEntry = { group: this.#group.id, ...fact };
    if (this.#entries.length === 0) this.#after = this.#group.copy();
    this.#entries.push(entry);
    this.#after.apply(entry);
  }

  /** The order matters to who reads the journal: Kafka's own. */
  remove(memberId: string): void {
    for (const kind of ['current', 'target', 'member'] as const) this.write({ kind, memberId, value: undefined });
  }

  /** A static member under a new id has what the former self was assigned. */
  replace(former: ConsumerMember, memberId: string): ConsumerMember {
    const member: ConsumerMember = { ...former, id: memberId, epoch: 0, previousEpoch: 0 };
    const target: Target = this.after.targets.get(former.id) ?? new Map();
    this.remove(former.id);
    this.write({ kind: 'member', memberId, value: metadataOf(member) });
    this.write({ kind: 'target', memberId, value: target });
    this.write({ kind: 'current', memberId, value: assignmentOf(member) });
    return member;
  }

  commit(store: StoreFacts): number {
    return this.#entries.length === 0 ? errorCode.NONE : store(this.#group, this.#entries);
  }
}

export function metadataOf(member: MemberMetadata): MemberMetadata {
  const { instanceId, rackId, clientId, clientHost, topics, regex, rebalanceTimeoutMs, assignor, classic } = member;
  return { instanceId, rackId, clientId, clientHost, topics, regex, rebalanceTimeoutMs, assignor, classic };
}

export function assignmentOf(assignment: MemberAssignment): MemberAssignment {
  const { epoch, previousEpoch, progress, assigned, revoking } = assignment;
  return { epoch, previousEpoch, progress, assigned, revoking };
}
