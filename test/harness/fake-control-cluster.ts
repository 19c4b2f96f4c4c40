/**
 * The two clusters of control's simulation, as plain values that outlive every klink: what a destination holds (logs,
 * fences, groups, journal) and what a source holds. Watches the promises of §5–§8 itself and notes each that is broken.
 */
import { type Random, randomUuid } from '../../src/base/random.js';
import type { SourceAddress, SourceNeeds } from '../../src/control/ports/source.js';
import type { AclSyncError } from '../../src/model/acl.js';
import type { PassingGrant } from '../../src/model/link.js';
import type { ClampedGroup } from '../../src/model/mirror.js';

export type Entry = 'data' | 'barrier' | 'foreign';

export class FakePartition {
  /** By offset. */
  readonly log: Entry[] = [];
  hasLeader = true;
  /** As many in sync as a write needs. */
  enoughReplicas = true;
  /** Everything below is old enough for any retention; undefined: its leader does not say. */
  aged: bigint | undefined = 0n;
  /** The operator has ended it without barrier. */
  waived = false;

  get end(): bigint {
    return BigInt(this.log.length);
  }

  get barriers(): number {
    return this.log.filter((entry) => entry === 'barrier').length;
  }

  get firstForeign(): number {
    return this.log.indexOf('foreign');
  }
}

export interface FakeTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: FakePartition[];
  readonly settings: Map<string, string>;
}

export interface FakeFence {
  mark: boolean;
  lines: boolean;
  /** Lines for one principal each (6.6). */
  byPrincipal?: boolean;
}

export interface FakeGroup {
  live: boolean;
  /** By `topic/partition`. */
  readonly offsets: Map<string, bigint>;
}

export class FakeDestination {
  readonly clusterId: string;
  readonly topics = new Map<string, FakeTopic>();
  readonly fences = new Map<string, FakeFence>();
  readonly groups = new Map<string, FakeGroup>();
  /** Newest record of every key. */
  readonly decisions = new Map<string, string | null>();
  readonly observations: { readonly key: string; readonly value: string | null }[] = [];
  readonly audit: string[] = [];
  /** Secrets by `cluster/user/mechanism`. */
  readonly credentials = new Map<string, string>();
  journalEpoch = 0;
  groupsEpoch = 0;
  decided = false;
  hasAuthorizer = true;
  readonly passing: PassingGrant[] = [];
  /** Topics with a grant that is held back, and what of it was given. */
  readonly held = new Set<string>();
  readonly given: string[] = [];
  readonly pierced: string[] = [];
  /** Lines of `model/acl.ts`, apart from fences; and of these. */
  readonly acls = new Set<string>();
  readonly aclsOfFences = new Set<string>();
  /** What an operator or an application has made here: no klink may delete it. */
  readonly ownAcls = new Set<string>();
  /** Groups that a clamp has moved, as they stood. */
  readonly moved: ({ readonly topic: string } & ClampedGroup)[] = [];
  /** Promises that were broken. */
  readonly broken: string[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.clusterId = randomUuid(random);
  }

  makeTopic(name: string, partitions: number, settings: Readonly<Record<string, string>>): FakeTopic {
    const topic: FakeTopic = {
      name,
      topicId: randomUuid(this.#random),
      partitions: Array.from({ length: partitions }, () => new FakePartition()),
      settings: new Map(Object.entries(settings)),
    };
    this.topics.set(name, topic);
    return topic;
  }

  topic(name: string): FakeTopic {
    const topic = this.topics.get(name);
    if (topic === undefined) throw new Error(`the destination has no topic ${name}`);
    return topic;
  }

  partition(name: string, partition: number): FakePartition {
    const found = this.topic(name).partitions[partition];
    if (found === undefined) throw new Error(`topic ${name} has no partition ${partition}`);
    return found;
  }

  group(name: string): FakeGroup {
    const known = this.groups.get(name) ?? { live: false, offsets: new Map<string, bigint>() };
    this.groups.set(name, known);
    return known;
  }

  append(name: string, partition: number, entry: Entry): void {
    const { log } = this.partition(name, partition);
    // [8 (3)] [T11] What the barrier is for: D writes nothing behind it, and it stands there once.
    if (log.includes('barrier') && entry === 'data') this.broken.push(`${name}-${partition}: data behind the barrier`);
    if (log.includes('barrier') && entry === 'barrier') this.broken.push(`${name}-${partition}: a second barrier`);
    log.push(entry);
  }

  fenceOf(topic: string): FakeFence {
    const known = this.fences.get(topic) ?? { mark: false, lines: false };
    this.fences.set(topic, known);
    return known;
  }

  isFenced(topic: string): boolean {
    const fence = this.fences.get(topic);
    return fence !== undefined && (fence.mark || fence.lines);
  }

  /** [8] Lines go away under a topic that has barriers everywhere and no group above its end, or none that was mirrored. */
  dropLines(topic: string, mirrored: boolean): void {
    const found = this.topics.get(topic);
    if (mirrored && found !== undefined) {
      for (const [number, partition] of found.partitions.entries()) {
        if (partition.barriers === 0 && !partition.waived)
          this.broken.push(`${topic}-${number}: fence lifted before its barrier`);
        const end = endOf(partition);
        for (const [group, { offsets }] of this.groups) {
          const offset = offsets.get(`${topic}/${number}`) ?? 0n;
          if (offset > end)
            this.broken.push(`${topic}-${number}: fence lifted with ${group} at ${offset} above ${end}`);
        }
      }
    }
    this.fenceOf(topic).lines = false;
  }
}

/** E: where the barrier stands, or the first bad offset. */
export function endOf(partition: FakePartition): bigint {
  const foreign = partition.firstForeign;
  if (foreign >= 0) return BigInt(foreign);
  const barrier = partition.log.indexOf('barrier');
  return barrier >= 0 ? BigInt(barrier) : partition.end;
}

export interface FakeSourceTopic {
  topicId: string;
  partitions: { logStart: bigint; end: bigint }[];
  settings: Record<string, string>;
}

export class FakeSource {
  clusterId: string;
  readonly topics = new Map<string, FakeSourceTopic>();
  readonly groups = new Map<string, Map<string, bigint>>();
  readonly acls = new Set<string>();
  /** Why ACLs are not told; undefined: they are. */
  aclsRefused: { readonly error: AclSyncError; readonly reason: string } | undefined;
  reachable = true;
  /** What a klink has decided for links that end here. */
  journal: readonly { readonly key: string; readonly value: string | null }[] | 'unreadable' | undefined;
  /** Everybody, or whom this says. */
  refuses: boolean | ((address: SourceAddress) => boolean) = false;
  /** For all but saying who it is. */
  lacksRight = false;
  /** What its principal lacks. */
  missing: string[] = [];
  /** What was asked of it about rights. */
  readonly needs: SourceNeeds[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.clusterId = randomUuid(random);
  }

  make(name: string, ends: readonly bigint[], settings: Record<string, string> = {}): FakeSourceTopic {
    const partitions = ends.map((end) => ({ logStart: 0n, end }));
    const topic = { topicId: randomUuid(this.#random), partitions, settings };
    this.topics.set(name, topic);
    return topic;
  }

  write(name: string, partition: number, records: bigint): void {
    const found = this.topics.get(name)?.partitions[partition];
    if (found === undefined) throw new Error(`the source has no ${name}-${partition}`);
    found.end += records;
  }

  commit(group: string, topic: string, partition: number, offset: bigint): void {
    const offsets = this.groups.get(group) ?? new Map<string, bigint>();
    this.groups.set(group, offsets.set(`${topic}/${partition}`, offset));
  }
}
