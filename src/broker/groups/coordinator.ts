/**
 * The group coordinator: finds and makes groups, commits and reads offsets, loads everything at start, forgets what has
 * expired. Joining and leaving are in `membership.ts`. Serves docs/spec/broker.md §5.
 */
import type { Clock } from '../../base/clock.js';
import { invariant } from '../../base/invariant.js';
import type { Random } from '../../base/random.js';
import { errorCode } from '../../protocol/errors.js';
import type { Configs } from '../config/configs.js';
import type { AppendOutcome } from '../log/partition-log.js';
import { OFFSETS_TOPIC } from '../topics/internal.js';
import {
  appendToJournal,
  type JournalProducer,
  type JournalRecord,
  journalLog,
  partitionFor,
  readJournal,
} from '../topics/internal-journal.js';
import type { Topics } from '../topics/topics.js';
import { type Identified, memberError } from './answers.js';
import { Group, type Member, offsetKeyOf, offsetPlaceOf } from './group.js';
import {
  type CommittedOffset,
  type DecodedGroupEntry,
  decodeGroupEntry,
  encodeGroup,
  encodeOffset,
  type GroupRecord,
} from './journal.js';
import { Membership } from './membership.js';

const MINUTE_MS = 60_000;

export interface GroupSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly configs: Configs;
  readonly topics: Topics;
}

export interface OffsetToCommit {
  readonly topic: string;
  readonly partition: number;
  readonly committed: CommittedOffset;
}

export interface CommitRequest extends Identified {
  readonly generationId: number;
  readonly offsets: readonly OffsetToCommit[];
  /** Set for TxnOffsetCommit: the offsets count once this producer's transaction commits. */
  readonly producer?: JournalProducer;
}

export class GroupCoordinator {
  readonly membership: Membership;
  readonly #around: GroupSurroundings;
  readonly #groups = new Map<string, Group>();

