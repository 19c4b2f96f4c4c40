/**
 * The groups there are, by name, and what the records of the offsets topic make of them at a start. What is asked of a
 * group is `coordinator.ts`'s. Serves docs/spec/broker.md §5.
 */
import type { Clock } from '../../base/clock.js';
import type { PartitionLog } from '../log/partition-log.js';
import { loadJournal } from '../topics/internal-journal.js';
import { ConsumerGroup } from './consumer-group.js';
import type { ConsumerEntry } from './consumer-journal.js';
import { Group, type Member, offsetKeyOf } from './group.js';
import { type DecodedGroupEntry, decodeGroupEntry, type GroupRecord } from './journal.js';

/** Of the classic protocol, or of the newer one. */
export type AnyGroup = Group | ConsumerGroup;

export class KnownGroups {
  readonly #clock: Clock;
  readonly #groups = new Map<string, AnyGroup>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): AnyGroup[] {
    return [...this.#groups.values()];
  }

  get(id: string): AnyGroup | undefined {
    return this.#groups.get(id);
  }

  getOrMake(id: string): AnyGroup {
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = new Group(id, this.#clock.nowMs());
      this.#groups.set(id, group);
    }
    return group;
  }

  set(group: AnyGroup): void {
    this.#groups.set(group.id, group);
  }

  delete(id: string): void {
    this.#groups.delete(id);
  }

  /** One partition of the offsets topic, from its beginning. */
  load(log: PartitionLog): void {
    /** Groups in which a transaction is open, by its producer. */
    const open = new Map<bigint, Set<string>>();
    loadJournal(log, (event) => {
      if (event.kind === 'end') {
        const groups = open.get(event.producerId) ?? [];
        open.delete(event.producerId);
        for (const id of groups) this.#groups.get(id)?.offsets.end(event.producerId, event.commit);
        return;
      }
      const entry = decodeGroupEntry(event.record);
      this.#apply(entry, event);
      if (event.producerId === undefined || entry.kind !== 'offset') return;
      open.set(event.producerId, (open.get(event.producerId) ?? new Set()).add(entry.place.group));
    });
  }

  #apply(
    entry: DecodedGroupEntry,
    { offset, producerId }: { readonly offset: bigint; readonly producerId: bigint | undefined },
  ): void {
    if (entry.kind === 'offset') {
      const { group, topic, partition } = entry.place;
      const { offsets } = this.getOrMake(group);
      const key = offsetKeyOf(topic, partition);
      if (entry.committed === undefined) offsets.delete(key);
      else if (producerId === undefined) offsets.put(key, entry.committed, offset);
      else offsets.putOpen(producerId, key, entry.committed, offset);
    } else if (entry.kind === 'group') {
      if (entry.record) restore(this.#classicAgain(entry.group), entry.record);
      else if (this.#groups.get(entry.group)?.kind === 'classic') this.#forget(entry.group);
    } else if (entry.kind === 'consumer') {
      this.#applyFact(entry.entry);
    }
  }

  #applyFact(entry: ConsumerEntry): void {
    const found = this.#groups.get(entry.group);
    if (entry.value === undefined) {
      if (found?.kind !== 'consumer') return;
      found.apply(entry);
      if (entry.kind === 'epoch') this.#forget(entry.group);
      return;
    }
    const group =
      found?.kind === 'consumer' ? found : new ConsumerGroup(entry.group, this.getOrMake(entry.group).offsets);
    this.#groups.set(entry.group, group);
    group.apply(entry);
  }

  #classicAgain(id: string): Group {
    const found = this.getOrMake(id);
    const group = found.kind === 'classic' ? found : new Group(id, this.#clock.nowMs(), found.offsets);
    this.#groups.set(id, group);
    return group;
  }

  /** What it committed has records of its own, which say by themselves when it is gone. */
  #forget(id: string): void {
    const group = this.#groups.get(id);
    this.#groups.delete(id);
    if (group === undefined || group.offsets.isEmpty) return;
    this.#groups.set(id, new Group(id, this.#clock.nowMs(), group.offsets));
  }
}

function restore(group: Group, record: GroupRecord): void {
  group.protocolType = record.protocolType === '' ? undefined : record.protocolType;
  group.generation = record.generation;
  group.protocolName = record.protocol ?? undefined;
  group.leader = record.leader ?? undefined;
  group.state = record.members.length === 0 ? 'Empty' : 'Stable';
  group.stateSinceMs = record.stateSinceMs;
  group.members.clear();
  group.instances.clear();
  for (const each of record.members) {
    const member: Member = {
      id: each.memberId,
      instanceId: each.groupInstanceId,
      clientId: each.clientId,
      clientHost: each.clientHost,
      sessionTimeoutMs: each.sessionTimeout,
      rebalanceTimeoutMs: each.rebalanceTimeout,
      protocols: record.protocol === null ? [] : [{ name: record.protocol, metadata: Buffer.from(each.subscription) }],
      assignment: Buffer.from(each.assignment),
      awaitingJoin: undefined,
      awaitingSync: undefined,
      session: undefined,
    };
    group.members.set(member.id, member);
    if (member.instanceId !== null) group.instances.set(member.instanceId, member.id);
  }
  group.noteSubscriptions();
}
