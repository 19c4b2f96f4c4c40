/**
 * What begins a new epoch of a group of the newer protocol, and what its members are then assigned.
 * Serves docs/spec/broker.md §5.4.
 */
import type { Clock } from '../../base/clock.js';
import type { Configs } from '../config/configs.js';
import { listOf } from '../config/definition.js';
import type { Topics } from '../topics/topics.js';
import { assignors } from './assignors.js';
import type { BeatRequest } from './beat.js';
import { type ConsumerChange, metadataOf } from './consumer-change.js';
import { type ConsumerMember, type MemberMetadata, sameClassic, sameTarget, type Target } from './consumer-group.js';
import { topicsHash } from './topics-hash.js';

export type TopicsThere = Pick<Topics, 'get' | 'byId' | 'version'>;

export interface EpochSurroundings {
  readonly clock: Clock;
  readonly configs: Configs;
  readonly topics: TopicsThere;
}

/** What a member says of itself, and what it was before. */
export interface Told {
  readonly before: ConsumerMember;
  readonly metadata: MemberMetadata;
  readonly match: BeatRequest['match'];
}

/** What the member said of itself, and what the topics have become: either may begin a new epoch. */
export function takeIn({ topics, clock }: EpochSurroundings, change: ConsumerChange, told: Told): void {
  const { before, metadata } = told;
  const known = change.after.members.get(before.id);
  const had = known ? change.after.topicsOf(before) : new Set<string>();
  if (known === undefined || !sameMetadata(before, metadata)) {
    change.write({ kind: 'member', memberId: before.id, value: metadata });
  }
  const unseen = change.after.topicsSeen !== topics.version;
  if (unseen || before.regex !== metadata.regex) {
    dropUnused(change, before.regex);
    const wanted = unseen ? regexesOf(change) : new Set([metadata.regex].filter((regex) => regex !== ''));
    for (const pattern of wanted) resolve(change, pattern, { unseen, match: told.match, topics, nowMs: clock.nowMs() });
  }
  const { after } = change;
  const renamed = !sameTexts(before.topics, metadata.topics);
  const has = after.topicsOf(metadata);
  const rematched = has.size !== had.size || [...has].some((name) => !had.has(name));
  let epoch = Math.max(1, after.epoch);
  let hash = after.topicsHash;
  if (renamed || rematched || unseen) hash = topicsHash(after.subscribedTopics, topics);
  if (renamed || rematched || hash !== after.topicsHash) epoch++;
  if (epoch !== after.epoch) change.write({ kind: 'epoch', value: { epoch, topicsHash: hash } });
}

/** Somebody is gone: the others share what it had. */
export function beginEpoch(
  { topics }: EpochSurroundings,
  change: ConsumerChange,
  gone: readonly ConsumerMember[],
): void {
  for (const { regex } of gone) dropUnused(change, regex);
  const { after } = change;
  const hash = topicsHash(after.subscribedTopics, topics);
  change.write({ kind: 'epoch', value: { epoch: after.epoch + 1, topicsHash: hash } });
}

/** A new epoch gets its assignment, but not sooner after the last one than the setting says. */
export function assign({ configs, topics, clock }: EpochSurroundings, change: ConsumerChange): void {
  const { after } = change;
  if (after.epoch <= after.assignmentEpoch) return;
  const nowMs = clock.nowMs();
  const sinceMs = nowMs - after.assignedAtMs;
  if (sinceMs >= 0 && sinceMs < configs.groupNumber(after.id, 'consumer.assignment.interval.ms')) return;
  const offered = listOf(configs.string('group.consumer.assignors'));
  const assignor = assignors.get(after.preferredAssignor ?? offered[0] ?? '');
  if (assignor === undefined) return;
  const target = assignor({
    members: [...after.members.values()].map((member) => ({
      id: member.id,
      instanceId: member.instanceId,
      topics: idsOf(topics, after.topicsOf(member)),
      before: after.targets.get(member.id) ?? (new Map() as Target),
    })),
    partitionsOf: (topicId) => topics.byId(topicId)?.partitions.length ?? 0,
  });
  for (const [memberId, value] of target) {
    if (!sameTarget(after.targets.get(memberId), value)) change.write({ kind: 'target', memberId, value });
  }
  change.write({ kind: 'assignment', value: { epoch: after.epoch, atMs: nowMs } });
}

/** Of those that are there. */
export function idsOf(topics: TopicsThere, names: ReadonlySet<string>): ReadonlySet<string> {
  const ids = [...names].map((name) => topics.get(name)?.id);
  return new Set(ids.filter((id) => id !== undefined));
}

function regexesOf({ after }: ConsumerChange): Set<string> {
  return new Set([...after.members.values()].map(({ regex }) => regex).filter((regex) => regex !== ''));
}

function dropUnused(change: ConsumerChange, regex: string): void {
  if (!change.after.regexes.has(regex) || regexesOf(change).has(regex)) return;
  change.write({ kind: 'regex', pattern: regex, value: undefined });
}

/** Which topics a regular expression matches, among those that the asking member may describe. */
function resolve(
  change: ConsumerChange,
  pattern: string,
  now: {
    readonly unseen: boolean;
    readonly match: BeatRequest['match'];
    readonly topics: TopicsThere;
    readonly nowMs: number;
  },
): void {
  const known = change.after.regexes.get(pattern);
  if (known !== undefined && !now.unseen) return;
  const matched = now.match(pattern);
  if (known !== undefined && sameTexts(known.topics, matched)) return;
  change.write({
    kind: 'regex',
    pattern,
    value: { topics: matched, version: BigInt(now.topics.version), atMs: now.nowMs },
  });
}

function sameMetadata(one: MemberMetadata, other: MemberMetadata): boolean {
  const { topics, classic, ...rest } = metadataOf(one);
  return (
    sameTexts(topics, other.topics) &&
    sameClassic(classic, other.classic) &&
    Object.entries(rest).every(([name, value]) => other[name as keyof MemberMetadata] === value)
  );
}

export function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