  constructor(around: GroupSurroundings) {
    this.#around = around;
    this.membership = new Membership({ ...around, store: (group) => this.#store(group) });
  }

  get all(): Group[] {
    return [...this.#groups.values()];
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  getOrMake(id: string): Group {
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = new Group(id, this.#around.clock.nowMs());
      this.#groups.set(id, group);
    }
    return group;
  }

  /** 0 when these offsets may be committed by whoever asks. */
  commitError(group: Group | undefined, request: CommitRequest): number {
    if (group === undefined) return request.generationId < 0 ? errorCode.NONE : errorCode.ILLEGAL_GENERATION;
    const { generationId, memberId, instanceId } = request;
    const transactional = request.producer !== undefined;
    if (group.state === 'Dead') return errorCode.COORDINATOR_NOT_AVAILABLE;
    if (generationId < 0 && group.state === 'Empty') return errorCode.NONE;
    if (generationId >= 0 || memberId !== '' || instanceId !== null) {
      const error = memberError(group, { memberId, instanceId });
      if (error !== errorCode.NONE) return error;
      if (generationId !== group.generation) return errorCode.ILLEGAL_GENERATION;
    } else if (!transactional) {
      return errorCode.UNKNOWN_MEMBER_ID;
    }
    // A transactional commit passes beside the members: Kafka accepts it for a living group too (T18).
    if (!transactional && group.state === 'CompletingRebalance') return errorCode.REBALANCE_IN_PROGRESS;
    return errorCode.NONE;
  }

  /** The caller has asked `commitError`. Gives the error code that holds for all of the offsets. */
  commit(groupId: string, request: CommitRequest): number {
    const group = this.getOrMake(groupId);
    const { offsets, producer } = request;
    if (offsets.length === 0) return errorCode.NONE;
    const records = offsets.map(({ topic, partition, committed }) =>
      encodeOffset({ group: groupId, topic, partition }, committed),
    );
    if (producer !== undefined) {
      const log = this.#log(groupId);
      const verdict = log.producers.judgeMarker({
        ...producer,
        epoch: producer.producerEpoch,
        coordinatorEpoch: 2 ** 31,
      });
      if (verdict.kind === 'refused') return verdict.code;
    }
    const code = this.#append(groupId, records, producer);
    if (code !== errorCode.NONE) return code;
    let target = group.offsets;
    if (producer !== undefined) {
      target = group.open.get(producer.producerId) ?? new Map();
      group.open.set(producer.producerId, target);
    }
    for (const { topic, partition, committed } of offsets) target.set(offsetKeyOf(topic, partition), committed);
    this.membership.renew(group, request.memberId);
    return errorCode.NONE;
  }

  /** True when a transaction that has not ended holds an offset for this partition. */
  isUnstable(group: Group, topic: string, partition: number): boolean {
    const key = offsetKeyOf(topic, partition);
    return [...group.open.values()].some((offsets) => offsets.has(key));
  }

  /** A marker was written to a partition of the offsets topic. */
  transactionEnded(end: { readonly producerId: bigint; readonly partition: number; readonly commit: boolean }): void {
    const partitions = this.#around.topics.get(OFFSETS_TOPIC)?.partitions.length ?? 1;
    for (const group of this.#groups.values()) {
      const offsets = group.open.get(end.producerId);
      if (offsets === undefined || partitionFor(group.id, partitions) !== end.partition) continue;
      group.open.delete(end.producerId);
      if (end.commit) for (const [key, committed] of offsets) group.offsets.set(key, committed);
    }
  }

  deleteOffsets(group: Group, keys: readonly string[]): number {
    const present = keys.filter((key) => group.offsets.has(key));
    if (present.length === 0) return errorCode.NONE;
    const records = present.map((key) => encodeOffset({ group: group.id, ...offsetPlaceOf(key) }, undefined));
    const code = this.#append(group.id, records);
    if (code === errorCode.NONE) for (const key of present) group.offsets.delete(key);
    return code;
  }

  delete(group: Group): number {
    const records = [...group.offsets.keys()].map((key) =>
      encodeOffset({ group: group.id, ...offsetPlaceOf(key) }, undefined),
    );
    const code = this.#append(group.id, [...records, encodeGroup(group.id, undefined)]);
    if (code !== errorCode.NONE) return code;
    this.membership.stop(group);
    group.state = 'Dead';
    this.#groups.delete(group.id);
    return errorCode.NONE;
  }

  /** Offsets of a deleted topic go with it. */
  forgetTopic(name: string): void {
    for (const group of this.#groups.values()) {
      this.deleteOffsets(
        group,
        [...group.offsets.keys()].filter((key) => offsetPlaceOf(key).topic === name),
      );
    }
  }

  /** Idle groups lose their offsets after the retention time, and vanish when nothing is left of them. */
  expire(nowMs: number): void {
    const retentionMs = this.#around.configs.number('offsets.retention.minutes') * MINUTE_MS;
    for (const group of this.all) {
      if (group.state !== 'Empty') continue;
      const since = group.protocolType === undefined ? 0 : group.stateSinceMs;
      const old = [...group.offsets].filter(
        ([, { committedMs }]) => nowMs - Math.max(committedMs, since) >= retentionMs,
      );
      this.deleteOffsets(
        group,
        old.map(([key]) => key),
      );
      const isIdle = group.members.size === 0 && group.pending.size === 0 && group.open.size === 0;
      if (isIdle && group.offsets.size === 0) this.delete(group);
    }
  }

  load(): void {
    for (const log of this.#around.topics.get(OFFSETS_TOPIC)?.partitions ?? []) {
      const open = new Map<bigint, DecodedGroupEntry[]>();
      for (const event of readJournal(log)) {
        if (event.kind === 'end') {
          const entries = open.get(event.producerId) ?? [];
          open.delete(event.producerId);
          if (event.commit) for (const entry of entries) this.#apply(entry);
        } else if (event.producerId !== undefined) {
          const entries = open.get(event.producerId) ?? [];
          open.set(event.producerId, [...entries, decodeGroupEntry(event.record)]);
        } else {
          this.#apply(decodeGroupEntry(event.record));
        }
      }
      for (const [producerId, entries] of open) for (const entry of entries) this.#applyOpen(producerId, entry);
    }
    for (const group of this.#groups.values()) for (const id of group.members.keys()) this.membership.renew(group, id);
  }

  close(): void {
    for (const group of this.#groups.values()) this.membership.stop(group);
  }

  #apply(entry: DecodedGroupEntry): void {
    if (entry.kind === 'offset') {
      const { group, topic, partition } = entry.place;
      const { offsets } = this.getOrMake(group);
      if (entry.committed) offsets.set(offsetKeyOf(topic, partition), entry.committed);
      else offsets.delete(offsetKeyOf(topic, partition));
    } else if (entry.kind === 'group') {
      if (entry.record) restore(this.getOrMake(entry.group), entry.record);
      else this.#groups.delete(entry.group);
    }
  }

  #applyOpen(producerId: bigint, entry: DecodedGroupEntry): void {
    if (entry.kind !== 'offset' || !entry.committed) return;
    const { group, topic, partition } = entry.place;
    const { open } = this.getOrMake(group);
    const offsets = open.get(producerId) ?? new Map<string, CommittedOffset>();
    offsets.set(offsetKeyOf(topic, partition), entry.committed);
    open.set(producerId, offsets);
  }

  #store(group: Group): number {
    return this.#append(group.id, [encodeGroup(group.id, group.record())]);
  }

  #append(groupId: string, records: readonly JournalRecord[], producer?: JournalProducer): number {
    const outcome: AppendOutcome = appendToJournal(this.#log(groupId), records, this.#around.clock.nowMs(), producer);
    if (outcome.kind !== 'refused') return errorCode.NONE;
    return outcome.code === errorCode.KAFKA_STORAGE_ERROR ? errorCode.COORDINATOR_NOT_AVAILABLE : outcome.code;
  }

  #log(groupId: string) {
    const topic = this.#around.topics.get(OFFSETS_TOPIC);
    invariant(topic !== undefined, 'group requests are served only once the offsets topic is there');
    return journalLog(topic, groupId);
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
}
