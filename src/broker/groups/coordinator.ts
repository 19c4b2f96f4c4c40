/**
 * The group coordinator: makes groups, commits and reads offsets, forgets what has expired. Which groups there are is in
 * `known-groups.ts`, joining and leaving are in `membership.ts` and `consumer-membership.ts`.
 * Serves docs/spec/broker.md §5.
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
} from '../topics/internal-journal.js';
import type { Topics } from '../topics/topics.js';
import { type Identified, memberError } from './answers.js';
import { type BeatOutcome, type BeatRefusal, type BeatRequest, refusal } from './beat.js';
import { ClassicMembers } from './classic-members.js';
import { commitRefusal } from './consumer-commit.js';
import { ConsumerGroup } from './consumer-group.js';
import { type ConsumerEntry, encodeConsumerEntry } from './consumer-journal.js';
import { ConsumerMembership, type ConsumerSurroundings } from './consumer-membership.js';
import { expiredOffsets } from './expiry.js';
import { Group, offsetKeyOf, offsetPlaceOf } from './group.js';
import { type CommittedOffset, encodeGroup, encodeOffset } from './journal.js';
import { type AnyGroup, KnownGroups } from './known-groups.js';
import { Membership } from './membership.js';
import { downgraded, upgraded } from './migration.js';
import { StoredOffsets } from './stored-offsets.js';

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
  /** Or the member's epoch. */
  readonly generationId: number;
  /** Is the request of a version that members of the newer protocol use? */
  readonly knowsEpochs: boolean;
  readonly offsets: readonly OffsetToCommit[];
  /** Set for TxnOffsetCommit: the offsets count once this producer's transaction commits. */
  readonly producer?: JournalProducer;
}

export class GroupCoordinator {
  readonly membership: Membership;
  readonly consumers: ConsumerMembership;
  readonly classicMembers: ClassicMembers;
  readonly #around: GroupSurroundings;
  readonly #groups: KnownGroups;

  constructor(around: GroupSurroundings) {
    this.#around = around;
    this.#groups = new KnownGroups(around.clock);
    this.membership = new Membership({ ...around, store: (group) => this.#store(group) });
    const consumerSurroundings: ConsumerSurroundings = {
      ...around,
      store: (group, entries) => this.#storeFacts(group, entries),
      downgrade: (group, without) => this.#downgrade(group, without),
    };
    this.consumers = new ConsumerMembership(consumerSurroundings);
    const { consumers: membership } = this;
    this.classicMembers = new ClassicMembers({
      ...consumerSurroundings,
      random: around.random,
      membership,
      timers: membership.timers,
    });
  }

  get all(): AnyGroup[] {
    return this.#groups.all;
  }

  get(id: string): AnyGroup | undefined {
    return this.#groups.get(id);
  }

  getOrMake(id: string): AnyGroup {
    return this.#groups.getOrMake(id);
  }

  /** For who joins by the classic protocol: an empty group of the newer one becomes a classic one. Or the error code. */
  joinable(id: string): AnyGroup | number {
    const group = this.getOrMake(id);
    if (group.kind === 'classic' || group.members.size > 0) return group;
    const code = this.#append(id, factsOf(group).map(forgotten).map(encodeConsumerEntry));
    if (code !== errorCode.NONE) return code;
    const classic = new Group(id, this.#around.clock.nowMs(), group.offsets);
    this.#groups.set(classic);
    return classic;
  }

  /** A heartbeat of the newer protocol. An empty classic group becomes one of it when somebody joins. */
  beat(groupId: string, request: BeatRequest): BeatOutcome {
    const found = this.#groups.get(groupId);
    const leaves = request.memberEpoch < 0;
    if (found?.kind === 'consumer') {
      return leaves ? this.consumers.leave(found, request) : this.consumers.beat(found, request);
    }
    if (request.memberEpoch !== 0) {
      const what = leaves ? 'Group' : 'Consumer group';
      const said = found ? `Group ${groupId} is not a consumer group.` : `${what} ${groupId} not found.`;
      return refusal(errorCode.GROUP_ID_NOT_FOUND, said);
    }
    // It counts once its first facts are written down.
    const group = new ConsumerGroup(groupId, found?.offsets ?? new StoredOffsets());
    if (found !== undefined && found.members.size > 0) {
      const facts = this.#upgrade(found);
      if (!Array.isArray(facts)) return facts;
      for (const fact of facts) group.apply(fact);
    }
    const outcome = this.consumers.beat(group, request);
    if (found !== undefined && this.#groups.get(groupId) === group) this.consumers.resume(group);
    return outcome;
  }

  /** What a living classic group is in the newer protocol, where somebody of that joins it. */
  #upgrade(group: Group): ConsumerEntry[] | BeatRefusal {
    const { configs, topics } = this.#around;
    const refuse = (why: string) =>
      refusal(
        errorCode.GROUP_ID_NOT_FOUND,
        `Cannot upgrade classic group ${group.id} to consumer group because ${why}`,
      );
    const policy = configs.string('group.consumer.migration.policy');
    if (policy !== 'upgrade' && policy !== 'bidirectional') return refuse('the online upgrade is disabled.');
    if (group.protocolType !== 'consumer') return refuse('the group does not use the consumer embedded protocol.');
    if (group.members.size > configs.number('group.consumer.max.size')) {
      return refuse('the group size exceeds the consumer group maximum size.');
    }
    return upgraded(group, topics) ?? refuse('the embedded consumer protocol is malformed.');
  }

  /** Gives the error code; undefined: it stays a group of the newer protocol. */
  #downgrade(group: ConsumerGroup, without: readonly string[], isStart = false): number | undefined {
    const { configs, topics, clock } = this.#around;
    // Also where somebody has yet to give back, or to be told, what the assignment of the classic group says already.
    const mustJoin = isStart || without.length > 0 || !group.isSettled;
    const isClassic = without.length === 0 ? group.isClassic : group.isClassicWithout(without);
    const policy = configs.string('group.consumer.migration.policy');
    if (!isClassic || (policy !== 'downgrade' && policy !== 'bidirectional')) return undefined;
    const classic = downgraded(group, without, { ms: clock.nowMs(), topics });
    if (classic.members.size > configs.number('group.max.size')) return undefined;
    // By that a start knows that its members have still to join again.
    if (mustJoin) classic.leader = undefined;
    const ended = factsOf(group).map(forgotten).map(encodeConsumerEntry);
    const code = this.#append(group.id, [...ended, encodeGroup(group.id, classic.record())]);
    if (code !== errorCode.NONE) return code;
    this.consumers.stop(group);
    this.#groups.set(classic);
    this.membership.takeOver(classic, mustJoin);
    return errorCode.NONE;
  }

  /** 0 when these offsets may be committed by whoever asks: all of them or none. */
  commitError(group: AnyGroup | undefined, request: CommitRequest): number {
    if (group === undefined) return request.generationId < 0 ? errorCode.NONE : errorCode.ILLEGAL_GENERATION;
    if (group.kind === 'consumer') {
      return commitRefusal(group, request, (topic) => this.#around.topics.get(topic)?.id ?? '');
    }
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
    const from = this.#log(groupId).logEndOffset;
    const code = this.#append(groupId, records, producer);
    if (code !== errorCode.NONE) return code;
    for (const [at, { topic, partition, committed }] of offsets.entries()) {
      const key = offsetKeyOf(topic, partition);
      const writtenAt = from + BigInt(at);
      if (producer === undefined) group.offsets.put(key, committed, writtenAt);
      else group.offsets.putOpen(producer.producerId, key, committed, writtenAt);
    }
    if (group.kind === 'classic') this.membership.renew(group, request.memberId);
    return errorCode.NONE;
  }

  /** Its journal takes nothing more until the broker starts again, and may hold less than is known here. */
  isOffline(groupId: string): boolean {
    return this.#around.topics.get(OFFSETS_TOPIC) !== undefined && this.#log(groupId).isOffline;
  }

  /** True when a transaction that has not ended holds an offset for this partition. */
  isUnstable(group: AnyGroup, topic: string, partition: number): boolean {
    return group.offsets.isOpen(offsetKeyOf(topic, partition));
  }

  /** A marker was written to a partition of the offsets topic. */
  transactionEnded(end: { readonly producerId: bigint; readonly partition: number; readonly commit: boolean }): void {
    const partitions = this.#around.topics.get(OFFSETS_TOPIC)?.partitions.length ?? 1;
    for (const group of this.#groups.all) {
      if (!group.offsets.hasOpen || partitionFor(group.id, partitions) !== end.partition) continue;
      group.offsets.end(end.producerId, end.commit);
    }
  }

  deleteOffsets(group: AnyGroup, keys: readonly string[]): number {
    const present = keys.filter((key) => group.offsets.get(key) !== undefined || group.offsets.isOpen(key));
    if (present.length === 0) return errorCode.NONE;
    const records = present.map((key) => encodeOffset({ group: group.id, ...offsetPlaceOf(key) }, undefined));
    const code = this.#append(group.id, records);
    if (code === errorCode.NONE) for (const key of present) group.offsets.delete(key);
    return code;
  }

  delete(group: AnyGroup): number {
    const records = group.offsets.keys.map((key) =>
      encodeOffset({ group: group.id, ...offsetPlaceOf(key) }, undefined),
    );
    const itself =
      group.kind === 'classic'
        ? [encodeGroup(group.id, undefined)]
        : factsOf(group).map(forgotten).map(encodeConsumerEntry);
    const code = this.#append(group.id, [...records, ...itself]);
    if (code !== errorCode.NONE) return code;
    this.#stop(group);
    if (group.kind === 'classic') group.state = 'Dead';
    this.#groups.delete(group.id);
    return errorCode.NONE;
  }

  /** Offsets of a deleted topic go with it. */
  forgetTopic(name: string): void {
    for (const group of this.#groups.all) {
      this.deleteOffsets(
        group,
        group.offsets.keys.filter((key) => offsetPlaceOf(key).topic === name),
      );
    }
  }

  /** Groups lose the offsets that nobody needs after the retention time, and vanish when nothing is left of them. */
  expire(nowMs: number): void {
    const retentionMs = this.#around.configs.number('offsets.retention.minutes') * MINUTE_MS;
    for (const group of this.all) {
      this.deleteOffsets(group, expiredOffsets(group, nowMs, retentionMs));
      const isIdle = group.state === 'Empty' && (group.kind === 'consumer' || group.isEmpty);
      if (isIdle && group.offsets.isEmpty) this.delete(group);
    }
  }

  load(): void {
    for (const log of this.#around.topics.get(OFFSETS_TOPIC)?.partitions ?? []) this.#groups.load(log);
    for (const group of this.#groups.all) {
      if (group.kind === 'classic')
        this.membership.takeOver(group, group.members.size > 0 && group.leader === undefined);
      // It ended between the two writes by which a classic member replaces the last newer one.
      else if (this.#downgrade(group, [], true) !== errorCode.NONE) this.consumers.resume(group);
    }
  }

  close(): void {
    for (const group of this.#groups.all) this.#stop(group);
  }

  #stop(group: AnyGroup): void {
    if (group.kind === 'classic') this.membership.stop(group);
    else this.consumers.stop(group);
  }

  #store(group: Group): number {
    return this.#append(group.id, [encodeGroup(group.id, group.record())]);
  }

  /** The first facts of a group that was a classic one, or none, end what was there under its name. */
  #storeFacts(group: ConsumerGroup, entries: readonly ConsumerEntry[]): number {
    const found = this.#groups.get(group.id);
    const ended =
      found?.kind === 'classic' && found.protocolType !== undefined ? [encodeGroup(group.id, undefined)] : [];
    const brought = found === group || group.members.size === 0 ? [] : factsOf(group);
    const code = this.#append(group.id, [...ended, ...[...brought, ...entries].map(encodeConsumerEntry)]);
    if (code !== errorCode.NONE) return code;
    if (found?.kind === 'classic') this.membership.handOver(found);
    this.#groups.set(group);
    for (const entry of entries) group.apply(entry);
    return errorCode.NONE;
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

/** Everything there is to know of it, in the order in which its parts are forgotten: members first, itself last. */
function factsOf(group: ConsumerGroup): ConsumerEntry[] {
  const { id, epoch, topicsHash } = group;
  const facts: ConsumerEntry[] = [];
  for (const [memberId, value] of group.members) facts.push({ group: id, kind: 'current', memberId, value });
  for (const [memberId, value] of group.targets) facts.push({ group: id, kind: 'target', memberId, value });
  facts.push({ group: id, kind: 'assignment', value: { epoch: group.assignmentEpoch, atMs: group.assignedAtMs } });
  for (const [memberId, value] of group.members) facts.push({ group: id, kind: 'member', memberId, value });
  for (const [pattern, value] of group.regexes) facts.push({ group: id, kind: 'regex', pattern, value });
  facts.push({ group: id, kind: 'epoch', value: { epoch, topicsHash } });
  return facts;
}

function forgotten(fact: ConsumerEntry): ConsumerEntry {
  return { ...fact, value: undefined };
}
